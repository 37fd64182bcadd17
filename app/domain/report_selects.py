"""The statements behind reports: each is prepared once for a grouping, and for all classes or some."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select

from app.domain.classes import has_place
from app.domain.reporting import Group, Kind
from app.models.attendance import AttendanceMark, Register, Status
from app.models.classes import ClassGroup, Enrolment
from app.models.delivery import Delivery, State
from app.models.gate import Direction, GateScan
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.tenancy.reading import Prepared

_SINCE, _UNTIL = sa.bindparam("since", type_=sa.Date), sa.bindparam("until", type_=sa.Date)
_DAYS = sa.bindparam("days", type_=sa.ARRAY(sa.Date))
_CLASSES = sa.bindparam("classes", type_=sa.ARRAY(sa.Uuid))
_ZONE = sa.bindparam("zone", type_=sa.Text)
_BEGINS, _ENDS = (sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("begins", "ends"))
_NOTHING = literal("", sa.Text)


class Marks(NamedTuple):
    key: Any
    label: str
    more: str | None
    sort: str
    marks: int
    present: int
    late: int
    explained: int
    unexplained: int


class MarkTotals(NamedTuple):
    marks: int
    present: int
    late: int
    explained: int
    unexplained: int
    absences: int
    days: int
    left_out: int


class Scans(NamedTuple):
    key: Any
    label: str
    more: str | None
    sort: str
    ins: int
    outs: int
    repeats: int
    offline: int
    days: int
    stayed: int
    unknown: int


class Sent(NamedTuple):
    key: Any
    label: str
    more: str | None
    sort: str
    all: int
    sent: int
    dead: int
    discarded: int
    another: int
    open: int


class Number(NamedTuple):
    number: int


_CLASS = (ClassGroup.id, ClassGroup.name, sa.cast(ClassGroup.year, sa.Text), ClassGroup.sort_key)
_LEARNER = (Learner.id, Person.name, Learner.number, Person.sort_key)


def _headed(group: Group, alone: Any) -> tuple[Any, ...]:
    """The first four columns of a row: of a class, of a learner, or of a value that stands `alone`."""
    match group:
        case Group.CLASS:
            return _CLASS
        case Group.LEARNER:
            return _LEARNER
        case _:
            return alone, _NOTHING, _NOTHING, _NOTHING


def _named(head: tuple[Any, ...]) -> list[Any]:
    return [part.label(name) for part, name in zip(head, ("key", "label", "more", "sort"), strict=True)]


def _grouped(query: Select[Any], group: Group, head: tuple[Any, ...]) -> Select[Any]:
    return query.group_by(*(head if group in (Group.CLASS, Group.LEARNER) else head[:1]))


def _read_by(narrowed: bool, lessons: bool) -> ColumnElement[bool]:
    """The marks of the registers that a report reads."""
    kept = Register.session_id.is_not(None) if lessons else Register.session_id.is_(None)
    return and_(kept, Register.class_id == sa.any_(_CLASSES)) if narrowed else kept


def _standing(on_school_days: ColumnElement[bool] | None = None) -> list[Any]:
    status, reason = AttendanceMark.status, AttendanceMark.reason
    is_absent = status == Status.ABSENT.value
    kinds = {
        "present": status == Status.PRESENT.value, "late": status == Status.LATE.value,
        "explained": and_(is_absent, reason.is_not(None)), "unexplained": and_(is_absent, reason.is_(None)),
    }  # fmt: skip
    if on_school_days is None:
        return [func.count().label("marks"), *(func.count().filter(what).label(name) for name, what in kinds.items())]
    kinds |= {"absences": is_absent}
    return [
        func.count().filter(on_school_days).label("marks"),
        *(func.count().filter(on_school_days, what).label(name) for name, what in kinds.items()),
        func.count(AttendanceMark.on_date.distinct()).filter(on_school_days).label("days"),
        func.count().filter(not_(on_school_days)).label("left_out"),
    ]


@cache
def marks(group: Group, narrowed: bool, lessons: bool) -> Prepared[Marks]:
    """What the registers say on some days, by class, learner, day or reason."""
    head = _headed(group, AttendanceMark.reason if group is Group.REASON else AttendanceMark.on_date)
    query = select(*_named(head), *_standing()).select_from(AttendanceMark)
    query = query.join(Register, Register.id == AttendanceMark.register_id)
    if group is Group.CLASS:
        query = query.join(ClassGroup, ClassGroup.id == Register.class_id)
    elif group is Group.LEARNER:
        query = query.join(Learner, Learner.id == AttendanceMark.learner_id).join(Person, Person.id == Learner.id)
    elif group is Group.REASON:
        query = query.where(AttendanceMark.status == Status.ABSENT.value)
    query = query.where(AttendanceMark.on_date == sa.any_(_DAYS), _read_by(narrowed, lessons))
    return Prepared(_grouped(query, group, head), Marks)


@cache
def mark_totals(narrowed: bool, lessons: bool) -> Prepared[MarkTotals]:
    """The same of all together, and of the days that are left out."""
    query = select(*_standing(AttendanceMark.on_date == sa.any_(_DAYS))).select_from(AttendanceMark)
    query = query.join(Register, Register.id == AttendanceMark.register_id)
    return Prepared(query.where(AttendanceMark.on_date.between(_SINCE, _UNTIL), _read_by(narrowed, lessons)), MarkTotals)


def _learner_days() -> sa.Subquery:
    """What the gate saw of each learner on each day; of codes that are nobody's together."""
    way = GateScan.direction
    times = {
        "ins": way == Direction.IN.value, "outs": way == Direction.OUT.value, "repeats": way == Direction.REPEAT.value,
        "unknown": way == Direction.UNKNOWN.value, "offline": GateScan.was_offline,
    }  # fmt: skip
    lasts = {"last_in": times["ins"], "last_out": times["outs"]}
    return (
        select(
            GateScan.learner_id, GateScan.on_date,
            *(func.count().filter(what).label(name) for name, what in times.items()),
            *(func.max(GateScan.scanned_at).filter(what).label(name) for name, what in lasts.items()),
        )
        .where(GateScan.on_date.between(_SINCE, _UNTIL))
        .group_by(GateScan.learner_id, GateScan.on_date)
        .subquery()
    )  # fmt: skip


