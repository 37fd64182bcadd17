"""What became of the notices of the past: every channel and every end, told as the product would have written it."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from app.delivery.states import BACKOFF, CHAIN, GIVE_UP, Event, State
from app.seed import fates
from tests.seed.conftest import Place

RECENT = "SELECT id FROM message m WHERE EXISTS (SELECT FROM delivery d WHERE d.message_id = m.id AND d.channel = 'push')"


def test_what_has_started_looks_sent_and_is_over(seeded: Place) -> None:
    unsent = "SELECT count(*) FROM notice WHERE starts_at <= now() AND removed_at IS NULL AND message_id IS NULL"
    assert seeded.value(unsent) == 0
    found = dict(seeded.rows("SELECT state, count(*) FROM delivery GROUP BY state"))
    assert set(found) == {"sent", "dead", "demoted", "discarded"}
    assert found["sent"] > 80 * found["dead"] > 0
    assert seeded.value("SELECT count(*) FROM delivery WHERE ended_at IS NULL OR ended_at > now()") == 0
    assert seeded.value("SELECT count(*) FROM attempt WHERE at > now()") == 0
    assert seeded.value("SELECT count(*) FROM message_text") == 3 * seeded.value("SELECT count(*) FROM message")


def test_a_delivery_ends_with_its_last_attempt(seeded: Place) -> None:
    wrong = seeded.rows(
        "SELECT d.state, a.* FROM delivery d LEFT JOIN (SELECT delivery_id, (array_agg(number ORDER BY at DESC))[1] AS last,"
        " max(at) FILTER (WHERE event <> 'discard') AS at FROM attempt GROUP BY 1) a ON a.delivery_id = d.id"
        " WHERE (a.last, a.at) IS DISTINCT FROM (d.tries, d.ended_at)"
    )
    assert wrong == []
    codes = {row[0] for row in seeded.rows("SELECT DISTINCT code FROM attempt")}
    assert {None, 201, 250, 403, 410, 429, 450, 550, 552, 554} <= codes


def test_no_step_is_one_that_the_table_of_states_does_not_allow(seeded: Place) -> None:
    events = defaultdict(list)
    for delivery, event in seeded.rows("SELECT delivery_id, event FROM attempt ORDER BY delivery_id, at, id"):
        events[delivery].append(Event(event))
    walks = Counter(map(tuple, events.values()))
    for walk in walks:
        state = State.QUEUED
        for event in walk:
            if event not in fates.DEEDS:
                state = _step(state, Event.CLAIM)
            state = _step(state, event)
        assert state in {State.SENT, State.DEAD, State.DISCARDED}, walk
    assert walks[Event.ACCEPTED, Event.BOUNCED] == walks[Event.PERMANENT, Event.RETRY, Event.ACCEPTED] == 2
    assert walks[Event.PERMANENT, Event.DISCARD] == 2


def _step(state: State, event: Event) -> State:
    from_, to, _ = fates.STEPS[event]
    assert state in from_, (state, event)
    return to


def test_where_a_channel_gave_up_the_next_took_over_at_that_moment(seeded: Place) -> None:
    chains = seeded.rows(
        "SELECT p.channel, e.channel, e.created_at - p.ended_at, e.batch_id = p.batch_id, m.urgent FROM delivery p"
        " JOIN delivery e ON e.school_id = p.school_id AND e.message_id = p.message_id AND e.person_id = p.person_id AND e.id <> p.id"
        " JOIN message m ON m.school_id = p.school_id AND m.id = p.message_id WHERE p.state = 'demoted'"
    )
    assert len(chains) == seeded.value("SELECT count(*) FROM delivery WHERE state = 'demoted'") > 8
    for given_up, took_over, later, same_batch, urgent in chains:
        assert took_over in CHAIN[given_up]
        assert not same_batch
        assert urgent or not later
    assert {urgent for *_, urgent in chains} == {True, False}


def test_what_is_urgent_goes_by_all_channels_and_the_rest_by_one(seeded: Place) -> None:
    found = seeded.rows(
        "SELECT m.urgent, array_agg(d.channel ORDER BY d.channel) FROM delivery d"
        " JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id WHERE d.state = 'sent'"
        " GROUP BY m.school_id, m.id, d.person_id, m.urgent"
    )
    both = Counter(urgent for urgent, channels in found if channels == ["email", "push"])
    assert both == {True: 56}


@pytest.mark.parametrize(("school", "asked"), [(1, "whatsapp"), (2, "sms")])
def test_what_was_to_be_a_text_message_says_why_it_went_another_way(seeded: Place, school: int, asked: str) -> None:
    """Whoever takes over from another channel was not asked for instead of anything."""
    found = dict(seeded.rows(
        "SELECT d.instead, count(*) FROM delivery d JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id"
        " WHERE d.school_id = %s AND m.channel = %s GROUP BY 1", school, asked,
    ))  # fmt: skip
    assert set(found) == {"not_connected", None}
    assert found["not_connected"] > 300
    assert found[None] == 1
    assert seeded.value("SELECT count(*) FROM gateway") == 0
    without = "SELECT count(instead) FROM delivery d JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id WHERE m.channel"
    assert seeded.value(f"{without} IS NULL") == 0


@pytest.mark.parametrize("school", [1, 2])
def test_the_dead_letters_of_a_school_have_many_reasons(seeded: Place, school: int) -> None:
    found = Counter((channel, event, code) for channel, event, code in seeded.rows(
        "SELECT d.channel, a.event, a.code FROM delivery d JOIN LATERAL (SELECT event, code FROM attempt a"
        " WHERE a.delivery_id = d.id ORDER BY at DESC, id DESC LIMIT 1) a ON true WHERE d.state = 'dead' AND d.school_id = %s", school,
    ))  # fmt: skip
    assert {
        ("email", "permanent", 550), ("email", "permanent", 552), ("email", "permanent", 554), ("email", "exhausted", 450),
        ("email", "bounced", 550), ("push", "permanent", 403),
    } <= set(found)  # fmt: skip
    assert found["push", "permanent", 403] == 1


def test_what_was_given_up_has_a_reason_in_the_language_of_the_school(seeded: Place) -> None:
    found = dict(seeded.rows("SELECT school_id, discard_reason FROM delivery WHERE state = 'discarded'"))
    assert found == {1: "Umndeni ususesikoleni esisha.", 2: "Die gesin het na ’n ander skool verhuis."}
    assert seeded.value("SELECT count(discard_reason) FROM delivery") == 2


def test_an_address_that_came_back_was_flagged_then(seeded: Place) -> None:
    found = seeded.rows(
        "SELECT p.email_flagged_at = a.at, a.provider FROM attempt a JOIN delivery d ON d.school_id = a.school_id AND d.id = a.delivery_id"
        " JOIN person p ON p.school_id = d.school_id AND p.id = d.person_id WHERE a.event = 'bounced'"
    )
    assert found == [(True, "email")] * 2


def test_a_flagged_address_was_refused_once_and_not_written_to_again(seeded: Place) -> None:
    found = seeded.rows(
        "SELECT p.id, array_agg(d.state ORDER BY d.ended_at) FROM person p JOIN delivery d ON d.person_id = p.id"
        " WHERE p.email_flagged_at IS NOT NULL GROUP BY 1"
    )
    assert len(found) == 10
    assert sum(deliveries == ["dead"] for _, deliveries in found) == 8
    assert all(deliveries.count("dead") == 1 for _, deliveries in found)


def test_the_demo_accounts_got_their_mail(seeded: Place) -> None:
    states = {row[0] for row in seeded.rows("SELECT state FROM delivery d JOIN membership m ON m.person_id = d.person_id")}
    assert states == {"sent"}


def test_what_is_told_of_every_channel_lies_well_within_the_month(seeded: Place) -> None:
    oldest, newest = seeded.rows(
        f"SELECT min(d.created_at) > now() - interval '25 days', max(d.ended_at) < now() - interval '1 day' FROM delivery d"
        f" WHERE d.message_id IN ({RECENT})"
    )[0]
    assert oldest
    assert newest


def test_a_provider_is_named_with_each_try_and_pushes_say_how_long_they_took(seeded: Place) -> None:
    found = seeded.rows(
        "SELECT d.channel, a.provider, bool_and(a.milliseconds > 0) FROM attempt a JOIN delivery d ON d.school_id = a.school_id"
        " AND d.id = a.delivery_id WHERE a.event NOT IN ('retry', 'discard') GROUP BY 1, 2"
    )
    assert {(channel, took) for channel, _, took in found} == {("email", None), ("push", True)}
    assert {provider for channel, provider, _ in found if channel == "email"} == {"email"}
    assert {provider for channel, provider, _ in found if channel == "push"} == set(_hosts())


def _hosts() -> set[str]:
    return {"fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"}


def test_who_never_answered_was_tried_for_a_day_and_put_off_as_often_as_the_product_does(seeded: Place) -> None:
    found = seeded.rows(
        "SELECT d.put_off, d.tries, d.ended_at - d.created_at < %s, d.give_up_at > d.ended_at FROM attempt a"
        " JOIN delivery d ON d.school_id = a.school_id AND d.id = a.delivery_id WHERE a.event = 'exhausted'", GIVE_UP,
    )  # fmt: skip
    assert set(found) == {(len(BACKOFF), len(BACKOFF) + 1, True, True)}


def test_the_authors_have_seen_that_their_notices_were_sent(seeded: Place) -> None:
    """No work is shown as running, and nothing of the past stands in the status bar."""
    found = seeded.rows(
        "SELECT p.state, p.done = p.total AND p.total > 0, p.seen_at >= p.ended_at, p.seen_at <= now(), p.person_id = n.author_id,"
        " p.url = '/schedule-notices/' || n.id FROM notice n LEFT JOIN progress p ON p.school_id = n.school_id AND p.subject = n.message_id"
        " WHERE n.message_id IS NOT NULL"
    )
    assert set(found) == {("done", True, True, True, True, True)}


def test_every_batch_was_done_when_its_last_delivery_was(seeded: Place) -> None:
    wrong = seeded.rows(
        "SELECT o.id FROM outbox o JOIN delivery d ON d.school_id = o.school_id AND d.batch_id = o.id WHERE o.job = 'delivery.send'"
        " GROUP BY o.school_id, o.id, o.done_at, o.created_at HAVING max(d.due_at) <> o.done_at OR min(d.created_at) <> o.created_at"
    )
    assert wrong == []
