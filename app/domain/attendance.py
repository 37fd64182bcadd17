"""Attendance as other areas read it: the reasons of the policy, and how learners stood on which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.i18n.catalogue import N_
from app.models.attendance import AbsenceReport, AttendanceMark, Register, ReportState, Status
from app.models.classes import ClassGroup
from app.tenancy.reading import Prepared, reading

#: the valid reasons of the Policy on Learner Attendance (2010), paragraph 13, by their letters
REASONS = {
    "a": N_("Study leave (Grade 12)"),
    "b": N_("Illness"),
    "c": N_("Giving birth"),
    "d": N_("Religious or cultural observance"),
    "e": N_("Death of a family member"),
    "f": N_("Appointment: court, social services, official agency"),
    "g": N_("Suspension by the governing body"),
    "h": N_("Act of nature"),
    "i": N_("Exceptional circumstances"),
}
#: why a register says otherwise than before, where it was not a person who wrote it
ACCEPTED_WHY = N_("The school accepted the report of the family.")
#: the school days in a row, without a reason, that make an absence continuous (same policy)
CONTINUOUS = 10


class Mark(NamedTuple):
    """What a register says of a learner now; `session_id` None: the daily register of the class."""

    learner: UUID
    on_date: dt.date
    status: str
    reason: str | None
    minutes: int | None
    note: str | None
    at: dt.datetime
    by_name: str
    session_id: UUID | None
    class_name: str


class Report(NamedTuple):
    """An absence that a family reported, as the one who reported it and the school see it."""

    id: UUID
    learner: UUID
    person_id: UUID
    from_on: dt.date
    until_on: dt.date
    reason: str
    note: str | None
    state: str
    created_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str | None
    answer: str | None


class Tally(NamedTuple):
    """How many marks of the daily registers say what; `unexplained` are those `absent` that have no reason."""

    present: int
    late: int
    absent: int
    unexplained: int


_LEARNERS = bindparam("learners", type_=ARRAY(Uuid))
_MARKS = Prepared(
    select(
        AttendanceMark.learner_id.label("learner"), AttendanceMark.on_date, AttendanceMark.status, AttendanceMark.reason,
        AttendanceMark.minutes, AttendanceMark.note, AttendanceMark.at, AttendanceMark.by_name, Register.session_id,
        ClassGroup.name.label("class_name"),
    )
    .join(Register, Register.id == AttendanceMark.register_id)
    .join(ClassGroup, ClassGroup.id == Register.class_id)
    .where(
        AttendanceMark.learner_id == any_(_LEARNERS),
        AttendanceMark.on_date.between(bindparam("since", type_=Date), bindparam("until", type_=Date)),
    )
    .order_by(AttendanceMark.on_date, AttendanceMark.at, AttendanceMark.id),
    Mark,
)  # fmt: skip
_REPORTS = Prepared(
    select(
        AbsenceReport.id, AbsenceReport.learner_id.label("learner"), AbsenceReport.person_id, AbsenceReport.from_on,
        AbsenceReport.until_on, AbsenceReport.reason, AbsenceReport.note, AbsenceReport.state, AbsenceReport.created_at,
        AbsenceReport.decided_at, AbsenceReport.decided_by, AbsenceReport.answer,
    )
    .where(AbsenceReport.learner_id == any_(_LEARNERS), AbsenceReport.until_on >= bindparam("since", type_=Date))
    .order_by(AbsenceReport.from_on.desc(), AbsenceReport.id.desc()),
    Report,
)  # fmt: skip
_TALLY = Prepared(
    select(
        *(
            func.count().filter(AttendanceMark.status == status.value).label(status.value)
            for status in (Status.PRESENT, Status.LATE, Status.ABSENT)
        ),
        func.count().filter(AttendanceMark.status == Status.ABSENT.value, AttendanceMark.reason.is_(None)).label("unexplained"),
    )
    .select_from(AttendanceMark)
    .join(Register, Register.id == AttendanceMark.register_id)
    .where(AttendanceMark.on_date == bindparam("day", type_=Date), Register.session_id.is_(None)),
    Tally,
)


def is_unexplained(status: str, reason: str | None) -> bool:
    """Whether a mark says that a learner is away and nobody knows why."""
    return status == Status.ABSENT and reason is None


def is_open_report(report: Report) -> bool:
    """Whether a report counts: the school has accepted it, or not decided yet."""
    return report.state in (ReportState.WAITING, ReportState.ACCEPTED)


def marks_of(learners: Sequence[UUID], since: dt.date, until: dt.date) -> list[Mark]:
    """What every register says of these learners from a day to a day, both included; the oldest first."""
    with reading() as cursor:
        return _MARKS.all(cursor, learners=list(learners), since=since, until=until)


def marks_on(learners: Sequence[UUID], day: dt.date) -> dict[UUID, Mark]:
    """How learners stand on a day: the mark of their daily register, else the newest of a lesson; without one they are
    missing."""
    of_learner: dict[UUID, list[Mark]] = {}
    for mark in marks_of(learners, day, day):
        of_learner.setdefault(mark.learner, []).append(mark)
    return {learner: by_day(marks)[day] for learner, marks in of_learner.items()}


def by_day(marks: Sequence[Mark]) -> dict[dt.date, Mark]:
    """The marks of one learner, one a day: that of the daily register, else the newest of a lesson."""
    found: dict[dt.date, Mark] = {}
    for mark in marks:
        before = found.get(mark.on_date)
        if before is None or mark.session_id is None or before.session_id is not None:
            found[mark.on_date] = mark
    return found


def reports_of(learners: Sequence[UUID], since: dt.date) -> list[Report]:
    """The absences reported of these learners that end on a day or later, the newest first."""
    with reading() as cursor:
        return _REPORTS.all(cursor, learners=list(learners), since=since)


def tally(day: dt.date) -> Tally:
    """How the daily registers of the whole school stand on a day."""
    with reading() as cursor:
        return _TALLY.all(cursor, day=day)[0]
