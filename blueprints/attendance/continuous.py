"""Continuous absence: learners who have been away ten school days in a row, and nobody knows why.

Ten school days by the school's own calendar, without a valid reason (Policy on Learner Attendance, 2010). A day on which no
register was kept for the learner neither counts nor ends the absence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, func, or_, select

from app.domain.attendance import CONTINUOUS, Mark, by_day, is_unexplained, marks_of
from app.domain.calendar import Calendar
from app.domain.families import Guardian, guardians_of
from app.models.attendance import AttendanceMark, Register, Status
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from blueprints.attendance.absences import TAUGHT

LOOK_BACK = dt.timedelta(days=120)  # ten school days and the longest holiday among them; older ones are shown as that old


class Away(NamedTuple):
    """A learner who has been away for `days` school days in a row, since the first of them, and whom to call about it."""

    learner_id: UUID
    learner: str
    class_name: str
    since: dt.date
    days: int
    guardians: list[Guardian]


class _Candidate(NamedTuple):
    id: UUID
    name: str


_TODAY = bindparam("today", type_=Date)
_TEACHER, _LEARNER = bindparam("teacher", type_=Uuid), bindparam("learner", type_=Uuid)
_CANDIDATES = Prepared(
    select(Person.id, Person.name)
    .join(AttendanceMark, AttendanceMark.learner_id == Person.id)
    .join(Register, Register.id == AttendanceMark.register_id)
    .where(
        AttendanceMark.on_date.between(bindparam("since", type_=Date), _TODAY), AttendanceMark.status == Status.ABSENT.value,
        AttendanceMark.reason.is_(None), Register.session_id.is_(None), Person.ended_at.is_(None),
        or_(_TEACHER.is_(None), Person.id.in_(TAUGHT)), or_(_LEARNER.is_(None), Person.id == _LEARNER),
    )
    .group_by(Person.id, Person.name, Person.sort_key)
    .having(func.count(AttendanceMark.on_date.distinct()) >= CONTINUOUS)
    .order_by(Person.sort_key, Person.id),
    _Candidate,
)  # fmt: skip


def continuously_away(*, teacher: UUID | None, today: dt.date, timezone: str, learner: UUID | None = None) -> list[Away]:
    """The learners whose absence is continuous today, whoever has been away longest first: a teacher's, or (None) all; of
    them only this `learner`, if one is named."""
    since = today - LOOK_BACK
    with reading() as cursor:
        candidates = _CANDIDATES.all(cursor, since=since, today=today, teacher=teacher, learner=learner)
    if not candidates:
        return []
    calendar, ids = Calendar(timezone, since, today), [one.id for one in candidates]
    of_learner: dict[UUID, list[Mark]] = {one: [] for one in ids}
    for mark in marks_of(ids, since, today):
        if mark.session_id is None:
            of_learner[mark.learner].append(mark)
    families = guardians_of(ids)
    found = []
    for one in candidates:
        marks = by_day(of_learner[one.id])
        if len(run := unexplained_run(calendar.days(), marks)) >= CONTINUOUS:
            adults = [adult for adult in families[one.id] if not adult.no_contact]
            found.append(Away(one.id, one.name, marks[run[-1]].class_name, run[0], len(run), adults))
    return sorted(found, key=lambda away: away.since)


def unexplained_run(school_days: Iterable[dt.date], marks: Mapping[dt.date, Mark]) -> list[dt.date]:
    """The school days, up to the newest with a register, on which a learner was away unexplained without a break."""
    run: list[dt.date] = []
    for day in school_days:
        if mark := marks.get(day):
            run = [*run, day] if is_unexplained(mark.status, mark.reason) else []
    return run
