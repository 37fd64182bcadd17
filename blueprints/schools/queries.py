"""What operators read of the schools of the platform: the list, and what stands on its rows. Inside `across_schools`.

A search looks for its words in `name_key` (letters and digits, without case and accents) and for the whole of it in the names
of time zones. The words may stand anywhere, so no index finds them: PostgreSQL walks the schools in the order of the list until
a page is full, at worst all of them: a few milliseconds for 10,000.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, Text, and_, false, literal_column, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain import metrics
from app.models.onboarding import OnboardingRun, RunState
from app.models.school import School, SchoolState, name_key
from app.tenancy.reading import LookUp
from app.web.paging import PAGE, Key, Page, cut

SUGGESTIONS, RECENT = 8, 5
LEARNERS = "people.learners"
#: the platform's numbers that the filter shows: state -> name of the rollup
COUNTED = {state.value: f"schools.{state.value}" for state in SchoolState}


class Run(NamedTuple):
    """The newest onboarding run of a school; `state` is one of RunState."""

    id: UUID
    state: str


class SchoolRow(NamedTuple):
    """One school of the list: `timezone` an IANA name, `learners` None where nobody has counted, `run` None without one."""

    id: int
    key: str
    name: str
    state: str
    timezone: str
    created_at: dt.datetime
    learners: int | None = None
    run: Run | None = None


class Recent(NamedTuple):
    """A school on the console: `run` is the state of its newest onboarding run, None without one."""

    id: int
    name: str
    state: str
    timezone: str
    created_at: dt.datetime
    run: str | None


class Name(NamedTuple):
    """A school as the picker offers it."""

    id: int
    name: str
    timezone: str


_ZONE = type_coerce(School.timezone, Text)
_ROW = select(School.id, School.name_key, School.name, School.state, _ZONE, School.created_at)
_RUN = (
    select(OnboardingRun.state)
    .where(OnboardingRun.school == School.id, OnboardingRun.state != literal_column("'draft'"))
    .order_by(OnboardingRun.id.desc())
    .limit(literal_column("1"))
    .correlate(School)
    .scalar_subquery()
)
_NEWEST = LookUp(
    select(School.id, School.name, School.state, _ZONE.label("timezone"), School.created_at, _RUN.label("run"))
    .order_by(School.created_at.desc(), School.id.desc())
    .limit(literal_column(str(RECENT))),
    Recent,
)


def schools(session: Session, *, state: str = "", search: str = "", after: Key | None = None) -> Page[SchoolRow]:
    """The first page of schools by name, or the one after a place; of one state, and with `search` in name or time zone."""
    statement = _ROW.where(*_matching(search)).order_by(School.name_key).limit(PAGE + 1)
    if state:
        statement = statement.where(School.state == state)
    if after:
        statement = statement.where(School.name_key > after[0])
    page = cut([SchoolRow(*row) for row in session.execute(statement)], lambda row: (row.key,))
    return Page(_told(session, page.rows), page.older)


def newest(session: Session) -> list[Recent]:
    """The schools that were made last, the newest first: one select, for the console asks for them again and again."""
    return _NEWEST.rows(session)


def names(session: Session, search: str, limit: int = SUGGESTIONS) -> list[Name]:
    """The first schools by name with all words of `search` in their names; at most `limit`."""
    statement = select(School.id, School.name, _ZONE).where(*_named(search)).order_by(School.name_key).limit(limit)
    return [Name(*row) for row in session.execute(statement)]


def counts(session: Session) -> dict[str, int]:
    """How many schools there are in each state, and in all as ""; empty while nobody has counted."""
    found = metrics.of_platform(session, *COUNTED.values())
    if len(found) < len(COUNTED):
        return {}
    by_state = {state: found[name].number for state, name in COUNTED.items()}
    return {"": sum(by_state.values())} | by_state


def runs_of(session: Session, schools: Sequence[int]) -> dict[int, Run]:
    """The newest run of each of these schools that has one."""
    found = (
        select(OnboardingRun.school, OnboardingRun.id, OnboardingRun.state)
        .ext(distinct_on(OnboardingRun.school))
        .where(OnboardingRun.school.in_(schools), OnboardingRun.state != RunState.DRAFT.value)
        .order_by(OnboardingRun.school, OnboardingRun.id.desc())
    )
    return {school: Run(run_id, state) for school, run_id, state in session.execute(found) if school is not None}


def _told(session: Session, rows: Sequence[SchoolRow]) -> list[SchoolRow]:
    """The rows with what is counted of them and with their runs: two selects, however many rows there are."""
    ids = [row.id for row in rows]
    counted, runs = metrics.of_schools(session, ids, LEARNERS), runs_of(session, ids)
    return [
        row._replace(learners=number.number if (number := counted[row.id].get(LEARNERS)) else None, run=runs.get(row.id))
        for row in rows
    ]


def _matching(search: str) -> list[ColumnElement[bool]]:
    """The conditions of a search in names or time zones; none without a search."""
    if not search:
        return []
    key = name_key(search)
    zones = [zone for zone, its in _zones().items() if key and key in its]
    return [or_(and_(*_named(search)), _ZONE.in_(zones))] if zones else _named(search)


def _named(search: str) -> list[ColumnElement[bool]]:
    """The conditions of a search in names; what has neither letters nor digits is in none. (A key has no wildcards.)"""
    words = [key for word in search.split() if (key := name_key(word))]
    return [School.name_key.like(f"%{word}%") for word in words] or [false()]


@cache
def _zones() -> dict[str, str]:
    """The time zones that there are, each with what a search is compared with: 'new york' is in 'americanewyork'."""
    return {zone: name_key(zone) for zone in sorted(available_timezones())}
