"""The demo has months that are frozen, as a platform that has run for a year has them."""

from __future__ import annotations

from app.access.actor import acting_as
from app.seed import baseline, billable
from app.tenancy.doors import across_schools, outside

ENROLMENTS = "SELECT * FROM enrolment ORDER BY school_id, id"


def top_up(place):
    with place.app.app_context(), outside(), acting_as(baseline.BY), across_schools("test") as session:
        number = billable.top_up(session)
        session.commit()
    return number


def test_both_schools_have_a_year_of_frozen_months_and_adjustments(filled):
    before = filled.rows(ENROLMENTS)
    assert top_up(filled) >= 2 * 13
    assert filled.rows(ENROLMENTS) == before, "what was put as it stood then is put back"
    for school in (1, 2):
        months = filled.rows("SELECT learners, adjustment FROM billable_month WHERE school_id = %s ORDER BY month", school)
        assert all(learners > 200 for learners, _ in months[-6:] if learners)
        assert sum(learners > 0 for learners, _ in months) >= 6
        assert any(adjustment for _, adjustment in months[-6:])
    kinds = filled.rows("SELECT school_id, kind FROM billable_learner WHERE kind <> 'counted' GROUP BY 1, 2 ORDER BY 1, 2")
    assert kinds == [(1, "added"), (1, "removed"), (2, "added"), (2, "removed")]


def test_they_were_frozen_when_they_ended(filled):
    top_up(filled)
    late = "timezone('Africa/Johannesburg', frozen_at) - (month + interval '1 month')"
    assert filled.rows(f"SELECT DISTINCT {late} FROM billable_month") == [
        (filled.value("SELECT interval '15 minutes 20 seconds'"),)
    ]


def test_a_second_time_nothing_is_added(filled):
    top_up(filled)
    assert top_up(filled) == 0
