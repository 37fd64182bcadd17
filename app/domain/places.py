"""Places in a class, as it is entered by the office or by a lead that becomes a learner: who has one, who waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.classes import ClassGroup, Enrolment, EnrolmentState
from app.models.learner import Learner, LearnerStatus
from app.models.person import Person
from app.tenancy.database import db

ACTIVE, WAITING = EnrolmentState.ACTIVE.value, EnrolmentState.WAITING.value


class ClassError(Exception):
    """Why something cannot be done to a class; `message` is for people, marked with N_."""

    message = ""


class ClassEnded(ClassError):
    """It has ended, and is left as it is."""

    message = N_("This class has ended. Open it again first.")


class Elsewhere(NamedTuple):
    """A learner who has a register class, and the name of that class."""

    learner: str
    group: str


class Enrolled(NamedTuple):
    """What became of learners who were to be enrolled, by their names."""

    placed: list[str]
    waiting: list[str]
    elsewhere: list[Elsewhere]


def class_for_change(class_id: UUID, *, hold: bool = True) -> ClassGroup | None:
    """The class, held until the end of the transaction, so that nobody takes its last place meanwhile."""
    found = select(ClassGroup).where(ClassGroup.id == class_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def refuse_ended(group: ClassGroup) -> None:
    """Raise ClassEnded for a class that has."""
    if group.ended_at:
        raise ClassEnded


def enrol(group: ClassGroup, learner_ids: Collection[UUID], *, on: dt.date, by: Actor) -> Enrolled:
    """Give learners a place from a day on, by name; once the class is full the others wait.

    Who is in the class or waits for it already is left as they are. Who has another register class of that year is not
    enrolled in a second one. The class is held by the caller. Raises ClassEnded.
    """
    refuse_ended(group)
    result = Enrolled([], [], [])
    free = places_left(group, on)
    here = set(db.session.scalars(select(Enrolment.learner_id).where(Enrolment.class_id == group.id, from_day(on))))
    for learner in _enrollable(learner_ids):
        if learner.id in here:
            continue
        if other := _register_of(learner.id, group, on):
            result.elsewhere.append(Elsewhere(learner.name, other))
            continue
        has_place = free is None or free > 0
        free = None if free is None else free - 1
        state = ACTIVE if has_place else WAITING
        made = Enrolment(learner_id=learner.id, class_id=group.id, state=state, starts_on=on)
        db.session.add(made)
        (result.placed if has_place else result.waiting).append(learner.name)
        action = "classes.enrol" if has_place else "classes.wait"
        record(action, made, label=learner.name, after={"class": group.name, "from": on}, by=by)
    return result


def places_left(group: ClassGroup, on: dt.date) -> int | None:
    """How many places a class has that nobody has on a day or later; None without a limit."""
    if group.capacity is None:
        return None
    taken = select(func.count(Enrolment.id)).where(Enrolment.class_id == group.id, Enrolment.state == ACTIVE, from_day(on))
    return max(0, group.capacity - (db.session.scalar(taken) or 0))


def from_day(on: dt.date) -> ColumnElement[bool]:
    """Whether an enrolment holds on a day or later."""
    return or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= on)


def _enrollable(learner_ids: Collection[UUID]) -> Sequence[Person]:
    found = (
        select(Person)
        .join(Learner, Learner.id == Person.id)
        .where(Person.id.in_(learner_ids), Person.ended_at.is_(None), Learner.status != LearnerStatus.LEFT.value)
        .order_by(Person.sort_key, Person.id)
    )
    return db.session.scalars(found).all()


def _register_of(learner_id: UUID, group: ClassGroup, on: dt.date) -> str | None:
    """The name of another register class of the same year in which a learner has a place on a day or later."""
    if not group.is_register:
        return None
    other = (
        select(ClassGroup.name)
        .join(Enrolment, Enrolment.class_id == ClassGroup.id)
        .where(
            Enrolment.learner_id == learner_id, Enrolment.state == ACTIVE, from_day(on), ClassGroup.is_register,
            ClassGroup.year == group.year, ClassGroup.ended_at.is_(None), ClassGroup.id != group.id,
        )
    )  # fmt: skip
    return db.session.scalars(other).first()
