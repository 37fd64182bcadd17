"""What workers count is what the rows say, however it came about and whoever counted."""

from __future__ import annotations

import datetime as dt
import random
import threading
from uuid import uuid4

import pytest
from psycopg.rows import namedtuple_row

from app.access.actor import Actor
from app.audit.record import Target, record
from app.delivery import dead_letters
from app.delivery.publish import Text
from app.domain import metrics, rollups
from app.domain.rollups import Buckets, Rollup
from app.domain.usage import usage
from app.ids import uuid7
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.reading import reading
from app.work.jobs import Task
from tests.cast import PASSWORD, add_person
from tests.conftest import Browser
from tests.delivery.sending import due_now, only, send, states
from tests.domain.counting import counted, rebuild, rebuild_all, refresh, refresh_changed
from tests.until import until

SHORT, LONG = Text("Short", "Short."), Text("Long", "A longer one, for {name}.")
SOMEBODY = Actor("user", uuid7(), "Naledi Mokoena")


def add_people(sql, school, number):
    """So many people, as something that audits what it does would add them."""
    for _ in range(number):
        add_person(sql, school, "A Person", random.choice(["learner", "guardian", "staff"]), f"{uuid4().hex}@x.example")
    deed(school)


def deed(school, *, by=SOMEBODY):
    """An event of a school, committed."""
    with acting_for(school) as session:
        record("people.add", Target("person"), label="somebody", by=by)
        session.commit()


def number(sql, name, school=1):
    row = sql.execute("SELECT number FROM metric WHERE school_id = %s AND name = %s", (school, name)).fetchone()
    return row and row[0]


def moment(sql, name, school=1):
    return sql.execute("SELECT moment FROM metric WHERE school_id = %s AND name = %s", (school, name)).fetchone()[0]


def counted_at(sql):
    return dict(sql.execute("SELECT school_id, min(computed_at) FROM metric GROUP BY 1").fetchall())


def what_runs_ends(sql):
    """Wait until every transaction of the server that is older than now has ended, those of other tests too.

    As long as one is open, what was written since it began is counted again: it may have written, and not be seen yet.
    """
    (now,) = sql.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone()
    older = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8"
    until(lambda: sql.execute(older, (now,)).fetchone()[0], "the end of what runs")


def in_another_thread(app, do):
    """Do something in an application context of its own, as another worker would; returns the thread, which has begun."""

    def run():
        with app.app_context():
            do()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def failing(sql, cast, mailserver, work_off):
    """Both schools, each with an address that is refused and two that are not; nothing was sent yet."""
    for school in (1, 2):
        only(sql, school, f"r550-{school}@x.example", f"a{school}@x.example", f"b{school}@x.example")
    work_off()


def test_a_random_day_is_counted_the_same_in_pieces_and_as_a_whole(app, sql, cast, failing, work_off):
    chance = random.Random(4)

    def one_message(school):
        send(school, texts={"en": chance.choice([SHORT, LONG])})
        work_off()

    def tried_again(school):
        with acting_for(school) as session:
            dead_letters.retry([row[0] for row in sql.execute("SELECT id FROM delivery WHERE school_id = %s", (school,))])
            session.commit()
        due_now(sql)
        work_off()

    def given_up(school):
        rows = sql.execute("SELECT id FROM delivery WHERE school_id = %s AND state = 'dead' LIMIT 1", (school,)).fetchall()
        with acting_for(school) as session:
            dead_letters.discard([row[0] for row in rows], why="left the school")
            session.commit()

    def somebody_comes(school):
        someone = chance.choice((cast.thaba, cast.karoo)[school - 1].everyone())
        Browser(app).post("/login", {"email": someone.email, "password": PASSWORD})

    def mended(school):
        sql.execute("UPDATE person SET email = 'well@x.example', email_flagged_at = NULL WHERE school_id = %s", (school,))
        deed(school)

    deeds = [one_message, one_message, tried_again, given_up, somebody_comes, lambda s: add_people(sql, s, 2), mended, deed]
    refresh_changed()
    for _ in range(30):
        chance.choice(deeds)(chance.choice([1, 2]))
        if chance.random() < 0.5:
            refresh_changed()
    refresh_changed()
    in_pieces = counted(sql)
    assert {"sent", "discarded"} <= states(sql).keys(), "the day was too quiet to show anything"
    for table in ("metric", "metric_bucket", "platform_metric", "platform_bucket"):
        sql.execute(f"DELETE FROM {table}")
    rebuild()
    assert counted(sql) == in_pieces


