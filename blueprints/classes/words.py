"""Words of the calendar that CLDR knows: months, and the days of the week."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES

MONTH = "MMMM y"


def month_name(day: dt.date, language: str) -> str:
    """The month of a day and its year, as a heading has it: 'November 2026'."""
    name = date_formatter(LANGUAGES[language].cldr, MONTH, ZoneInfo("UTC"))(day)
    return name[0].upper() + name[1:]


@cache
def weekdays(language: str, width: str = "wide") -> tuple[str, ...]:
    """What the days of the week are called, from Monday on; `width` is wide or abbreviated."""
    names = Locale.parse(LANGUAGES[language].cldr).days["stand-alone"][width]
    return tuple(str(names[number]) for number in range(7))


def weekday_list(numbers: list[int], language: str) -> str:
    """Some days of the week by their ISO numbers, in order: 'Mon, Wed'."""
    names = weekdays(language, "abbreviated")
    return ", ".join(names[number - 1] for number in sorted(numbers))
