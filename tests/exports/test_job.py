"""An export is written by a worker: whole, or in a state that says why not. Whatever happens meanwhile, no half file is there."""

from __future__ import annotations

import hashlib
import resource
import signal
from dataclasses import replace

import pytest

from app.exports.files import FOLDER, HALF
from app.exports.making import KEPT
from app.exports.states import MAY_BECOME, WrongState, become
from app.extensions import redis_for
from app.i18n.speech import speaking, speech_for
from app.ids import uuid7
from app.models.export import Export, ExportState
from app.tenancy.doors import across_schools, outside
from app.work import closed
from app.work.jobs import Task, jobs_of
from app.work.queues import queues
from app.work.relay import tick
from app.work.runner import run_row
from blueprints.exports import jobs
from tests.exports.asking import ask, prove, state_of, with_an_event
from tests.servers import start_flask
from tests.until import until
from tests.work.conftest import _redis, redis_server  # noqa: F401  fixtures

EN = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")


@pytest.fixture(autouse=True)
def _in_english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def admin(browser, cast, sql):
    prove(sql)
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def looking(monkeypatch):
    """A worker that looks at every chance whether it is to go on."""
    monkeypatch.setattr(jobs, "BEAT", 0.0)
    monkeypatch.setattr(closed, "LOOK", 0.0)


def files(app):
    """What stands in the folder of exports of any school."""
    return sorted(path.name for path in (app.extensions["settings"].home / FOLDER).glob("*/*"))


@pytest.fixture(autouse=True)
def _empty(app):
    for path in (app.extensions["settings"].home / FOLDER).glob("*/*"):
        path.unlink()


