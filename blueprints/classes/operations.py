"""What can be done to a class: make, change, end, open it again, and say who teaches it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, select, update

from app import clock
from app.audit.record import Actor, record
from app.domain.classes import class_key
from app.domain.places import ClassEnded, ClassError, class_for_change, refuse_ended
from app.i18n.catalogue import N_
from app.models.attendance import Register
from app.models.classes import ClassGroup, ClassSession, ClassTeacher, Enrolment, EnrolmentState
from app.models.person import Kind, Person
from app.tenancy.database import db

__all__ = [
    "ClassDraft", "ClassEnded", "ClassError", "NameTaken", "add_teachers", "class_for_change", "create_class", "edit_class",
    "end_class", "forget_lessons", "refuse_ended", "remove_teacher", "reopen_class",
]  # fmt: skip


class NameTaken(ClassError):
    """Another class that goes on has this name in the year."""

    message = N_("There is a class of this name in this year already")


class ClassDraft(NamedTuple):
    """What somebody says of a class; `grade` is one of GRADES or None, `capacity` None means no limit."""

    name: str
    grade: str | None
    year: int
    is_register: bool
    capacity: int | None


def create_class(draft: ClassDraft, *, by: Actor) -> ClassGroup:
    """Make a class without anybody in it. Raises NameTaken."""
    _refuse_namesake(draft.name, draft.year, None)
    group = ClassGroup(**draft._asdict(), sort_key=class_key(draft.name))
    db.session.add(group)
    record("classes.create", group, label=group.name, after=draft._asdict(), by=by)
    return group


def edit_class(group: ClassGroup, draft: ClassDraft, *, by: Actor) -> bool:
    """Change a class; False when nothing is different. Nobody loses their place to a lower capacity.

    Raises NameTaken, ClassEnded.
    """
    refuse_ended(group)
    before, after = _facts(group), draft._asdict()
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    _refuse_namesake(draft.name, draft.year, group.id)
    for name in changed:
        setattr(group, name, after[name])
    group.sort_key = class_key(draft.name)
    record(
        "classes.edit", group, label=group.name, by=by,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    return True


def end_class(group: ClassGroup, *, today: dt.date, by: Actor) -> bool:
    """Nobody has a place in it after today, nobody waits, no lesson is to come; False if it had ended. What was stays."""
    if group.ended_at:
        return False
    now = clock.now()
    group.ended_at = now
    mine = Enrolment.class_id == group.id
    opened = Enrolment.ends_on.is_(None) | (Enrolment.ends_on > today)
    _run(delete(Enrolment).where(mine, Enrolment.state == EnrolmentState.ACTIVE.value, Enrolment.starts_on > today))
    _run(update(Enrolment).where(mine, opened, Enrolment.starts_on <= today).values(ends_on=today))
    forget_lessons([group.id], now)
    record("classes.end", group, label=group.name, before={"ended": False}, after={"ended": True}, by=by)
    return True


def reopen_class(group: ClassGroup, *, zone: dt.tzinfo, by: Actor) -> bool:
    """Undo an end: those whose place ended on that day have it again, unless they have one elsewhere; False if it goes on.

    Raises NameTaken.
    """
    if group.ended_at is None:
        return False
    _refuse_namesake(group.name, group.year, group.id)
    on = group.ended_at.astimezone(zone).date()
    group.ended_at = None
    other = Enrolment.__table__.alias()
    elsewhere = exists().where(
        other.c.school_id == Enrolment.school_id, other.c.learner_id == Enrolment.learner_id, other.c.id != Enrolment.id,
        other.c.ends_on.is_(None), other.c.created_at > Enrolment.created_at,
    )  # fmt: skip
    _run(update(Enrolment).where(Enrolment.class_id == group.id, Enrolment.ends_on == on, ~elsewhere).values(ends_on=None))
    record("classes.reopen", group, label=group.name, before={"ended": True}, after={"ended": False}, by=by)
    return True


def add_teachers(group: ClassGroup, person_ids: Collection[UUID], *, by: Actor) -> list[str]:
    """Let members of staff teach a class; returns the names of those who did not yet. Raises ClassEnded."""
    refuse_ended(group)
    there = set(db.session.scalars(select(ClassTeacher.person_id).where(ClassTeacher.class_id == group.id)))
    staff = select(Person).where(Person.id.in_(person_ids), Person.kind == Kind.STAFF.value, Person.ended_at.is_(None))
    new = [person for person in db.session.scalars(staff.order_by(Person.sort_key)) if person.id not in there]
    db.session.add_all(ClassTeacher(class_id=group.id, person_id=person.id) for person in new)
    for person in new:
        record("classes.add_teacher", group, label=group.name, after={"teacher": person.name}, by=by)
    return [person.name for person in new]


def remove_teacher(group: ClassGroup, person_id: UUID, *, by: Actor) -> str | None:
    """Somebody teaches a class no longer; returns their name, None if they did not."""
    taught = select(ClassTeacher).where(ClassTeacher.class_id == group.id, ClassTeacher.person_id == person_id)
    teacher = db.session.scalars(taught).one_or_none()
    if teacher is None:
        return None
    name = teacher.person.name
    db.session.delete(teacher)
    record("classes.remove_teacher", group, label=group.name, before={"teacher": name}, by=by)
    return str(name)


def forget_lessons(class_ids: Collection[UUID], now: dt.datetime) -> None:
    """Remove the lessons to come of these classes, but for those whose register somebody has taken."""
    taken = exists().where(Register.school_id == ClassSession.school_id, Register.session_id == ClassSession.id)
    _run(delete(ClassSession).where(ClassSession.class_id.in_(class_ids), ClassSession.starts_at > now, ~taken))


def _refuse_namesake(name: str, year: int, own: UUID | None) -> None:
    alike = select(ClassGroup.id).where(
        ClassGroup.sort_key == class_key(name), ClassGroup.year == year, ClassGroup.ended_at.is_(None)
    )
    if db.session.scalar(alike.where(ClassGroup.id != own) if own else alike) is not None:
        raise NameTaken


def _facts(group: ClassGroup) -> dict[str, object]:
    return {name: getattr(group, name) for name in ClassDraft._fields}


def _run(statement: object) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
