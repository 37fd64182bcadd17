"""Who may keep a register, and from when on only with a reason: decided in this one place, for the page and for saving."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.calendar import SATURDAY
from app.i18n.catalogue import N_
from app.models.user import Role
from blueprints.attendance.queries import Head

MANAGERS = (Role.OWNER.value, Role.ADMIN.value)
HOLIDAY = N_("This is not a school day: %(name)s.")
WEEKEND = N_("This is not a school day: it is a weekend.")
BREAK = N_("This is not a school day: it is not in a term.")


@dataclass(frozen=True)
class Standing:
    """`refusal` says why the register cannot be kept ("" when it can), `warning` what to know of the day; both are messages.

    `closed_by` is the name of a holiday or a day off, where there is one. `needs_why`: whatever changes needs a reason.
    """

    refusal: str
    warning: str
    closed_by: str
    needs_why: bool


def standing(head: Head, day: dt.date, today: dt.date, *, role: str | None, timezone: str) -> Standing:
    """How a register stands to somebody who keeps registers of its class, on the school's day `today`."""
    manages = role in MANAGERS
    calendar = head.calendar(day, timezone)
    is_lesson = head.session_id is not None
    is_closed = not is_lesson and not calendar.is_school_day(day)
    is_locked = (today - day).days > head.lock_days
    closed_by = calendar.why_closed(day) if is_closed else ""
    refusal = warning = ""
    if is_closed:
        warning = closed_message(day, closed_by)
    if day > today:
        refusal = N_("This day has not come yet. Its register opens in the morning.")
    elif head.cancelled_at:
        refusal = N_("This lesson was cancelled, so it has no register.")
    elif not is_lesson and not head.is_register:
        refusal = N_("No daily register is kept for this class. Choose one of its lessons.")
    elif is_locked and not manages:
        refusal = N_("This day is locked. Ask an administrator of the school to correct it.")
    elif is_closed and not manages and head.register_id is None:
        refusal = N_("It is not a school day. An administrator of the school can take the register all the same.")
    elif is_locked:
        warning = warning or N_("This day is locked. You can still correct it, with a reason.")
    return Standing(refusal, warning, closed_by, needs_why=is_locked or head.register_id is not None)


def may_keep(head: Head, role: str | None) -> bool:
    """Whether the registers of a class are somebody's business: owners and admins keep all, teachers those of their classes."""
    return role in MANAGERS or head.teaches


def closed_message(day: dt.date, closed_by: str) -> str:
    """The message for a day without school; that of a holiday or a day off prints its %(name)s."""
    if closed_by:
        return HOLIDAY
    return WEEKEND if day.weekday() >= SATURDAY else BREAK
