"""The follow-ups of the baseline: templates for every stage, items in every state that lasts, nothing sent by itself."""

from __future__ import annotations

from app.domain.follow_ups.places import unknown_places
from app.seed import baseline
from app.seed.follow_up_texts import PLANS
from tests.seed.conftest import Place


def test_there_is_a_template_for_every_stage_and_most_speak_three_languages(seeded: Place) -> None:
    rows = seeded.rows("SELECT stage, occasion, subject, is_active FROM follow_up_template WHERE school_id = 1")
    assert {stage for stage, *_ in rows} == {None, "new", "contacted", "appointment", "trial", "enrolled"}
    assert {occasion for _, occasion, *_ in rows} == {"stage", "days", "step"}
    assert sum(len(subject) == 3 for _, _, subject, _ in rows) >= 5
    assert sorted(is_active for *_, is_active in rows).count(False) == 1
    assert seeded.value("SELECT count(*) FROM follow_up_template WHERE school_id = 2") == 0


def test_its_places_are_all_known() -> None:
    texts = [text for plan in PLANS for text in (*plan.subject.values(), *plan.body.values())]
    assert [unknown_places(text) for text in texts if unknown_places(text)] == []


def test_items_stand_in_every_state_and_say_why(seeded: Place) -> None:
    states = {state for (state,) in seeded.rows("SELECT DISTINCT state FROM follow_up")}
    assert states == {"open", "sent", "by_hand", "failed", "dead", "dismissed"}
    assert seeded.value("SELECT count(*) FROM follow_up WHERE state = 'open' AND due_at > now()") == 2
    assert seeded.value("SELECT count(*) FROM follow_up WHERE state IN ('failed', 'dead') AND error IS NULL") == 0
    assert seeded.value("SELECT count(*) FROM follow_up WHERE created_at > now() OR sent_at > now()") == 0
    assert (
        seeded.value("SELECT count(*) FROM follow_up f JOIN lead l ON l.id = f.lead_id WHERE f.created_at < l.created_at") == 0
    )


def test_what_was_sent_stands_in_the_history_of_the_lead_and_nothing_waits_to_be_sent(seeded: Place) -> None:
    sent = seeded.value("SELECT count(*) FROM follow_up WHERE sent_at IS NOT NULL")
    assert seeded.value("SELECT count(*) FROM lead_event WHERE kind = 'sent'") == sent == 3
    assert seeded.value("SELECT count(*) FROM outbox WHERE job LIKE 'follow_ups.%%' AND done_at IS NULL") == 0


def test_a_second_run_adds_none(filled: Place) -> None:
    before = filled.value("SELECT count(*) FROM follow_up")
    baseline.seed(filled.app)
    assert filled.value("SELECT count(*) FROM follow_up") == before
