"""Classes of the baseline: two for each grade of a primary school, what else meets there, and the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.calendar import Calendar, DayOffRow, TermRow
from app.domain.classes import GRADES, class_key
from app.domain.timetable import AHEAD, Pattern, lessons
from app.models.calendar import DayOff, Term
from app.models.classes import ClassGroup, ClassSession, ClassTeacher, Enrolment, EnrolmentState, MeetingTime
from app.models.learner import Learner
from app.models.person import Kind
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.people import People
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

#: the first and last days of the four terms, as the Department of Basic Education has set them
TERMS = (
    ((2025, 1, 15), (2025, 3, 28)), ((2025, 4, 8), (2025, 6, 27)),
    ((2025, 7, 22), (2025, 10, 3)), ((2025, 10, 13), (2025, 12, 10)),
    ((2026, 1, 14), (2026, 3, 27)), ((2026, 4, 8), (2026, 6, 26)),
    ((2026, 7, 21), (2026, 9, 23)), ((2026, 10, 6), (2026, 12, 9)),
    ((2027, 1, 13), (2027, 3, 24)), ((2027, 4, 6), (2027, 6, 25)),
    ((2027, 7, 20), (2027, 9, 28)), ((2027, 10, 11), (2027, 12, 8)),
)  # fmt: skip
TERM_OF_YEAR = 4
DAYS_OFF = ((2026, 6, 15), (2026, 10, 23), (2027, 2, 26), (2027, 8, 27))
PRIMARY = GRADES[:8]  # R to 7
SIX = 6  # years old is who begins with grade R in a year
LETTERS = "AB"
FULL, MORE = 40, 4  # places in a register class; how many wait for the choir
BACK = dt.timedelta(weeks=5)  # lessons that have been
MORNING = dt.timedelta(hours=9)
MOVED, MOVED_AT = ("2", "4", "6"), 2  # grades of which a learner, the third, went from class A to class B after the winter


class _Words(NamedTuple):
    """What the school itself writes."""

    register: str
    room: str
    hall: str
    mathematics: str
    english: str
    choir: str
    robotics: str
    term: str
    day_off: str
    ill: str


WORDS = {
    "zu": _Words(
        "Grade {}", "Room {}", "Ihholo", "Mathematics 7", "English 6", "Ikhwaya", "Robotics club", "Ithemu {}",
        "Usuku lokuqeqeshwa kothisha", "Umculisi uyagula.",
    ),
    "af": _Words(
        "Graad {}", "Lokaal {}", "Skoolsaal", "Wiskunde 7", "Engels 6", "Koor", "Robotikaklub", "Kwartaal {}",
        "Opleidingsdag vir personeel", "Die koorleier is siek.",
    ),
}  # fmt: skip


class _Group(NamedTuple):
    """A class before it is rows. `times` are (weekdays, every so many weeks, from, until), `waiting` wait in this order."""

    name: str
    grade: str | None
    learners: Sequence[UUID]
    teacher: UUID | None
    is_register: bool = True
    capacity: int | None = FULL
    waiting: Sequence[UUID] = ()
    room: str | None = None
    times: tuple[tuple[int, ...], int, dt.time, dt.time] | None = None


def add_classes(plan: SchoolPlan, people: People, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the calendar and the classes of this year and the last to a school that has none; returns how many classes.

    `accounts` are the persons of the school's accounts by address: its teacher teaches its student.
    """
    add_calendar(plan)
    if db.session.scalar(select(ClassGroup.id).limit(1)):
        return 0
    return _Classes(plan, people, accounts, now).add()


def add_calendar(plan: SchoolPlan) -> int:
    """Add the terms of three years and the school's own days off, where it has entered none; returns how many rows."""
    words = WORDS[plan.language]
    terms = [{"id": known_id(plan.slug, "term", row.starts_on), **row._asdict()} for row in _terms(words)]
    days_off = [{"id": known_id(plan.slug, "day off", row.on_date), **row._asdict()} for row in _days_off(words)]
    there = db.session.scalar(select(Term.id).limit(1)) or db.session.scalar(select(DayOff.id).limit(1))
    return 0 if there else fill(Term, terms) + fill(DayOff, days_off)


def school_year(year: int) -> tuple[dt.date, dt.date]:
    """The first and the last school day of a year."""
    of_year = [(dt.date(*first), dt.date(*last)) for first, last in TERMS if first[0] == year]
    return (of_year[0][0], of_year[-1][1]) if of_year else (dt.date(year, 1, 14), dt.date(year, 12, 9))


