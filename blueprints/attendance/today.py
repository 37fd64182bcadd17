"""A day of the school at a glance: every register, taken or not, and the messages that wait to be sent."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Uuid, and_, bindparam, case, func, or_, select

from app.domain.classes import ClassRow, classes_for
from app.models.attendance import AbsenceAlert, AbsenceReport, AlertState, AttendanceMark, Register, ReportState, Status
from app.models.classes import ClassGroup, ClassSession, ClassTeacher
from app.models.person import Person
from app.models.user import Role
from app.tenancy.reading import Prepared, reading
from blueprints.attendance.absences import TAUGHT

PATIENCE = dt.timedelta(minutes=10)  # after registration a daily register should be taken (Policy on Learner Attendance, 2010)
REGISTRATION = dt.time(8, 0)  # of a class without a lesson that day, by the school's clock


class Taken(NamedTuple):
    """A register that was saved, and how its learners stand; `unexplained` are those `absent` without a reason."""

    class_id: UUID
    session_id: UUID | None
    saved_at: dt.datetime
    saved_name: str
    present: int
    late: int
    absent: int
    unexplained: int


class Lesson(NamedTuple):
    """A lesson of the day that takes place."""

    id: UUID
    class_id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime


class OfClass(NamedTuple):
    """A class on the day: its daily register (None: not taken), its lessons with theirs, and whether it is overdue."""

    group: ClassRow
    daily: Taken | None
    lessons: list[tuple[Lesson, Taken | None]]
    overdue: bool

    @property
    def is_missing(self) -> bool:
        """Whether the daily register is kept for this class and not taken."""
        return self.group.is_register and self.daily is None and self.group.learners > 0


class Alert(NamedTuple):
    """A message about an unexplained absence."""

    id: UUID
    learner_id: UUID
    learner: str
    class_name: str
    state: str
    why: str | None
    due_at: dt.datetime
    ended_at: dt.datetime | None
    followed_up_at: dt.datetime | None
    may_undo: bool


class Alerts(NamedTuple):
    """The messages of a day: those that wait first."""

    waiting: list[Alert]
    over: list[Alert]


class _Count(NamedTuple):
    number: int


_DAY = bindparam("day", type_=Date)
_TEACHER = bindparam("teacher", type_=Uuid)


def _number(status: Status) -> ColumnElement[int]:
    return func.count(AttendanceMark.id).filter(AttendanceMark.status == status.value).label(status.value)


_TAKEN = Prepared(
    select(
        Register.class_id, Register.session_id, Register.saved_at, Register.saved_name,
        _number(Status.PRESENT), _number(Status.LATE), _number(Status.ABSENT),
        func.count(AttendanceMark.id)
        .filter(AttendanceMark.status == Status.ABSENT.value, AttendanceMark.reason.is_(None))
        .label("unexplained"),
    )
    .outerjoin(AttendanceMark, and_(AttendanceMark.register_id == Register.id, AttendanceMark.on_date == _DAY))
    .where(Register.on_date == _DAY)
    .group_by(Register.id, Register.class_id, Register.session_id, Register.saved_at, Register.saved_name),
    Taken,
)  # fmt: skip
_LESSONS = Prepared(
    select(ClassSession.id, ClassSession.class_id, ClassSession.starts_at, ClassSession.ends_at)
    .where(ClassSession.on_date == _DAY, ClassSession.cancelled_at.is_(None))
    .order_by(ClassSession.starts_at, ClassSession.id),
    Lesson,
)
_MINE = Register.class_id.in_(select(ClassTeacher.class_id).where(ClassTeacher.person_id == _TEACHER))
_ALERTS = Prepared(
    select(
        AbsenceAlert.id, AbsenceAlert.learner_id, Person.name.label("learner"), ClassGroup.name.label("class_name"),
        AbsenceAlert.state, AbsenceAlert.why, AbsenceAlert.due_at, AbsenceAlert.ended_at, AbsenceAlert.followed_up_at,
        and_(
            AbsenceAlert.state == AlertState.WAITING.value,
            AbsenceAlert.due_at > bindparam("now", type_=DateTime(timezone=True)),
        ).label("may_undo"),
    )
    .join(Register, Register.id == AbsenceAlert.register_id)
    .join(ClassGroup, ClassGroup.id == Register.class_id)
    .join(Person, Person.id == AbsenceAlert.learner_id)
    .where(AbsenceAlert.on_date == _DAY, or_(_TEACHER.is_(None), _MINE))
    .order_by(
        case((AbsenceAlert.state == AlertState.WAITING.value, 0), else_=1), AbsenceAlert.due_at, Person.sort_key, Person.id
    ),
    Alert,
)  # fmt: skip
_MAY_UNDO = Prepared(
    select(func.count().label("number"))
    .select_from(AbsenceAlert)
    .join(Register, Register.id == AbsenceAlert.register_id)
    .where(AbsenceAlert.id == bindparam("alert", type_=Uuid), or_(_TEACHER.is_(None), _MINE)),
    _Count,
)
_WAITING = Prepared(
    select(func.count().label("number"))
    .select_from(AbsenceReport)
    .where(
        AbsenceReport.state == ReportState.WAITING.value, or_(_TEACHER.is_(None), AbsenceReport.learner_id.in_(TAUGHT)),
    ),
    _Count,
)  # fmt: skip


def teacher_of(role: str | None, person_id: UUID | None) -> UUID | None:
    """Whose classes somebody sees: a teacher's own, None for all."""
    return person_id if role == Role.TEACHER else None


