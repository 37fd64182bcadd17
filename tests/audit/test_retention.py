"""What was kept long enough goes under a signed checkpoint, and nothing goes without one."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete

from app.audit import checkpoints, retention, sealing
from app.audit.canonical import Stream
from app.audit.checkpoints import public_key
from app.audit.exporting import sealed_lines
from app.audit.heads import noted
from app.extensions import current_settings
from app.models.audit import AuditEvent
from app.tenancy.doors import across_schools, acting_for
from app.work.queues import SCHEDULE
from tests.audit.sealed import PLATFORM, THABA, add, check, found, seal, seqs, tampering
from tests.commands.conftest import flask  # noqa: F401  a fixture
from tests.conftest import WORKER, superuser

SCRIPT = Path(__file__).parents[2] / "deploy" / "verify_audit.py"
EVENTS, SEALS = "audit_event WHERE school_id = 1", "audit_seal WHERE school_id = 1"
NOT_SEALED = "UPDATE {of}_event e SET at = at - %s::interval WHERE e.xid >= (SELECT coalesce(max(s.until_xid), 0) FROM {of}_seal s {only})"


def seal_ago(sql, monkeypatch, years):
    """Seal what waits as if that had been so many years ago, events and all."""
    with tampering(sql):
        sql.execute(NOT_SEALED.format(of="audit", only="WHERE s.school_id = e.school_id"), (f"{years} years",))
        sql.execute(NOT_SEALED.format(of="platform", only=""), (f"{years} years",))
    with monkeypatch.context() as patched:
        patched.setattr(
            sealing, "_LOCK", f"SELECT pg_advisory_xact_lock(%s, %s), clock_timestamp() - interval '{years} years' AS at"
        )
        seal()


@pytest.fixture
def log(app, cast, sql, monkeypatch):
    """Two seals of eight years ago, of three events each, and one of now, in both kinds of log; returns the school's numbers."""
    for labels in (("One", "Two", "Three"), ("Four", "Five", "Six")):
        for stream in (THABA, PLATFORM):
            add(stream, *labels)
        seal_ago(sql, monkeypatch, 8)
    for stream in (THABA, PLATFORM):
        add(stream, "Seven")
    seal()
    return seqs(sql)


@pytest.fixture
def sql_other(test_run):
    """Another connection, past both walls."""
    with psycopg.connect(superuser(test_run, test_run.addresses(WORKER)), autocommit=True) as connection:
        yield connection


def expire(**options):
    with across_schools("test", routine=True):
        return retention.expire_all(**options)


def gone(sql):
    """The whole way: announced, sealed, removed."""
    expire()
    seal()
    expire()


def count(sql, rows):
    return sql.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]


def lines():
    with acting_for(1):
        return list(sealed_lines(THABA, "Thaba Nkulu"))


def offline(tmp_path, of, *words):
    file = tmp_path / "audit.jsonl"
    file.write_text("".join(of))
    return subprocess.run([sys.executable, str(SCRIPT), str(file), *words], capture_output=True, text=True, check=False)


def test_what_was_kept_long_enough_goes_after_its_announcement_is_sealed(log, sql):
    expire()
    assert (count(sql, EVENTS), count(sql, SEALS)) == (8, 3), "nothing goes before"
    assert check().is_sound
    expire()
    assert count(sql, SEALS) == 3, "nor while the announcement waits for its seal"
    seal()
    assert check().is_sound
    expire()
    assert [row[0] for row in sql.execute(f"SELECT label.value FROM audit_value label JOIN {EVENTS.split()[0]} e ON"
        " e.id = label.event_id WHERE e.school_id = 1 AND field = 'label' ORDER BY e.seq")] == ["Seven", "1"]  # fmt: skip
    assert [row[0] for row in sql.execute(f"SELECT number FROM {SEALS} ORDER BY 1")] == [3, 4]
    assert count(sql, "audit_value v WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.id = v.event_id)") == 0


@pytest.mark.parametrize("stream", [THABA, PLATFORM], ids=str)
def test_a_check_begins_at_the_checkpoint_and_says_so(log, sql, stream):
    (until,) = sql.execute(f"SELECT at FROM {SEALS} AND number = 2").fetchone()
    gone(sql)
    report = check(stream, noted=_noted(stream))
    assert report.is_sound
    assert (report.expired.checkpoint, report.expired.events) == (1, 6)
    assert report.expired.until[:10] == until.astimezone(dt.UTC).date().isoformat()


