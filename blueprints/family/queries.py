"""What a family may know: each school of theirs tells them of their own children, and of nobody else.

A guardian without contact has no child here. Everything but `belongings` is read while acting for one school.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Uuid, and_, any_, bindparam, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.attendance import Mark, Report, by_day, marks_of, marks_on, reports_of
from app.domain.classes import has_place
from app.models.attendance import ReportState
from app.models.classes import ClassGroup, ClassSession, Enrolment
from app.models.gate import GateState
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership, Role
from app.tenancy.reading import Prepared, reading

AHEAD = dt.timedelta(days=7)  # of lessons that a family sees
BACK = dt.timedelta(days=30)  # of attendance on a child's page


class Belonging(NamedTuple):
    """A school in which somebody is a guardian or a learner, and whom it knows them as."""

    school_id: int
    school: str
    role: str
    person_id: UUID
    timezone: ZoneInfo
    close_time: dt.time
    money: str
    currency: str

    def today(self, now: dt.datetime) -> dt.date:
        """The day at the school."""
        return now.astimezone(self.timezone).date()


class Facts(NamedTuple):
    """A child as the school has them: `relation` and what follows are the guardian's, None for learners themselves."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None
    birth_date: dt.date | None
    photo_consent: str
    photo_consent_at: dt.datetime | None
    relation: str | None
    may_collect: bool | None
    hears_attendance: bool | None
    hears_notices: bool | None
    hears_billing: bool | None


class Place(NamedTuple):
    """A class of a child today."""

    learner: UUID
    name: str


class Gate(NamedTuple):
    """Where the gate saw a child last."""

    learner: UUID
    on_site: bool
    since: dt.datetime
    on_date: dt.date


class Lesson(NamedTuple):
    """A lesson of a child that is to come."""

    learner: UUID
    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str | None
    cancelled: bool


class Child(NamedTuple):
    """A child with their day: `mark` None as long as no register says anything, `gate` None without a scan today."""

    facts: Facts
    classes: list[str]
    mark: Mark | None
    gate: Gate | None
    lessons: list[Lesson]


class Past(NamedTuple):
    """The last days of a child: one mark a day, the newest first, and the absences that were reported."""

    marks: list[Mark]
    reports: list[Report]


class Own(NamedTuple):
    """What a school keeps of the reader themselves."""

    name: str
    email: str | None
    phone: str | None
    language: str | None


_PERSON = bindparam("person", type_=Uuid)
_LEARNERS = bindparam("learners", type_=ARRAY(Uuid))
_NOW = bindparam("now", type_=DateTime(timezone=True))
_UNTIL = bindparam("until", type_=DateTime(timezone=True))
_LEARNER = (
    Learner.id, Person.name, Learner.known_as, Learner.number, Learner.birth_date, Learner.photo_consent,
    Learner.photo_consent_at,
)  # fmt: skip
_IS_PERSON = and_(Person.school_id == Learner.school_id, Person.id == Learner.id)
_TIE = and_(
    Guardianship.school_id == Learner.school_id, Guardianship.learner_id == Learner.id, Guardianship.guardian_id == _PERSON
)
_TERMS = (
    Guardianship.relation, Guardianship.may_collect, Guardianship.hears_attendance, Guardianship.hears_notices,
    Guardianship.hears_billing,
)  # fmt: skip
_OF_GUARDIAN = Prepared(
    select(*_LEARNER, *_TERMS)
    .join(Person, _IS_PERSON)
    .join(Guardianship, _TIE)
    .where(Guardianship.no_contact.is_(False), Person.ended_at.is_(None))
    .order_by(Person.sort_key, Person.id),
    Facts,
)
_THEMSELVES = Prepared(
    select(*_LEARNER, *_TERMS)
    .join(Person, _IS_PERSON)
    .outerjoin(Guardianship, _TIE)
    .where(Learner.id == _PERSON, Person.ended_at.is_(None)),
    Facts,
)
_PLACES = Prepared(
    select(Enrolment.learner_id.label("learner"), ClassGroup.name)
    .join(ClassGroup, and_(ClassGroup.school_id == Enrolment.school_id, ClassGroup.id == Enrolment.class_id))
    .where(Enrolment.learner_id == any_(_LEARNERS), has_place(bindparam("day")))
    .order_by(ClassGroup.is_register.desc(), ClassGroup.sort_key),
    Place,
)
_GATES = Prepared(
    select(GateState.id.label("learner"), GateState.on_site, GateState.since, GateState.on_date).where(
        GateState.id == any_(_LEARNERS)
    ),
    Gate,
)
_LESSONS = Prepared(
    select(
        Enrolment.learner_id.label("learner"), ClassGroup.name, ClassSession.starts_at, ClassSession.ends_at, ClassSession.room,
        ClassSession.cancelled_at.is_not(None).label("cancelled"),
    )
    .join(ClassSession, and_(ClassSession.school_id == Enrolment.school_id, ClassSession.class_id == Enrolment.class_id))
    .join(ClassGroup, and_(ClassGroup.school_id == Enrolment.school_id, ClassGroup.id == Enrolment.class_id))
    .where(
        Enrolment.learner_id == any_(_LEARNERS), has_place(cast(ClassSession.on_date, Date)), ClassSession.ends_at > _NOW,
        ClassSession.starts_at < _UNTIL,
    )
    .order_by(ClassSession.starts_at, ClassGroup.sort_key),
    Lesson,
)  # fmt: skip
_OWN = Prepared(select(Person.name, Person.email, Person.phone, Person.language).where(Person.id == _PERSON), Own)