def _has_place_in(learner: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a learner had a place in one of the classes on a day."""
    return select(literal(1)).select_from(Enrolment).where(Enrolment.learner_id == learner, _gives_place(day)).exists()


def _gives_place(day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an enrolment gives a place in one of the classes on a day."""
    return and_(Enrolment.class_id == sa.any_(_CLASSES), has_place(day))


@cache
def scans(group: Group, narrowed: bool) -> Prepared[Scans]:
    """What the gate saw, by class, learner or day."""
    seen = _learner_days()
    if group is Group.CLASS:
        placed = select(seen, Enrolment.class_id).join(
            Enrolment, and_(Enrolment.learner_id == seen.c.learner_id, has_place(seen.c.on_date))
        )
        seen = placed.distinct().subquery()
    went_home = and_(seen.c.last_out.is_not(None), seen.c.last_out > seen.c.last_in)
    head = _headed(group, seen.c.on_date)
    query = select(
        *_named(head),
        *(sa.cast(func.sum(seen.c[name]), sa.BigInteger).label(name) for name in ("ins", "outs", "repeats", "offline")),
        func.count().filter(seen.c.ins > 0).label("days"),
        func.count().filter(seen.c.ins > 0, not_(went_home)).label("stayed"),
        sa.cast(func.sum(seen.c.unknown), sa.BigInteger).label("unknown"),
    ).select_from(seen)
    if group is Group.CLASS:
        query = query.join(ClassGroup, ClassGroup.id == seen.c.class_id)
        query = query.where(ClassGroup.id == sa.any_(_CLASSES) if narrowed else ClassGroup.is_register)
    else:
        if group is Group.LEARNER:
            query = query.join(Learner, Learner.id == seen.c.learner_id).join(Person, Person.id == Learner.id)
        if narrowed:
            query = query.where(_has_place_in(seen.c.learner_id, seen.c.on_date))
    return Prepared(_grouped(query, group, head), Scans)


def _sent_out() -> sa.Subquery:
    """The deliveries of the days, each with its day by the school's clock."""
    day = sa.cast(func.timezone(_ZONE, Delivery.created_at), sa.Date).label("on_date")
    return (
        select(Delivery.id, Delivery.person_id, Delivery.channel, Delivery.state, Delivery.cause, day)
        .where(Delivery.created_at >= _BEGINS, Delivery.created_at < _ENDS)
        .subquery()
    )


@cache
def deliveries(group: Group, narrowed: bool) -> Prepared[Sent]:
    """What was sent, by class, channel, day, or cause of a failure."""
    sent = _sent_out()
    if group is Group.CLASS:  # of the learner, or of one whose guardian it went to; once for each class
        own = select(sent, Enrolment.class_id).join(
            Enrolment, and_(Enrolment.learner_id == sent.c.person_id, has_place(sent.c.on_date))
        )
        theirs = (
            select(sent, Enrolment.class_id)
            .join(Guardianship, Guardianship.guardian_id == sent.c.person_id)
            .join(Enrolment, and_(Enrolment.learner_id == Guardianship.learner_id, has_place(sent.c.on_date)))
        )
        sent = sa.union(own, theirs).subquery()
    alone = {Group.CHANNEL: sent.c.channel, Group.REASON: sent.c.cause}.get(group, sent.c.on_date)
    head = _headed(group, alone)
    if group is Group.REASON:
        head = alone, sent.c.channel, _NOTHING, _NOTHING
    ends = {"sent": State.SENT, "dead": State.DEAD, "discarded": State.DISCARDED, "another": State.DEMOTED}
    is_over = or_(*(sent.c.state == state.value for state in ends.values()))
    query = select(
        *_named(head), func.count().label("all"),
        *(func.count().filter(sent.c.state == state.value).label(name) for name, state in ends.items()),
        func.count().filter(not_(is_over)).label("open"),
    ).select_from(sent)  # fmt: skip
    if group is Group.CLASS:
        query = query.join(ClassGroup, ClassGroup.id == sent.c.class_id)
        query = query.where(ClassGroup.id == sa.any_(_CLASSES) if narrowed else ClassGroup.is_register)
    elif narrowed:
        child = (
            select(literal(1))
            .select_from(Guardianship)
            .join(Enrolment, Enrolment.learner_id == Guardianship.learner_id)
            .where(Guardianship.guardian_id == sent.c.person_id, _gives_place(sent.c.on_date))
        )
        query = query.where(or_(_has_place_in(sent.c.person_id, sent.c.on_date), child.exists()))
    if group is Group.REASON:
        return Prepared(query.where(sent.c.state == State.DEAD.value).group_by(alone, sent.c.channel), Sent)
    return Prepared(_grouped(query, group, head), Sent)


@cache
def volume(kind: Kind, narrowed: bool) -> Prepared[Number]:
    """How many rows there are: of a class only where they say which one they are of."""
    query: Select[Any] = select(func.count().label("number"))
    match kind:
        case Kind.ATTENDANCE:
            query = query.select_from(AttendanceMark).where(AttendanceMark.on_date.between(_SINCE, _UNTIL))
            if narrowed:
                ours = Register.class_id == sa.any_(_CLASSES)
                query = query.join(Register, Register.id == AttendanceMark.register_id).where(ours)
        case Kind.GATE:
            query = query.select_from(GateScan).where(GateScan.on_date.between(_SINCE, _UNTIL))
        case _:
            query = query.select_from(Delivery).where(Delivery.created_at >= _BEGINS, Delivery.created_at < _ENDS)
    return Prepared(query, Number)
