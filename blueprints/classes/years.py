"""From one school year to the next: what would become of each class, doing it in one transaction, and undoing it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from app import clock
from app.audit.record import Actor, record
from app.domain.classes import GRADES, class_key
from app.i18n.catalogue import N_
from app.models.attendance import Register
from app.models.classes import (
    ClassGroup,
    ClassSession,
    ClassTeacher,
    Enrolment,
    EnrolmentState,
    MeetingTime,
    RollOver,
)  # fmt: skip
from app.models.learner import Learner, LearnerStatus
from app.models.message import Message
from app.models.notice import Notice
from app.tenancy.database import db
from app.work.outbox import queue
from blueprints.classes.operations import ClassError, forget_lessons

#: the job that ends the classes of a year once their last day is over
END = "classes.end_year"
DAY = dt.timedelta(days=1)
ACTIVE = EnrolmentState.ACTIVE.value


class AlreadyRolled(ClassError):
    """A year is promoted once."""

    message = N_("The classes of this year have been promoted already. Undo that first.")


class InUse(ClassError):
    """Something of the new classes would be lost."""

    message = N_("The new classes are in use: a register was taken or a notice sent. So this cannot be undone any more.")


class NothingToPromote(ClassError):
    """There is no class."""

    message = N_("No class of this year goes on, so there is nothing to promote.")


class Step(NamedTuple):
    """What becomes of a class. `deed` is promote, leave (the last grade) or again (made anew, without learners).

    `name` and `grade` are those of the new class; `joins` says that there is one of this name in the new year already.
    """

    id: UUID
    old: str
    deed: str
    name: str | None
    grade: str | None
    learners: int
    joins: bool


class Preview(NamedTuple):
    """What promoting the classes of a year would do."""

    year: int
    steps: list[Step]

    @property
    def moving(self) -> int:
        """Learners who go to a class of the next year."""
        return sum(step.learners for step in self.steps if step.deed == "promote")

    @property
    def leaving(self) -> int:
        """Learners of the last grade, who leave the school."""
        return sum(step.learners for step in self.steps if step.deed == "leave")


def roll_over_for_change(roll_over_id: UUID) -> RollOver | None:
    """A promotion of the school's classes, held until the end of the transaction."""
    return db.session.scalars(select(RollOver).where(RollOver.id == roll_over_id).with_for_update()).one_or_none()


def current_roll_over(year: int) -> RollOver | None:
    """How the classes of a year were promoted, unless that was undone."""
    return db.session.scalars(select(RollOver).where(RollOver.year == year, RollOver.undone_at.is_(None))).one_or_none()


def preview(year: int, last_day: dt.date) -> Preview:
    """What would become of every class of a year that goes on."""
    groups = _groups(year)
    there = _names(year + 1)
    last = max((GRADES.index(group.grade) for group in groups if group.is_register and group.grade), default=-1)
    counts = _counts(last_day)
    return Preview(year, [_step(group, last, counts.get(group.id, 0), there) for group in groups])


def roll_over(year: int, *, last_day: dt.date, first_day: dt.date, today: dt.date, by: Actor) -> RollOver:
    """Promote the classes of a year: new classes, and everybody's place in them from `first_day`.

    The old classes end with `last_day`, and who was in the last grade leaves: by `queue_end` when that is to come. Raises
    AlreadyRolled, NothingToPromote.
    """
    if current_roll_over(year):
        raise AlreadyRolled
    plan = preview(year, last_day)
    if not plan.steps:
        raise NothingToPromote
    done = RollOver(
        year=year, last_day=last_day, first_day=first_day, made_by=by.name, made_classes=[], ended_classes=[],
        made_enrolments=[], ended_enrolments=[], leavers=[],
    )  # fmt: skip
    made: list[UUID] = []
    ended: list[UUID] = []
    leavers: list[UUID] = []
    moved: list[Enrolment] = []
    for step in plan.steps:
        if step.deed != "leave":
            group = _class_for(step, year + 1, made)
        places = _places(step.id, last_day)
        for place in places:
            place.ends_on = last_day
        ended += [place.id for place in places]
        if step.deed == "promote":
            moved += [
                Enrolment(learner_id=place.learner_id, class_id=group.id, state=ACTIVE, starts_on=first_day) for place in places
            ]
        elif step.deed == "leave":
            leavers += [place.learner_id for place in places]
    done.made_classes, done.ended_classes = made, [step.id for step in plan.steps]
    done.made_enrolments, done.ended_enrolments, done.leavers = [one.id for one in moved], ended, leavers
    db.session.add_all([*moved, done])
    record(
        "classes.roll_over", done, label=str(year), by=by,
        after={"classes": len(plan.steps), "promoted": plan.moving, "left": plan.leaving, "first_day": first_day},
    )  # fmt: skip
    if last_day < today:
        end_old_classes(done, clock.now())
    return done


def queue_end(done: RollOver, at: dt.datetime) -> None:
    """Let the old classes end at a moment, which the last day has passed by then."""
    queue(END, done.id, due=at)


