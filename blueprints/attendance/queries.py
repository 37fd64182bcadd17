"""Reads of registers, shaped for the page on which they are kept."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Uuid, and_, bindparam, exists, select, union
from sqlalchemy.orm import aliased

from app.domain.calendar import DAY, Calendar, DayOffRow, TermRow
from app.domain.classes import has_place
from app.models.attendance import AbsenceReport, AttendanceEvent, AttendanceMark, Register, ReportState
from app.models.calendar import DayOff, Term
from app.models.classes import ClassGroup, ClassSession, ClassTeacher, Enrolment
from app.models.gate import GateState
from app.models.learner import Learner
from app.models.person import Person
from app.models.school import School
from app.tenancy.reading import Prepared, reading

NEAR = dt.timedelta(days=200)  # a school that has entered a term within this keeps to its terms


class Head(NamedTuple):
    """A class on a day, or one of its lessons: its register (`revision` None while it was not saved), and what decides who may
    keep it. `me` is what the school calls the one who asks, `teaches` whether the class is theirs.
    """

    class_id: UUID
    name: str
    is_register: bool
    ended_at: dt.datetime | None
    teaches: bool
    me: str | None
    session_id: UUID | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    room: str | None
    cancelled_at: dt.datetime | None
    register_id: UUID | None
    revision: int | None
    saved_at: dt.datetime | None
    saved_name: str | None
    day_off: str | None
    is_open: bool | None
    in_term: bool
    has_terms: bool
    alerts: bool
    alert_minutes: int
    lock_days: int
    close_time: dt.time

    def calendar(self, day: dt.date, timezone: str) -> Calendar:
        """The school's calendar of this one day, from what was read with the class."""
        there = day if self.in_term else day - DAY  # a term that does not reach the day still says that there are terms
        terms = [TermRow("", there, there)] if self.has_terms else []
        off = [DayOffRow(day, self.day_off or "", self.is_open)] if self.is_open is not None else []
        return Calendar(timezone, day - DAY, day, terms=terms, days_off=off)


