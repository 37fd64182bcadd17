"""The numbers of reports on enrolment: places in classes, at the start and at the end of a period and in between."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import ARRAY, ColumnElement, Date, Uuid, and_, any_, bindparam, func, or_, select

from app.domain.reporting import DAY, Choice, Group, Scope, Table, bucket
from app.models.classes import ClassGroup, Enrolment, EnrolmentState
from app.models.learner import Learner
from app.models.person import Person
from app.tenancy.reading import Prepared, reading


class Place(NamedTuple):
    """A learner's enrolment in a class; `ends_on` None: still."""

    id: UUID
    learner_id: UUID
    name: str
    number: str | None
    name_key: str
    class_id: UUID
    class_name: str
    year: int
    class_key: str
    capacity: int | None
    state: str
    starts_on: dt.date
    ends_on: dt.date | None

    def holds(self, day: dt.date) -> bool:
        """Whether it gives a place on a day."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


class _Number(NamedTuple):
    number: int


_IS_WAITING = and_(Enrolment.state == EnrolmentState.WAITING.value, Enrolment.ends_on.is_(None))
_TOUCHES = and_(
    Enrolment.state == EnrolmentState.ACTIVE.value,
    Enrolment.starts_on <= bindparam("until", type_=Date),
    or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= bindparam("since", type_=Date)),
)
_OURS: ColumnElement[bool] = Enrolment.class_id == any_(bindparam("classes", type_=ARRAY(Uuid)))
_ALL = (
    select(
        Enrolment.id, Enrolment.learner_id, Person.name, Learner.number, Person.sort_key.label("name_key"),
        Enrolment.class_id, ClassGroup.name.label("class_name"), ClassGroup.year, ClassGroup.sort_key.label("class_key"),
        ClassGroup.capacity, Enrolment.state, Enrolment.starts_on, Enrolment.ends_on,
    )
    .join(Learner, Learner.id == Enrolment.learner_id)
    .join(Person, Person.id == Learner.id)
    .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
    .where(or_(_TOUCHES, _IS_WAITING))
)  # fmt: skip
_PLACES, _PLACES_OF = Prepared(_ALL, Place), Prepared(_ALL.where(_OURS), Place)
_COUNT = select(func.count().label("number")).select_from(Enrolment).where(_TOUCHES)
_HOW_MANY, _HOW_MANY_OF = Prepared(_COUNT, _Number), Prepared(_COUNT.where(_OURS), _Number)


def how_many_places(cursor: Cursor[Any], scope: Scope) -> int:
    """How many enrolments a report reads."""
    return (_HOW_MANY if scope.classes is None else _HOW_MANY_OF).all(cursor, **_values(scope))[0].number


def count_places(table: Table, choice: Choice, scope: Scope) -> None:
    """The whole period at once. A place at the start is one on its first day, at the end one on its last; whoever joined has it
    only since a later day, whoever left had none any more on the last: start + joined - left = end, always."""
    with reading() as cursor:
        found = (_PLACES if scope.classes is None else _PLACES_OF).all(cursor, **_values(scope))
    places = [place for place in found if place.state == EnrolmentState.ACTIVE]
    waiting = [place for place in found if place.state == EnrolmentState.WAITING]
    since, until = scope.since, scope.until
    table.count(
        start=_at(places, since), joined=_joined(places, since + DAY, until), left=_left(places, since, until - DAY),
        end=_at(places, until), waiting=len(waiting),
        learners=len({place.learner_id for place in places if place.holds(until)}),
    )  # fmt: skip
    match choice.group:
        case Group.CLASS:
            _by_class(table, scope, places, waiting)
        case Group.LEARNER:
            for place in places:
                told = place.class_name, place.starts_on.isoformat(), place.ends_on and place.ends_on.isoformat()
                sort = f"{place.name_key}~{place.starts_on}"
                table.put(str(place.id), place.name, place.number or "", sort, told)
        case _:
            _by_time(table, choice.group, scope, places)


def _by_class(table: Table, scope: Scope, places: Sequence[Place], waiting: Sequence[Place]) -> None:
    of_class: dict[UUID, tuple[list[Place], list[Place]]] = defaultdict(lambda: ([], []))
    for place in places:
        of_class[place.class_id][0].append(place)
    for place in waiting:
        of_class[place.class_id][1].append(place)
    since, until = scope.since, scope.until
    for class_id, (theirs, wait) in of_class.items():
        one = (theirs or wait)[0]
        counts = (
            _at(theirs, since), _joined(theirs, since + DAY, until), _left(theirs, since, until - DAY), _at(theirs, until),
            len(wait), one.capacity,
        )  # fmt: skip
        table.put(str(class_id), one.class_name, str(one.year), f"{9999 - one.year:04}{one.class_key}", counts)


def _by_time(table: Table, group: Group, scope: Scope, places: Sequence[Place]) -> None:
    """Each day, week or month: who joined, who left, and how many places are taken on its last day."""
    if not places:
        return
    begins = scope.since
    while begins <= scope.until:
        ends = min(_last_day(begins, group), scope.until)
        is_first = begins == scope.since
        counts = (
            _joined(places, begins + DAY if is_first else begins, ends),
            _left(places, begins if is_first else begins - DAY, ends - DAY),
            _at(places, ends),
        )
        key = bucket(begins, group).isoformat()
        table.put(key, "", "", key, counts)
        begins = ends + DAY


def _last_day(day: dt.date, group: Group) -> dt.date:
    first = bucket(day, group)
    match group:
        case Group.WEEK:
            return first + 6 * DAY
        case Group.MONTH:
            return (first + 31 * DAY).replace(day=1) - DAY
        case _:
            return day


def _at(places: Sequence[Place], day: dt.date) -> int:
    return sum(place.holds(day) for place in places)


def _joined(places: Sequence[Place], since: dt.date, until: dt.date) -> int:
    return sum(since <= place.starts_on <= until for place in places)


def _left(places: Sequence[Place], since: dt.date, until: dt.date) -> int:
    """Those whose last day lies between two days."""
    return sum(place.ends_on is not None and since <= place.ends_on <= until for place in places)


def _values(scope: Scope) -> dict[str, object]:
    return {"since": scope.since, "until": scope.until, "classes": list(scope.classes or ())}