def end_old_classes(done: RollOver, now: dt.datetime) -> None:
    """The classes that were promoted go on no longer, and who was in the last grade has left the school."""
    if done.undone_at:
        return
    going = ClassGroup.id.in_(done.ended_classes), ClassGroup.ended_at.is_(None)
    _run(update(ClassGroup).where(*going).values(ended_at=now))
    forget_lessons(done.ended_classes, now)
    leaving = Learner.id.in_(done.leavers), Learner.status == LearnerStatus.ENROLLED.value
    _run(update(Learner).where(*leaving).values(status=LearnerStatus.LEFT.value, left_on=done.last_day))


def undo(done: RollOver, *, by: Actor) -> None:
    """Take the new classes away, and put everybody back where they were; nothing happens a second time. Raises InUse."""
    if done.undone_at:
        return
    if _are_used(done.made_classes):
        raise InUse
    made = done.made_classes
    _run(delete(Enrolment).where(or_(Enrolment.class_id.in_(made), Enrolment.id.in_(done.made_enrolments))))
    for model in (ClassTeacher, ClassSession, MeetingTime):
        _run(delete(model).where(model.class_id.in_(made)))
    _run(delete(ClassGroup).where(ClassGroup.id.in_(made)))
    _run(update(ClassGroup).where(ClassGroup.id.in_(done.ended_classes)).values(ended_at=None))
    ended = Enrolment.id.in_(done.ended_enrolments), Enrolment.ends_on == done.last_day
    _run(update(Enrolment).where(*ended).values(ends_on=None))
    gone = Learner.id.in_(done.leavers), Learner.status == LearnerStatus.LEFT.value, Learner.left_on == done.last_day
    _run(update(Learner).where(*gone).values(status=LearnerStatus.ENROLLED.value, left_on=None))
    done.undone_at = clock.now()
    record("classes.undo_roll_over", done, label=str(done.year), after={"classes": len(done.ended_classes)}, by=by)


def name_in(name: str, old: str, new: str) -> str:
    """The name of a class in another grade: 'Grade 3B' from 3 to 4 is 'Grade 4B', 'Graad RA' from R to 1 is 'Graad 1A'.

    A name that does not say its grade stays.
    """
    if old == "R":
        return re.sub(r"\bR([A-H]?)\b", rf"{new}\1", name, count=1)
    return re.sub(rf"(?<!\d){old}(?!\d)", new, name, count=1)


def _step(group: ClassGroup, last: int, learners: int, there: dict[str, UUID]) -> Step:
    if not group.is_register or group.grade is None:
        name, grade, deed = group.name, group.grade, "again"
    elif (place := GRADES.index(group.grade)) == last:
        return Step(group.id, group.name, "leave", None, None, learners, joins=False)
    else:
        grade, deed = GRADES[place + 1], "promote"
        name = name_in(group.name, group.grade, grade)
    return Step(group.id, group.name, deed, name, grade, learners, joins=class_key(name) in there)


def _groups(year: int) -> Sequence[ClassGroup]:
    found = select(ClassGroup).where(ClassGroup.year == year, ClassGroup.ended_at.is_(None))
    return db.session.scalars(found.order_by(ClassGroup.sort_key, ClassGroup.id)).all()


def _names(year: int) -> dict[str, UUID]:
    found = select(ClassGroup.sort_key, ClassGroup.id).where(ClassGroup.year == year, ClassGroup.ended_at.is_(None))
    return {row.sort_key: row.id for row in db.session.execute(found)}


def _still_there(last_day: dt.date) -> tuple[ColumnElement[bool], ...]:
    return Enrolment.state == ACTIVE, Enrolment.ends_on.is_(None), Enrolment.starts_on <= last_day


def _counts(last_day: dt.date) -> dict[UUID, int]:
    counted = select(Enrolment.class_id, func.count()).where(*_still_there(last_day)).group_by(Enrolment.class_id)
    return {row.class_id: row[1] for row in db.session.execute(counted)}


def _places(class_id: UUID, last_day: dt.date) -> Sequence[Enrolment]:
    return db.session.scalars(select(Enrolment).where(Enrolment.class_id == class_id, *_still_there(last_day))).all()


def _class_for(step: Step, year: int, made: list[UUID]) -> ClassGroup:
    """The class of the new year: the one of that name, or a new one after the old; its id is added to `made`."""
    assert step.name is not None
    key = class_key(step.name)
    there = select(ClassGroup).where(ClassGroup.year == year, ClassGroup.sort_key == key, ClassGroup.ended_at.is_(None))
    group = db.session.scalars(there).one_or_none()
    if group is None:
        old = db.session.scalars(select(ClassGroup).where(ClassGroup.id == step.id)).one()
        group = ClassGroup(
            name=step.name, sort_key=key, grade=step.grade, year=year, is_register=old.is_register, capacity=old.capacity,
            came_from=old.id,
        )  # fmt: skip
        db.session.add(group)
        db.session.flush()
        made.append(group.id)
        if step.deed == "again":  # a subject keeps its teachers; who gets which register class is decided every year
            of_old = select(ClassTeacher.person_id).where(ClassTeacher.class_id == old.id)
            db.session.add_all(ClassTeacher(class_id=group.id, person_id=person) for person in db.session.scalars(of_old))
    return group


def _are_used(class_ids: Sequence[UUID]) -> bool:
    used = or_(
        exists().where(Register.class_id.in_(class_ids)), exists().where(Notice.class_id.in_(class_ids)),
        exists().where(Message.class_id.in_(class_ids)),
    )  # fmt: skip
    return bool(db.session.scalar(select(used)))


def _run(statement: object) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
