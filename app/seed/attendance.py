"""Attendance of the baseline: the registers of the last weeks, what families reported, and what they were told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.attendance import is_unexplained
from app.domain.calendar import Calendar, DayOffRow, TermRow
from app.models.attendance import (
    AbsenceAlert,
    AbsenceInquiry,
    AbsenceReport,
    AlertState,
    AttendanceEvent,
    AttendanceMark,
    Register,
    ReportState,
    Status,
)  # fmt: skip
from app.models.calendar import DayOff, Term
from app.models.classes import ClassGroup, ClassTeacher, Enrolment, EnrolmentState
from app.models.learner import Guardianship
from app.models.person import Person
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

DAYS = 15  # school days of registers
LOOK_BACK = dt.timedelta(days=120)  # the longest holiday, and those school days before it
BEGINS, DELAY = dt.time(7, 45), dt.timedelta(minutes=10)
AWAY, NEARLY = 11, 8  # school days for which one learner, and another, has been away unexplained
LATE, ILL, UNEXPLAINED = 0.025, 0.028, 0.007  # of learners a day
REASONS = "bbbbbbbbbbfffdei"


class _Words(NamedTuple):
    """What people of the school wrote."""

    corrected: str
    bus: str
    flu: str
    funeral: str
    dentist: str
    thanks: str
    exams: str
    declined: str
    called: str
    visited: str


WORDS = {
    "zu": _Words(
        "Ufike ngo-08:05, ibhasi belibambezelekile.", "Ibhasi libambezelekile.",
        "Unomkhuhlane. Isitifiketi sikadokotela siyeza.",
        "Umngcwabo kagogo wakhe eMzimkhulu.", "Udokotela wamazinyo ekuseni.",
        "Siyabonga ngokusazisa. Sifisela ukuba alulame masinyane.",
        "Sizovakasha.", "Ziyizinsuku zokuhlolwa. Sicela nikhulume nothisha wekilasi.",
        "Inombolo ayitholakali. Sizozama futhi ntambama.",
        "Umakhelwane uthi umndeni uye eMzimkhulu. Sishiye umlayezo.",
    ),
    "af": _Words(
        "Het om 08:05 opgedaag; die bus was laat.", "Die bus was laat.", "Griep. Die mediese sertifikaat volg.",
        "Die begrafnis van haar ouma in Upington.", "Tandarts in die oggend.",
        "Dankie dat u laat weet het. Ons hoop dit gaan gou beter.",
        "Ons gaan met vakansie.", "Dit is eksamentyd. Praat asseblief met die klasonderwyser.",
        "Die nommer word nie beantwoord nie. Ons probeer vanmiddag weer.",
        "Die buurvrou sê die gesin is na Upington. Ons het ’n boodskap gelos.",
    ),
}  # fmt: skip


class _Class(NamedTuple):
    """A register class: who keeps its register, and the learners with the days of their place in it."""

    id: UUID
    name: str
    teacher: UUID | None
    teacher_name: str
    places: list[tuple[UUID, dt.date, dt.date | None]]


class _Said(NamedTuple):
    """What a register says of a learner."""

    status: Status
    reason: str | None = None
    minutes: int | None = None
    note: str | None = None


def add_attendance(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the registers that are missing of the last school days, and what goes with them; returns how many registers.

    Needs the classes of the current school. `accounts` are the persons of its accounts by address: its teacher's register of
    today is left for them to take, and its guardian has reported absences.
    """
    days = _school_days(now)
    classes = list(_classes(today_at_school(now).year))
    if not days or not classes:
        return 0
    story = _Story(plan, accounts, days, classes, now)
    added = story.add_registers()
    story.add_reports()
    story.add_inquiries()
    return added


