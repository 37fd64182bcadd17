"""What the pages of leads read: the list, the board, one lead, and who can look after one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Text, and_, bindparam, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.leads.search import has_words
from app.domain.leads.stages import STAGES
from app.domain.people import HERE
from app.domain.person_search import binds, prefixes
from app.models.lead import Lead, LeadEvent, Stage
from app.models.person import Kind, Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

TODAY, OVERDUE, COMING = "today", "overdue", "coming"
DUES = (TODAY, OVERDUE, COMING)
NOBODY = "nobody"  # as owner: nobody looks after it
SHOWN = 12  # cards of a column of the board
LIVE: ColumnElement[bool] = and_(Lead.merged_into.is_(None), Lead.erased_at.is_(None))


class LeadRow(NamedTuple):
    """A line of the list, or a card of the board."""

    id: str
    name: str
    email: str | None
    phone: str | None
    child_name: str
    child_grade: str
    stage: str
    source: str
    owner: str | None
    next_step: str
    next_due_on: dt.date | None
    created_at: dt.datetime
    replied_at: dt.datetime | None
    unsubscribed_at: dt.datetime | None


class Wanted(NamedTuple):
    """What the list is narrowed by; "" is everything, of the stage: all that are not archived."""

    stage: str = ""
    owner: str = ""
    source: str = ""
    due: str = ""
    text: str = ""


class StageCount(NamedTuple):
    """How many leads stand in a stage, and of these how many have something to do today or had before."""

    stage: str
    number: int
    today: int
    overdue: int


class Column(NamedTuple):
    """A column of the board: a stage, how many are there, and the newest of them."""

    stage: str
    number: int
    cards: Sequence[LeadRow]


class Colleague(NamedTuple):
    """A member of staff."""

    id: UUID
    name: str


class Profile(NamedTuple):
    """Everything about one lead. `owner` is who looks after it; `learner` and `guardian` the people it has become."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str
    child_name: str
    child_grade: str
    child_birth_date: dt.date | None
    message: str
    stage: str
    stage_at: dt.datetime
    owner_id: UUID | None
    owner: str | None
    source: str
    origin: str
    utm: dict[str, str]
    consent_at: dt.datetime | None
    consent_text_id: UUID | None
    replied_at: dt.datetime | None
    next_step: str
    next_due_on: dt.date | None
    unsubscribed_at: dt.datetime | None
    archived_why: str | None
    archived_from: str | None
    merged_into: UUID | None
    learner_id: UUID | None
    guardian_id: UUID | None
    created_at: dt.datetime
    touched_at: dt.datetime


class Happened(NamedTuple):
    """A line of a lead's history."""

    at: dt.datetime
    kind: str
    by_name: str
    details: dict[str, Any]


class _Number(NamedTuple):
    number: int


_TODAY = bindparam("today", type_=Date)
_LEAD = bindparam("lead", type_=PG_UUID)
_OWNED = and_(Person.school_id == Lead.school_id, Person.id == Lead.owner_id)
_ROW: Select[*tuple[Any, ...]] = (
    select(
        cast(Lead.id, Text).label("id"), Lead.name, Lead.email, Lead.phone, Lead.child_name, Lead.child_grade, Lead.stage,
        Lead.source, Person.name.label("owner"), Lead.next_step, Lead.next_due_on, Lead.created_at, Lead.replied_at,
        Lead.unsubscribed_at,
    )
    .select_from(Lead)
    .outerjoin(Person, _OWNED)
    .where(LIVE)
)  # fmt: skip
_COUNTS = Prepared(
    select(
        Lead.stage, func.count().label("number"), func.count().filter(Lead.next_due_on == _TODAY).label("today"),
        func.count().filter(Lead.next_due_on < _TODAY).label("overdue"),
    )
    .where(LIVE)
    .group_by(Lead.stage),
    StageCount,
)  # fmt: skip
_COLUMN = Prepared(_ROW.where(Lead.stage == bindparam("stage", type_=Text)).order_by(Lead.id.desc()).limit(SHOWN), LeadRow)
_PROFILE = Prepared(
    select(
        Lead.id, Lead.name, Lead.email, Lead.phone, Lead.language, Lead.child_name, Lead.child_grade, Lead.child_birth_date,
        Lead.message, Lead.stage, Lead.stage_at, Lead.owner_id, Person.name.label("owner"), Lead.source, Lead.origin, Lead.utm,
        Lead.consent_at, Lead.consent_text_id, Lead.replied_at, Lead.next_step, Lead.next_due_on, Lead.unsubscribed_at,
        Lead.archived_why, Lead.archived_from, Lead.merged_into, Lead.learner_id, Lead.guardian_id, Lead.created_at,
        Lead.touched_at,
    )
    .select_from(Lead)
    .outerjoin(Person, _OWNED)
    .where(Lead.id == _LEAD, Lead.erased_at.is_(None)),
    Profile,
)  # fmt: skip
_HISTORY = Prepared(
    select(LeadEvent.at, LeadEvent.kind, LeadEvent.by_name, LeadEvent.details)
    .join(Lead, and_(Lead.school_id == LeadEvent.school_id, Lead.id == LeadEvent.lead_id))
    .where(or_(Lead.id == _LEAD, Lead.merged_into == _LEAD))
    .order_by(LeadEvent.at.desc(), LeadEvent.id.desc())
    .limit(500),
    Happened,
)
_COLLEAGUES = Prepared(
    select(Person.id, Person.name).where(HERE, Person.kind == Kind.STAFF.value).order_by(Person.sort_key, Person.id).limit(500),
    Colleague,
)
_ERASED = Prepared(select(func.count().label("number")).where(Lead.erased_at.is_not(None), Lead.merged_into.is_(None)), _Number)
_NAMES = Prepared(
    select(Person.id, Person.name).where(
        or_(Person.id == bindparam("one", type_=PG_UUID), Person.id == bindparam("other", type_=PG_UUID))
    ),
    Colleague,
)