def belongings(session: Session, user_id: UUID) -> list[Belonging]:
    """The open schools in which somebody is a guardian or a learner, by name. Needs `about_accounts`."""
    mine = (
        select(
            School.id, School.name, Membership.role, Membership.person_id, School.timezone, School.close_time, School.money,
            School.currency,
        )
        .join(Membership, Membership.school_id == School.id)
        .where(
            Membership.user_id == user_id, Membership.ended_at.is_(None), School.is_open,
            Membership.role.in_((Role.GUARDIAN.value, Role.STUDENT.value)),
        )
        .order_by(School.name, School.id)
    )  # fmt: skip
    return [Belonging(*row) for row in session.execute(mine)]


def children(here: Belonging, now: dt.datetime) -> list[Child]:
    """The children of a guardian, or the learner themselves, with their day."""
    return _with_their_day(_facts(here), here.today(now), now)


def child(here: Belonging, learner_id: UUID, now: dt.datetime) -> Child | None:
    """One of `children`; None for everybody else."""
    facts = [one for one in _facts(here) if one.id == learner_id]
    return next(iter(_with_their_day(facts, here.today(now), now)), None)


def past(learner_id: UUID, today: dt.date, *, me: UUID) -> Past:
    """How the last days of a child were. What the school answered somebody else who reported is not for `me`."""
    marks = by_day(marks_of([learner_id], today - BACK, today))
    reports = [
        report if report.person_id == me else report._replace(note=None, answer=None)
        for report in reports_of([learner_id], today - BACK)
        if report.person_id == me or report.state == ReportState.ACCEPTED
    ]
    return Past([marks[day] for day in sorted(marks, reverse=True)], reports)


def own(here: Belonging) -> Own:
    """What the school keeps of the reader."""
    with reading() as cursor:
        return _OWN.all(cursor, person=here.person_id)[0]


def _facts(here: Belonging) -> list[Facts]:
    prepared = _OF_GUARDIAN if here.role == Role.GUARDIAN else _THEMSELVES
    with reading() as cursor:
        return prepared.all(cursor, person=here.person_id)


def _with_their_day(facts: Sequence[Facts], today: dt.date, now: dt.datetime) -> list[Child]:
    ids = [one.id for one in facts]
    if not ids:
        return []
    marks = marks_on(ids, today)
    with reading() as cursor:
        places = _PLACES.all(cursor, learners=ids, day=today)
        gates = {gate.learner: gate for gate in _GATES.all(cursor, learners=ids) if gate.on_date == today}
        lessons = _LESSONS.all(cursor, learners=ids, now=now, until=now + AHEAD)
    return [
        Child(
            one, [place.name for place in places if place.learner == one.id], marks.get(one.id), gates.get(one.id),
            [lesson for lesson in lessons if lesson.learner == one.id],
        )
        for one in facts
    ]  # fmt: skip