def test_a_wrong_increment_is_found_and_gone_with_the_next_rebuild(sql, cast, failing, work_off):
    send(1)
    work_off()
    rebuild()
    right = counted(sql)
    planted = [
        "UPDATE metric SET number = number + 1 WHERE school_id = 1 AND name = 'people.guardians'",
        "UPDATE metric_bucket SET number = number + 1 WHERE school_id = 1 AND span = 'hour'",
        "UPDATE platform_metric SET number = number - 1 WHERE name = 'deliveries.dead'",
        "INSERT INTO metric_bucket (school_id, name, span, begins_at, number)"
        " VALUES (2, 'deliveries.sent', 'hour', date_trunc('hour', now()), 7)",
        "DELETE FROM metric WHERE school_id = 2 AND name = 'people.staff'",
        "UPDATE platform_bucket SET number = number + 1 WHERE span = 'month'",
    ]
    for statement in planted:
        assert sql.execute(statement).rowcount > 0
        assert counted(sql) != right, statement
        rebuild()
        assert counted(sql) == right, statement


def test_what_is_counted_of_a_school(sql, cast, failing, work_off):
    add_person(sql, 1, "A Learner", "learner", None)
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    send(1)
    work_off()
    refresh_changed()
    assert (number(sql, "people.learners"), number(sql, "people.guardians"), number(sql, "people.staff")) == (1, 3, 0)
    assert (number(sql, "accounts.members"), number(sql, "accounts.signed_in")) == (7, 1)
    assert number(sql, "accounts.never_signed_in") == 6
    assert (number(sql, "deliveries.dead"), number(sql, "deliveries.dead", 2)) == (1, 0)
    (ended,) = sql.execute("SELECT ended_at FROM delivery WHERE state = 'dead'").fetchone()
    assert moment(sql, "deliveries.dead") == ended
    with across_schools("test") as session:
        of_platform = metrics.of_platform(session, "deliveries.dead", "people.guardians")
        assert of_platform["deliveries.dead"][:2] == (1, ended)
        assert (of_platform["deliveries.dead"].schools, of_platform["people.guardians"].schools) == (1, 2)
        since = ended - dt.timedelta(hours=1)
        for span in ("minute", "hour"):
            found = metrics.buckets_of_platform(session, span, since, "deliveries.sent", "deliveries.failed")
            assert {bucket.name: bucket.number for bucket in found} == {"deliveries.sent": 2, "deliveries.failed": 1}
            assert all(bucket.begins_at <= ended < bucket.begins_at + dt.timedelta(hours=1) for bucket in found)


def test_the_months_are_those_of_the_schools_own_clock_and_what_its_own_list_says(sql, cast, failing, work_off):
    send(1)
    work_off()
    late = dt.datetime(2026, 10, 31, 22, 30, tzinfo=dt.UTC)  # in November by the clock of Johannesburg
    sql.execute("UPDATE delivery SET ended_at = %s, created_at = %s - interval '1 day'", (late, late))
    rebuild()
    found = sql.execute("SELECT begins_at, name, number FROM metric_bucket WHERE span = 'month' ORDER BY name").fetchall()
    november = dt.datetime(2026, 10, 31, 22, tzinfo=dt.UTC)
    assert found == [(november, "usage.email.dead", 1), (november, "usage.email.sent", 2)]
    with acting_for(1), reading() as cursor:
        assert {(row.month, row.state, row.number) for row in usage(cursor)} == {("2026-11", "dead", 1), ("2026-11", "sent", 2)}