def test_a_file_is_made_told_of_and_fetched(app, admin, sql, work_off):
    address = ask(admin, "learners")
    assert "It waits for its turn." in admin.get(address).main
    work_off()
    row = sql.execute("SELECT state, rows, bytes, sha256, manifest, expires_at - ended_at FROM export").fetchone()
    assert row[0] == "done"
    assert row[5] == KEPT
    fetched = admin.client.get(f"{address}/file")
    assert fetched.status_code == 200
    assert fetched.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (len(fetched.data), hashlib.sha256(fetched.data).hexdigest()) == (row[2], row[3])
    assert fetched.data.count(b"\r\n") == row[1] + 1
    assert row[4] == admin.client.get(f"{address}/manifest.json").json
    assert (row[4]["rows"], row[4]["sha256"], row[4]["dataset"]) == (row[1], row[3], "learners")
    assert row[4]["columns"][0] == {"key": "learner_number", "label": "Learner number", "kind": "text"}
    assert sql.execute("SELECT kind, state FROM progress").fetchall() == [("export", "done")]
    assert "“Learners” is ready to download" in admin.get("/exports/").text
    deeds = [row[0] for row in sql.execute("SELECT action FROM audit_event WHERE action LIKE 'exports.%' ORDER BY seq")]
    assert deeds == ["exports.ask", "exports.finish", "exports.fetch"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
def test_an_empty_dataset_gives_a_valid_file_and_the_page_says_so(admin, work_off, ending, sql):
    address = ask(admin, format=ending)
    work_off()
    page = admin.get(address)
    assert "There are no rows: the file is valid, and has its headings only." in page.main
    assert "No rows" in admin.get("/exports/").main
    assert sql.execute("SELECT rows, manifest ->> 'rows' FROM export").fetchone() == (0, "0")
    assert (len(admin.client.get(f"{address}/file").data) == 0) == (ending == "jsonl")


def test_the_headings_are_in_the_language_that_was_chosen(admin, work_off):
    address = ask(admin, "classes", language="af")
    work_off()
    af = speech_for("af", "Africa/Johannesburg", "en_ZA", "ZAR")
    assert admin.client.get(f"{address}/file").data.decode().startswith(f"{af.gettext('Class')},{af.gettext('Year')},")


def test_who_may_not_have_it_any_more_gets_none(app, admin, cast, sql, work_off):
    """Between asking and running."""
    address = ask(admin)
    sql.execute("UPDATE membership SET role = 'teacher' WHERE person_id = %s", (cast.thaba.admin.person_id,))
    work_off()
    assert state_of(sql) == "failed"
    assert files(app) == []
    page = admin.as_(cast.thaba.owner).get(address)
    assert "may not take it out of the school any more" in page.main
    assert admin.get(f"{address}/file").status == 403


def test_whose_membership_ends_while_it_is_written_gets_none(app, admin, cast, sql, work_off, monkeypatch, looking):
    def end():
        sql.execute("UPDATE membership SET ended_at = now() WHERE person_id = %s", (cast.thaba.admin.person_id,))

    ask(admin, with_an_event(app, sql, monkeypatch, end))
    work_off()
    assert sql.execute("SELECT state, manifest FROM export").fetchone() == ("failed", None)
    assert files(app) == []


def test_who_loses_the_right_after_it_was_made_cannot_fetch_it(admin, cast, sql, work_off):
    address = ask(admin)
    work_off()
    assert admin.get(f"{address}/file").status == 200
    sql.execute("UPDATE membership SET role = 'teacher' WHERE person_id = %s", (cast.thaba.admin.person_id,))
    assert admin.get(f"{address}/file").status == 403


def test_a_school_that_is_suspended_while_it_is_written_gets_it_when_it_is_back(
    app, admin, cast, sql, work_off, monkeypatch, looking
):
    def suspend():
        sql.execute("UPDATE school SET state = 'disabled' WHERE id = %s", (cast.thaba.id,))

    ask(admin, with_an_event(app, sql, monkeypatch, suspend))
    work_off()
    assert state_of(sql) == "queued"
    assert files(app) == []
    sql.execute("UPDATE school SET state = 'active' WHERE id = %s", (cast.thaba.id,))
    work_off()
    assert sql.execute("SELECT state, rows, tries FROM export").fetchone() == ("done", 2200, 1)


def test_one_that_is_cancelled_while_it_is_written_leaves_nothing(app, admin, sql, work_off, monkeypatch, looking):
    addresses = []

    def cancel():
        admin.post(f"{addresses[0]}/cancel")

    addresses.append(ask(admin, with_an_event(app, sql, monkeypatch, cancel)))
    work_off()
    assert state_of(sql) == "cancelled"
    assert files(app) == []
    assert "It was cancelled. Nothing of it was kept." in admin.get(addresses[0]).main
    assert admin.post(f"{addresses[0]}/cancel").status == 303
    assert "This export was over already" in admin.get(addresses[0]).text
    assert admin.get(f"{addresses[0]}/file").status == 303


def test_one_that_was_handed_out_anew_is_written_by_the_new_run_alone(app, admin, sql, work_off, monkeypatch, looking):
    def hand_out():
        query = "SELECT school_id, id, runs FROM outbox WHERE job = 'exports.make' AND done_at IS NULL"
        ((school, row, runs),) = sql.execute(query).fetchall()
        sql.execute("UPDATE outbox SET runs = runs + 1 WHERE id = %s", (row,))
        run_row(school, row, runs + 1)

    ask(admin, with_an_event(app, sql, monkeypatch, hand_out))
    work_off()
    assert sql.execute("SELECT state, run, tries, rows FROM export").fetchone() == ("done", 2, 2, 2200)
    assert len(files(app)) == 1


def test_a_full_disk_is_said_and_leaves_no_half_file(app, admin, sql, work_off, monkeypatch):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    address = ask(admin, with_an_event(app, sql, monkeypatch, lambda: None), format="jsonl")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, limits[1]))
        work_off()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert state_of(sql) == "failed"
    assert files(app) == []
    assert "The server has no room for the file at the moment." in admin.get(address).main
    assert sql.execute("SELECT state FROM progress").fetchone() == ("failed",)


def test_a_fault_is_tried_again_and_then_said(app, admin, sql, work_off, monkeypatch):
    def fault():
        raise RuntimeError("a fault of the tests")

    with monkeypatch.context() as patch:
        address = ask(admin, with_an_event(app, sql, patch, lambda: None))
        for tries in range(1, jobs.MOST_TRIES):
            with_an_event(app, sql, patch, fault)
            work_off()
            assert sql.execute("SELECT state, tries FROM export").fetchone() == ("queued", tries)
            sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
        with_an_event(app, sql, patch, fault)
        work_off()
        assert "Something went wrong while the file was written." in admin.get(address).main
    assert state_of(sql) == "failed"
    assert files(app) == []


