"""The gate of the baseline, at whatever moment the demo starts."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app.seed import baseline
from app.seed.plans import ZONE
from tests.seed.conftest import Place

SCHOOL_DAY, SATURDAY = dt.date(2026, 11, 18), dt.date(2026, 11, 21)
ON_SITE = "SELECT count(*) FROM gate_state WHERE on_site AND on_date = %s GROUP BY school_id"
UNKNOWN = "SELECT count(*) FROM gate_scan WHERE direction = 'unknown' AND on_date = %s GROUP BY school_id"
LATE = """
SELECT count(*) FROM gate_state g WHERE g.on_site AND g.on_date = %s AND (
    SELECT max(s.ends_at) FROM class_session s JOIN enrolment e ON e.school_id = s.school_id AND e.class_id = s.class_id
    WHERE s.on_date = g.on_date AND s.cancelled_at IS NULL AND e.school_id = g.school_id AND e.learner_id = g.id
    AND e.state = 'active' AND e.ends_on IS NULL
) < %s GROUP BY g.school_id
"""


@pytest.fixture
def sown_at(empty: Place, monkeypatch: pytest.MonkeyPatch):
    def sow(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        now = dt.datetime.combine(day, dt.time(hour, minute), ZONE)
        monkeypatch.setattr(clock, "now", lambda: now.astimezone(dt.UTC))
        baseline.seed(empty.app)
        return now

    return sow


def test_in_the_morning_of_a_school_day_nearly_everybody_is_on_site(empty: Place, sown_at) -> None:
    sown_at(SCHOOL_DAY, 10)
    assert all(260 < number < 300 for (number,) in empty.rows(ON_SITE, SCHOOL_DAY))
    assert empty.rows(UNKNOWN, SCHOOL_DAY) == [(1,), (1,)]
    assert empty.rows(LATE, SCHOOL_DAY, dt.datetime.combine(SCHOOL_DAY, dt.time(9, 30), ZONE)) == []


def test_in_the_afternoon_some_wait_to_be_collected(empty: Place, sown_at) -> None:
    now = sown_at(SCHOOL_DAY, 15)
    late = empty.rows(LATE, SCHOOL_DAY, now - dt.timedelta(minutes=30))
    assert len(late) == 2
    assert all(0 < number < 25 for (number,) in late)


def test_on_a_saturday_a_team_has_come(empty: Place, sown_at) -> None:
    sown_at(SATURDAY, 9)
    assert empty.rows(ON_SITE, SATURDAY) == [(24,), (24,)]
    assert empty.rows(UNKNOWN, SATURDAY) == [(1,), (1,)]


def test_a_later_run_goes_on_where_the_one_before_ended(empty: Place, sown_at) -> None:
    sown_at(SCHOOL_DAY, 10)
    before = empty.value("SELECT count(*) FROM gate_scan")
    sown_at(SCHOOL_DAY, 10)
    assert empty.value("SELECT count(*) FROM gate_scan") == before
    sown_at(SCHOOL_DAY, 15)
    assert empty.value("SELECT count(*) FROM gate_scan") > before + 400