def _school_days(now: dt.datetime) -> list[dt.date]:
    """The last school days, the oldest first; today is one of them once its registers can have been taken."""
    today = today_at_school(now)
    terms = [TermRow(*row) for row in db.session.execute(select(Term.name, Term.starts_on, Term.ends_on))]
    days_off = [DayOffRow(*row) for row in db.session.execute(select(DayOff.on_date, DayOff.name, DayOff.is_open))]
    calendar = Calendar(str(ZONE), today - LOOK_BACK, today, terms=terms, days_off=days_off)
    has_begun = now.astimezone(ZONE).time() >= (dt.datetime.combine(today, BEGINS) + 2 * DELAY).time()
    return [day for day in calendar.days() if day < today or has_begun][-DAYS:]


def _classes(year: int) -> Iterator[_Class]:
    teachers = {
        row.class_id: (row.person_id, row.name)
        for row in db.session.execute(
            select(ClassTeacher.class_id, ClassTeacher.person_id, Person.name).join(Person, Person.id == ClassTeacher.person_id)
        )
    }
    places: dict[UUID, list[tuple[UUID, dt.date, dt.date | None]]] = {}
    active = select(Enrolment.class_id, Enrolment.learner_id, Enrolment.starts_on, Enrolment.ends_on).where(
        Enrolment.state == EnrolmentState.ACTIVE.value
    )
    for row in db.session.execute(active.order_by(Enrolment.learner_id)):
        places.setdefault(row.class_id, []).append((row.learner_id, row.starts_on, row.ends_on))
    kept = select(ClassGroup.id, ClassGroup.name).where(
        ClassGroup.is_register, ClassGroup.ended_at.is_(None), ClassGroup.year == year
    )
    for group in db.session.execute(kept.order_by(ClassGroup.sort_key)):
        if group.id in places:
            yield _Class(group.id, group.name, *teachers.get(group.id, (None, "")), places[group.id])


