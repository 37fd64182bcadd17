"""Quiet is counted in weekdays, to the minute."""

import datetime as dt

import pytest

from app.domain.quietness import is_quiet, quiet_since

FRIDAY, SUNDAY, MONDAY = (dt.datetime(2026, 11, day, 10, tzinfo=dt.UTC) for day in (20, 22, 23))


@pytest.mark.parametrize(
    ("now", "days", "since"),
    [
        (FRIDAY, 1, dt.datetime(2026, 11, 19, 10, tzinfo=dt.UTC)),
        (MONDAY, 1, FRIDAY),
        (MONDAY, 6, dt.datetime(2026, 11, 13, 10, tzinfo=dt.UTC)),
        (SUNDAY, 1, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        (dt.datetime(2026, 11, 21, tzinfo=dt.UTC), 1, dt.datetime(2026, 11, 20, tzinfo=dt.UTC)),
        (FRIDAY, 14, dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)),
        (FRIDAY, 0, FRIDAY),
    ],
)
def test_weekends_take_no_time(now, days, since):
    assert quiet_since(now, days) == since


def test_a_school_is_quiet_from_the_moment_on_at_which_the_days_are_over():
    assert not is_quiet(FRIDAY, MONDAY, 1)
    assert is_quiet(FRIDAY - dt.timedelta(minutes=1), MONDAY, 1)


def test_a_school_that_was_never_heard_of_is_quiet_by_its_own_age_or_not_at_all():
    assert is_quiet(None, MONDAY, 1, made_at=FRIDAY - dt.timedelta(days=1))
    assert not is_quiet(None, MONDAY, 1, made_at=MONDAY)
    assert not is_quiet(None, MONDAY, 1)
