"""What the gate reads: the answer to a scan, the scans of a day, who is on site, and the cards of learners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, and_, any_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.classes import has_place
from app.domain.families import guardians_of
from app.domain.gate import Seen, fold
from app.domain.on_site import is_on_site
from app.domain.person_search import binds, is_called
from app.domain.scanning import Taken
from app.models.classes import ClassGroup, Enrolment
from app.models.gate import Direction, GateScan, GateState
from app.models.learner import Learner, LearnerStatus
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

ALL = 5000  # learners on one sheet to print
_LAST_ID = UUID(int=2**128 - 1)


class Collector(NamedTuple):
    """Somebody who may collect a learner, and what they are to them."""

    name: str
    relation: str


class Answer(NamedTuple):
    """What the officer is told of a scan.

    `result` is 'in', 'out', 'already_in', 'already_out' or 'unknown'. `collectors` are for a learner who goes out; `guarded`
    says that there is somebody who must not collect them, and not who.
    """

    result: str
    scanned_at: dt.datetime
    code: str
    name: str | None = None
    class_name: str | None = None
    collectors: Sequence[Collector] = ()
    guarded: bool = False


class ScanRow(NamedTuple):
    """A scan of the list; `name` is None for a code that is nobody's."""

    id: UUID
    is_known: bool
    scanned_at: dt.datetime
    received_at: dt.datetime
    direction: str
    code: str
    learner_id: UUID | None
    name: str | None
    number: str | None
    was_offline: bool
    by_name: str


class Count(NamedTuple):
    """How many scans of a day came to this."""

    direction: str
    number: int


class OnSiteRow(NamedTuple):
    """A learner of the list of those on site, with their class of the day."""

    id: UUID
    name: str
    sort_key: str
    number: str | None
    class_name: str | None
    since: dt.datetime