class _Story:
    """The same at every run for the same days: each draw has a seed of the learner's and the day's own."""

    def __init__(
        self,
        plan: SchoolPlan,
        accounts: Mapping[str, UUID],
        days: Sequence[dt.date],
        classes: Sequence[_Class],
        now: dt.datetime,
    ) -> None:
        self.plan, self.days, self.classes, self.now, self.words = plan, days, classes, now, WORDS[plan.language]
        role = {role: accounts.get(f"{role.value}@{plan.host}") for role in (Role.TEACHER, Role.GUARDIAN, Role.STUDENT)}
        self.teacher, self.guardian, self.student = role[Role.TEACHER], role[Role.GUARDIAN], role[Role.STUDENT]
        self.office = plan.accounts[Role.ADMIN]
        self.saved: dict[UUID, dt.datetime] = {}
        mine = Guardianship.guardian_id == self.guardian
        self.children = list(db.session.scalars(select(Guardianship.learner_id).where(mine).order_by(Guardianship.learner_id)))
        others = [one for group in classes for one, _, until in group.places if until is None and one not in self.children]
        self.away, self.nearly = others[len(others) // 3], others[2 * len(others) // 3]

    def add_registers(self) -> int:
        """Those of every class and day that has none; returns how many."""
        there = {(row.class_id, row.on_date) for row in db.session.execute(select(Register.class_id, Register.on_date))}
        today = today_at_school(self.now)
        registers: list[dict[str, Any]] = []
        marks: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for day in self.days:
            for group in self.classes:
                if (group.id, day) in there or (day == today and group.teacher == self.teacher):
                    continue
                saved = self._saved_at(group, day)
                id, name = known_id(group.id, "register", day), group.teacher_name or self.office
                by = {"by_id": group.teacher, "by_name": name}
                self.saved[id] = saved
                registers.append({
                    "id": id, "class_id": group.id, "session_id": None, "on_date": day, "first_at": saved, "saved_at": saved,
                    "saved_by": group.teacher, "saved_name": name,
                })  # fmt: skip
                for learner, since, until in group.places:
                    if since <= day and (until is None or day <= until):
                        self._mark(id, learner, day, saved, by, marks, events)
        added = fill(Register, registers)
        fill(AttendanceMark, marks)
        fill(AttendanceEvent, events)
        self._add_alerts(marks, {(row["register_id"], row["learner_id"]) for row in events if row["why"]})
        return added

    def _mark(
        self, register: UUID, learner: UUID, day: dt.date, saved: dt.datetime, by: Mapping[str, Any],
        marks: list[dict[str, Any]], events: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        """What the register says of a learner, and for some what it said before it was corrected."""
        random = Random(f"{learner}{day}")  # noqa: S311  not a secret
        said = self._said(learner, day, random)
        of = {"register_id": register, "learner_id": learner}
        at, why = saved, None
        if said.status is Status.LATE and saved + 4 * DELAY < self.now and random.random() < 0.3:
            before = _Said(Status.ABSENT)._asdict()
            events.append({"id": known_id(register, learner, "first"), **of, **_row(before), "at": at, **by, "why": None})
            at, why = saved + random.randint(3, 25) * dt.timedelta(minutes=1), self.words.corrected
        row = {**_row(said._asdict()), "at": at, **by}
        marks.append({"id": known_id(register, learner, "mark"), **of, "on_date": day, **row})
        events.append({"id": known_id(register, learner, "event"), **of, **row, "why": why})

    def _said(self, learner: UUID, day: dt.date, random: Random) -> _Said:
        back = len(self.days) - self.days.index(day)  # 1: the last of the days
        if (learner == self.away and back <= AWAY) or (learner == self.nearly and back <= NEARLY):
            return _Said(Status.ABSENT)
        if learner == self.student:
            return _Said(Status.ABSENT, "b", note=self.words.flu) if back == 6 else _Said(Status.PRESENT)
        week = Random(f"{learner}{day.isocalendar()[:2]}")  # noqa: S311  not a secret
        if week.random() < ILL and day.weekday() in range(start := week.randint(0, 3), start + week.randint(2, 4)):
            return _Said(Status.ABSENT, "b")
        drawn = random.random()
        if drawn < LATE:
            bus = self.words.bus if random.random() < 0.4 else None
            return _Said(Status.LATE, minutes=random.choice((3, 5, 5, 10, 10, 15, 20, 25)), note=bus)
        if drawn < LATE + ILL / 2:
            return _Said(Status.ABSENT, random.choice(REASONS))
        return _Said(Status.ABSENT if drawn > 1 - UNEXPLAINED else Status.PRESENT)

    def _saved_at(self, group: _Class, day: dt.date) -> dt.datetime:
        minutes = Random(f"{group.id}{day}").randint(1, 9)  # noqa: S311  not a secret
        return dt.datetime.combine(day, BEGINS, ZONE) + minutes * dt.timedelta(minutes=1)

    def _add_alerts(self, marks: Sequence[Mapping[str, Any]], corrected: set[tuple[UUID, UUID]]) -> None:
        """One for each unexplained absence, and for those that were one until they were corrected."""
        rows = []
        for mark in marks:
            was_corrected = (mark["register_id"], mark["learner_id"]) in corrected
            if is_unexplained(mark["status"], mark["reason"]) or was_corrected:
                random = Random(str(mark["id"]))  # noqa: S311  not a secret
                rows.append(self._alert(mark, random, was_corrected=was_corrected))
        fill(AbsenceAlert, rows)

    def _alert(self, mark: Mapping[str, Any], random: Random, *, was_corrected: bool) -> dict[str, Any]:
        saved = self.saved[mark["register_id"]]
        due = saved + DELAY
        state, why, followed = AlertState.SENT, None, None
        if was_corrected and mark["at"] < due:
            state, why = AlertState.WITHHELD, "corrected"
        elif was_corrected:
            followed = mark["at"] + dt.timedelta(seconds=2)
        elif mark["learner_id"] not in (self.away, self.nearly):
            state, why = random.choice((
                (AlertState.SENT, None), (AlertState.SENT, None), (AlertState.UNDONE, None), (AlertState.WITHHELD, "on_site"),
            ))  # fmt: skip
        ended = due + dt.timedelta(seconds=1 + random.randint(0, 3))
        if state is not AlertState.SENT:
            ended = (
                saved + dt.timedelta(minutes=random.randint(1, 8))
                if state is AlertState.UNDONE
                else min(ended, mark["at"] + DELAY)
            )
        return {
            "id": known_id(mark["learner_id"], "alert", mark["on_date"]), "learner_id": mark["learner_id"],
            "register_id": mark["register_id"], "on_date": mark["on_date"], "due_at": due, "state": state.value, "why": why,
            "created_at": saved, "ended_at": ended, "followed_up_at": followed,
        }  # fmt: skip

    def add_reports(self) -> None:
        """What the demo's guardian and others said: accepted, waiting, declined and taken back."""
        if db.session.scalar(select(AbsenceReport.id).limit(1)):
            return
        families = select(Guardianship.learner_id, Guardianship.guardian_id).where(
            Guardianship.no_contact.is_(False), Guardianship.hears_attendance, Guardianship.learner_id != self.away
        )
        others = [
            row
            for row in db.session.execute(families.order_by(Guardianship.id).limit(60))
            if row.learner_id not in self.children
        ]
        today, words, last = today_at_school(self.now), self.words, self.days
        day = dt.timedelta(days=1)
        rows = [
            self._report(*others[0], today + day, today + 2 * day, "e", words.funeral, ReportState.WAITING, 3),
            self._report(*others[9], today + 4 * day, today + 4 * day, "f", words.dentist, ReportState.WAITING, 20),
            self._report(*others[21], last[-3], last[-2], "b", words.flu, ReportState.ACCEPTED, 90, words.thanks),
            self._report(
                *others[33], today + 9 * day, today + 13 * day, "i", words.exams, ReportState.DECLINED, 70, words.declined
            ),
            self._report(*others[45], last[-5], last[-5], "b", None, ReportState.WITHDRAWN, 190),
        ]  # fmt: skip
        if self.guardian and self.student in self.children:
            who = self.student, self.guardian
            rows.append(self._report(*who, last[-6], last[-6], "b", words.flu, ReportState.ACCEPTED, 230, words.thanks))
            rows.append(self._report(*who, today + 3 * day, today + 3 * day, "f", words.dentist, ReportState.WAITING, 5))
        fill(AbsenceReport, rows)

    def add_inquiries(self) -> None:
        """What the office did about the learner who has been away longest: a call that nobody took, then a visit."""
        steps = (("called", self.words.called, 50), ("visited", self.words.visited, 22))
        fill(AbsenceInquiry, [
            {
                "id": known_id(self.plan.slug, "inquiry", kind), "learner_id": self.away, "kind": kind, "note": note,
                "at": self.now - dt.timedelta(hours=hours), "by_id": None, "by_name": self.office,
            } for kind, note, hours in steps
        ])  # fmt: skip

    def _report(
        self, learner: UUID, guardian: UUID, since: dt.date, until: dt.date, reason: str, note: str | None, state: ReportState,
        hours: int, answer: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        created = self.now - dt.timedelta(hours=hours, minutes=hours * 7 % 60)
        is_decided = state in (ReportState.ACCEPTED, ReportState.DECLINED)
        return {
            "id": known_id(self.plan.slug, "absence report", learner, since), "learner_id": learner, "person_id": guardian,
            "from_on": since, "until_on": until, "reason": reason, "note": note, "state": state.value, "created_at": created,
            "decided_at": created + dt.timedelta(minutes=50) if is_decided else None,
            "decided_by": self.office if is_decided else None, "answer": answer,
        }  # fmt: skip


def _row(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said as columns."""
    return {**said, "status": Status(said["status"]).value}
