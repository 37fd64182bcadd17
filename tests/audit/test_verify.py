"""/audit/verify, /operator/audit/verify: how the last check came out, and a new one by a worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.audit.heads import noted
from app.tenancy.doors import across_schools
from blueprints.audit import jobs
from tests.audit.sealed import PLATFORM, THABA, add, seal, seqs, tampering

PAGE, OF_ALL = "/audit/verify", "/operator/audit/verify"
SCRIPT = Path(__file__).parents[2] / "deploy" / "verify_audit.py"


@pytest.fixture
def admin(browser, cast, sql):
    """An admin, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def log(app, cast, sql):
    """Six sealed events of Thaba Nkulu."""
    add(THABA, *"abcdef")
    add(PLATFORM, "x")
    seal()
    return seqs(sql)


def test_it_says_what_a_seal_is_worth_and_how_far_they_have_come(admin, log, sql):
    page = admin.get(PAGE)
    assert "tamper-evident, not tamper-proof" in page.main
    assert "The log has not been checked yet." in page.main
    (hashed,) = sql.execute("SELECT hash FROM audit_seal").fetchone()
    assert hashed.hex() in page.main


def test_a_check_runs_as_a_job_with_a_bar_and_its_result_stands_there(admin, log, work_off):
    assert admin.post(PAGE).status == 303
    assert "Checking “Audit log”" in admin.get("/dashboard/").text
    assert "is being checked since" in admin.get(PAGE).main
    work_off()
    assert "6 of 6" in admin.get("/dashboard/").text
    page = admin.get(PAGE)
    assert "every event was as it was when it was sealed" in page.main
    assert "is being checked since" not in page.main


def test_a_check_that_finds_something_names_the_first_of_each_kind(admin, log, work_off, sql):
    with tampering(sql):
        sql.execute("UPDATE audit_event SET action = 'x' WHERE seq = ANY (%s)", (log[1:3],))
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[4],))
    admin.post(PAGE)
    work_off()
    said = admin.get(PAGE).main
    assert "the log was not what was sealed" in said
    assert f"An event was editedEvent {log[1]}," in said
    assert "T" not in said.partition("An event was edited")[2][:30], "a moment as people write it"
    assert "2 like this" in said
    assert f"An event was removedEvent {log[4]}," in said


def test_one_check_at_a_time(admin, log, sql):
    admin.post(PAGE)
    admin.post(PAGE)
    assert "is being checked already" in admin.get(PAGE).text
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'audit.verify'").fetchone() == (1,)


def test_who_had_it_checked_and_what_came_out_stand_in_the_log(admin, log, work_off, sql):
    admin.post(PAGE)
    work_off()
    actions = [row[0] for row in sql.execute("SELECT action FROM audit_event WHERE action LIKE 'audit.%' ORDER BY seq")]
    assert actions == ["audit.check", "audit.checked"]


def test_a_long_check_shows_signs_of_life(admin, log, work_off, monkeypatch, sql):
    monkeypatch.setattr(jobs, "BEAT", 0.0)
    admin.post(PAGE)
    sql.execute("UPDATE progress SET total = 100")
    work_off()
    assert sql.execute("SELECT done, state FROM progress").fetchone() == (6, "done")


def test_one_that_never_ends_is_given_up(admin, log, work_off, sql):
    admin.post(PAGE)
    sql.execute("UPDATE outbox SET runs = 3 WHERE job = 'audit.verify'")
    work_off()
    assert sql.execute("SELECT state FROM progress").fetchone() == ("failed",)


def test_the_sealed_log_is_checked_without_umthi(admin, log, tmp_path, sql):
    sql.execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = '7' WHERE field = 'actor' AND school_id = 1")
    file, script = tmp_path / "audit.jsonl", tmp_path / "verify_audit.py"
    assert admin.get("/audit/sealed.jsonl").location.startswith("/settings/confirm"), "whoever takes it out proves who they are"
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    page = admin.get("/audit/sealed.jsonl")
    file.write_text(page.text)
    script.write_text(admin.get("/audit/verify_audit.py").text)
    (head,) = sql.execute("SELECT hash FROM audit_seal").fetchone()
    found = _offline(file, head.hex(), script=script)
    assert (found.returncode, found.stderr) == (0, "")
    assert f"school:1: 6 events in 1 seals, 6 values erased, last seal {head.hex()}" in found.stdout
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'audit.export'").fetchone() == (1,)


