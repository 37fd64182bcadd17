"""What attendance shows on the dashboard: to teachers what to take, to the office how the day stands, to families the way to
say that a child is away."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.domain.attendance import Tally, tally
from app.domain.calendar import Calendar
from app.domain.families import Child
from app.models.user import Role
from app.web.panels import Panel
from blueprints.attendance import absences, today
from blueprints.attendance.absences import Reported
from blueprints.attendance.queries import NEAR
from blueprints.attendance.standing import MANAGERS
from blueprints.attendance.today import OfClass


class ToTake(NamedTuple):
    """The classes of a teacher whose registers are not taken, of how many; `is_open`: it is a school day."""

    missing: list[OfClass]
    classes: int
    is_open: bool


class Day(NamedTuple):
    """How the day of the school stands; `missing` registers of `registers` are not taken."""

    tally: Tally
    missing: int
    registers: int
    reports: int
    is_open: bool


class Mine(NamedTuple):
    """The children of a guardian, and what they have reported that is not over."""

    children: list[Child]
    reports: list[Reported]


def to_take(person: Who) -> ToTake | None:
    """The registers that a teacher has to take today."""
    registers, is_open = _registers(person)
    if not registers:
        return None
    return ToTake([each for each in registers if each.is_missing] if is_open else [], len(registers), is_open)


def of_day(person: Who) -> Day | None:
    """The attendance of the whole school today; nothing for a school without classes."""
    registers, is_open = _registers(person)
    if not registers:
        return None
    daily = [each for each in registers if each.group.is_register and each.group.learners]
    here = _today(person)
    return Day(tally(here), sum(each.is_missing for each in daily), len(daily), today.waiting_reports(None, here), is_open)


def to_report(person: Who) -> Mine | None:
    """The way to report an absence, for whoever has a child at the school."""
    if person.person_id is None or not (children := absences.own_children(person.person_id)):
        return None
    here = _today(person)
    return Mine(children, [one for one in absences.reported_by(person.person_id, here) if one.until_on >= here][:3])


def _registers(person: Who) -> tuple[list[OfClass], bool]:
    here, zone = _today(person), ZoneInfo(person.timezone or "")
    is_open = Calendar(person.timezone or "", here - NEAR, here + NEAR).is_school_day(here)
    return today.registers(person.role, person.person_id, here, clock.now(), zone, is_school_day=is_open), is_open


def _today(person: Who) -> dt.date:
    return clock.now().astimezone(ZoneInfo(person.timezone or "")).date()


PANELS = (
    Panel("registers", Permission.ATTENDANCE_TAKE, to_take, "attendance/panel_take.html", frozenset({Role.TEACHER.value})),
    Panel("attendance", Permission.ATTENDANCE_TAKE, of_day, "attendance/panel_day.html", frozenset(MANAGERS)),
    Panel("absence", Permission.FAMILY_VIEW, to_report, "attendance/panel_report.html", frozenset({Role.GUARDIAN.value})),
)