class Card(NamedTuple):
    """What can stand on a card."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None
    card_code: str
    class_name: str | None


class _Stored(NamedTuple):
    """A scan as it is stored."""

    id: UUID
    code: str
    learner_id: UUID | None
    scanned_at: dt.datetime
    on_date: dt.date
    direction: str
    name: str | None


class _Number(NamedTuple):
    """A count."""

    number: int


class _ClassOf(NamedTuple):
    """The class of a learner."""

    name: str | None


class _Day(NamedTuple):
    """A day."""

    day: dt.date


_DAY = bindparam("day", type_=Date)
_CLASS_NAME = (
    select(ClassGroup.name)
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(Enrolment.learner_id == Learner.id, has_place(_DAY))
    .order_by(ClassGroup.is_register.desc(), ClassGroup.sort_key)
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_CLASS_KEY = (
    select(ClassGroup.sort_key)
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(Enrolment.learner_id == Learner.id, has_place(_DAY))
    .order_by(ClassGroup.is_register.desc(), ClassGroup.sort_key)
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_ONE = Prepared(
    select(
        GateScan.id, GateScan.code, GateScan.learner_id, GateScan.scanned_at, GateScan.on_date, GateScan.direction, Person.name
    )
    .outerjoin(Person, Person.id == GateScan.learner_id)
    .where(GateScan.id == bindparam("id", type_=Uuid)),
    _Stored,
)  # fmt: skip
_OF_DAY = Prepared(
    select(GateScan.id, GateScan.code, GateScan.scanned_at).where(
        GateScan.learner_id == bindparam("learner", type_=Uuid), GateScan.on_date == _DAY
    ),
    Seen,
)
_CLASS_OF = Prepared(
    select(_CLASS_NAME.label("name")).select_from(Learner).where(Learner.id == bindparam("learner", type_=Uuid)), _ClassOf
)  # fmt: skip
# Codes that are nobody's come first: False sorts before True.
_IS_KNOWN = GateScan.learner_id.is_not(None)
_SCANS = Prepared(
    select(
        GateScan.id, _IS_KNOWN.label("is_known"), GateScan.scanned_at, GateScan.received_at, GateScan.direction, GateScan.code,
        GateScan.learner_id, Person.name, Learner.number, GateScan.was_offline, GateScan.by_name,
    )
    .outerjoin(Learner, Learner.id == GateScan.learner_id)
    .outerjoin(Person, Person.id == GateScan.learner_id)
    .where(
        GateScan.scanned_at >= bindparam("since"), GateScan.scanned_at < bindparam("until"),
        or_(bindparam("direction", type_=Text) == "", GateScan.direction == bindparam("direction", type_=Text)),
        or_(bindparam("text", type_=Text) == "", and_(_IS_KNOWN, is_called())),
        or_(
            bindparam("after_known") < 0,
            case((_IS_KNOWN, 1), else_=0) > bindparam("after_known"),
            and_(
                case((_IS_KNOWN, 1), else_=0) == bindparam("after_known"),
                tuple_(GateScan.scanned_at, GateScan.id) < tuple_(bindparam("after_at"), bindparam("after_id", type_=Uuid)),
            ),
        ),
    )
    .order_by(_IS_KNOWN, GateScan.scanned_at.desc(), GateScan.id.desc())
    .limit(PAGE + 1),
    ScanRow,
)  # fmt: skip
_COUNTS = Prepared(
    select(GateScan.direction, func.count().label("number"))
    .where(GateScan.scanned_at >= bindparam("since"), GateScan.scanned_at < bindparam("until"))
    .group_by(GateScan.direction),
    Count,
)
_LAST_DAY = Prepared(
    select(GateScan.on_date.label("day"))
    .where(GateScan.scanned_at < bindparam("until"))
    .order_by(GateScan.scanned_at.desc())
    .limit(1),
    _Day,
)  # fmt: skip
_ON_SITE = (
    select(Learner.id, Person.name, Person.sort_key, Learner.number, _CLASS_NAME.label("class_name"), GateState.since)
    .join(Learner, Learner.id == GateState.id)
    .join(Person, Person.id == Learner.id)
    .where(
        is_on_site(_DAY),
        or_(
            bindparam("class_id", type_=Uuid).is_(None),
            Learner.id.in_(
                select(Enrolment.learner_id).where(Enrolment.class_id == bindparam("class_id", type_=Uuid), has_place(_DAY))
            ),
        ),
        or_(bindparam("text", type_=Text) == "", is_called()),
    )
)
_PAGE = Prepared(
    _ON_SITE.where(
        tuple_(Person.sort_key, Person.id) > tuple_(bindparam("after_key", type_=Text), bindparam("after_id", type_=Uuid))
    )
    .order_by(Person.sort_key, Person.id)
    .limit(PAGE + 1),
    OnSiteRow,
)
_SHEET = Prepared(_ON_SITE.order_by(_CLASS_KEY.nulls_last(), Person.sort_key, Person.id).limit(ALL), OnSiteRow)
_HOW_MANY = Prepared(select(func.count().label("number")).select_from(GateState).where(is_on_site(_DAY)), _Number)
_CARDS = (
    select(Learner.id, Person.name, Learner.known_as, Learner.number, Learner.card_code, _CLASS_NAME.label("class_name"))
    .join(Person, Person.id == Learner.id)
    .where(Learner.status != LearnerStatus.LEFT.value, Person.ended_at.is_(None))
    .order_by(Person.sort_key, Person.id)
)
_CARDS_OF_CLASS = Prepared(
    _CARDS.where(
        Learner.id.in_(
            select(Enrolment.learner_id).where(Enrolment.class_id == bindparam("class_id", type_=Uuid), has_place(_DAY))
        )
    ),
    Card,
)
_CARDS_OF = Prepared(_CARDS.where(Learner.id == any_(bindparam("learners", type_=ARRAY(Uuid)))), Card)
_CARDS_CALLED = Prepared(_CARDS.where(is_called()).limit(PAGE), Card)


def answer(scan_id: UUID, day: dt.date) -> Answer | None:
    """What is told of a scan that is stored, None for one that is not; `day` says in which class the learner is."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=scan_id)
        if not found:
            return None
        (stored,) = found
        of_day = _OF_DAY.all(cursor, learner=stored.learner_id, day=stored.on_date) if stored.learner_id else []
    outcome = fold(of_day).outcomes[scan_id] if of_day else None
    taken = Taken(
        stored.id, Direction(stored.direction), stored.scanned_at, stored.learner_id, stored.name,
        on_site=outcome and outcome.on_site,
    )  # fmt: skip
    return answer_to(taken, code=stored.code, day=day)


