"""Quiet hours together."""

from __future__ import annotations

import datetime as dt

import pytest

from app.delivery.quiet import window
from blueprints.contact.hours import together


def hours(*pairs):
    return [window(*(dt.time.fromisoformat(end) for end in pair)) for pair in pairs]


@pytest.mark.parametrize(
    ("given", "quiet"),
    [
        ([], []),
        ([("20:00", "05:00")], [("20:00", "05:00")]),
        ([("20:00", "05:00"), ("22:00", "06:30")], [("20:00", "06:30")]),
        ([("20:00", "05:00"), ("21:00", "04:00")], [("20:00", "05:00")]),
        ([("12:00", "13:00"), ("22:00", "05:00")], [("12:00", "13:00"), ("22:00", "05:00")]),
        ([("12:00", "13:00"), ("13:00", "14:00")], [("12:00", "14:00")]),
        ([("00:00", "05:00"), ("22:00", "00:00")], [("22:00", "05:00")]),
        ([("20:00", "08:00"), ("07:00", "21:00")], [("00:00", "00:00")]),
        ([("20:00", "08:00"), ("08:00", "20:00")], [("00:00", "00:00")]),
        ([("00:01", "00:00")], [("00:01", "00:00")]),
    ],
)
def test_the_stricter_of_both_counts(given, quiet):
    assert [tuple(f"{end:%H:%M}" for end in each) for each in together(None, *hours(*given))] == quiet
