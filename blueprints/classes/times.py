"""Reads of when classes meet: their weekly pattern, and lessons."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, or_, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.models.classes import ClassGroup, ClassSession, ClassTeacher, MeetingTime
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut


class Meeting(NamedTuple):
    """A meeting time of a class; see MeetingTime."""

    id: UUID
    weekdays: list[int]
    every_weeks: int
    starts_at: dt.time
    ends_at: dt.time
    from_on: dt.date
    until_on: dt.date | None
    room: str | None

    @property
    def clock(self) -> str:
        """From when until when, as every language writes it."""
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class LessonLine(NamedTuple):
    """A lesson. `moved_to` is when the one begins that is held instead; `by_hand` says that no meeting time made it."""

    id: UUID
    class_id: UUID
    name: str
    on_date: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str | None
    cancelled_at: dt.datetime | None
    cancelled_why: str | None
    moved_to: dt.datetime | None
    meeting_id: UUID | None


_INSTEAD = aliased(ClassSession)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_LINE = (
    select(
        ClassSession.id, ClassSession.class_id, ClassGroup.name, ClassSession.on_date, ClassSession.starts_at,
        ClassSession.ends_at, ClassSession.room, ClassSession.cancelled_at, ClassSession.cancelled_why,
        _INSTEAD.starts_at.label("moved_to"), ClassSession.meeting_id,
    )
    .join(ClassGroup, ClassGroup.id == ClassSession.class_id)
    .outerjoin(_INSTEAD, _INSTEAD.id == ClassSession.moved_to)
)  # fmt: skip
_OF_CLASS = _LINE.where(ClassSession.class_id == bindparam("class_id", type_=PG_UUID))
_FORWARD = _OF_CLASS.order_by(ClassSession.starts_at, ClassSession.id).limit(bindparam("limit"))
_BACK = _OF_CLASS.order_by(ClassSession.starts_at.desc(), ClassSession.id.desc()).limit(bindparam("limit"))
_KEY = tuple_(bindparam("after_starts", type_=DateTime(timezone=True)), bindparam("after_id", type_=PG_UUID))
_PLACE = tuple_(ClassSession.starts_at, ClassSession.id)
_COMING = Prepared(_FORWARD.where(ClassSession.ends_at > _NOW), LessonLine)
_PAST = Prepared(_BACK.where(ClassSession.ends_at <= _NOW), LessonLine)
_COMING_AFTER = Prepared(_FORWARD.where(ClassSession.ends_at > _NOW, _PLACE > _KEY), LessonLine)
_PAST_AFTER = Prepared(_BACK.where(ClassSession.ends_at <= _NOW, _PLACE < _KEY), LessonLine)
_ONE = Prepared(_LINE.where(ClassSession.id == bindparam("id", type_=PG_UUID)), LessonLine)
_MEETINGS = Prepared(
    select(*(getattr(MeetingTime, name) for name in Meeting._fields))
    .where(MeetingTime.class_id == bindparam("class_id", type_=PG_UUID))
    .order_by(MeetingTime.starts_at, MeetingTime.id),
    Meeting,
)
_TODAY = Prepared(
    _LINE.where(
        ClassSession.on_date == bindparam("day"), ClassGroup.ended_at.is_(None),
        or_(
            bindparam("teacher", type_=Uuid).is_(None),
            ClassGroup.id.in_(
                select(ClassTeacher.class_id).where(ClassTeacher.person_id == bindparam("teacher", type_=Uuid))
            ),
        ),
    ).order_by(ClassSession.starts_at, ClassSession.id),
    LessonLine,
)  # fmt: skip


def meetings(class_id: UUID) -> list[Meeting]:
    """The meeting times of a class, the earliest of the day first."""
    with reading() as cursor:
        return _MEETINGS.all(cursor, class_id=class_id)


def coming(class_id: UUID, now: dt.datetime, limit: int) -> list[LessonLine]:
    """The next lessons of a class, cancelled ones among them."""
    with reading() as cursor:
        return _COMING.all(cursor, class_id=class_id, now=now, limit=limit)


def lessons(class_id: UUID, now: dt.datetime, *, past: bool, after: Key | None) -> Page[LessonLine]:
    """The lessons of a class to come, the next one first, or those that are over, the last one first."""
    values: dict[str, object] = {"class_id": class_id, "now": now, "limit": PAGE + 1}
    select_of = _PAST if past else _COMING
    if after:
        values["after_starts"], values["after_id"] = after
        select_of = _PAST_AFTER if past else _COMING_AFTER
    with reading() as cursor:
        rows = select_of.all(cursor, **values)
    return cut(rows, lambda row: (row.starts_at, row.id))


def lesson(session_id: UUID) -> LessonLine | None:
    """One lesson of the school; None if there is no such."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=session_id)
    return found[0] if found else None


def lessons_on(day: dt.date, teacher: UUID | None) -> list[LessonLine]:
    """The lessons of a day by their beginning: of a teacher's classes, or (None) of all."""
    with reading() as cursor:
        return _TODAY.all(cursor, day=day, teacher=teacher)