@pytest.mark.parametrize("place", ["export.begun", "export.written"])
def test_a_worker_that_is_killed_leaves_an_export_that_begins_anew(app, admin, sql, work_off, redis_server, tmp_path, place):  # noqa: F811
    address = ask(admin, "learners")
    settings = replace(app.extensions["settings"], fault_point=place)
    worker = start_flask(settings, tmp_path / "worker.log", "worker")

    def is_dead() -> bool:
        tick(queues(redis_for(app.extensions["settings"])))
        return worker.poll() is not None

    try:
        until(is_dead, "the end of the worker")
    finally:
        worker.kill()
        worker.wait()
    assert worker.returncode == -signal.SIGKILL
    assert state_of(sql) == "running"
    assert admin.get(f"{address}/file").status == 303
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert sql.execute("SELECT state, tries FROM export").fetchone() == ("done", 2)
    assert len(files(app)) == 1
    assert HALF not in files(app)[0]


def test_one_that_kills_its_worker_each_time_is_stopped(admin, sql, work_off):
    address = ask(admin)
    sql.execute("UPDATE export SET state = 'running', tries = %s", (jobs.MOST_TRIES,))
    work_off()
    assert state_of(sql) == "failed"
    assert "It was cut off again and again" in admin.get(address).main


def test_a_school_has_one_export_written_at_a_time(admin, cast, sql, work_off):
    ask(admin)
    ask(admin, "classes")
    first, second = (row[0] for row in sql.execute("SELECT id FROM export ORDER BY id"))
    sql.execute("UPDATE export SET state = 'running' WHERE id = %s", (first,))
    sql.execute("UPDATE outbox SET due_at = now() + interval '1 hour' WHERE subject = %s", (first,))
    work_off()
    assert sql.execute("SELECT state FROM export WHERE id = %s", (second,)).fetchone() == ("queued",)
    sql.execute("UPDATE export SET state = 'cancelled' WHERE id = %s", (first,))
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert sql.execute("SELECT state FROM export WHERE id = %s", (second,)).fetchone() == ("done",)


def test_a_file_is_deleted_when_its_time_is_up_and_what_was_in_it_is_still_told(app, admin, sql, work_off):
    address = ask(admin, "classes")
    work_off()
    expire(app)
    assert state_of(sql) == "done"
    sql.execute("UPDATE export SET expires_at = now() - interval '1 second'")
    assert admin.get(f"{address}/file").status == 303  # before anything has deleted it
    expire(app)
    assert state_of(sql) == "expired"
    assert files(app) == []
    page = admin.get(address)
    assert "The file was deleted on" in page.main
    assert "SHA-256" in page.main
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'exports.expire'").fetchone() == (1,)
    sql.execute("UPDATE export SET created_at = now() - interval '366 days'")
    expire(app)
    assert sql.execute("SELECT count(*) FROM export").fetchone() == (0,)


def expire(app):
    """The periodic job."""
    with outside(), speaking(EN), across_schools("test", routine=True) as session:
        jobs_of(app)["exports.expire"].run(Task(0, uuid7(), "exports.expire", None, 1))
        session.commit()


@pytest.mark.parametrize("before", list(ExportState))
@pytest.mark.parametrize("after", list(ExportState))
def test_only_what_the_table_says_may_follow(before, after):
    export = Export(state=before.value, id=uuid7(), school_id=1)
    if after in MAY_BECOME[before]:
        become(export, after)
        assert export.state == after
    else:
        with pytest.raises(WrongState):
            become(export, after)


def test_whoever_waited_for_long_is_told_by_mail(admin, cast, sql, mailserver, work_off):
    sql.execute("UPDATE app_user SET language = 'en'")
    ask(admin, "classes")
    work_off()
    assert mailserver.mails == []
    address = ask(admin, "classes")
    sql.execute("UPDATE export SET created_at = now() - interval '2 minutes' WHERE state = 'queued'")
    work_off()
    (mail,) = mailserver.mails
    assert mail.to == cast.thaba.admin.email
    assert mail.subject == "Your export is ready to download"
    assert address in mail.text