def test_what_goes_is_announced_in_both_logs(log, sql):
    expire()
    (named,) = sql.execute(f"SELECT target_id FROM {EVENTS} AND action = 'audit.expire'").fetchone()
    assert named.startswith("school:1/1/")
    both = sql.execute("SELECT count(*) FROM platform_event WHERE action = 'audit.expire'").fetchone()
    assert both == (2,), "the school's there too, and the platform's own"


def test_nothing_younger_goes_and_a_school_may_keep_longer(log, sql):
    with across_schools("test", routine=True) as session:
        retention.keep(session, retention.Keeping(7, {1: 9}))
        session.commit()
    gone(sql)
    assert count(sql, SEALS) == 3
    assert count(sql, "audit_checkpoint") == 0
    assert count(sql, "platform_checkpoint") == 1, "the platform's log goes after seven"


def test_a_school_never_keeps_for_less_than_the_platform():
    assert retention.Keeping(7, {1: 3, 2: 10}).of(THABA) == 7
    assert retention.Keeping(7, {1: 3, 2: 10}).of(Stream(2)) == 10
    assert retention.Keeping(7, {}).of(PLATFORM) == 7


def test_a_log_has_at_most_one_checkpoint_a_month():
    early, late = (dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC) for day in (1, 31))
    assert retention.horizon(7, early) == retention.horizon(7, late) == dt.datetime(2019, 3, 1, tzinfo=dt.UTC)
    assert retention.horizon(4, dt.datetime(2028, 2, 29, tzinfo=dt.UTC)).year == 2024


def test_it_stops_anywhere_and_the_log_is_sound_at_every_stop(log, sql):
    expire()
    seal()
    stops = 0
    for allowed in range(1, 30):
        turns = iter([True] * allowed)
        is_stopped = expire(goes_on=lambda turns=turns: next(turns, False))
        for stream in (THABA, PLATFORM):
            assert found(check(stream, noted=_noted(stream))) == []
        stops += is_stopped
        if not is_stopped:
            break
    assert stops > 2
    assert count(sql, SEALS) == 2


def test_a_second_checkpoint_counts_on(app, cast, sql, monkeypatch):
    add(THABA, *"abc")
    seal_ago(sql, monkeypatch, 9)
    add(THABA, *"de")
    seal_ago(sql, monkeypatch, 7.5)
    add(THABA, "f")
    seal()
    with across_schools("test", routine=True) as session:
        retention.keep(session, retention.Keeping(8, {}))
        session.commit()
    gone(sql)
    with across_schools("test", routine=True) as session:
        retention.keep(session, retention.Keeping(7, {}))
        session.commit()
    gone(sql)
    report = check(noted=_noted(THABA))
    assert report.is_sound
    assert report.expired == (2, report.expired.until, 5)
    rows = sql.execute("SELECT number, seal, events FROM audit_checkpoint ORDER BY 1").fetchall()
    assert rows == [(1, 1, 3), (2, 2, 5)]


