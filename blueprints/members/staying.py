"""What of somebody belongs to their school and stays behind when they move: counted, so that nobody is surprised."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.i18n.catalogue import N_
from app.models.attendance import AbsenceReport, AttendanceEvent, AttendanceMark, Register
from app.models.classes import ClassTeacher, Enrolment
from app.models.gate import GateScan
from app.models.learner import Guardianship
from app.models.notice import Notice

#: what refers to somebody -> what it is called
OF_PERSON: dict[str, tuple[tuple[InstrumentedAttribute[Any], ...], str]] = {
    "classes": ((ClassTeacher.person_id,), N_("Classes that they teach")),
    "registers": ((Register.saved_by,), N_("Registers that they took")),
    "marks": ((AttendanceEvent.by_id,), N_("Marks that they wrote")),
    "guardianships": ((Guardianship.guardian_id, Guardianship.learner_id), N_("Links between families and learners")),
    "places": ((Enrolment.learner_id,), N_("Places in classes")),
    "attendance": ((AttendanceMark.learner_id,), N_("Marks about their attendance")),
    "absences": ((AbsenceReport.person_id,), N_("Absences that they reported")),
    "scans": ((GateScan.by_id, GateScan.learner_id), N_("Scans at the gate")),
    "notices": ((Notice.author_id,), N_("Notices that they wrote")),
}


class Stays(NamedTuple):
    """What stays behind, and how much of it."""

    words: str
    number: int


def staying(session: Session, school_id: int, person_id: UUID) -> list[Stays]:
    """What of a person stays with their school, as far as there is any. Needs `across_schools`."""
    counts = [
        sum((_count(column, school_id, person_id) for column in columns[1:]), _count(columns[0], school_id, person_id))
        for columns, _ in OF_PERSON.values()
    ]
    found = session.execute(select(*counts)).one()
    return [Stays(words, number) for (_, words), number in zip(OF_PERSON.values(), found, strict=True) if number]


def _count(column: InstrumentedAttribute[Any], school_id: int, person_id: UUID) -> ScalarSelect[int]:
    of_school = column.class_.school_id == school_id
    return select(func.count()).select_from(column.class_).where(of_school, column == person_id).scalar_subquery()
