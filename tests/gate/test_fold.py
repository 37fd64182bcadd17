"""What scans come to does not depend on when they arrive: the pure fold, the store, and several at the same moment."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.gate import AGAIN, Seen, fold
from app.domain.scanning import By, Scan, take
from app.models.gate import Direction, GateScan, GateState
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import driving
from tests.conftest import Browser
from tests.gate.arranged import CARD, ZONE, a_scan, add_learner, at, directions, results, send, set_clock, state
from tests.pages import Page

MORNING = dt.datetime(2026, 11, 18, 7, tzinfo=ZoneInfo("Africa/Johannesburg"))
BY = By(None, "the tests")
SECONDS = st.integers(0, 12 * 3600)
CODES = st.sampled_from([CARD, CARD, CARD, "manual:in", "manual:out"])
EVENTS = st.lists(st.tuples(SECONDS, CODES), min_size=1, max_size=12)


def events(drawn: list[tuple[int, str]]) -> list[Seen]:
    """Scans of one day with ids of their own."""
    return [Seen(UUID(int=n + 1), code, MORNING + dt.timedelta(seconds=second)) for n, (second, code) in enumerate(drawn)]


@given(EVENTS, st.randoms())
def test_the_order_of_arrival_makes_no_difference(drawn, dice):
    scans = events(drawn)
    shuffled = [*scans]
    dice.shuffle(shuffled)
    assert fold(shuffled) == fold(scans)


@given(EVENTS)
def test_in_and_out_take_turns_and_the_last_of_them_says_where_the_learner_is(drawn):
    scans = events(drawn)
    day = fold(scans)
    counted = [
        one for one in sorted(scans, key=lambda s: (s.scanned_at, s.id)) if day.outcomes[one.id].direction != Direction.REPEAT
    ]
    turns = [day.outcomes[one.id].direction for one in counted]
    assert all(one != other for one, other in pairwise(turns))
    assert (day.on_site, day.since) == (turns[-1] is Direction.IN, counted[-1].scanned_at)
    cards = [one for one in counted if one.code == CARD]
    times = {one.scanned_at for one in counted}
    assert all(not any(dt.timedelta(0) < one.scanned_at - other < AGAIN for other in times) for one in cards)


@given(EVENTS)
def test_marked_by_hand_is_where_the_learner_is(drawn):
    scans = events(drawn)
    day = fold(scans)
    for scan in scans:
        if scan.code != CARD:
            assert day.outcomes[scan.id].on_site is (scan.code == "manual:in")


def test_a_day_without_a_scan_is_none():
    with pytest.raises(ValueError, match="without a scan"):
        fold([])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=EVENTS, dice=st.randoms())
def test_the_store_converges_whatever_the_batches(stored_learner, drawn, dice):
    """Late, doubled and in any order: the rows are what one fold over all of them says."""
    scans = events(drawn)
    arriving = [*scans, *dice.sample(scans, len(scans) // 2)]
    dice.shuffle(arriving)
    with outside(), acting_for(1) as session:  # which keeps nothing
        while arriving:
            size = dice.randint(1, 4)
            batch, arriving = arriving[:size], arriving[size:]
            with driving() as cursor:
                take(cursor, [as_sent(scan, stored_learner) for scan in batch], by=BY, timezone=ZONE)
        day = fold(scans)
        assert session.execute(select(GateState.on_site, GateState.since)).one() == (day.on_site, day.since)
        stored = {row.id: row.direction for row in session.execute(select(GateScan.id, GateScan.direction))}
        assert stored == {scan.id: day.outcomes[scan.id].direction.value for scan in scans}


def as_sent(scan: Seen, learner: UUID) -> Scan:
    return Scan(scan.id, scan.code, scan.scanned_at, scan.scanned_at, None if scan.code == CARD else learner)


@pytest.fixture
def stored_learner(app, cast, sql):
    return add_learner(sql, cast.thaba)


def at_once(*deeds: Callable[[], Page]) -> list[Page]:
    """Do these at the same moment; returns what they answered."""
    start, answers = threading.Barrier(len(deeds)), []

    def do(deed: Callable[[], Page]) -> None:
        start.wait()
        answers.append(deed())

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def sending(phone: Browser, scan: dict[str, str]) -> Callable[[], Page]:
    """What sends a scan; the token is taken before."""
    token = phone.token()
    return lambda: send(phone, [scan], token=False, **{"X-CSRF-Token": token})


def test_scans_of_one_learner_at_the_same_moment_take_turns(app, browser, cast, sql, monkeypatch):
    """Eight phones at once: without the revision some of them would see the same state and say the same."""
    set_clock(monkeypatch, at(12))
    learner = add_learner(sql, cast.thaba)
    scans = [a_scan(at(7) + dt.timedelta(minutes=3 * number)) for number in range(8)]
    random.Random(1).shuffle(scans)
    answers = at_once(*(sending(browser.as_(cast.thaba.officer), scan) for scan in scans))
    assert [page.status for page in answers] == [200] * 8
    assert directions(sql, learner) == ["in", "out"] * 4
    assert state(sql, learner) == (False, at(7, 21))
    assert sql.execute("SELECT revision FROM gate_state WHERE id = %s", (learner,)).fetchone() == (8,)


def test_the_same_scan_from_two_phones_at_once_is_one(app, browser, cast, sql, monkeypatch):
    set_clock(monkeypatch, at(12))
    learner = add_learner(sql, cast.thaba)
    scan = a_scan(at(7))
    answers = at_once(*(sending(browser.as_(cast.thaba.officer), scan) for _ in range(4)))
    assert [results(page) for page in answers] == [["in"]] * 4
    assert directions(sql, learner) == ["in"]
