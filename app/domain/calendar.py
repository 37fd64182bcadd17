"""Which days are school days: terms, weekends, public holidays, and what a school decides besides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple

from babel.core import get_global
from sqlalchemy import bindparam, select

from app.i18n.catalogue import N_
from app.models.calendar import DayOff, Term
from app.tenancy.reading import Prepared, reading

SATURDAY = 5  # as weekday() counts
DAY = dt.timedelta(days=1)
#: South Africa's public holidays, as the package names them; it has no Afrikaans and no isiZulu
NAMES = (
    N_("New Year’s Day"), N_("New Year’s Day (observed)"), N_("Human Rights Day"), N_("Human Rights Day (observed)"),
    N_("Good Friday"), N_("Family Day"), N_("Freedom Day"), N_("Freedom Day (observed)"), N_("Workers’ Day"),
    N_("Workers’ Day (observed)"), N_("Youth Day"), N_("Youth Day (observed)"), N_("National Women’s Day"),
    N_("National Women’s Day (observed)"), N_("Heritage Day"), N_("Heritage Day (observed)"), N_("Day of Reconciliation"),
    N_("Day of Reconciliation (observed)"), N_("Christmas Day"), N_("Day of Goodwill"), N_("Day of Goodwill (observed)"),
    N_("Municipal elections"), N_("Local Government Elections"), N_("National and Provincial Government Elections"),
    N_("Public Holiday by Presidential Decree"),
)  # fmt: skip


class TermRow(NamedTuple):
    """A term, first and last day included."""

    name: str
    starts_on: dt.date
    ends_on: dt.date


class DayOffRow(NamedTuple):
    """A day that the school decided about."""

    on_date: dt.date
    name: str
    is_open: bool


_TERMS = Prepared(
    select(Term.name, Term.starts_on, Term.ends_on)
    .where(Term.ends_on >= bindparam("since"), Term.starts_on <= bindparam("until"))
    .order_by(Term.starts_on),
    TermRow,
)
_DAYS_OFF = Prepared(
    select(DayOff.on_date, DayOff.name, DayOff.is_open)
    .where(DayOff.on_date >= bindparam("since"), DayOff.on_date <= bindparam("until"))
    .order_by(DayOff.on_date),
    DayOffRow,
)


@cache
def public_holidays(timezone: str, year: int) -> dict[dt.date, str]:
    """The public holidays of the country that a timezone belongs to, by day; none for a country that the package lacks.

    The package takes 0.4 s to import, so only those pay who ask for a calendar.
    """
    country = get_global("zone_territories").get(timezone)
    try:
        found = import_module("holidays").country_holidays(country or "", years=year)
    except NotImplementedError:
        return {}
    return {day: str(name).replace("'", "’") for day, name in found.items()}  # as a printer sets it


class Calendar:
    """The school days between two days of the current school, both included.

    While a school has entered no term that touches the period, every weekday counts that is no holiday.
    """

    def __init__(
        self, timezone: str, since: dt.date, until: dt.date, *,
        terms: Sequence[TermRow] | None = None, days_off: Sequence[DayOffRow] | None = None,
    ) -> None:  # fmt: skip
        """What the school has entered is read unless both are given (in a transaction that has just written them, say)."""
        self.timezone, self.since, self.until = timezone, since, until
        if terms is None or days_off is None:
            with reading() as cursor:
                terms = _TERMS.all(cursor, since=since, until=until)
                days_off = _DAYS_OFF.all(cursor, since=since, until=until)
        self.terms = [term for term in terms if term.ends_on >= since and term.starts_on <= until]
        self.days_off = {row.on_date: row for row in days_off}

    def is_school_day(self, day: dt.date) -> bool:
        """Whether the school is open on a day of the period."""
        if decided := self.days_off.get(day):
            return decided.is_open
        if day.weekday() >= SATURDAY or day in public_holidays(self.timezone, day.year):
            return False
        return not self.terms or any(term.starts_on <= day <= term.ends_on for term in self.terms)

    def why_closed(self, day: dt.date) -> str:
        """The name of the day off or of the holiday (a message of NAMES), empty for a weekend, a break between terms, or a
        school day."""
        if decided := self.days_off.get(day):
            return "" if decided.is_open else decided.name
        return public_holidays(self.timezone, day.year).get(day, "")

    def days(self) -> Iterator[dt.date]:
        """The school days of the period, the first one first."""
        day = self.since
        while day <= self.until:
            if self.is_school_day(day):
                yield day
            day += DAY
