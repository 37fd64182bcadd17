"""A check finds what was done to a log behind the application's back, names the first of it, and says what it was."""

from __future__ import annotations

import hashlib

import pytest

from app.audit import sealing, verifying
from app.audit.canonical import Place, hash_of, header_of, written
from app.audit.heads import heads
from app.tenancy.doors import across_schools
from tests.audit.sealed import PLATFORM, THABA, add, check, found, seal, seqs, tampering
from tests.personal_data.arranged import a_certificate


@pytest.fixture
def log(app, cast, sql, monkeypatch):
    """Two seals of three events each of Thaba Nkulu, and one event that waits; returns their numbers."""
    for labels in (("One", "Two", "Three"), ("Four", "Five", "Six"), ("Seven",)):
        for stream in (THABA, PLATFORM):
            add(stream, *labels)
        if len(labels) > 1:
            seal()
    return seqs(sql)


def test_a_log_that_nobody_touched_is_sound(log):
    for stream in (THABA, PLATFORM):
        report = check(stream)
        assert (report.is_sound, report.seals, report.events, report.waiting) == (True, 2, 6, 1)
        assert len(report.head) == 64


def test_a_log_without_events_is_sound(app, cast):
    assert check().is_sound
    assert check().seals == 0


CHANGED = (
    "action = 'notices.send'", "actor_kind = 'job'", "actor_id = gen_random_uuid()", "target_kind = 'person'",
    "target_id = '8'", "request_id = 'x'", "at = at + interval '1 microsecond'", "changes = '{}'", "id = gen_random_uuid()",
)  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED)
def test_an_edited_event_is_named(log, sql, changed):
    with tampering(sql):
        sql.execute(f"UPDATE audit_event SET {changed} WHERE seq = %s", (log[4],))
    report = check(values=False)
    assert found(report) == [("edited", 2, log[4])]
    assert report.faults[0].at.startswith("20")


def test_a_removed_event_is_named_with_when_it_was_last_there(log, sql):
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[1],))
    report = check()
    assert found(report) == [("removed", 1, log[1])]
    (at,) = sql.execute("SELECT at FROM audit_seal WHERE number = 1 AND school_id = 1").fetchone()
    assert report.faults[0].at == written(at)


@pytest.mark.parametrize("number", ["999", "-1"])
def test_an_inserted_event_is_named(log, sql, number):
    with tampering(sql):
        sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " SELECT school_id, gen_random_uuid(), %s, at, xid, action, actor_kind, target_kind, '{}' FROM audit_event"
            " WHERE seq = %s",
            (number, log[1]),
        )
    assert found(check()) == [("inserted", 1, int(number))]


def test_one_that_was_put_before_the_first_is_inserted(log, sql):
    with tampering(sql):
        sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " VALUES (1, gen_random_uuid(), -5, now(), -1, 'x', 'job', 'notice', '{}')"
        )
    assert found(check()) == [("inserted", 1, -5)]


def test_a_second_event_with_the_number_of_a_genuine_one_is_the_inserted_one(log, sql):
    with tampering(sql):
        sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " SELECT school_id, gen_random_uuid(), seq, at, xid, 'forged', actor_kind, target_kind, '{}' FROM audit_event WHERE seq = %s",
            (log[1],),
        )
    report = check()
    assert found(report) == [("inserted", 1, log[1])]


@pytest.mark.parametrize(
    "where", ["(SELECT max(xid) + 1000 FROM audit_event)", "(SELECT xid FROM audit_event ORDER BY xid LIMIT 1)"]
)
def test_an_event_that_was_moved_to_another_place_is_edited(log, sql, where):
    with tampering(sql):
        sql.execute(f"UPDATE audit_event SET xid = {where} WHERE seq = %s", (log[4],))
    assert found(check()) == [("edited", 2, log[4])]


def test_an_event_that_was_moved_to_another_school_is_removed_from_this_one(log, sql):
    with tampering(sql):
        sql.execute("UPDATE audit_event SET school_id = 2 WHERE seq = %s", (log[1],))
    assert found(check(values=False)) == [("removed", 1, log[1])]


def test_one_fault_hides_no_other_and_each_kind_has_its_first(log, sql):
    with tampering(sql):
        sql.execute("UPDATE audit_event SET action = 'x' WHERE seq = ANY (%s)", ([log[0], log[5]],))
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[4],))
    report = check()
    assert found(report) == [("edited", 1, log[0]), ("edited", 2, log[5]), ("removed", 2, log[4])]
    assert [fault.seq for fault in report.first] == [log[0], log[4]]


@pytest.mark.parametrize(
    ("changed", "seal_number"),
    [
        ("seqs[1] = 99", 1),
        ("digests = digests || 'x'::bytea", 2),
        ("events = 2", 2),
        ("at = at + interval '1 second'", 1),
        ("hash = previous", 1),
    ],
)
def test_an_edited_seal_is_named(log, sql, changed, seal_number):
    with tampering(sql):
        sql.execute(f"UPDATE audit_seal SET {changed} WHERE number = %s AND school_id = 1", (seal_number,))
    assert found(check()) == [("seal_edited", seal_number, None)]


