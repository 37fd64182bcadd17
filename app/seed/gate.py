"""The gate of the baseline: school hours, and scans of the last days up to this moment, so that learners are on site now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.calendar import Calendar, DayOffRow, TermRow
from app.domain.scanning import By, Scan, take
from app.domain.timetable import AHEAD, Pattern, lessons
from app.models.calendar import DayOff, Term
from app.models.classes import ClassGroup, ClassSession, MeetingTime
from app.models.gate import GateScan
from app.models.learner import Learner, LearnerStatus
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db
from app.tenancy.reading import driving

BACK = dt.timedelta(days=8)  # scans that have been
BEGINS, SMALL_END, END = dt.time(7, 45), dt.time(13, 0), dt.time(13, 45)
SMALL = ("R", "1", "2", "3")  # grades that go home earlier
AWAY, FORGETS, TWICE = 0.06, 0.02, 0.03  # of learners: are absent, are not scanned out, hold up their card twice
EARLIEST, PRACTICE = dt.time(5, 30), 24  # when somebody comes on a day without school, and how many do
NO_LINE = (dt.time(7, 20), dt.time(7, 30))  # when the officer's phone had no connection on Tuesdays
STRANGE = {"zu": "https://www.isilimela.example/ikhadi/7731", "af": "6001240100028"}  # what was held up and is nobody's card
MINUTE = dt.timedelta(minutes=1)
AT_ONCE = 500


class _Pupil(NamedTuple):
    """A learner at the gate."""

    id: UUID
    card_code: str


def add_gate(plan: SchoolPlan, users: Mapping[str, UUID], persons: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the hours of register classes that have none, and the scans up to `now` that are missing; returns how many scans.

    `users` and `persons` are the school's accounts by address: its officer scans. On a day without school, or before it begins,
    a team has come for practice.
    """
    _add_hours(plan, now)
    officer = f"{Role.OFFICER.value}@{plan.host}"
    by = By(users[officer], plan.accounts[Role.OFFICER], persons[officer])
    there = set(db.session.scalars(select(GateScan.id).where(GateScan.on_date >= today_at_school(now) - BACK)))
    missing = [scan for scan in _scans(plan, now) if scan.id not in there]
    for first in range(0, len(missing), AT_ONCE):
        with driving() as cursor:
            take(cursor, missing[first : first + AT_ONCE], by=by, timezone=ZONE)
    return len(missing)


def _add_hours(plan: SchoolPlan, now: dt.datetime) -> None:
    """Lessons for the classes that keep the daily register: as long as their learners are at school."""
    busy = select(MeetingTime.class_id)
    classes = db.session.execute(
        select(ClassGroup.id, ClassGroup.grade).where(
            ClassGroup.is_register, ClassGroup.ended_at.is_(None), ClassGroup.id.not_in(busy)
        )
    ).all()
    today = today_at_school(now)
    calendar = _calendar(today - BACK, today + AHEAD)
    patterns = [
        Pattern(
            known_id(plan.slug, "school hours", row.id), row.id, [1, 2, 3, 4, 5], 1, BEGINS,
            SMALL_END if row.grade in SMALL else END, dt.date(today.year, 1, 1), None, None,
        )
        for row in classes
    ]  # fmt: skip
    db.session.add_all(MeetingTime(**pattern._asdict()) for pattern in patterns)
    db.session.flush()
    fill(
        ClassSession,
        [
            {"id": known_id(plan.slug, "school day", pattern.class_id, lesson.on_date), **lesson._asdict()}
            for pattern in patterns
            for lesson in lessons(pattern, calendar)
        ],
    )


def _calendar(since: dt.date, until: dt.date) -> Calendar:
    """The school's calendar as this transaction has it, which has just written it perhaps."""
    terms = db.session.execute(select(Term.name, Term.starts_on, Term.ends_on).order_by(Term.starts_on))
    days_off = db.session.execute(select(DayOff.on_date, DayOff.name, DayOff.is_open))
    return Calendar(
        str(ZONE), since, until, terms=[TermRow(*row) for row in terms], days_off=[DayOffRow(*row) for row in days_off]
    )  # fmt: skip


def _scans(plan: SchoolPlan, now: dt.datetime) -> Iterator[Scan]:
    """Every scan of the last days and of today until now, in the order of their times within a day."""
    pupils = [
        _Pupil(*row)
        for row in db.session.execute(
            select(Learner.id, Learner.card_code).where(Learner.status == LearnerStatus.ENROLLED.value).order_by(Learner.id)
        )
    ]
    today = today_at_school(now)
    calendar = _calendar(today - BACK, today)
    for day in calendar.days():
        for scan in _of_day(plan, pupils, day):
            if scan.scanned_at <= now:
                yield scan
    local = now.astimezone(ZONE)
    has_begun = calendar.is_school_day(today) and local.time() > dt.time(7)
    if not has_begun and EARLIEST <= local.time() < plan.close_time:
        yield from _practice(plan, pupils, today, now)


def _of_day(plan: SchoolPlan, pupils: Sequence[_Pupil], day: dt.date) -> list[Scan]:
    """A school day: most come in the half hour before it begins and go after it ends."""
    scans = [_scan(plan, day, "strange", STRANGE[plan.language], _at(day, dt.time(7, 36)))]
    for pupil in pupils:
        random = Random(f"{plan.slug}/{day}/{pupil.id}")  # noqa: S311  not a secret; each their own, whoever else is there
        came = _at(day, dt.time(7, 28)) + random.gauss(0, 9) * MINUTE
        goes = _at(day, random.choice((SMALL_END, END, END))) + random.uniform(2, 25) * MINUTE
        fate = random.random()
        if fate < AWAY:
            continue
        scans.append(_scan(plan, day, f"in {pupil.id}", pupil.card_code, came))
        if fate < AWAY + TWICE:
            scans.append(_scan(plan, day, f"again {pupil.id}", pupil.card_code, came + MINUTE / 4))
        if fate < 1 - FORGETS:
            scans.append(_scan(plan, day, f"out {pupil.id}", pupil.card_code, goes))
    return sorted(scans, key=lambda scan: scan.scanned_at)


def _practice(plan: SchoolPlan, pupils: Sequence[_Pupil], day: dt.date, now: dt.datetime) -> Iterator[Scan]:
    """A team that has come in the last hour and a half, and a code that is nobody's."""
    team = Random(plan.slug).sample(list(pupils), min(PRACTICE, len(pupils)))  # noqa: S311  not a secret
    for place, pupil in enumerate(team):
        yield _scan(plan, day, f"in {pupil.id}", pupil.card_code, now - (90 - 2 * place) * MINUTE)
    yield _scan(plan, day, "strange", STRANGE[plan.language], now - 35 * MINUTE)


def _scan(plan: SchoolPlan, day: dt.date, key: str, code: str, at: dt.datetime) -> Scan:
    """One scan, that came at once or, where the phone had no connection, when it had one again."""
    at = at.replace(microsecond=0)
    local = at.astimezone(ZONE)
    had_none = day.isoweekday() == 2 and NO_LINE[0] <= local.time() < NO_LINE[1]
    received = _at(day, NO_LINE[1]) if had_none else at + dt.timedelta(seconds=1)
    return Scan(known_id(plan.slug, "scan", day, key), code, at, received)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, ZONE)
