"""What can be exported of classes: the classes, who is or was in them, and their lessons."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import Date, Uuid, bindparam, case, func, or_, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_class, a_day
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.classes import ClassGroup, ClassSession, Enrolment, EnrolmentState
from app.models.learner import Learner
from app.models.person import Person
from blueprints.classes.queries import TEACHERS

YES_NO = {"yes": N_("Yes"), "no": N_("No")}
STATES = {EnrolmentState.ACTIVE.value: N_("Has a place"), EnrolmentState.WAITING.value: N_("Waiting")}
LESSONS = {"planned": N_("As planned"), "cancelled": N_("Cancelled"), "moved": N_("Moved")}


class _Class(NamedTuple):
    name: str
    year: int
    grade: str | None
    register: str
    capacity: int | None
    learners: int
    waiting: int
    teachers: str | None
    created: dt.datetime
    ended: dt.datetime | None


class _Enrolment(NamedTuple):
    group: str
    year: int
    learner: str
    number: str | None
    state: str
    starts: str
    ends: str | None


class _Lesson(NamedTuple):
    group: str
    year: int
    day: str
    starts: dt.datetime
    ends: dt.datetime
    room: str | None
    state: str
    reason: str | None


def _day(column: Any) -> Any:
    """A date as exports have it: 2027-03-31."""
    return func.to_char(column, "YYYY-MM-DD")


def _open(state: EnrolmentState) -> Any:
    counted = select(func.count()).select_from(Enrolment)
    goes_on = or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= func.current_date())
    mine = Enrolment.class_id == ClassGroup.id, Enrolment.state == state.value, goes_on
    return counted.where(*mine).correlate(ClassGroup).scalar_subquery()


_CLASSES = select(
        ClassGroup.name, ClassGroup.year, ClassGroup.grade, case((ClassGroup.is_register, "yes"), else_="no").label("register"),
        ClassGroup.capacity, _open(EnrolmentState.ACTIVE).label("learners"), _open(EnrolmentState.WAITING).label("waiting"),
        TEACHERS.label("teachers"), ClassGroup.created_at.label("created"), ClassGroup.ended_at.label("ended"),
    ).order_by(ClassGroup.year.desc(), ClassGroup.sort_key, ClassGroup.id)  # fmt: skip


_ENROLMENTS = (
    select(
        ClassGroup.name.label("group"), ClassGroup.year, Person.name.label("learner"), Learner.number, Enrolment.state,
        _day(Enrolment.starts_on).label("starts"), _day(Enrolment.ends_on).label("ends"),
    )
    .select_from(Enrolment)
    .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
    .join(Learner, Learner.id == Enrolment.learner_id)
    .join(Person, Person.id == Learner.id)
    .order_by(ClassGroup.year.desc(), ClassGroup.sort_key, Person.sort_key, Enrolment.starts_on, Enrolment.id)
)  # fmt: skip
_STATE = case(
    (ClassSession.moved_to.is_not(None), "moved"), (ClassSession.cancelled_at.is_not(None), "cancelled"), else_="planned"
)
_LESSONS = (
    select(
        ClassGroup.name.label("group"), ClassGroup.year, _day(ClassSession.on_date).label("day"),
        ClassSession.starts_at.label("starts"), ClassSession.ends_at.label("ends"), ClassSession.room,
        _STATE.label("state"), ClassSession.cancelled_why.label("reason"),
    )
    .select_from(ClassSession)
    .join(ClassGroup, ClassGroup.id == ClassSession.class_id)
    .order_by(ClassSession.starts_at, ClassGroup.sort_key, ClassSession.id)
)  # fmt: skip
_OF_CLASS = ClassGroup.id == bindparam("class", type_=Uuid)
_BETWEEN = {
    "since": ClassSession.on_date >= bindparam("since", type_=Date),
    "until": ClassSession.on_date <= bindparam("until", type_=Date),
}

CLASSES = Dataset(
    "classes", N_("Classes"), Permission.PEOPLE_MANAGE,
    (
        Column("name", N_("Class")),
        Column("year", N_("Year"), Kind.INTEGER),
        Column("grade", N_("Grade")),
        Column("register", N_("Keeps the daily register"), Kind.WORD, YES_NO),
        Column("capacity", N_("Places"), Kind.INTEGER),
        Column("learners", N_("Learners"), Kind.INTEGER),
        Column("waiting", N_("Waiting"), Kind.INTEGER),
        Column("teachers", N_("Teachers")),
        Column("created", N_("Created"), Kind.MOMENT),
        Column("ended", N_("Ended"), Kind.MOMENT),
    ),
    selected(_CLASSES, _Class),
)  # fmt: skip
ENROLMENTS = Dataset(
    "enrolments", N_("Enrolments"), Permission.PEOPLE_MANAGE,
    (
        Column("class", N_("Class")),
        Column("year", N_("Year"), Kind.INTEGER),
        Column("learner", N_("Learner")),
        Column("number", N_("Learner number")),
        Column("state", N_("State"), Kind.WORD, STATES),
        Column("from", N_("From")),
        Column("until", N_("Until")),
    ),
    selected(_ENROLMENTS, _Enrolment, {"class": _OF_CLASS}), {"class": a_class(N_("Class"))},
)  # fmt: skip
SESSIONS = Dataset(
    "lessons", N_("Lessons"), Permission.PEOPLE_MANAGE,
    (
        Column("class", N_("Class")),
        Column("year", N_("Year"), Kind.INTEGER),
        Column("day", N_("Day")),
        Column("starts", N_("Begins"), Kind.MOMENT),
        Column("ends", N_("Ends"), Kind.MOMENT),
        Column("room", N_("Room")),
        Column("state", N_("State"), Kind.WORD, LESSONS),
        Column("reason", N_("Reason")),
    ),
    selected(_LESSONS, _Lesson, {"class": _OF_CLASS, **_BETWEEN}),
    {"class": a_class(N_("Class")), "since": a_day(N_("From")), "until": a_day(N_("Until"))},
)  # fmt: skip
DATASETS = (CLASSES, ENROLMENTS, SESSIONS)