def _terms(words: _Words) -> list[TermRow]:
    return [
        TermRow(words.term.format(number % TERM_OF_YEAR + 1), dt.date(*first), dt.date(*last))
        for number, (first, last) in enumerate(TERMS)
    ]


def _days_off(words: _Words) -> list[DayOffRow]:
    return [DayOffRow(dt.date(*day), words.day_off, is_open=False) for day in DAYS_OFF]


class _Classes:
    """Puts every learner of the seed in a class by their age."""

    def __init__(self, plan: SchoolPlan, people: People, accounts: Mapping[str, UUID], now: dt.datetime) -> None:
        self.plan, self.now, self.words = plan, now, WORDS[plan.language]
        self.today = today_at_school(now)
        self.teacher, self.student = (accounts.get(f"{role.value}@{plan.host}") for role in (Role.TEACHER, Role.STUDENT))
        self.staff = [row["id"] for row in people.rows if row["kind"] == Kind.STAFF]
        ours = {row["id"] for row in people.rows if row["kind"] == Kind.LEARNER} | {self.student}
        found = db.session.execute(select(Learner.id, Learner.birth_date).order_by(Learner.id))
        self.learners = [(row.id, row.birth_date) for row in found if row.id in ours and row.birth_date]

    def add(self) -> int:
        """Add the rows; returns how many classes."""
        year = self.today.year
        before = list(self._registers(year - 1, PRIMARY[:-1]))
        registers = list(self._registers(year, PRIMARY))
        others = list(self._others({group.name: group for group in registers}))
        came_from = {
            self._id(year, new.name): self._id(year - 1, old.name)
            for new, old in zip(registers[len(LETTERS) :], before, strict=True)
        }
        rows = [self._class(year - 1, group, came_from) for group in before]
        rows += [self._class(year, group, came_from) for group in (*registers, *others)]
        added = fill(ClassGroup, rows)
        taught = ((year - 1, before), (year, registers), (year, others))
        fill(ClassTeacher, [row for of, groups in taught for group in groups for row in self._teaches(of, group)])
        fill(Enrolment, list(chain(self._last_year(year - 1, before), self._enrolments(year, [*registers, *others]))))
        self._add_lessons(year, others)
        return added

    def _registers(self, year: int, grades: Sequence[str]) -> Iterator[_Group]:
        """Two classes for each grade; the demo's teacher has the one of its student."""
        staff = iter(self.staff)
        for grade in grades:
            of_grade = [learner for learner, born in self.learners if self._grade(born, year) == grade]
            for n, letter in enumerate(LETTERS):
                learners = of_grade[n :: len(LETTERS)]
                mine = self.teacher is not None and self.student in learners
                yield _Group(
                    self.words.register.format(f"{grade}{letter}"), grade, learners,
                    self.teacher if mine and year == self.today.year else next(staff),
                )  # fmt: skip

    def _others(self, registers: Mapping[str, _Group]) -> Iterator[_Group]:
        """What meets besides: two subjects, a choir with a waiting list, and a club that meets every other week."""
        words, staff = self.words, self.staff[len(PRIMARY) * len(LETTERS) :]
        of = {
            grade: [one for group in registers.values() if group.grade == grade for one in group.learners] for grade in PRIMARY
        }
        older = sorted(chain(of["4"], of["5"], of["6"], of["7"]), key=str)
        singers, clever = older[::4], older[1::7]
        weekdays = (1, 2, 3, 4, 5)
        yield _Group(
            words.mathematics, "7", of["7"], staff[0], is_register=False, capacity=None, room=words.room.format(14),
            times=(weekdays, 1, dt.time(8, 30), dt.time(9, 30)),
        )  # fmt: skip
        yield _Group(
            words.english, "6", of["6"], self.teacher or staff[1], is_register=False, capacity=None,
            room=words.room.format(9), times=((1, 2, 4, 5), 1, dt.time(10, 30), dt.time(11, 15)),
        )  # fmt: skip
        yield _Group(
            words.choir, None, singers[:-MORE], staff[1], is_register=False, capacity=len(singers[:-MORE]),
            waiting=singers[-MORE:], room=words.hall, times=((3,), 1, dt.time(14, 0), dt.time(15, 0)),
        )  # fmt: skip
        yield _Group(
            words.robotics, None, clever, self.teacher or staff[2], is_register=False, capacity=len(clever) + 3,
            room=words.room.format(3), times=((4,), 2, dt.time(14, 0), dt.time(15, 0)),
        )  # fmt: skip

    @staticmethod
    def _grade(born: dt.date, year: int) -> str | None:
        place = year - born.year - SIX
        return PRIMARY[place] if 0 <= place < len(PRIMARY) else None

    def _id(self, year: int, name: str) -> UUID:
        return known_id(self.plan.slug, "class", year, name)

    def _class(self, year: int, group: _Group, came_from: Mapping[UUID, UUID]) -> dict[str, Any]:
        id, is_past = self._id(year, group.name), year < self.today.year
        first, last = school_year(year)
        made, ended = (dt.datetime.combine(day, dt.time(7, 30), ZONE) for day in (first, last))
        return {
            "id": id, "name": group.name, "sort_key": class_key(group.name), "grade": group.grade, "year": year,
            "is_register": group.is_register, "capacity": group.capacity, "created_at": min(made, self.now - BACK),
            "ended_at": ended if is_past else None, "came_from": came_from.get(id),
        }  # fmt: skip

    def _teaches(self, year: int, group: _Group) -> Iterator[dict[str, Any]]:
        if group.teacher:
            id = known_id(self.plan.slug, "class teacher", year, group.name)
            yield {"id": id, "class_id": self._id(year, group.name), "person_id": group.teacher}

    def _last_year(self, year: int, groups: Sequence[_Group]) -> Iterator[dict[str, Any]]:
        """Since the school came to Umthi, until the end of that school year."""
        first, last = school_year(year)
        first = max(first, (self.now - self.plan.age).date())
        if first <= last:
            for group in groups:
                yield from (self._enrolment(year, group, one, first, until=last) for one in group.learners)

    def _enrolments(self, year: int, groups: Sequence[_Group]) -> Iterator[dict[str, Any]]:
        first = min(school_year(year)[0], self.today)
        summer, winter = dt.date(year, 6, 26), dt.date(year, 7, 21)
        for group in groups:
            moves = group.is_register and group.grade in MOVED and group.name.endswith("B") and self.today > winter
            for place, learner in enumerate(group.learners):
                if moves and place == MOVED_AT and learner != self.student:
                    other = group._replace(name=group.name.removesuffix("B") + "A")
                    yield self._enrolment(year, other, learner, first, until=summer)
                    yield self._enrolment(year, group, learner, winter)
                else:
                    yield self._enrolment(year, group, learner, first)
            for place, learner in enumerate(group.waiting):
                asked = self.now - dt.timedelta(days=24 - 5 * place)
                row = self._enrolment(year, group, learner, asked.date(), state=EnrolmentState.WAITING)
                yield row | {"created_at": asked}

    def _enrolment(
        self, year: int, group: _Group, learner: UUID, since: dt.date, *, until: dt.date | None = None,
        state: EnrolmentState = EnrolmentState.ACTIVE,
    ) -> dict[str, Any]:  # fmt: skip
        return {
            "id": known_id(self.plan.slug, "enrolment", year, group.name, learner), "learner_id": learner,
            "class_id": self._id(year, group.name), "state": state.value, "starts_on": since, "ends_on": until,
            "created_at": dt.datetime.combine(since, dt.time(7, 30), ZONE),
        }  # fmt: skip

    def _add_lessons(self, year: int, groups: Iterable[_Group]) -> None:
        first = min(school_year(year)[0], self.today - BACK)
        since, until = self.today - BACK, self.today + AHEAD
        calendar = Calendar(str(ZONE), since, until, terms=_terms(self.words), days_off=_days_off(self.words))
        rows = []
        for group in groups:
            if group.times is None:
                continue
            weekdays, every, starts, ends = group.times
            meeting = known_id(self.plan.slug, "meeting", year, group.name)
            pattern = Pattern(meeting, self._id(year, group.name), weekdays, every, starts, ends, first, None, group.room)
            asked = {**pattern._asdict(), "weekdays": list(weekdays)}
            db.session.add(MeetingTime(**asked, created_at=self.now - BACK))
            found = list(lessons(pattern, calendar))
            ill = next((one for one in reversed(found) if one.on_date < self.today), None)
            for lesson in found:
                is_off = group.name == self.words.choir and lesson is ill
                rows.append({
                    **lesson._asdict(), "id": known_id(meeting, lesson.starts_at),
                    "cancelled_at": lesson.starts_at - MORNING if is_off else None,
                    "cancelled_why": self.words.ill if is_off else None,
                })  # fmt: skip
        db.session.flush()
        fill(ClassSession, rows)