class Row(NamedTuple):
    """A learner in a register: what it says of them (`status` None: nothing yet), what their family reported for the day, and
    since when they are on site by the gate."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None
    status: str | None
    reason: str | None
    minutes: int | None
    note: str | None
    at: dt.datetime | None
    by_name: str | None
    report_id: UUID | None
    report_state: str | None
    report_reason: str | None
    report_note: str | None
    reporter: str | None
    on_site_since: dt.datetime | None


class Lesson(NamedTuple):
    """A lesson of a class on a day; `taken_at` is when its register was last saved."""

    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str | None
    cancelled_at: dt.datetime | None
    taken_at: dt.datetime | None


class Event(NamedTuple):
    """A correction: what a register says of a learner since then, and why."""

    learner_id: UUID
    name: str
    status: str
    reason: str | None
    minutes: int | None
    note: str | None
    why: str | None
    at: dt.datetime
    by_name: str


_DAY = bindparam("day", type_=Date)
_CLASS, _SESSION, _ME = (bindparam(name, type_=Uuid) for name in ("class_id", "session", "me"))
_NEAR = Term.ends_on >= bindparam("since", type_=Date), Term.starts_on <= bindparam("until", type_=Date)
_TEACHES = exists(select(ClassTeacher.id).where(ClassTeacher.class_id == ClassGroup.id, ClassTeacher.person_id == _ME))
_HEAD = Prepared(
    select(
        ClassGroup.id.label("class_id"), ClassGroup.name, ClassGroup.is_register, ClassGroup.ended_at,
        _TEACHES.label("teaches"),
        select(Person.name).where(Person.id == _ME).scalar_subquery().label("me"),
        ClassSession.id.label("session_id"), ClassSession.starts_at, ClassSession.ends_at, ClassSession.room,
        ClassSession.cancelled_at, Register.id.label("register_id"), Register.revision, Register.saved_at, Register.saved_name,
        DayOff.name.label("day_off"), DayOff.is_open,
        exists(select(Term.id).where(Term.starts_on <= _DAY, Term.ends_on >= _DAY)).label("in_term"),
        exists(select(Term.id).where(*_NEAR)).label("has_terms"),
        School.absence_alerts.label("alerts"), School.alert_minutes, School.lock_days, School.close_time,
    )
    .join(School, School.id == ClassGroup.school_id)
    .outerjoin(
        ClassSession,
        and_(ClassSession.id == _SESSION, ClassSession.class_id == ClassGroup.id, ClassSession.on_date == _DAY),
    )
    .outerjoin(
        Register,
        and_(
            Register.class_id == ClassGroup.id, Register.on_date == _DAY, Register.session_id.is_not_distinct_from(_SESSION)
        ),
    )
    .outerjoin(DayOff, DayOff.on_date == _DAY)
    .where(ClassGroup.id == _CLASS),
    Head,
)  # fmt: skip
_THERE = union(
    select(Enrolment.learner_id.label("id")).where(Enrolment.class_id == _CLASS, has_place(_DAY)),
    select(AttendanceMark.learner_id.label("id")).where(AttendanceMark.register_id == bindparam("register", type_=Uuid)),
).subquery()
_REPORTER, _COVERS = aliased(Person), aliased(AbsenceReport)
_COVERING = (
    select(_COVERS.id)
    .where(
        _COVERS.learner_id == Learner.id, _COVERS.from_on <= _DAY, _COVERS.until_on >= _DAY,
        _COVERS.state.in_((ReportState.ACCEPTED.value, ReportState.WAITING.value)),
    )
    .order_by(_COVERS.state, _COVERS.created_at.desc())  # 'accepted' comes first
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)  # fmt: skip
_ROWS = Prepared(
    select(
        Learner.id, Person.name, Learner.known_as, Learner.number, AttendanceMark.status, AttendanceMark.reason,
        AttendanceMark.minutes, AttendanceMark.note, AttendanceMark.at, AttendanceMark.by_name,
        AbsenceReport.id.label("report_id"), AbsenceReport.state.label("report_state"),
        AbsenceReport.reason.label("report_reason"), AbsenceReport.note.label("report_note"), _REPORTER.name.label("reporter"),
        GateState.since.label("on_site_since"),
    )
    .join(_THERE, _THERE.c.id == Learner.id)
    .join(Person, Person.id == Learner.id)
    .outerjoin(
        AttendanceMark,
        and_(AttendanceMark.register_id == bindparam("register", type_=Uuid), AttendanceMark.learner_id == Learner.id),
    )
    .outerjoin(AbsenceReport, AbsenceReport.id == _COVERING)
    .outerjoin(_REPORTER, _REPORTER.id == AbsenceReport.person_id)
    .outerjoin(
        GateState,
        and_(GateState.id == Learner.id, GateState.on_site, GateState.on_date == bindparam("gate_day", type_=Date)),
    )
    .order_by(Person.sort_key, Learner.id),
    Row,
)  # fmt: skip
_LESSONS = Prepared(
    select(
        ClassSession.id, ClassSession.starts_at, ClassSession.ends_at, ClassSession.room, ClassSession.cancelled_at,
        Register.saved_at.label("taken_at"),
    )
    .outerjoin(Register, and_(Register.session_id == ClassSession.id, Register.class_id == ClassSession.class_id))
    .where(ClassSession.class_id == _CLASS, ClassSession.on_date == _DAY)
    .order_by(ClassSession.starts_at, ClassSession.id),
    Lesson,
)  # fmt: skip
_EVENTS = Prepared(
    select(
        AttendanceEvent.learner_id, Person.name, AttendanceEvent.status, AttendanceEvent.reason, AttendanceEvent.minutes,
        AttendanceEvent.note, AttendanceEvent.why, AttendanceEvent.at, AttendanceEvent.by_name,
    )
    .join(Person, Person.id == AttendanceEvent.learner_id)
    .where(AttendanceEvent.register_id == bindparam("register", type_=Uuid), AttendanceEvent.why.is_not(None))
    .order_by(AttendanceEvent.at.desc(), AttendanceEvent.id.desc()),
    Event,
)  # fmt: skip


def head(class_id: UUID, day: dt.date, session_id: UUID | None, me: UUID | None) -> Head | None:
    """A class on a day, or in one of its lessons of that day; None without such a class or lesson. `me`: who asks."""
    values = {"class_id": class_id, "day": day, "session": session_id, "me": me, "since": day - NEAR, "until": day + NEAR}
    with reading() as cursor:
        found = _HEAD.all(cursor, **values)
    return found[0] if found and found[0].session_id == session_id else None


def rows(head: Head, day: dt.date, gate_day: dt.date | None) -> list[Row]:
    """Who stands in a register, by name: whoever has a place in the class on the day, and whoever was marked in it.

    `gate_day` is the day on which the gate's word counts now (`on_site.day_of`).
    """
    with reading() as cursor:
        return _ROWS.all(cursor, class_id=head.class_id, day=day, register=head.register_id, gate_day=gate_day)


def lessons(class_id: UUID, day: dt.date) -> list[Lesson]:
    """The lessons of a class on a day, the first one first."""
    with reading() as cursor:
        return _LESSONS.all(cursor, class_id=class_id, day=day)


def corrections(register_id: UUID) -> list[Event]:
    """What was corrected in a register after it was taken, the newest first."""
    with reading() as cursor:
        return _EVENTS.all(cursor, register=register_id)