TAMPERED = {
    "an edited event": (lambda lines: _change(lines, "[", "notices.edit", "notices.send"), "was edited"),
    "a removed event": (lambda lines: _drop(lines, "["), "was removed"),
    "an inserted event": (lambda lines: _double(lines, "["), "was inserted"),
    "an edited value": (lambda lines: _change(lines, '{"value"', "Naledi", "Somebody"), "was edited or emptied"),
    "a removed value": (lambda lines: _drop(lines, '{"value"'), "is missing"),
    "an edited seal": (lambda lines: _change(lines, '{"seal"', '"events":3', '"events":2'), "seal 1 was edited"),
    "a removed seal": (lambda lines: lines[:1] + lines[_second_seal(lines) :], "does not follow the one before it"),
    "a cut tail": (lambda lines: lines[: _second_seal(lines)], "its end was cut off"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), TAMPERED.values(), ids=TAMPERED)
def test_the_script_finds_what_was_done_to_the_file(admin, app, cast, sql, tmp_path, change, said):
    for labels in ("abc", "def"):
        add(THABA, *labels)
        seal()
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    lines = admin.get("/audit/sealed.jsonl").text.splitlines(keepends=True)
    (head,) = sql.execute("SELECT hash FROM audit_seal WHERE number = 2").fetchone()
    file = tmp_path / "audit.jsonl"
    file.write_text("".join(lines))
    assert _offline(file, head.hex()).returncode == 0
    file.write_text("".join(change(lines)))
    found = _offline(file, head.hex())
    assert (found.returncode, found.stderr) == (1, "")
    assert said in found.stdout


def test_the_script_is_short_uses_the_standard_library_and_says_what_it_cannot_read(tmp_path):
    assert len(SCRIPT.read_text().splitlines()) <= 60
    (tmp_path / "x").write_text("no export\n")
    for file in (tmp_path / "x", tmp_path / "missing"):
        found = _offline(file)
        assert (found.returncode, found.stderr) == (2, "")
        assert "cannot read the export" in found.stdout


def test_operators_check_all_logs_and_see_which_are_broken(browser, cast, log, work_off, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    operator = browser.as_(cast.operator)
    assert "not been checked together yet" in operator.get(OF_ALL).main
    operator.post(OF_ALL)
    operator.post(OF_ALL)
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'audit.verify_all'").fetchone() == (1,)
    work_off()
    assert "every event of every log was as it was" in operator.get(OF_ALL).main
    with tampering(sql):
        sql.execute("UPDATE audit_event SET action = 'x' WHERE seq = %s", (log[1],))
        sql.execute("DELETE FROM platform_event WHERE action = 'operator.add'")
    operator.post(OF_ALL)
    work_off()
    said = operator.get(OF_ALL).main
    assert "2 logs are not what was sealed." in said
    assert "Thaba Nkulu Primary An event was edited" in said
    assert "The platform An event was removed" in said


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
@pytest.mark.parametrize("path", [PAGE, "/audit/sealed.jsonl", "/audit/verify_audit.py", OF_ALL])
def test_who_may_not_read_the_log_may_not_check_it(browser, cast, role, path):
    assert browser.as_(getattr(cast.thaba, role)).get(path).status == 403


def _offline(file, *words, script=SCRIPT):
    return subprocess.run([sys.executable, str(script), str(file), *words], capture_output=True, text=True, check=False)


def _place(lines, beginning):
    return next(n for n, line in enumerate(lines) if line.startswith(beginning))


def _second_seal(lines):
    return [n for n, line in enumerate(lines) if line.startswith('{"seal"')][1]


def _change(lines, beginning, old, new):
    at = next(n for n, line in enumerate(lines) if line.startswith(beginning) and old in line)
    return [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]


def _drop(lines, beginning):
    at = _place(lines, beginning)
    return lines[:at] + lines[at + 1 :]


def _double(lines, beginning):
    """The same event again, with its values."""
    at = _place(lines, beginning)
    values = next(n for n in range(at + 1, len(lines)) if not lines[n].startswith('{"value"'))
    return lines[:values] + lines[at:values] + lines[values:]


def test_a_check_of_a_school_knows_what_the_platform_noted(admin, log, work_off, sql):
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'audit.heads')")
    work_off()
    with across_schools("test", routine=True):
        assert set(noted()) == {THABA, PLATFORM}
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE school_id = 1 AND seq > %s", (log[0],))
        sql.execute("DELETE FROM audit_seal WHERE school_id = 1")
    admin.post(PAGE)
    work_off()
    assert "The end of the log was cut off" in admin.get(PAGE).main
