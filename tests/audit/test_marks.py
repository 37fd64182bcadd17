"""Beside every chain stands how far it came: a log that is gone, or was cut before the next seal, is found at once."""

from __future__ import annotations

import json

import pytest

from app.audit.heads import noted
from app.audit.marks import marks
from app.audit.sealing import NumbersWentBack
from app.tenancy.doors import across_schools
from tests.audit.sealed import PLATFORM, THABA, add, check, found, seal, tampering
from tests.commands.conftest import flask  # noqa: F401  a fixture

GONE = {
    THABA: ("audit_event WHERE school_id = 1", "audit_seal WHERE school_id = 1", "audit_value WHERE school_id = 1"),
    PLATFORM: ("platform_event", "platform_seal", "platform_value"),
}


@pytest.fixture
def log(app, cast, sql):
    """Two seals of either kind of log; no heads were noted yet."""
    for label in ("One", "Two"):
        for stream in (THABA, PLATFORM):
            add(stream, label)
        seal()


def wipe(sql, stream):
    with tampering(sql):
        for rows in GONE[stream]:
            sql.execute(f"DELETE FROM {rows}")


def beside(stream):
    with across_schools("test", routine=True):
        return noted(stream)[stream]


def test_each_seal_is_marked(log, sql):
    with across_schools("test", routine=True) as session:
        kept = marks(session)
    assert kept == {stream: (2, check(stream).head) for stream in (THABA, PLATFORM)}
    assert check(noted=beside(THABA)).is_sound


@pytest.mark.parametrize("stream", [THABA, PLATFORM], ids=str)
def test_a_log_that_is_gone_altogether_is_missed(log, sql, stream):
    wipe(sql, stream)
    assert check(stream).is_sound, "by itself it looks like one that never began"
    assert found(check(stream, noted=beside(stream))) == [("cut", 1, None)]


@pytest.mark.parametrize("stream", [THABA, PLATFORM], ids=str)
def test_a_log_that_is_gone_is_missed_for_good_also_when_it_went_on(log, sql, stream):
    wipe(sql, stream)
    for label in ("New", "Newer", "Newest"):
        add(stream, label)
        seal()
    assert check(stream).is_sound
    assert ("seal_replaced", 2, None) in found(check(stream, noted=beside(stream)))
    said = "SELECT target_id FROM platform_event WHERE action = 'audit.broken'"
    assert sql.execute(said).fetchall() == [(str(stream),)], "written down once"


def test_a_tail_that_was_cut_before_the_next_seal_is_missed(log, sql):
    with tampering(sql):
        sql.execute(
            "DELETE FROM audit_event WHERE school_id = 1 AND xid >= (SELECT until_xid FROM audit_seal WHERE number = 1)"
        )
        sql.execute("DELETE FROM audit_seal WHERE school_id = 1 AND number = 2")
    assert found(check(noted=beside(THABA), values=False)) == [("cut", 2, None)]
    add(THABA, "Since then")
    seal()
    assert found(check(noted=beside(THABA), values=False)) == [("seal_replaced", 2, None)]


def test_a_log_without_events_misses_nothing(app, cast, sql):
    seal()
    assert sql.execute("SELECT count(*) FROM audit_mark").fetchone() == (0,)
    assert beside(THABA) == set()


def test_numbers_that_went_back_are_seen_of_any_log(log, sql):
    wipe(sql, PLATFORM)
    sql.execute("UPDATE audit_mark SET until_xid = until_xid + 1000000 WHERE stream = 'school:1'")
    with pytest.raises(NumbersWentBack):
        seal()


def test_the_command_names_a_log_that_is_gone_with_its_school(log, sql, flask):  # noqa: F811
    assert flask("audit", "verify").exit_code == 0
    sql.execute("INSERT INTO audit_mark (stream, number, until_xid, hash) VALUES ('school:99', 3, 5, '\\x00')")
    wipe(sql, PLATFORM)
    said = flask("audit", "verify")
    assert said.exit_code == 1
    assert "platform: NOT SOUND" in said.output
    assert "school:99: the end of the chain was cut off: nothing is left of this log" in said.output


def test_operators_see_a_log_that_is_gone_with_its_school(browser, cast, log, sql, work_off):
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute("INSERT INTO audit_mark (stream, number, until_xid, hash) VALUES ('school:99', 3, 5, '\\x00')")
    wipe(sql, THABA)
    browser.as_(cast.operator).post("/operator/audit/verify")
    work_off()
    (value,) = sql.execute("SELECT value FROM platform_value WHERE field = 'result:after'").fetchone()
    assert [each["log"] for each in json.loads(value)["worst"]] == ["school:1", "school:99"]
    page = browser.as_(cast.operator).get("/operator/audit/verify").main
    assert "Thaba Nkulu Primary The end of the log was cut off" in page
    assert "school:99 The end of the log was cut off" in page