FORGED = {
    "its count": "events = events - 1",
    "its digest": "digest = previous",
    "its seal": "seal = seal - 1",
    "its head": "head = previous",
    "its date": "until_at = until_at + interval '1 day'",
    "its place": "until_xid = until_xid + 1",
    "its hash": "hash = previous",
    "the one before": "previous = hash",
    "its signature": "signature = reverse(encode(signature, 'hex'))::bytea",
    "its key": "key = digest",
    "its time": "at = at - interval '1 day'",
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_checkpoint_that_was_edited_is_named(log, sql, change):
    gone(sql)
    with tampering(sql):
        sql.execute(f"UPDATE audit_checkpoint SET {change}")
    report = check()
    first = report.faults[0]
    assert (first.kind, first.field) == ("checkpoint_forged", "1")
    assert report.expired is None


def test_a_checkpoint_of_another_key_is_forged_and_one_of_an_earlier_secret_is_not(app, log, sql, tmp_path):
    gone(sql)
    before = current_settings()
    changed = replace(before, secret="another secret that is long enough for anybody")
    app.extensions["settings"] = changed
    try:
        assert check().is_sound, "the public key was kept in UMTHI_HOME/keys"
        for file in (before.home / checkpoints.FOLDER).glob(checkpoints.PUBLIC):
            assert file.read_text().strip() == public_key(before).hex()
            file.unlink()
        assert found(check())[0] == ("checkpoint_forged", 2, None)
    finally:
        app.extensions["settings"] = before


def test_somebody_without_the_key_cannot_make_one_even_with_a_row_that_fits(log, sql, monkeypatch):
    strange = replace(current_settings(), secret="what somebody makes up who has the database only")
    monkeypatch.setattr(checkpoints, "current_settings", lambda: strange)
    monkeypatch.setattr(checkpoints, "_keep_public", lambda *_: None)
    gone(sql)
    monkeypatch.undo()
    report = check(noted=_noted(THABA))
    assert [(fault.kind, fault.seal, fault.field) for fault in report.faults if "checkpoint" in fault.kind] == [
        ("checkpoint_forged", 2, "1")
    ]


def test_a_checkpoint_that_was_removed_is_named_where_it_was_announced(log, sql):
    gone(sql)
    (announced,) = sql.execute(f"SELECT seq FROM {EVENTS} AND action = 'audit.expire'").fetchone()
    with tampering(sql):
        sql.execute("DELETE FROM audit_checkpoint")
    assert found(check()) == [("checkpoint_removed", None, announced), ("seal_removed", 1, None)]


def test_a_removal_without_a_checkpoint_is_named_at_its_row(log, sql):
    with tampering(sql):
        sql.execute(f"DELETE FROM {EVENTS} AND seq = ANY (%s)", (log[:3],))
    assert found(check()) == [("removed", 1, seq) for seq in log[:3]]
    with tampering(sql):
        sql.execute(f"DELETE FROM {SEALS} AND number = 1")
    assert found(check()) == [("seal_removed", 1, None)]


def test_more_that_was_removed_than_the_checkpoint_says_is_named(log, sql):
    add(THABA, "Nine")
    seal()
    gone(sql)
    with tampering(sql):
        sql.execute(
            "DELETE FROM audit_event e USING audit_seal s WHERE e.school_id = 1 AND s.school_id = 1 AND s.number = 3"
            " AND (e.xid, e.seq) < (s.until_xid, s.until_seq)"
        )
        sql.execute(f"DELETE FROM {SEALS} AND number = 3")
    assert found(check(values=False)) == [("seal_removed", 3, None)]


def test_what_was_put_below_the_checkpoint_is_inserted(log, sql):
    gone(sql)
    with tampering(sql):
        sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " VALUES (1, gen_random_uuid(), -5, now(), 1, 'x', 'job', 'notice', '{}')"
        )
    assert found(check()) == [("inserted", 3, -5)]


def test_a_log_that_ends_at_its_checkpoint_was_cut(log, sql):
    gone(sql)
    with tampering(sql):
        sql.execute(f"DELETE FROM {EVENTS}")
        sql.execute(f"DELETE FROM {SEALS}")
    assert found(check()) == [("checkpoint_forged", 2, None), ("cut", 3, None)], "for nothing announces it any more"


def test_nothing_of_a_log_that_is_not_sound_is_removed(log, sql):
    with tampering(sql):
        sql.execute("UPDATE audit_event SET action = 'x' WHERE seq = %s", (log[1],))
    gone(sql)
    assert count(sql, "audit_checkpoint") == 0
    assert found(check(values=False)) == [("edited", 1, log[1])], "so what shows it stays"


def test_nothing_is_removed_while_somebody_checks(log, sql, sql_other):
    expire()
    seal()
    sql_other.execute("BEGIN")
    sql_other.execute("SELECT pg_advisory_xact_lock_shared(%s, 1)", (checkpoints._LOCKS,))
    expire()
    assert count(sql, SEALS) == 4
    sql_other.execute("ROLLBACK")
    expire()
    assert count(sql, SEALS) == 2


REFUSED = {
    "an event without a checkpoint": "DELETE FROM audit_event WHERE seq = (SELECT min(seq) FROM audit_event)",
    "a seal without a checkpoint": "DELETE FROM audit_seal WHERE number = 1",
    "an event of the platform": "DELETE FROM platform_event",
    "a change": "UPDATE audit_event SET action = 'x'",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_database_lets_nothing_go_without_a_checkpoint(log, sql, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        sql.execute(statement)


def test_the_database_lets_go_what_is_below_a_checkpoint_and_nothing_above(log, sql):
    expire()
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[6],))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        sql.execute("UPDATE audit_event SET action = 'x' WHERE seq = %s", (log[0],))
    sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[0],))


