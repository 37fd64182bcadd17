"""Places in a class: enrol, transfer, leave, and who comes next from the waiting list."""

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
from blueprints.classes.operations import ClassError, refuse_ended

ACTIVE, WAITING = EnrolmentState.ACTIVE.value, EnrolmentState.WAITING.value
DAY = dt.timedelta(days=1)


class ClassFull(ClassError):
    """There is no place left."""

    message = N_("This class has no place left. Give it more places, or choose another.")


class NotYours(ClassError):
    """The day lies before the learner came."""

    message = N_("The learner came to the class after that day")


class Already(ClassError):
    """It ends on another day already, or there is nothing to do."""

    message = N_("The learner has left this class already, or is leaving it")


class InTarget(ClassError):
    """A learner is not in the same class twice."""

    message = N_("The learner is in that class already, or waits for it")


class Elsewhere(NamedTuple):
    """A learner who has a register class, and the name of that class."""

    learner: str
    group: str


class Enrolled(NamedTuple):
    """What became of learners who were to be enrolled, by their names."""

    placed: list[str]
    waiting: list[str]
    elsewhere: list[Elsewhere]


def place_for_change(enrolment_id: UUID, *, hold: bool = True) -> Enrolment | None:
    """A learner's place in a class, or on its waiting list."""
    found = select(Enrolment).where(Enrolment.id == enrolment_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def class_of(enrolment: Enrolment) -> ClassGroup:
    """The class of a place."""
    return db.session.get_one(ClassGroup, (enrolment.school_id, enrolment.class_id))


def learner_of(enrolment: Enrolment) -> Person:
    """Whose place it is."""
    return db.session.get_one(Person, (enrolment.school_id, enrolment.learner_id))


def enrol(group: ClassGroup, learner_ids: Collection[UUID], *, on: dt.date, by: Actor) -> Enrolled:
    """Give learners a place from a day on, by name; once the class is full the others wait.

    Who is in the class or waits for it already is left as they are. Who has another register class of that year is not
    enrolled in a second one. The class is held by the caller. Raises ClassEnded.
    """
    refuse_ended(group)
    result = Enrolled([], [], [])
    free = places_left(group, on)
    here = set(db.session.scalars(select(Enrolment.learner_id).where(Enrolment.class_id == group.id, _from(on))))
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


def transfer(enrolment: Enrolment, target: ClassGroup, *, on: dt.date, by: Actor) -> Enrolment:
    """Let a learner go over to another class on a day, which is the first one there; both are held by the caller.

    Raises ClassEnded, ClassFull, InTarget, Already.
    """
    refuse_ended(target)
    refuse_gone(enrolment, on)
    there = select(Enrolment.id).where(
        Enrolment.class_id == target.id, Enrolment.learner_id == enrolment.learner_id, _from(on)
    )  # fmt: skip
    if db.session.scalar(there) is not None:
        raise InTarget
    if places_left(target, on) == 0:
        raise ClassFull
    learner, before = learner_of(enrolment), class_of(enrolment)
    if on <= enrolment.starts_on:  # they were never there
        db.session.delete(enrolment)
    else:
        enrolment.ends_on = on - DAY
    made = Enrolment(learner_id=learner.id, class_id=target.id, state=ACTIVE, starts_on=on)
    db.session.add(made)
    record(
        "classes.transfer", made, label=learner.name, by=by,
        before={"class": before.name}, after={"class": target.name, "from": on},
    )  # fmt: skip
    return made


def leave(enrolment: Enrolment, *, on: dt.date, by: Actor) -> None:
    """A learner has a place no longer after a day, or waits no longer. Raises Already, NotYours."""
    refuse_gone(enrolment, on)
    learner, group = learner_of(enrolment), class_of(enrolment)
    if enrolment.state == WAITING:
        db.session.delete(enrolment)
        record("classes.stop_waiting", enrolment, label=learner.name, before={"class": group.name}, by=by)
        return
    if on < enrolment.starts_on:
        raise NotYours
    enrolment.ends_on = on
    record("classes.leave", enrolment, label=learner.name, before={"class": group.name}, after={"until": on}, by=by)


def give_place(enrolment: Enrolment, group: ClassGroup, *, on: dt.date, by: Actor) -> str:
    """Let somebody from the waiting list in; returns their name. The class is held by the caller.

    Raises ClassEnded, ClassFull, Already.
    """
    refuse_ended(group)
    if enrolment.state != WAITING or enrolment.ends_on is not None:
        raise Already
    if places_left(group, on) == 0:
        raise ClassFull
    enrolment.state, enrolment.starts_on = ACTIVE, on
    learner = learner_of(enrolment)
    record("classes.give_place", enrolment, label=learner.name, after={"class": group.name, "from": on}, by=by)
    return str(learner.name)


def places_left(group: ClassGroup, on: dt.date) -> int | None:
    """How many places a class has that nobody has on a day or later; None without a limit."""
    if group.capacity is None:
        return None
    taken = select(func.count(Enrolment.id)).where(Enrolment.class_id == group.id, Enrolment.state == ACTIVE, _from(on))
    return max(0, group.capacity - (db.session.scalar(taken) or 0))


def refuse_gone(enrolment: Enrolment, on: dt.date) -> None:
    """Raise Already for a place that ends before a day."""
    if enrolment.ends_on is not None and enrolment.ends_on <= on:
        raise Already


def _from(on: dt.date) -> ColumnElement[bool]:
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
            Enrolment.learner_id == learner_id, Enrolment.state == ACTIVE, _from(on), ClassGroup.is_register,
            ClassGroup.year == group.year, ClassGroup.ended_at.is_(None), ClassGroup.id != group.id,
        )
    )  # fmt: skip
    return db.session.scalars(other).first()
