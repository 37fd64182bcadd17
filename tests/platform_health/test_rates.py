"""Rates: one way to round them, which never makes a failure disappear."""

from __future__ import annotations

import random
from decimal import ROUND_DOWN, Decimal

import pytest

from app.domain.metrics import Bucket
from app.domain.rates import FAILED, SENT, Rate, rate_of, since, whole_hours


@pytest.mark.parametrize(
    ("sent", "failed", "tenths"),
    [
        (0, 0, None), (5, 0, 1000), (0, 5, 0), (1, 1, 500), (2, 1, 666), (999, 1, 999), (9_999, 1, 999), (10**12, 1, 999),
        (1, 10**12, 1), (1, 1999, 1), (995, 5, 995),
    ],
)  # fmt: skip
def test_a_rate_is_rounded_down_to_a_tenth_of_a_percent(sent, failed, tenths):
    assert Rate(sent, failed).tenths == tenths


def test_all_is_said_of_all_only_and_nothing_of_nothing_only():
    chance = random.Random(20261120)
    for _ in range(2_000):
        rate = Rate(chance.randint(0, 10 ** chance.randint(0, 15)), chance.randint(0, 10 ** chance.randint(0, 15)))
        if not rate.total:
            continue
        assert (rate.tenths == 1000) == (rate.failed == 0)
        assert (rate.tenths == 0) == (rate.sent == 0)
        exact = Decimal(rate.sent) * 1000 / Decimal(rate.total)
        assert rate.tenths == exact.quantize(Decimal(1), ROUND_DOWN) or rate.tenths == 1


def test_buckets_of_other_names_count_for_nothing():
    begin = since(1)
    found = [Bucket(begin, SENT, 3), Bucket(begin, "usage.email.sent", 9), Bucket(begin, FAILED, 1), Bucket(begin, SENT, 2)]
    assert rate_of(found) == Rate(5, 1)


def test_whole_hours_end_with_the_one_that_is_not_over():
    hours = whole_hours(24)
    assert len(hours) == 25
    assert hours[0] == since(24)
    assert hours[-1] == since(0)
    assert all((hour.minute, hour.second, hour.microsecond) == (0, 0, 0) for hour in hours)
