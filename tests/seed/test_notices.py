"""The notices of the baseline: past, active and coming, in the right languages, and nothing of the past is mailed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app import clock
from app.i18n.languages import LANGUAGES
from app.seed import baseline
from app.seed.karoo import KAROO
from app.seed.plans import SchoolPlan, today_at_school
from app.seed.thaba import THABA
from tests.seed.conftest import Place

STATES = """
SELECT CASE WHEN removed_at IS NOT NULL THEN 'removed' WHEN starts_at > %s THEN 'coming' WHEN ends_at <= %s THEN 'past'
       ELSE 'active' END, count(*)
FROM notice WHERE school_id = %s GROUP BY 1
"""


def states(place: Place, school: int, at: datetime) -> dict[str, int]:
    return dict(place.rows(STATES, at, at, school))


@pytest.mark.parametrize("school", [1, 2])
def test_a_school_has_notices_of_every_state(seeded: Place, school: int) -> None:
    assert states(seeded, school, clock.now()) == {"past": 7, "active": 5, "coming": 3, "removed": 1}


@pytest.mark.parametrize("school", [1, 2])
def test_every_audience_has_something_to_read_now(seeded: Place, school: int) -> None:
    active = Counter(dict(seeded.rows(
        "SELECT audience, count(*) FROM notice WHERE school_id = %s AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())"
        " AND removed_at IS NULL GROUP BY 1", school,
    )))  # fmt: skip
    assert active["everyone"] >= 2
    assert active["guardians"] >= 1
    assert active["students"] >= 1
    assert seeded.value("SELECT count(*) FROM notice WHERE school_id = %s AND urgent", school) == 2


@pytest.mark.parametrize("plan", [THABA, KAROO], ids=lambda plan: plan.slug)
def test_a_notice_says_the_same_in_each_of_its_languages(plan: SchoolPlan) -> None:
    written = [frozenset(notice.title) for notice in plan.notices]
    for notice in plan.notices:
        assert set(notice.title) == set(notice.message) <= set(LANGUAGES)
        assert plan.language in notice.title
        places = {tuple(sorted(place for place in ("{day}", "{by}") if place in text)) for text in notice.message.values()}
        assert len(places) == 1, f"{notice.key} names different days: {places}"
        paragraphs = {text.count("\n\n") for text in notice.message.values()}
        assert len(paragraphs) == 1, notice.key
    assert frozenset(LANGUAGES) in written
    assert frozenset({plan.language}) in written  # where the fallback can be seen


@pytest.mark.parametrize("plan", [THABA, KAROO], ids=lambda plan: plan.slug)
@pytest.mark.parametrize("day", range(16, 23))
def test_on_whichever_day_it_is_made_a_notice_is_in_its_phase(plan: SchoolPlan, day: int) -> None:
    for hour in (0, 12, 23):
        now = datetime(2026, 11, day, hour, 30, tzinfo=UTC)
        today = today_at_school(now)
        for notice in plan.notices:
            starts, ends = notice.starts_at(today), notice.ends_at(today)
            assert ends is None or starts < ends
            assert starts.weekday() < 5
            if notice.phase == "active":
                assert starts <= now < ends
            elif notice.phase == "coming":
                assert starts > now
            elif notice.phase == "past":
                assert ends <= now


def test_days_are_written_as_each_language_writes_them(seeded: Place) -> None:
    messages = seeded.value("SELECT message FROM notice WHERE school_id = 1 AND title->>'en' = 'No water at school'")
    assert "expected back on {day}" not in str(messages)
    assert "{" not in "".join(text for row in seeded.rows("SELECT message FROM notice") for text in row[0].values())
    assert ", ngomhla ka-" in messages["zu"]
    assert any(f" op {day} " in messages["af"] for day in ("Maandag", "Dinsdag", "Woensdag", "Donderdag", "Vrydag"))
    assert any(f" on {day} " in messages["en"] for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))


def test_isizulu_follows_the_rules_of_the_house() -> None:
    for notice in (*THABA.notices, *KAROO.notices):
        text = f"{notice.title.get('zu', '')} {notice.message.get('zu', '')}".lower()
        assert not {"namhlanje", "umyalezo", "iminithi", "imeyili"} & set(text.split()), notice.key
        assert "'" not in text
    for notice in (*THABA.notices, *KAROO.notices):
        text = f"{notice.title.get('af', '')} {notice.message.get('af', '')}"
        assert "'" not in text
        assert "‘n" not in text


def test_notices_are_written_by_the_schools_own_people(seeded: Place) -> None:
    authors = "SELECT DISTINCT p.name FROM notice n JOIN person p ON p.id = n.author_id WHERE n.school_id = %s ORDER BY 1"
    assert seeded.rows(authors, 1) == [("Naledi Mokoena",), ("Nomvula Khumalo",)]
    assert seeded.rows(authors, 2) == [("Pieter van Wyk",), ("Riana Botha",)]


def test_nothing_of_the_past_waits_to_be_mailed(seeded: Place) -> None:
    waiting = seeded.rows("SELECT job, subject, due_at FROM outbox WHERE done_at IS NULL")
    assert {job for job, _, _ in waiting} == {"notices.send"}
    assert all(due > clock.now() for _, _, due in waiting)


def test_each_coming_notice_waits_once_for_its_start(seeded: Place) -> None:
    coming = seeded.rows("SELECT school_id, id, starts_at FROM notice WHERE starts_at > now() AND removed_at IS NULL")
    waiting = seeded.rows("SELECT school_id, subject, due_at FROM outbox WHERE done_at IS NULL")
    assert sorted(waiting) == sorted(coming)
    assert len(coming) == 6


def test_every_notice_is_in_the_audit_of_its_school(seeded: Place) -> None:
    of_notices = "SELECT action, count(*) FROM audit_event WHERE action ~ '^(emergency|notices|deliveries)[.]' GROUP BY action"
    found = dict(seeded.rows(of_notices))
    assert found == {
        "emergency.send": 2, "emergency.all_clear": 2,
        "notices.schedule": 32, "notices.send": 24, "notices.remove": 2,
        "deliveries.bounce": 2, "deliveries.retry": 2, "deliveries.discard": 2,
    }  # fmt: skip
    assert {row[0] for row in seeded.rows("SELECT DISTINCT actor_kind FROM audit_event")} == {"command"}
    assert ("seed baseline",) in seeded.rows("SELECT DISTINCT value FROM audit_value WHERE field = 'actor'")


def test_when_all_have_become_past_new_ones_come(filled: Place, later: Callable[[int], None]) -> None:
    later(60)
    assert states(filled, 1, clock.now()) == {"past": 14, "active": 1, "removed": 1}
    assert re.fullmatch(r"14 notices(, [\d,]+ (scans at the gate|registers))*", baseline.seed(filled.app))
    assert states(filled, 1, clock.now()) == {"past": 14, "active": 5, "coming": 3, "removed": 1}
    assert baseline.seed(filled.app) == "kept, nothing added"


def test_as_long_as_one_is_left_no_notice_is_added(filled: Place, later: Callable[[int], None]) -> None:
    later(1)
    assert "notice" not in baseline.seed(filled.app)