def test_only_what_changed_is_counted_anew_and_only_once(sql, cast, failing):
    what_runs_ends(sql)
    refresh_changed()
    before = counted_at(sql)
    refresh_changed()
    assert counted_at(sql) == before
    add_people(sql, 2, 1)
    what_runs_ends(sql)
    refresh_changed()
    after = counted_at(sql)
    assert (after[1], after[2] > before[2]) == (before[1], True)
    refresh_changed()
    assert counted_at(sql) == after


def test_a_transaction_that_began_before_a_look_and_ended_after_it_is_taken_in(app, sql, cast, failing):
    refresh_changed()
    with acting_for(1) as session:
        record("people.add", Target("person"), label="somebody", by=SOMEBODY)
        session.flush()
        in_another_thread(app, refresh_changed).join()
        session.commit()
    add_person(sql, 1, "A Person", "staff", None)
    refresh_changed()
    assert number(sql, "people.staff") == 1


def test_a_sign_in_leaves_its_trace_on_the_platform_and_is_counted_in_every_school_of_the_person(sql, cast, browser):
    refresh_changed()
    browser.post("/login", {"email": cast.multi.email, "password": PASSWORD})
    refresh_changed()
    assert (number(sql, "accounts.signed_in", 1), number(sql, "accounts.signed_in", 2)) == (1, 1)
    assert number(sql, "activity.last", 1) == 1
    (came,) = sql.execute("SELECT last_sign_in_at FROM app_user WHERE id = %s", (cast.multi.user_id,)).fetchone()
    assert moment(sql, "activity.last", 1) == came


def test_what_operators_do_in_a_school_is_no_sign_of_its_life(sql, cast):
    deed(1, by=Actor("user", cast.operator.user_id, cast.operator.name))
    refresh_changed()
    assert (number(sql, "activity.last"), moment(sql, "activity.last")) == (0, None)
    deed(1, by=Actor("user", cast.thaba.admin.user_id, cast.thaba.admin.name))
    refresh_changed()
    assert number(sql, "activity.last") == 1


def test_an_invitation_that_expires_is_no_longer_open(sql, cast):
    sql.execute(
        "INSERT INTO invitation (school_id, id, person_id, role, email, token_hash, invited_by, expires_at)"
        " VALUES (1, %s, %s, 'admin', 'a@x.example', 'x', 'Olive', now() + interval '1 hour')",
        (uuid7(), cast.thaba.admin.person_id),
    )
    refresh_changed()
    assert number(sql, "invitations.open") == 1
    sql.execute("UPDATE invitation SET expires_at = now() - interval '1 second'")
    sql.execute("UPDATE metric SET moment = now() WHERE name = 'invitations.open' AND number > 0")
    refresh_changed()
    assert number(sql, "invitations.open") == 0


def test_a_gateway_that_fails_and_one_that_recovers_are_seen_without_an_event(sql, cast):
    refresh_changed()
    sql.execute(
        "INSERT INTO gateway (school_id, id, channel, url, key, condition) VALUES (2, %s, 'sms', 'https://x.example/', 'k', 'degraded')",
        (uuid7(),),
    )
    refresh_changed()
    assert (number(sql, "gateways.degraded", 2), number(sql, "gateways.degraded", 1)) == (1, 0)
    sql.execute("UPDATE gateway SET condition = 'ready'")
    refresh_changed()
    assert number(sql, "gateways.degraded", 2) == 0


def test_a_school_that_is_new_is_counted_though_nobody_said_so(sql, cast):
    refresh_changed()
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency)"
        " VALUES ('new', 'New', 'new', 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')"
    )
    refresh_changed()
    assert number(sql, "people.learners", 3) == 0


