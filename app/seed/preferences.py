"""How people of a school chose to be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.models.contact import ContactPreference
from app.models.delivery import Channel, Delivery
from app.models.message import Message
from app.models.person import Kind
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

EMAIL_FIRST = 28  # guardians who want email before notifications
LEFT = (26, 19, 12, 8, 2)  # days since guardians unsubscribed, each on an evening
EVENING, READ = dt.time(19, 42), dt.timedelta(minutes=47)
#: nights as people have them, and those of who works at night
NIGHTS = (
    *[(dt.time(20, 30), dt.time(6, 0))] * 3, *[(dt.time(22, 0), dt.time(5, 0))] * 2, (dt.time(19, 0), dt.time(6, 30)),
    (dt.time(6, 0), dt.time(13, 0)),
)  # fmt: skip


def add_preferences(
    plan: SchoolPlan, people: Sequence[Mapping[str, Any]], members: Mapping[str, UUID], now: dt.datetime
) -> int:
    """Add what some of the current school's `people` (rows) and its teacher chose, once.

    Whoever has chosen already keeps that. Returns how many preferences were added.
    """
    reachable = [row["id"] for row in people if row["kind"] == Kind.GUARDIAN and row["email"] and not row["email_flagged_at"]]
    chosen = Random(f"{plan.slug} contact").sample(reachable, EMAIL_FIRST + len(LEFT) + len(NIGHTS))  # noqa: S311  not a secret
    teacher = members.get(f"{Role.TEACHER.value}@{plan.host}")
    choices: list[dict[str, Any]] = [{"push": False}] * EMAIL_FIRST + _quiet() + _left(now)
    rows = [_row(plan, id, **choice) for id, choice in zip(chosen, choices, strict=True)]
    if teacher:
        rows.append(_row(plan, teacher, push=False))
    ids = [row["id"] for row in rows]
    if db.session.scalar(select(ContactPreference.id).where(ContactPreference.id.in_(ids)).limit(1)):
        return 0
    return fill(ContactPreference, rows)


def _row(
    plan: SchoolPlan, person_id: UUID, *, push: bool = True, quiet: tuple[dt.time | None, dt.time | None] = (None, None),
    unsubscribed_at: dt.datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": known_id(plan.slug, "contact preference", person_id), "person_id": person_id, "push": push,
        "quiet_from": quiet[0], "quiet_until": quiet[1], "unsubscribed_at": unsubscribed_at,
    }  # fmt: skip


def _quiet() -> list[dict[str, Any]]:
    return [{"quiet": night, "push": place > 1} for place, night in enumerate(NIGHTS)]


def _left(now: dt.datetime) -> list[dict[str, Any]]:
    """Nobody before the newest mail that the school has sent already: it went to them."""
    mail = select(func.max(Delivery.created_at)).join(Message, Message.id == Delivery.message_id)
    newest = db.session.scalar(mail.where(Delivery.channel == Channel.EMAIL, ~Message.urgent))
    found = []
    for place, days in enumerate(LEFT, 1):
        at = dt.datetime.combine(today_at_school(now) - dt.timedelta(days), EVENING, ZONE)
        found.append({"unsubscribed_at": min(now, max(at, newest + place * READ) if newest else at)})
    return found
