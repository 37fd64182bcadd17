"""/exports/everything: asked for, made by a worker, downloaded by whoever may, cancelled, and gone after a week."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest

from app import clock
from app.exports.archive import keeping, places, writing
from app.models.archive import ArchiveState
from app.work.queues import SCHEDULE
from blueprints.archives import jobs
from tests.archives.conftest import parts_of, stepped_up, voice
from tests.cast import add_person
from tests.pages import Page
from tests.support.conftest import operator, visiting  # noqa: F401  fixtures of visits

PAGE = "/exports/everything"


@pytest.fixture
def admin(browser, cast, sql):
    stepped_up(sql, cast.multi)
    sql.execute("UPDATE membership SET reads_medical = true WHERE person_id = %s", (cast.multi.person_id,))
    return browser.as_(cast.multi)  # who reads English


def standing(sql):
    return sql.execute("SELECT state, error, done, total FROM archive ORDER BY id DESC LIMIT 1").fetchone()


def file_of(sql, cast):
    (made,) = sql.execute("SELECT id FROM archive ORDER BY id DESC LIMIT 1").fetchone()
    return places.archive_of(cast.thaba.id, made)


@pytest.fixture
def eager(monkeypatch):
    """Every row is a moment to look up from the work."""
    monkeypatch.setattr(keeping, "BEAT", 0.0)
    monkeypatch.setattr(writing, "PIECE", 1)


def test_the_page_says_what_is_inside_in_three_languages(browser, cast, sql):
    for language in ("en", "af", "zu"):
        sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.owner.user_id))
        page = browser.as_(cast.thaba.owner, language=language).get(PAGE)
        assert page.one("form", action=PAGE) is not None


def test_it_is_asked_for_by_whoever_has_just_proven_who_they_are(browser, cast, sql):
    answer = browser.as_(cast.thaba.owner).post(PAGE)
    assert answer.status == 303
    assert answer.location.startswith("/settings/confirm") or "next=" in answer.location
    assert standing(sql) is None


def test_an_archive_is_made_downloaded_and_audited(admin, cast, sql, work_off, app):
    assert admin.post(PAGE).location == PAGE
    page = admin.get(PAGE)
    assert page.one("div", data_poll=f"{PAGE}/progress")
    assert "The archive waits for its turn." in page.main
    work_off()
    assert standing(sql)[0] == ArchiveState.DONE
    page = admin.get(PAGE)
    assert "Done" in page.main
    (made, size, digest) = sql.execute("SELECT id, size, sha256 FROM archive").fetchone()
    shown = admin.get(f"{PAGE}/{made}")
    assert digest in shown.main
    taken = admin.client.get(f"{PAGE}/{made}.zip")
    content = taken.get_data()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest)
    assert taken.headers["Content-Disposition"].startswith("attachment; filename=thaba")
    actions = {row[0] for row in sql.execute("SELECT action FROM audit_event WHERE action LIKE 'archives.%%'")}
    assert actions == {"archives.ask", "archives.make", "archives.download"}
    assert sql.execute("SELECT state, url FROM progress WHERE kind = 'export'").fetchone() == ("done", PAGE)


def test_what_is_in_the_file_is_what_the_manifest_says(archived):
    with zipfile.ZipFile(archived) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.testzip() is None
        assert {info.filename for info in archive.infolist()} == {"README.txt", "manifest.json"} | {
            part["path"] for part in manifest["parts"]
        }
        for part in manifest["parts"]:
            content = archive.read(part["path"])
            assert hashlib.sha256(content).hexdigest() == part["sha256"]
            assert (content.count(b"\n"), len(content)) == (part["rows"], part["size"])
            for line in content.splitlines() if part["kind"] == "carried" else ():
                assert [*json.loads(line)].sort() == [name for name, _ in part["columns"]].sort()
                assert "school_id" not in json.loads(line)


def test_nothing_of_another_school_and_no_secret_is_in_it(archived, cast, sql):
    with zipfile.ZipFile(archived) as archive:
        everything = b"".join(archive.read(info) for info in archive.infolist())
    for someone in cast.karoo.everyone():
        if someone.email != cast.multi.email:
            assert someone.email.encode() not in everything
    for (secret,) in sql.execute("SELECT password_hash FROM app_user WHERE password_hash IS NOT NULL"):
        assert secret.encode() not in everything


@pytest.mark.parametrize("who", ["teacher", "officer", "guardian", "student"])
def test_others_get_403_before_anything_is_looked_up(browser, cast, who):
    visitor = browser.as_(getattr(cast.thaba, who))
    for path in (PAGE, f"{PAGE}/{cast.thaba.admin.user_id}", f"{PAGE}/{cast.thaba.admin.user_id}.zip"):
        assert visitor.client.get(path).status_code == 403


def test_a_support_visit_makes_none_and_takes_none(visiting, sql, cast):  # noqa: F811
    for raised in (False, True):
        visit = visiting(raised=raised)
        assert visit.client.get(PAGE).status_code == 200
        assert visit.post(PAGE, check=False).status in (403, 404)
    assert standing(sql) is None


def test_only_one_is_made_at_a_time(admin, sql):
    admin.post(PAGE)
    admin.post(PAGE)
    assert sql.execute("SELECT count(*) FROM archive").fetchone() == (1,)
    assert "being made already" in admin.get(PAGE).text


def test_one_that_is_cancelled_is_made_no_further(admin, sql, cast, work_off, eager, monkeypatch):
    admin.post(PAGE)
    real = keeping.Beat.now

    def cancel_in_the_middle(beat):
        sql.execute("UPDATE archive SET state = 'cancelled'")
        real(beat)

    monkeypatch.setattr(keeping.Beat, "now", cancel_in_the_middle)
    work_off()
    assert standing(sql)[0] == ArchiveState.CANCELLED
    assert not file_of(sql, cast).exists()
    assert not list(places.folder(cast.thaba.id).glob("*.part"))


def test_cancel_on_the_page(admin, sql, cast, work_off):
    admin.post(PAGE)
    (made,) = sql.execute("SELECT id FROM archive").fetchone()
    assert admin.post(f"{PAGE}/{made}/cancel").location == PAGE
    work_off()
    assert standing(sql)[0] == ArchiveState.CANCELLED
    assert admin.post(f"{PAGE}/{made}/cancel").location == PAGE
    assert sql.execute("SELECT seen_at IS NOT NULL FROM progress WHERE kind = 'export'").fetchone() == (True,)


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("UPDATE membership SET role = 'teacher' WHERE person_id = %(person)s", "revoked"),
        ("UPDATE membership SET reads_medical = false WHERE person_id = %(person)s", "revoked"),
        ("UPDATE membership SET ended_at = now() WHERE person_id = %(person)s", "revoked"),
        ("UPDATE school SET state = 'disabled', state_before = 'active' WHERE id = %(school)s", "suspended"),
    ],
)
def test_a_right_that_is_taken_away_and_a_suspension_end_it_visibly(
    admin, sql, cast, work_off, eager, monkeypatch, deed, error
):
    monkeypatch.setattr("app.work.closed.LOOK", 0.0)
    admin.post(PAGE)
    real = jobs.write

    def in_the_middle(*args, **more):
        sql.execute(deed, {"person": cast.multi.person_id, "school": cast.thaba.id})
        return real(*args, **more)

    monkeypatch.setattr(jobs, "write", in_the_middle)
    work_off()
    assert standing(sql)[:2] == (ArchiveState.FAILED, error)
    assert not file_of(sql, cast).exists()
    assert not list(places.folder(cast.thaba.id).glob("*.part"))


def test_a_full_disk_ends_it_visibly(admin, sql, cast, work_off, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "write", full)
    admin.post(PAGE)
    work_off()
    assert standing(sql)[:2] == (ArchiveState.FAILED, "disk")
    assert "There was no room on the disk." in admin.get(PAGE).main


def test_a_worker_that_is_cut_off_leaves_no_half_file_and_the_next_one_makes_it(admin, sql, cast, work_off, monkeypatch):
    admin.post(PAGE)
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_finish", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        work_off()
    assert standing(sql)[0] == ArchiveState.RUNNING
    assert not file_of(sql, cast).exists()
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert standing(sql)[0] == ArchiveState.DONE
    assert file_of(sql, cast).exists()


def test_one_that_never_comes_to_its_end_gives_up(admin, sql, cast, work_off, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no")

    monkeypatch.setattr(jobs, "write", fails)
    admin.post(PAGE)
    for _ in range(jobs.MOST_TRIES):
        work_off()
        sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    assert standing(sql)[:2] == (ArchiveState.FAILED, "fault")


def test_after_a_week_the_file_is_gone_and_says_so(admin, sql, cast, work_off, monkeypatch):
    admin.post(PAGE)
    work_off()
    path = file_of(sql, cast)
    assert path.exists()
    assert "archives.expire" in {entry.job for entry in SCHEDULE}
    for days, state in ((6, ArchiveState.DONE), (8, ArchiveState.EXPIRED)):
        moved = clock.now() + timedelta(days)
        monkeypatch.setattr(clock, "now", lambda moved=moved: moved)
        sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'archives.expire')")
        work_off()
        monkeypatch.undo()
        assert standing(sql)[0] == state
    assert not path.exists()
    (made,) = sql.execute("SELECT id FROM archive").fetchone()
    assert admin.client.get(f"{PAGE}/{made}.zip").status_code == 302
    assert "Expired" in admin.get(f"{PAGE}/{made}").main


def test_all_tables_are_of_one_moment(app, cast, sql, tmp_path, monkeypatch):
    """What is written while the archive is being made is in none of its parts."""
    real = writing._parts

    def somebody_writes(*args):
        for number, part in enumerate(real(*args)):
            if number == 2:
                add_person(sql, cast.thaba.id, "Too Late", "staff", "late@example.org")
            yield part

    monkeypatch.setattr(writing, "_parts", somebody_writes)
    place = tmp_path / "a.zip"
    writing.write(cast.thaba.id, place, voice=voice())
    assert b"Too Late" not in parts_of(place)["tables/person.jsonl"]
    assert sql.execute("SELECT count(*) FROM person WHERE name = 'Too Late'").fetchone() == (1,)


def test_the_progress_leads_a_browser_to_the_page(admin):
    assert admin.get(f"{PAGE}/progress").location == PAGE
    answer = admin.get(f"{PAGE}/progress", headers={"X-Fragment": "1"}, check=False)
    assert isinstance(answer, Page)
    assert 'data-poll-stop="reload"' in answer.text


def test_an_open_file_is_sent_to_its_end(archived):
    assert zipfile.is_zipfile(io.BytesIO(archived.read_bytes()))


def test_who_may_not_read_medical_notes_neither_makes_nor_takes_one(admin, sql, cast, work_off):
    admin.post(PAGE)
    work_off()
    (made,) = sql.execute("SELECT id FROM archive").fetchone()
    assert admin.client.get(f"{PAGE}/{made}.zip").status_code == 200
    sql.execute("UPDATE membership SET reads_medical = false")
    assert admin.client.get(f"{PAGE}/{made}.zip").status_code == 403
    assert admin.post(PAGE, check=False).status == 403
    page = admin.get(PAGE)
    assert "Only those who may read medical notes" in page.main
    assert page.text.count(f'action="{PAGE}"') == 0


def test_one_that_was_withdrawn_is_not_taken_before_its_file_is_deleted(admin, sql, cast, work_off):
    admin.post(PAGE)
    work_off()
    (made,) = sql.execute("UPDATE archive SET expires_at = now() RETURNING id").fetchone()
    assert file_of(sql, cast).exists()
    assert admin.client.get(f"{PAGE}/{made}.zip").status_code == 302


def test_one_that_was_begun_before_an_erasure_is_made_anew(admin, sql, cast, work_off, eager, monkeypatch):
    admin.post(PAGE)
    real = jobs.write

    def erased_in_the_middle(*args, **more):
        sql.execute("UPDATE archive SET error = 'outdated'")
        return real(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "write", erased_in_the_middle)
        work_off()
    assert standing(sql)[0] == ArchiveState.RUNNING
    assert not file_of(sql, cast).exists()
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert standing(sql)[:2] == (ArchiveState.DONE, None)