def test_a_removed_seal_is_named(log, sql):
    with tampering(sql):
        sql.execute("DELETE FROM audit_seal WHERE number = 1")
    assert found(check()) == [("seal_removed", 1, None)]


def _forge(sql, number):
    """Make a seal anew that fits what the events are now, as somebody would who knows how."""
    row = sql.execute(
        "SELECT from_xid, from_seq, until_xid, until_seq, at, previous FROM audit_seal WHERE school_id = 1 AND number = %s",
        (number,),
    ).fetchone()
    since, until = Place(row[0], row[1]), Place(row[2], row[3])
    events = sql.execute(
        f"SELECT e.seq, ({verifying._EVENTS._of_platform.split('convert_to(')[1].split(', ' + chr(39) + 'UTF8')[0]}) FROM audit_event e"
        " WHERE school_id = 1 AND (xid, seq) >= (%s, %s) AND (xid, seq) < (%s, %s) ORDER BY xid, seq".replace(
            "NULL::int", "e.school_id"
        ),
        (*since, *until),
    ).fetchall()
    numbers = [event[0] for event in events]
    digests = b"".join(hashlib.sha256(event[1].replace("[null", "[1", 1).encode()).digest()[:16] for event in events)
    header = header_of(THABA, number, since, until, written(row[4]), len(numbers), bytes(row[5]))
    sql.execute(
        "UPDATE audit_seal SET events = %s, seqs = %s, digests = %s, hash = %s WHERE school_id = 1 AND number = %s",
        (len(numbers), numbers, digests, hash_of(header, numbers, digests), number),
    )


def test_a_seal_that_was_made_anew_to_fit_does_not_fit_the_next_one(log, sql):
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[1],))
        _forge(sql, 1)
    assert found(check()) == [("seal_replaced", 1, None)]


def test_the_last_seal_made_anew_shows_only_to_whoever_noted_the_head(log, sql):
    with across_schools("test", routine=True):
        noted = [(head.number, head.hash) for head in heads() if head.stream == THABA]
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[4],))
        _forge(sql, 2)
    assert check().is_sound, "this is what heads are written elsewhere for"
    assert found(check(noted=noted)) == [("seal_replaced", 2, None)]


def test_a_tail_that_was_cut_shows_only_to_whoever_noted_the_head(log, sql):
    with across_schools("test", routine=True):
        noted = [(head.number, head.hash) for head in heads() if head.stream == THABA]
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE seq >= %s", (log[3],))
        sql.execute("DELETE FROM audit_seal WHERE number = 2 AND school_id = 1")
    assert check().is_sound, "this is what heads are written elsewhere for"
    assert found(check(noted=noted)) == [("cut", 2, None)]
    add(THABA, "Since then")
    seal()
    assert found(check(noted=noted)) == [("seal_replaced", 2, None)], "also when the chain went on"


def test_values_are_held_to_what_the_events_keep(log, sql):
    with tampering(sql):
        change = (
            "UPDATE audit_value v SET value = %s FROM audit_event e WHERE e.id = v.event_id AND e.seq = %s AND v.field = %s"
        )
        sql.execute(change, ("Somebody else", log[0], "actor"))
        sql.execute(change, (None, log[1], "title:after"))
        sql.execute(
            "DELETE FROM audit_value v USING audit_event e WHERE e.id = v.event_id AND e.seq = %s AND v.field = 'label'",
            (log[2],),
        )
    report = check()
    assert [(fault.kind, fault.seq, fault.field) for fault in report.faults] == [
        ("value_edited", log[0], "actor"), ("value_emptied", log[1], "title:after"), ("value_removed", log[2], "label"),
    ]  # fmt: skip
    assert check(values=False).is_sound


def test_values_that_were_erased_are_told_with_their_certificate_and_the_chain_holds(log, sql, cast):
    a_certificate(sql, cast.thaba, 7)
    sql.execute(
        "UPDATE audit_value v SET value = NULL, salt = NULL, erased_under = '7' FROM audit_event e"
        " WHERE e.id = v.event_id AND e.seq = ANY (%s)",
        (log[:2],),
    )
    report = check()
    assert report.is_sound
    assert report.erased == {"7": 8}


def test_each_log_is_checked_apart(log, sql):
    with tampering(sql):
        sql.execute("UPDATE platform_event SET action = 'x'")
        sql.execute("UPDATE platform_value SET value = 'x' WHERE field = 'actor'")
    assert check().is_sound
    assert set(check(PLATFORM).counts) == {"edited", "value_edited"}


def test_it_reads_a_long_log_in_pieces(app, cast, sql, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 3)
    monkeypatch.setattr(verifying, "SEALS", 2)
    monkeypatch.setattr(verifying, "EVENTS", 4)
    add(THABA, *"abcdefghijklmnopqrstu")
    seal()
    told = []
    assert check(told=told.append).is_sound
    assert told == [3] * 7