def answer_to(taken: Taken, *, code: str, day: dt.date) -> Answer:
    """What is told of a scan that was taken just now."""
    result = result_of(taken)
    if taken.learner is None:
        return Answer(result, taken.scanned_at, code)
    with reading() as cursor:
        (of,) = _CLASS_OF.all(cursor, learner=taken.learner, day=day) or [_ClassOf(None)]
    answered = Answer(result, taken.scanned_at, code, taken.name, of.name)
    if taken.on_site:
        return answered
    guardians = guardians_of([taken.learner])[taken.learner]
    may = [Collector(one.name, one.relation) for one in guardians if one.may_collect and not one.no_contact]
    return answered._replace(collectors=may, guarded=any(one.no_contact for one in guardians))


def result_of(taken: Taken) -> str:
    """One word for what a scan came to, as Answer has it."""
    if taken.direction is Direction.REPEAT:
        return "already_in" if taken.on_site else "already_out"
    return taken.direction.value


def scans(
    since: dt.datetime, until: dt.datetime, *, direction: str = "", text: str = "", after: Key | None = None
) -> Page[ScanRow]:
    """The scans between two moments, the codes that are nobody's first, then the newest; those behind `after`."""
    known, at, scan = after or (-1, until, _LAST_ID)
    with reading() as cursor:
        rows = _SCANS.all(
            cursor, since=since, until=until, direction=direction, text=text, after_known=known, after_at=at, after_id=scan,
            **binds(text),
        )  # fmt: skip
    return cut(rows, lambda row: (int(row.is_known), row.scanned_at, row.id))


def counts(since: dt.datetime, until: dt.datetime) -> Mapping[str, int]:
    """How many scans between two moments came to what."""
    with reading() as cursor:
        return {row.direction: row.number for row in _COUNTS.all(cursor, since=since, until=until)}


def last_day(until: dt.datetime) -> dt.date | None:
    """The last day before a moment that had a scan, None when there never was one."""
    with reading() as cursor:
        found = _LAST_DAY.all(cursor, until=until)
    return found[0].day if found else None


def on_site_page(
    day: dt.date, *, class_id: UUID | None = None, text: str = "", after: Key | None = None
) -> Page[OnSiteRow]:  # fmt: skip
    """Those whose last scan of a day said in, by name; of one class, and with these words."""
    key, person = after or ("", UUID(int=0))
    with reading() as cursor:
        rows = _PAGE.all(
            cursor, day=day, class_id=class_id, text=text, after_key=key, after_id=person, **binds(text)
        )  # fmt: skip
    return cut(rows, lambda row: (row.sort_key, row.id))


def on_site_sheet(day: dt.date, *, class_id: UUID | None = None, text: str = "") -> list[OnSiteRow]:
    """The same for a sheet of paper: all of them, by class and name."""
    with reading() as cursor:
        return _SHEET.all(cursor, day=day, class_id=class_id, text=text, **binds(text))


def how_many_on_site(day: dt.date) -> int:
    """How many learners' last scan of a day said in."""
    with reading() as cursor:
        return _HOW_MANY.all(cursor, day=day)[0].number


def cards_of_class(class_id: UUID, day: dt.date) -> list[Card]:
    """The cards of the learners with a place in a class on a day, by name."""
    with reading() as cursor:
        return _CARDS_OF_CLASS.all(cursor, class_id=class_id, day=day)


def cards_of(learners: Sequence[UUID], day: dt.date) -> list[Card]:
    """The cards of these learners of the school, as far as they have not left, by name."""
    with reading() as cursor:
        return _CARDS_OF.all(cursor, learners=list(learners), day=day)


def cards_called(text: str, day: dt.date) -> list[Card]:
    """The cards of the learners with these words in their name or number, by name; at most PAGE."""
    with reading() as cursor:
        return _CARDS_CALLED.all(cursor, day=day, **binds(text))
