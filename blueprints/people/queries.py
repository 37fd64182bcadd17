"""The list of people: learners, guardians and staff of the school, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Text, and_, bindparam, case, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.classes import has_place
from app.domain.people import HAS_NONE, HERE
from app.domain.person_search import binds, has_words, prefixes
from app.models.classes import ClassGroup, Enrolment
from app.models.learner import Guardianship, Learner, LearnerStatus
from app.models.person import Kind, Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: filters of the list; without a status it shows those who are here
STATUSES = (LearnerStatus.APPLIED.value, LearnerStatus.ENROLLED.value, LearnerStatus.LEFT.value)
LACKS = ("guardian", "address", "class", "number")


class PersonRow(NamedTuple):
    """A line of the list. `state` is a badge: applied, enrolled or left; active for whoever is here and no learner.

    `class_name` is a learner's register class of the day; `guardians` counts theirs who are still here, None for others.
    """

    id: str
    name: str
    sort_key: str
    kind: str
    state: str
    known_as: str | None
    number: str | None
    class_name: str | None
    guardians: int | None
    email: str | None
    flagged_at: dt.datetime | None
    phone: str | None


class Count(NamedTuple):
    """How many of a kind are here, and how many of them lack something."""

    kind: str
    number: int
    without_guardian: int
    without_address: int


class Match(NamedTuple):
    """Somebody of the school, as a picker offers them."""

    id: UUID
    name: str
    number: str | None
    email: str | None
    phone: str | None


class Wanted(NamedTuple):
    """What the list is narrowed by: a kind, a status, a lack, a class and words; "" or None is everything."""

    kind: str = ""
    status: str = ""
    lacks: str = ""
    class_id: UUID | None = None
    text: str = ""


_DAY = bindparam("day", type_=Date)
_PROFILE = and_(Learner.school_id == Person.school_id, Learner.id == Person.id)
_IS_LEARNER: ColumnElement[bool] = Person.kind == Kind.LEARNER.value
#: whoever has no way in which the school could write to or call them; a learner's guardians are asked instead
_UNREACHED: ColumnElement[bool] = and_(~_IS_LEARNER, HAS_NONE, Person.phone.is_(None))
_STATE = case(
    (Person.ended_at.is_not(None), LearnerStatus.LEFT.value),
    (_IS_LEARNER, func.coalesce(Learner.status, LearnerStatus.ENROLLED.value)),
    else_="active",
)
_TIES = select(Guardianship.id).where(
    Guardianship.school_id == Person.school_id, Guardianship.learner_id == Person.id, Guardianship.no_contact.is_(False)
)
_PLACES = select(Enrolment.id).where(
    Enrolment.school_id == Person.school_id, Enrolment.learner_id == Person.id, has_place(_DAY)
)
_CLASS_NAME = (
    select(ClassGroup.name)
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(ClassGroup.school_id == Person.school_id, Enrolment.learner_id == Person.id, has_place(_DAY))
    .order_by(ClassGroup.is_register.desc(), ClassGroup.sort_key)
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
_GUARDIANS = (
    select(func.count())
    .select_from(Guardianship)
    .where(Guardianship.school_id == Person.school_id, Guardianship.learner_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)


def people(wanted: Wanted, *, day: dt.date, after: Key | None = None) -> Page[PersonRow]:
    """The people that are wanted, by name; those behind `after`. `day` decides who is in which class."""
    values: dict[str, object] = {"day": day, **dict(zip(("after_name", "after_id"), after or (), strict=False))}
    words = prefixes(wanted.text)
    if words:
        values |= binds(wanted.text)
    values |= {name: value for name, value in (("kind", wanted.kind), ("class_id", wanted.class_id)) if value}
    prepared = people_select(
        bool(wanted.kind), wanted.status, wanted.lacks, wanted.class_id is not None, len(words), after is not None
    )
    with reading() as cursor:
        rows = prepared.all(cursor, **_asked_of(values, len(words)))
    return cut(rows, lambda row: (row.sort_key, row.id))


def counts() -> Mapping[str, Count]:
    """How many people of each kind are here, by kind."""
    with reading() as cursor:
        return {count.kind: count for count in _COUNTS.all(cursor)}


def matches(kind: str, text: str, *, but: UUID | None = None) -> list[Match]:
    """The first people of a kind who are here and have these words, by name; without words nobody."""
    words = prefixes(text)
    if not words:
        return []
    with reading() as cursor:
        found = _matches(len(words)).all(cursor, kind=kind, **_asked_of(binds(text), len(words)))
    return [match for match in found if match.id != but]


@cache
def people_select(
    by_kind: bool = False, status: str = "", lacks: str = "", in_class: bool = False, words: int = 0, later: bool = False
) -> Prepared[PersonRow]:
    """The select of the list, with the conditions that are asked for; `words` is how many words are looked for."""
    statement = people_statement().where(*_standing(status), *_lacking(lacks))
    if words:
        statement = statement.where(has_words(words))
    if by_kind:
        statement = statement.where(Person.kind == bindparam("kind", type_=Text))
    if in_class:
        statement = statement.where(_PLACES.where(Enrolment.class_id == bindparam("class_id", type_=PG_UUID)).exists())
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, PersonRow)


def people_statement() -> Select[*tuple[Any, ...]]:
    """The columns and the order of the list, at most one row more than a page has; `day` is a bind."""
    return (
        select(
            cast(Person.id, Text).label("id"), Person.name, Person.sort_key, Person.kind, _STATE.label("state"),
            Learner.known_as, Learner.number, case((_IS_LEARNER, _CLASS_NAME)).label("class_name"),
            case((_IS_LEARNER, _GUARDIANS)).label("guardians"), Person.email, Person.email_flagged_at.label("flagged_at"),
            Person.phone,
        )
        .select_from(Person)
        .outerjoin(Learner, _PROFILE)
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE + 1)
    )  # fmt: skip


def _standing(status: str) -> list[ColumnElement[bool]]:
    """Those who are here; of a status only learners, and everybody who left."""
    if status == LearnerStatus.LEFT:
        return [Person.ended_at.is_not(None), Person.merged_into.is_(None)]
    if status:
        return [HERE, _IS_LEARNER, Learner.status == status]
    return [HERE]


def _lacking(lacks: str) -> list[ColumnElement[bool]]:
    match lacks:
        case "guardian":
            return [_IS_LEARNER, ~_TIES.exists()]
        case "address":
            return [_UNREACHED]
        case "class":
            return [_IS_LEARNER, ~_PLACES.exists()]
        case "number":
            return [_IS_LEARNER, Learner.number.is_(None)]
    return []


@cache
def _matches(words: int) -> Prepared[Match]:
    statement = (
        select(Person.id, Person.name, Learner.number, Person.email, Person.phone)
        .select_from(Person)
        .outerjoin(Learner, _PROFILE)
        .where(HERE, Person.kind == bindparam("kind", type_=Text), has_words(words))
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE)
    )
    return Prepared(statement, Match)


def _asked_of(values: dict[str, Any], words: int) -> dict[str, Any]:
    """The values that a select for so many words has binds for."""
    return {name: value for name, value in values.items() if not name.startswith("word_") or int(name[5:]) < words}


_COUNTS = Prepared(
    select(
        Person.kind, func.count().label("number"),
        func.count().filter(and_(_IS_LEARNER, ~_TIES.exists())).label("without_guardian"),
        func.count().filter(_UNREACHED).label("without_address"),
    )
    .where(HERE)
    .group_by(Person.kind),
    Count,
)  # fmt: skip