def test_a_deed_counts_its_school_in_its_own_transaction_and_takes_it_back_with_it(sql, cast):
    rebuild()
    before = counted(sql)
    add_person(sql, 1, "A Person", "staff", None)
    with across_schools("test") as session:
        rollups.refresh(session, [1])
    assert counted(sql) == before
    refresh(1)
    assert counted(sql) != before


def test_two_who_count_at_once_come_to_the_same(app, sql, cast, failing, work_off):
    rebuild()
    send(1)
    send(2)
    work_off()
    for thread in [
        in_another_thread(app, do)
        for do in (refresh_changed, rebuild, lambda: refresh(1, 2), lambda: refresh(2, 1), refresh_changed)
    ]:
        thread.join()
    at_once = counted(sql)
    rebuild()
    assert counted(sql) == at_once


def test_a_look_that_runs_out_of_time_goes_on_where_it_stopped(sql, cast, monkeypatch):
    monkeypatch.setattr(rollups, "CHUNK", 1)
    with across_schools("test", routine=True) as session:
        assert rollups.refresh_changed.run(Task(0, uuid4(), "rollups.refresh", None, 1, deadline=0)) is not None
        session.commit()
        assert number(sql, "people.staff") is None
        rollups.refresh(session, [1])
        session.commit()
    before = counted_at(sql)
    refresh_changed()
    assert counted_at(sql)[1] == before[1], "counted within this look already"
    assert number(sql, "people.staff", 2) is not None


def test_on_a_server_that_was_restored_from_a_copy_everything_is_counted(sql, cast):
    refresh_changed()
    before = counted_at(sql)
    sql.execute("UPDATE platform_metric SET number = number + 1000000 WHERE name = %s", (rollups.REFRESHED,))
    refresh_changed()
    assert all(at > before[school] for school, at in counted_at(sql).items())


def test_the_hourly_rebuild_takes_those_that_nobody_counted_for_an_hour_and_drops_what_is_old(sql, cast):
    rebuild()
    sql.execute("UPDATE metric SET computed_at = now() - interval '61 minutes' WHERE school_id = 2")
    sql.execute(
        "INSERT INTO metric_bucket (school_id, name, span, begins_at, number)"
        " VALUES (1, 'deliveries.sent', 'hour', now() - interval '10 days', 1)"
    )
    before = counted_at(sql)
    rebuild_all()
    after = counted_at(sql)
    assert (after[1], after[2] > before[2]) == (before[1], True)
    assert not sql.execute("SELECT FROM metric_bucket").fetchall()


def test_a_name_that_is_taken_is_refused_and_another_span_of_it_is_not(app):
    with pytest.raises(ValueError, match=r"deliveries\.dead"):
        rollups.register(app, [Rollup(("deliveries.dead",), "")])
    with pytest.raises(ValueError, match=r"deliveries\.sent"):
        rollups.register(app, [Buckets(("deliveries.sent",), "hour", 1, "")])


def reads_from_end_to_end(sql, query, **told):
    """The tables that a statement of a source can only be answered from by reading all of them."""
    sql.execute("SET enable_seqscan = off")
    asked = {"schools": [1], "names": ["x"], "since": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "seen": 1, **told}
    plan = [row[0] for row in sql.execute(f"EXPLAIN {query}", asked)]
    return {line.split(" on ")[1].split()[0] for line in plan if "Seq Scan on" in line}


def test_every_statement_goes_by_an_index(app, sql, cast):
    small = {"gateway"}  # at most two rows a school
    for source in app.extensions["rollups"]:
        for query in filter(None, (source.sql, source.changed)):
            tell = getattr(source, "told", None)
            told = tell(sql.cursor(row_factory=namedtuple_row), [1]) if tell else {}
            assert reads_from_end_to_end(sql, query, **told) <= small, query


def test_a_statement_that_no_index_helps_is_seen(sql, cast):
    assert reads_from_end_to_end(sql, "SELECT reason FROM delivery WHERE reason = 'x'") == {"delivery"}