def test_no_checkpoint_stands_at_a_seal_of_the_last_year_or_where_none_is(log, sql, monkeypatch):
    monkeypatch.setattr(retention, "horizon", lambda _years, now: now + dt.timedelta(days=1))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no checkpoint"):
        expire()
    monkeypatch.undo()
    expire()
    copied = "INSERT INTO audit_checkpoint SELECT school_id, gen_random_uuid(), number + 1, {seal}, until_xid, until_seq, until_at, head, events, digest, previous, hash, key, signature, at FROM audit_checkpoint"
    for wrong in ("seal", "seal + 1", "1"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no checkpoint"):
            sql.execute(copied.format(seal=wrong))


def test_nobody_changes_or_removes_a_checkpoint(log, sql):
    expire()
    for statement in ("UPDATE audit_checkpoint SET events = 1", "DELETE FROM platform_checkpoint", "TRUNCATE audit_checkpoint"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            sql.execute(statement)


def test_a_school_cannot_have_its_log_removed_by_itself(log, sql):
    expire()
    seal()
    with acting_for(1) as session, pytest.raises(Exception, match="permission denied"):
        session.execute(retention.select(retention.func.audit_expire(1)))
    with acting_for(1) as session, pytest.raises(Exception, match="permission denied"):
        session.execute(delete(AuditEvent))


def test_the_sealed_log_begins_with_the_checkpoint_and_is_checked_without_umthi(log, sql, tmp_path):
    gone(sql)
    taken = lines()
    assert list(json.loads(taken[1])) == ["checkpoint", "key", "signature"]
    said = offline(tmp_path, taken, check().head)
    assert (said.returncode, said.stderr) == (0, "")
    assert ", 6 removed by retention until 20" in said.stdout
    assert ", checkpoint 1" in said.stdout


def test_one_that_is_only_announced_is_taken_out_whole(log, sql, tmp_path):
    expire()
    assert '"checkpoint"' not in "".join(lines())
    seal()
    taken = lines()
    assert taken[1].startswith('{"checkpoint"'), "what is about to go is left out"
    assert offline(tmp_path, taken).returncode == 0


def _change(taken, old, new):
    return [taken[0], taken[1].replace(old, new), *taken[2:]]


ON_PAPER = {
    "another count": (lambda taken: [taken[0], taken[1].replace(",6,", ",5,"), *taken[2:]], "no event announces the checkpoint"),
    "another seal": (lambda taken: [taken[0], taken[1].replace("[1,2,", "[1,1,"), *taken[2:]], "does not follow the one before"),
    "no checkpoint": (lambda taken: [taken[0], *taken[2:]], "does not follow the one before it"),
    "no announcement": (lambda taken: [line for line in taken if "audit.expire" not in line], "no event announces"),
    "a second one": (lambda taken: [*taken[:3], taken[1], *taken[3:]], ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), ON_PAPER.values(), ids=ON_PAPER)
def test_the_script_finds_what_was_done_to_the_checkpoint(log, sql, tmp_path, change, said):
    gone(sql)
    taken = lines()
    assert offline(tmp_path, taken).returncode == 0
    result = offline(tmp_path, change(taken))
    assert result.returncode == 1
    assert said in result.stdout


def test_the_command_says_what_was_removed(log, sql, flask):  # noqa: F811
    gone(sql)
    said = flask("audit", "verify")
    assert said.exit_code == 0
    assert "removed by retention until 20" in said.output
    assert ": 6 events, checkpoint 1" in said.output
    assert json.loads(flask("audit", "verify", "--school", "1", "--json").output)["logs"][0]["expired"]["events"] == 6
    with tampering(sql):
        sql.execute("DELETE FROM audit_checkpoint")
    said = flask("audit", "verify", "--school", "1")
    assert said.exit_code == 1
    assert "a checkpoint of the retention was removed" in said.output
    assert flask("audit", "key").output.strip() == public_key(current_settings()).hex()


def test_the_page_says_what_was_removed(browser, cast, log, sql, work_off):
    gone(sql)
    sql.execute("UPDATE app_user SET language = 'en'")
    admin = browser.as_(cast.thaba.admin)
    admin.post("/audit/verify")
    work_off()
    assert "6 events, checkpoint 1. That is no fault." in admin.get("/audit/verify").main
    operator = browser.as_(cast.operator)
    operator.post("/operator/audit/verify")
    work_off()
    assert "Removed by retention, under checkpoints12" in operator.get("/operator/audit/verify").main


def test_it_runs_by_itself(log, sql, work_off):
    assert any(each.job == "audit.expire" for each in SCHEDULE)
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'audit.expire')")
    work_off()
    assert count(sql, "audit_checkpoint") == 1


def _noted(stream):
    with across_schools("test", routine=True):
        return noted(stream)[stream]