def registers(
    role: str | None, person_id: UUID | None, day: dt.date, now: dt.datetime, zone: dt.tzinfo, *, is_school_day: bool
) -> list[OfClass]:
    """The classes of whoever asks with their registers of a day: the overdue ones first, then those that are not taken.

    Classes that have neither a daily register nor a lesson on the day are left out. Without school nothing is overdue.
    """
    groups = classes_for(role, person_id, day)
    with reading() as cursor:
        taken = {(row.class_id, row.session_id): row for row in _TAKEN.all(cursor, day=day)}
        lessons: dict[UUID, list[Lesson]] = {}
        for lesson in _LESSONS.all(cursor, day=day):
            lessons.setdefault(lesson.class_id, []).append(lesson)
    begins, late_at = dt.datetime.combine(day, REGISTRATION, zone), now if is_school_day else None
    found = []
    for group in groups:
        of_group = [(one, taken.get((group.id, one.id))) for one in lessons.get(group.id, ())]
        if group.is_register or of_group:
            found.append(_of_class(group, taken.get((group.id, None)), of_group, begins, late_at))
    return sorted(found, key=lambda each: (not each.overdue, not each.is_missing))


def alerts(role: str | None, person_id: UUID | None, day: dt.date, now: dt.datetime) -> Alerts:
    """The messages about unexplained absences of a day, of the classes of whoever asks."""
    with reading() as cursor:
        found = _ALERTS.all(cursor, day=day, teacher=teacher_of(role, person_id), now=now)
    return Alerts(
        [one for one in found if one.state == AlertState.WAITING], [one for one in found if one.state != AlertState.WAITING]
    )


def may_undo(alert_id: UUID, role: str | None, person_id: UUID | None) -> bool:
    """Whether an alert is of a class of whoever asks."""
    with reading() as cursor:
        return _MAY_UNDO.all(cursor, alert=alert_id, teacher=teacher_of(role, person_id))[0].number > 0


def waiting_reports(teacher: UUID | None, here: dt.date) -> int:
    """How many reported absences wait for a decision: of a teacher's learners on a day, or (None) of all."""
    with reading() as cursor:
        return _WAITING.all(cursor, teacher=teacher, today=here)[0].number


def _of_class(
    group: ClassRow, daily: Taken | None, lessons: list[tuple[Lesson, Taken | None]], begins: dt.datetime,
    now: dt.datetime | None,
) -> OfClass:  # fmt: skip
    begins = lessons[0][0].starts_at if lessons else begins
    is_missing = group.is_register and daily is None and group.learners > 0
    return OfClass(group, daily, lessons, overdue=is_missing and now is not None and now >= begins + PATIENCE)
