"""What classes show on the dashboard: to a teacher their lessons and classes of the day."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.calendar import Calendar
from app.domain.classes import ClassRow, classes_for
from app.models.user import Role
from app.web.panels import Panel
from blueprints.classes import times
from blueprints.classes.routes import today
from blueprints.classes.times import LessonLine


class Today(NamedTuple):
    """A teacher's day. `closed` says why there is no school ("" for a weekend or a break), None on a school day."""

    lessons: list[LessonLine]
    registers: list[ClassRow]
    closed: str | None


def my_classes(person: Who) -> Today | None:
    """The classes of the teacher who asks; None for one who has none."""
    day = today()
    mine = [row for row in classes_for(person.role, person.person_id, day) if row.year <= day.year]
    if not mine or person.timezone is None:
        return None
    calendar = Calendar(person.timezone, day, day)
    return Today(
        times.lessons_on(day, person.person_id), [row for row in mine if row.is_register],
        None if calendar.is_school_day(day) else calendar.why_closed(day),
    )  # fmt: skip


PANELS = (
    Panel("classes", Permission.ATTENDANCE_TAKE, my_classes, "classes/panel_today.html", roles=frozenset({Role.TEACHER})),
)
