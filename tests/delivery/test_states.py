"""The life of a delivery, read from its table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.delivery.states import BACKOFF, ENDS, GIVE_UP, STEPS, Event, Result, State, step

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def go(event, *, put_off=0, unsure=False, age=timedelta(0), fallback=False, **result):
    return step(
        Result(uuid4(), event, **result),
        now=NOW,
        put_off=put_off,
        unsure=unsure,
        give_up_at=NOW - age + GIVE_UP,
        fallback=fallback,
        jitter=0.5,
    )


def test_every_event_has_a_row_and_an_end_is_left_only_by_a_person_or_by_a_return():
    assert set(STEPS) == set(Event)
    leaving = {event: sources & ENDS for event, (sources, _, _) in STEPS.items() if sources & ENDS}
    assert leaving == {Event.BOUNCED: {State.SENT}, Event.RETRY: {State.DEAD}, Event.DISCARD: {State.DEAD}}


def test_every_state_can_be_reached_and_every_open_state_can_reach_an_end():
    edges = {(s, t) for sources, plain, demoted in STEPS.values() for s in sources for t in (plain, demoted) if t}
    reached = {State.QUEUED}
    for _ in State:
        reached |= {t for s, t in edges if s in reached}
    assert reached == set(State)
    ending = set(ENDS)
    for _ in State:
        ending |= {s for s, t in edges if t in ending}
    assert ending == set(State)


@pytest.mark.parametrize("put_off", range(len(BACKOFF)))
def test_temporary_faults_come_back_later_and_later(put_off):
    assert go(Event.TEMPORARY, put_off=put_off).due_at - NOW == BACKOFF[put_off]


def test_a_fault_that_outlasts_a_day_is_exhausted():
    assert go(Event.TEMPORARY, put_off=2, age=timedelta(hours=24)).state is State.DEAD
    assert go(Event.UNTRIED, age=timedelta(hours=25)).state is State.DEAD
    assert go(Event.TEMPORARY, put_off=len(BACKOFF)).state is State.DEAD


def test_unsure_is_tried_once_more_and_only_once():
    assert go(Event.UNSURE).state is State.DEFERRED
    assert go(Event.UNSURE, put_off=1, unsure=True).state is State.DEAD


def test_the_provider_may_ask_for_more_time_than_the_table():
    assert go(Event.TEMPORARY, wait=77).due_at == NOW + timedelta(seconds=77)


def test_permanent_goes_to_the_next_channel_where_there_is_one():
    assert go(Event.PERMANENT).state is State.DEAD
    assert go(Event.PERMANENT, fallback=True).state is State.DEMOTED
    assert go(Event.TEMPORARY, age=timedelta(hours=24), fallback=True).state is State.DEMOTED
