"""What can be exported of attendance: what registers say, and the absences that families reported."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.domain.attendance import REASONS
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_choice, a_class, a_day
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.attendance import AbsenceReport, AttendanceMark, Register, ReportState, Status
from app.models.classes import ClassGroup
from app.models.learner import Learner
from app.models.person import Person
from app.web.badges import STATES

REGISTERS = {"daily": N_("Daily register"), "lesson": N_("Lesson")}
STATUS_WORDS = {status.value: STATES[status][1] for status in Status}
REPORT_WORDS = {state.value: STATES[state][1] for state in ReportState}


class _Mark(NamedTuple):
    day: str
    register: str
    class_name: str
    number: str | None
    learner: str
    status: str
    reason: str | None
    minutes: int | None
    note: str | None
    at: dt.datetime
    by: str


class _Report(NamedTuple):
    learner: str
    first_day: str
    last_day: str
    reason: str
    note: str | None
    reporter: str
    reported: dt.datetime
    state: str
    answer: str | None
    decided: dt.datetime | None
    decided_by: str | None


_DAY, _FORM = AttendanceMark.on_date, "YYYY-MM-DD"


_MARKS = (
    select(
        func.to_char(_DAY, _FORM).label("day"),
        case((Register.session_id.is_(None), "daily"), else_="lesson").label("register"),
        ClassGroup.name.label("class_name"), Learner.number, Person.name.label("learner"), AttendanceMark.status,
        AttendanceMark.reason, AttendanceMark.minutes, AttendanceMark.note, AttendanceMark.at,
        AttendanceMark.by_name.label("by"),
    )
    .select_from(AttendanceMark)
    .join(Register, Register.id == AttendanceMark.register_id)
    .join(ClassGroup, ClassGroup.id == Register.class_id)
    .join(Learner, Learner.id == AttendanceMark.learner_id)
    .join(Person, Person.id == Learner.id)
    .order_by(_DAY, ClassGroup.sort_key, Register.id, Person.sort_key, AttendanceMark.id)
)  # fmt: skip
_ONLY_MARKS = {
    "since": bindparam("since", type_=Date) <= _DAY,
    "until": bindparam("until", type_=Date) >= _DAY,
    "class": Register.class_id == bindparam("class", type_=Uuid),
    "learner": AttendanceMark.learner_id == bindparam("learner", type_=Uuid),
    "status": AttendanceMark.status == bindparam("status", type_=Text),
}
_Reporter = aliased(Person)
_REPORTS = (
    select(
        Person.name.label("learner"), func.to_char(AbsenceReport.from_on, _FORM).label("first_day"),
        func.to_char(AbsenceReport.until_on, _FORM).label("last_day"), AbsenceReport.reason, AbsenceReport.note,
        _Reporter.name.label("reporter"), AbsenceReport.created_at.label("reported"), AbsenceReport.state,
        AbsenceReport.answer, AbsenceReport.decided_at.label("decided"), AbsenceReport.decided_by,
    )
    .select_from(AbsenceReport)
    .join(Person, Person.id == AbsenceReport.learner_id)
    .join(_Reporter, _Reporter.id == AbsenceReport.person_id)
    .order_by(AbsenceReport.created_at, AbsenceReport.id)
)  # fmt: skip

MARKS = Dataset(
    "attendance", N_("Attendance"), Permission.PEOPLE_MANAGE,
    (
        Column("day", N_("Day")),
        Column("register", N_("Register"), Kind.WORD, REGISTERS),
        Column("class", N_("Class")),
        Column("number", N_("Learner number")),
        Column("learner", N_("Learner")),
        Column("status", N_("Status"), Kind.WORD, STATUS_WORDS),
        Column("reason", N_("Reason"), Kind.WORD, REASONS),
        Column("minutes", N_("Minutes late"), Kind.INTEGER),
        Column("note", N_("Note")),
        Column("at", N_("Marked"), Kind.MOMENT),
        Column("by", N_("Marked by")),
    ),
    selected(_MARKS, _Mark, _ONLY_MARKS),
    {
        "since": a_day(N_("From")), "until": a_day(N_("Until")), "class": a_class(N_("Class")), "learner": UUID,
        "status": a_choice(N_("Status"), STATUS_WORDS),
    },
)  # fmt: skip
REPORTS = Dataset(
    "absences", N_("Reported absences"), Permission.PEOPLE_MANAGE,
    (
        Column("learner", N_("Learner")),
        Column("first_day", N_("First day")),
        Column("last_day", N_("Last day")),
        Column("reason", N_("Reason"), Kind.WORD, REASONS),
        Column("note", N_("Note")),
        Column("reporter", N_("Reported by")),
        Column("reported", N_("Reported"), Kind.MOMENT),
        Column("state", N_("State"), Kind.WORD, REPORT_WORDS),
        Column("answer", N_("Answer")),
        Column("decided", N_("Decided"), Kind.MOMENT),
        Column("decided_by", N_("Decided by")),
    ),
    selected(_REPORTS, _Report, {"state": AbsenceReport.state == bindparam("state", type_=Text)}),
    {"state": a_choice(N_("State"), REPORT_WORDS)},
)  # fmt: skip
DATASETS = (MARKS, REPORTS)
