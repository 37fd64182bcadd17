"""The compiled formatters print what Babel prints."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

from app.i18n.formats import DATE, MOMENT, TIME, date_formatter, money_formatter, number_formatter, percent_formatter
from app.i18n.languages import LANGUAGES

LOCALES = [language.cldr for language in LANGUAGES.values()]
CURRENCIES = ["ZAR", "USD", "EUR", "BWP", "NAD", "SZL", "LSL", "MZN", "JPY", "KWD"]
EDGES = [0, 1, 9, 10, 99, 100, 999, 1000, 99_999, 100_000, 999_999, 1_000_000, 123_456_789, 10**12, 10**15 + 7]
RANDOM = random.Random(20261120)
AMOUNTS = [*EDGES, *(-amount for amount in EDGES), *(RANDOM.randint(-(10**11), 10**11) for _ in range(1500))]
ZONES = [
    "Africa/Johannesburg",
    "Africa/Windhoek",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
]
PATTERNS = [DATE, TIME, MOMENT, "d MMMM y", "y-MM-dd HH:mm:ss", "dd/MM/y"]


EDGE_MOMENTS = """
2026-11-20 22:00:00  2026-11-20 21:59:59  2026-12-31 22:00:00  2024-02-28 22:30:00  2026-03-29 00:59:59  2026-03-29 01:00:00
2026-10-25 00:30:00  2026-10-25 01:30:00  2026-11-01 05:30:00  2026-11-01 06:30:00  2011-12-30 09:59:00  2011-12-30 10:01:00
1994-03-20 22:00:00  2017-04-02 00:00:00  0001-01-03 00:00:00  9999-12-29 00:00:00
"""


def moments() -> list[dt.datetime]:
    edges = [
        dt.datetime.fromisoformat(f"{edge.strip()}+00:00") for edge in EDGE_MOMENTS.replace("\n", "  ").split("  ") if edge
    ]
    chance = (dt.datetime.fromtimestamp(RANDOM.randint(0, 2_500_000_000), dt.UTC) for _ in range(300))
    return [*edges, *chance]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_money_is_what_babel_prints(locale, currency):
    money, unit = money_formatter(locale, currency), 10 ** get_currency_precision(currency)
    for amount in AMOUNTS:
        assert money(amount) == format_currency(Decimal(amount) / unit, currency, locale=locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_are_what_babel_prints(locale):
    number = number_formatter(locale)
    for value in AMOUNTS:
        assert number(value) == format_decimal(value, locale=locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_shares_are_what_babel_prints(locale):
    percent = percent_formatter(locale)
    for tenths in range(1001):
        pattern = "#,##0.#%"  # every one of our locales has the sign at the end, without a space
        assert percent(tenths) == format_percent(Decimal(tenths) / 1000, pattern, locale=locale)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("locale", LOCALES)
def test_moments_are_what_babel_prints_on_the_clocks_of_the_school(locale, pattern, zone):
    tz = ZoneInfo(zone)
    formatted = date_formatter(locale, pattern, tz)
    for moment in moments():
        assert formatted(moment) == format_datetime(moment, pattern, tzinfo=tz, locale=locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_day_of_a_leap_year_is_what_babel_prints(locale):
    formatted = date_formatter(locale, DATE, dt.UTC)
    for day in range(366):
        date = dt.date(2024, 1, 1) + dt.timedelta(days=day)
        assert formatted(date) == format_date(date, DATE, locale=locale)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        date_formatter("zu", MOMENT, dt.UTC)(dt.datetime(2026, 11, 20))  # noqa: DTZ001  that is the point


def test_a_field_without_a_compiled_form_is_refused():
    with pytest.raises(ValueError, match="no compiled form"):
        date_formatter("zu", "EEEE d MMM", dt.UTC)
