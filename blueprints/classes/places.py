"""Places in a class: enrol, transfer, leave, and who comes next from the waiting list."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, record
from app.domain.places import ACTIVE, WAITING, ClassError, Enrolled, enrol, from_day, places_left, refuse_ended
from app.i18n.catalogue import N_
from app.models.classes import ClassGroup, Enrolment
from app.models.person import Person
from app.tenancy.database import db

__all__ = [
    "Already",
    "ClassFull",
    "Enrolled",
    "InTarget",
    "NotYours",
    "class_of",
    "enrol",
    "give_place",
    "learner_of",
    "leave",
    "place_for_change",
    "places_left",
    "transfer",
]  # fmt: skip
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


def transfer(enrolment: Enrolment, target: ClassGroup, *, on: dt.date, by: Actor) -> Enrolment:
    """Let a learner go over to another class on a day, which is the first one there; both are held by the caller.

    Raises ClassEnded, ClassFull, InTarget, Already.
    """
    refuse_ended(target)
    refuse_gone(enrolment, on)
    there = select(Enrolment.id).where(
        Enrolment.class_id == target.id, Enrolment.learner_id == enrolment.learner_id, from_day(on)
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


def refuse_gone(enrolment: Enrolment, on: dt.date) -> None:
    """Raise Already for a place that ends before a day."""
    if enrolment.ends_on is not None and enrolment.ends_on <= on:
        raise Already