def leads(wanted: Wanted, *, today: dt.date, after: Key | None = None) -> Page[LeadRow]:
    """The leads that are wanted, the newest first; those with a day to do something by that day. Those behind `after`."""
    words = prefixes(wanted.text)
    values: dict[str, object] = {name: word for name, word in binds(wanted.text).items() if int(name[5:]) < len(words)}
    values |= {name: getattr(wanted, name) for name in ("stage", "source") if getattr(wanted, name)}
    if wanted.owner not in ("", NOBODY):
        values["owner"] = UUID(wanted.owner)
    if wanted.due:
        values["today"] = today
    values |= dict(zip(("after_day", "after_id") if wanted.due else ("after_id",), after or (), strict=False))
    prepared = leads_select(
        by_stage=bool(wanted.stage), owner=NOBODY if wanted.owner == NOBODY else ("one" if wanted.owner else ""),
        by_source=bool(wanted.source), due=wanted.due, words=len(words), later=after is not None,
    )  # fmt: skip
    with reading() as cursor:
        rows = prepared.all(cursor, **values)
    return cut(rows, (lambda row: (row.next_due_on, row.id)) if wanted.due else (lambda row: (row.id,)))


@cache
def leads_select(
    *, by_stage: bool = False, owner: str = "", by_source: bool = False, due: str = "", words: int = 0, later: bool = False
) -> Prepared[LeadRow]:
    """The select of the list, with the conditions that are asked for."""
    statement = _ROW.limit(PAGE + 1)
    if by_stage:
        statement = statement.where(Lead.stage == bindparam("stage", type_=Text))
    else:
        statement = statement.where(Lead.stage != Stage.ARCHIVED.value)
    if owner:
        of_one = Lead.owner_id.is_(None) if owner == NOBODY else Lead.owner_id == bindparam("owner", type_=PG_UUID)
        statement = statement.where(of_one)
    if by_source:
        statement = statement.where(Lead.source == bindparam("source", type_=Text))
    if words:
        statement = statement.where(has_words(words))
    after = bindparam("after_id", type_=PG_UUID)
    if due:
        days = {TODAY: Lead.next_due_on == _TODAY, OVERDUE: Lead.next_due_on < _TODAY, COMING: Lead.next_due_on > _TODAY}
        statement = statement.where(days[due]).order_by(Lead.next_due_on, Lead.id)
        place = tuple_(Lead.next_due_on, Lead.id) > tuple_(bindparam("after_day", type_=Date), after)
        return Prepared(statement.where(place) if later else statement, LeadRow)
    statement = statement.order_by(Lead.id.desc())
    return Prepared(statement.where(Lead.id < after) if later else statement, LeadRow)


def counts(today: dt.date) -> Mapping[str, StageCount]:
    """How many leads stand in each stage."""
    with reading() as cursor:
        return {row.stage: row for row in _COUNTS.all(cursor, today=today)}


def board(numbers: Mapping[str, StageCount]) -> list[Column]:
    """The columns of the board, of all stages but the archive, with what `counts` says of them."""
    found = []
    with reading() as cursor:
        for stage in STAGES:
            if stage != Stage.ARCHIVED:
                number = numbers[stage].number if stage in numbers else 0
                found.append(Column(stage, number, _COLUMN.all(cursor, stage=stage) if number else []))
    return found


def profile(lead_id: UUID) -> Profile | None:
    """One lead of the school, also one that was merged away; None for what was erased or never was."""
    with reading() as cursor:
        return next(iter(_PROFILE.all(cursor, lead=lead_id)), None)


def history(lead_id: UUID) -> list[Happened]:
    """What happened to a lead and to those that were merged into it, the newest first."""
    with reading() as cursor:
        return _HISTORY.all(cursor, lead=lead_id)


def colleagues() -> list[Colleague]:
    """Those of the staff who can look after a lead, by name."""
    with reading() as cursor:
        return _COLLEAGUES.all(cursor)


def erased() -> int:
    """How many leads were erased: what is left of them."""
    with reading() as cursor:
        return _ERASED.all(cursor)[0].number


def names_of(one: UUID | None, other: UUID | None) -> Mapping[UUID, str]:
    """What two people of the school are called."""
    with reading() as cursor:
        return {row.id: row.name for row in _NAMES.all(cursor, one=one, other=other)}
