"""After what a family is asked for a review. Each milestone has a key; the database lets nobody be asked twice for one."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Date, bindparam, select

from app.models.calendar import Term
from app.tenancy.reading import Prepared, reading

ENROLLED, TERM, YEAR = "enrolled", "term", "year"


class EndedTerm(NamedTuple):
    """A term that is over."""

    name: str
    starts_on: dt.date
    ends_on: dt.date


_LAST = Prepared(
    select(Term.name, Term.starts_on, Term.ends_on)
    .where(Term.ends_on < bindparam("day", type_=Date))
    .order_by(Term.ends_on.desc())
    .limit(1),
    EndedTerm,
)
_NAMED = Prepared(
    select(Term.name, Term.starts_on, Term.ends_on).order_by(Term.starts_on), EndedTerm
)  # fmt: skip


def after_term(first_day: dt.date) -> str:
    """The key of the end of a term."""
    return f"{TERM}:{first_day.isoformat()}"


def in_year(year: int) -> str:
    """The key of being asked by hand: at most once a year."""
    return f"{YEAR}:{year}"


def last_term(day: dt.date) -> EndedTerm | None:
    """The term that ended last before a day, None where the calendar has none."""
    with reading() as cursor:
        found = _LAST.all(cursor, day=day)
    return found[0] if found else None


def term_names() -> dict[str, str]:
    """What the school calls each of its terms, by the key of its end."""
    with reading() as cursor:
        return {after_term(row.starts_on): f"{row.name} {row.starts_on.year}" for row in _NAMED.all(cursor)}
