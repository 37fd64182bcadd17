"""When a class meets: its weekly pattern, the lessons that are made from it, and what is done to a lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.audit.record import Actor, record
from app.domain.calendar import Calendar
from app.domain.timetable import AHEAD, Lesson, Pattern, lessons
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.attendance import Register
from app.models.classes import ClassGroup, ClassSession, MeetingTime
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from blueprints.classes.operations import ClassError, refuse_ended


class LessonThen(ClassError):
    """A class meets once at a time."""

    message = N_("The class has a lesson at that time already")


class LessonOver(ClassError):
    """Nothing is changed about what has been."""

    message = N_("This lesson has begun or is over, and stays as it is.")


class AlreadyCancelled(ClassError):
    """Nothing more can happen to it."""

    message = N_("This lesson has been cancelled already.")


class MeetingDraft(NamedTuple):
    """What somebody says of a meeting time; times are by the clock of the school, weekdays ISO numbers."""

    weekdays: list[int]
    every_weeks: int
    starts_at: dt.time
    ends_at: dt.time
    from_on: dt.date
    until_on: dt.date | None
    room: str | None


class LessonDraft(NamedTuple):
    """When and where a lesson is; the moments are aware, `on_date` is the day by the clock of the school."""

    on_date: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str | None


def meeting_for_change(meeting_id: UUID) -> MeetingTime | None:
    """A meeting time of the school."""
    return db.session.scalars(select(MeetingTime).where(MeetingTime.id == meeting_id)).one_or_none()


def lesson_for_change(session_id: UUID, *, hold: bool = True) -> ClassSession | None:
    """A lesson of the school."""
    found = select(ClassSession).where(ClassSession.id == session_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def add_meeting(group: ClassGroup, draft: MeetingDraft, *, by: Actor) -> MeetingTime:
    """Let a class meet at a time, and make its lessons. Raises ClassEnded."""
    refuse_ended(group)
    meeting = MeetingTime(class_id=group.id, **draft._asdict())
    db.session.add(meeting)
    record("classes.add_meeting", meeting, label=group.name, after=_plain(draft), by=by)
    keep_lessons([group.id])
    return meeting


def change_meeting(group: ClassGroup, meeting: MeetingTime, draft: MeetingDraft, *, by: Actor) -> bool:
    """Change a meeting time and the lessons to come; False when nothing is different. Raises ClassEnded."""
    refuse_ended(group)
    was = MeetingDraft(*(getattr(meeting, name) for name in MeetingDraft._fields))
    if was == draft:
        return False
    before, after = _plain(was), _plain(draft)
    changed = [name for name in after if before[name] != after[name]]
    for name, value in draft._asdict().items():
        setattr(meeting, name, value)
    record(
        "classes.change_meeting", meeting, label=group.name, by=by,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    keep_lessons([group.id])
    return True


def remove_meeting(group: ClassGroup, meeting: MeetingTime, *, by: Actor) -> None:
    """The class meets then no longer: its lessons to come go, those that have been stay."""
    was = MeetingDraft(*(getattr(meeting, name) for name in MeetingDraft._fields))
    record("classes.remove_meeting", meeting, label=group.name, before=_plain(was), by=by)
    meeting.until_on = meeting.from_on - dt.timedelta(days=1)  # so that none of its lessons is wanted
    keep_lessons([group.id])
    db.session.delete(meeting)


def add_lesson(group: ClassGroup, draft: LessonDraft, *, by: Actor) -> ClassSession:
    """A lesson besides the pattern. Raises ClassEnded, LessonThen."""
    refuse_ended(group)
    _refuse_clash(group.id, draft)
    lesson = ClassSession(class_id=group.id, **draft._asdict())
    db.session.add(lesson)
    record("classes.add_lesson", lesson, label=group.name, after={"starts": draft.starts_at, "room": draft.room}, by=by)
    return lesson


def cancel_lesson(group: ClassGroup, lesson: ClassSession, *, why: str, by: Actor) -> None:
    """A lesson is not held, for a reason. Raises LessonOver, AlreadyCancelled."""
    _refuse_over(lesson)
    lesson.cancelled_at, lesson.cancelled_why = clock.now(), why
    record("classes.cancel_lesson", lesson, label=group.name, after={"starts": lesson.starts_at, "reason": why}, by=by)


def restore_lesson(group: ClassGroup, lesson: ClassSession, *, by: Actor) -> bool:
    """A cancelled lesson is held after all; False for one that was not cancelled, or was moved. Raises LessonOver."""
    if lesson.starts_at <= clock.now():
        raise LessonOver
    if lesson.cancelled_at is None or lesson.moved_to is not None:
        return False
    before = {"reason": lesson.cancelled_why}
    lesson.cancelled_at = lesson.cancelled_why = None
    record("classes.restore_lesson", lesson, label=group.name, before=before, after={"starts": lesson.starts_at}, by=by)
    return True


def move_lesson(group: ClassGroup, lesson: ClassSession, draft: LessonDraft, *, why: str, by: Actor) -> ClassSession:
    """Hold a lesson at another time: this one is cancelled and names the new one.

    Raises LessonOver, LessonThen, AlreadyCancelled.
    """
    _refuse_over(lesson)
    _refuse_clash(group.id, draft)
    moved = ClassSession(class_id=group.id, **draft._asdict())
    db.session.add(moved)
    db.session.flush()  # before the one that names it
    lesson.cancelled_at, lesson.cancelled_why, lesson.moved_to = clock.now(), why, moved.id
    record(
        "classes.move_lesson", lesson, label=group.name, by=by,
        before={"starts": lesson.starts_at}, after={"starts": moved.starts_at, "room": moved.room, "reason": why},
    )  # fmt: skip
    return moved


def keep_lessons(class_ids: Collection[UUID] | None = None) -> int:
    """Make the lessons of the coming weeks as the meeting times of these classes (None: all that go on) ask for them.

    What is no longer asked for goes, unless somebody cancelled it, took its register or made it by hand; a second run changes
    nothing. The calendar is as it was committed. Returns how many lessons were made, changed or removed.
    """
    db.session.flush()
    school = db.session.get_one(School, current_school_id())
    now = clock.now()
    today = now.astimezone(ZoneInfo(str(school.timezone))).date()
    calendar = Calendar(str(school.timezone), today, today + AHEAD)
    wanted = {
        (one.class_id, one.starts_at): one
        for pattern in _patterns(class_ids) for one in lessons(pattern, calendar) if one.starts_at > now
    }  # fmt: skip
    changed = 0
    for lesson, is_taken in _coming(class_ids, now):
        asked = wanted.pop((lesson.class_id, lesson.starts_at), None)
        if lesson.cancelled_at or is_taken:
            continue
        if asked is None:
            if lesson.meeting_id is not None:
                db.session.delete(lesson)
                changed += 1
        elif lesson.meeting_id is not None:
            changed += _bring_in_line(lesson, asked)
    return changed + _make(wanted.values())


def _patterns(class_ids: Collection[UUID] | None) -> list[Pattern]:
    found = (
        select(*(getattr(MeetingTime, name) for name in Pattern._fields))
        .join(ClassGroup, ClassGroup.id == MeetingTime.class_id)
        .where(ClassGroup.ended_at.is_(None))
        .order_by(MeetingTime.created_at, MeetingTime.id)
    )
    if class_ids is not None:
        found = found.where(MeetingTime.class_id.in_(class_ids))
    return [Pattern._make(row) for row in db.session.execute(found)]


def _coming(class_ids: Collection[UUID] | None, now: dt.datetime) -> list[tuple[ClassSession, bool]]:
    """The lessons that have not begun, each with whether its register was taken."""
    taken = exists().where(Register.school_id == ClassSession.school_id, Register.session_id == ClassSession.id)
    found = select(ClassSession, taken).where(ClassSession.starts_at > now)
    if class_ids is not None:
        found = found.where(ClassSession.class_id.in_(class_ids))
    return [(lesson, is_taken) for lesson, is_taken in db.session.execute(found)]


def _bring_in_line(lesson: ClassSession, asked: Lesson) -> bool:
    """Let a lesson have the end, the room and the meeting time that are asked for; whether one of them was another."""
    facts = ("ends_at", "room", "meeting_id", "on_date")
    different = [name for name in facts if getattr(lesson, name) != getattr(asked, name)]
    for name in different:
        setattr(lesson, name, getattr(asked, name))
    return bool(different)


def _make(wanted: Iterable[Lesson]) -> int:
    """Add lessons, but for those that somebody else has just added."""
    rows = [{"id": uuid7(), "school_id": current_school_id(), **lesson._asdict()} for lesson in wanted]
    if rows:
        db.session.execute(insert(ClassSession).on_conflict_do_nothing(), rows)
    return len(rows)


def _refuse_over(lesson: ClassSession) -> None:
    if lesson.starts_at <= clock.now():
        raise LessonOver
    if lesson.cancelled_at:
        raise AlreadyCancelled


def _refuse_clash(class_id: UUID, draft: LessonDraft) -> None:
    """Raise LessonThen for a lesson that overlaps another of the class, or begins where a cancelled one stands."""
    overlaps = and_(
        ClassSession.starts_at < draft.ends_at, ClassSession.ends_at > draft.starts_at, ClassSession.cancelled_at.is_(None)
    )
    others = select(ClassSession.id).where(
        ClassSession.class_id == class_id, or_(overlaps, ClassSession.starts_at == draft.starts_at)
    )
    if db.session.scalars(others).first() is not None:
        raise LessonThen


def _plain(draft: MeetingDraft) -> dict[str, object]:
    """A draft as the audit keeps it."""
    return {
        **draft._asdict(), "weekdays": ", ".join(map(str, draft.weekdays)), "starts_at": f"{draft.starts_at:%H:%M}",
        "ends_at": f"{draft.ends_at:%H:%M}",
    }  # fmt: skip
