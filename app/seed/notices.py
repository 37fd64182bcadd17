"""The notices of a school: those of the plan that are missing, and new ones where time has made the old ones past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.extensions import current_settings
from app.models.notice import Notice
from app.seed.accounts import members
from app.seed.history import store_as_sent
from app.seed.known import known_id
from app.seed.plans import NoticePlan, SchoolPlan, today_at_school
from app.tenancy.database import db
from app.work.outbox import queue

WRITTEN = dt.timedelta(days=2)  # before the start
FIRST = "first"


def add_notices(plan: SchoolPlan, users: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add what is missing of the current school's notices; returns how many. Needs its people, and the accounts' `users`.

    Outside the first time there are new active or coming ones only when none that ends is left, removed ones counted: so the
    demo is never empty, and nobody finds again what they have removed. Each is audited.
    """
    today = today_at_school(now)
    missing = sorted(_missing(plan, now), key=lambda each: each[0].starts_at(today))  # what came first decides what came after
    people = members(plan, users) if missing else {}
    for notice, edition in missing:
        _add(plan, notice, edition, people, now)
    return len(missing)


def _missing(plan: SchoolPlan, now: dt.datetime) -> Iterator[tuple[NoticePlan, str]]:
    there = {row.id: row for row in db.session.execute(select(Notice.id, Notice.starts_at, Notice.ends_at))}
    first = [notice for notice in plan.notices if _id(plan, notice, FIRST) not in there]
    yield from ((notice, FIRST) for notice in first)
    ending = [row for row in there.values() if row.ends_at and row.ends_at > now]
    left = {notice.phase for notice in first} | {"coming" if row.starts_at > now else "active" for row in ending}
    for phase in sorted({"active", "coming"} - left):
        yield from ((notice, str(today_at_school(now))) for notice in plan.notices if notice.phase == phase)


def _add(plan: SchoolPlan, planned: NoticePlan, edition: str, people: Mapping[str, UUID], now: dt.datetime) -> None:
    today = today_at_school(now)
    starts_at = planned.starts_at(today)
    notice = Notice(
        id=_id(plan, planned, edition), title=dict(planned.title), message=planned.messages(today),
        audience=planned.audience.value, channel=planned.channel and planned.channel.value, urgent=planned.urgent,
        starts_at=starts_at, ends_at=planned.ends_at(today),
        author_id=people.get(f"{planned.author.value}@{plan.host}") or next(iter(people.values())),
        created_at=min(now, starts_at) - WRITTEN,
        removed_at=now - WRITTEN / 2 if planned.removed else None,
    )  # fmt: skip
    label = notice.title.get(plan.language) or next(iter(notice.title.values()))
    after = {"audience": notice.audience, "urgent": notice.urgent, "starts_at": starts_at.astimezone(dt.UTC).isoformat()}
    if not planned.removed and starts_at <= now:
        url = f"{current_settings().public_url}/schedule-notices/{notice.id}"
        notice.message_id = store_as_sent(
            notice, url=url, label=label, story=planned.story, why=plan.gave_up, spared=people.values(), now=now
        ).id  # fmt: skip
    db.session.add(notice)
    record("notices.schedule", notice, label=label, after=after)
    if planned.removed:
        record("notices.remove", notice, label=label, before={"removed": False}, after={"removed": True})
    elif notice.message_id:
        record("notices.send", notice, label=label, after={"audience": notice.audience})
    else:
        queue("notices.send", notice.id, due=starts_at, queue="urgent" if notice.urgent else "default")


def _id(plan: SchoolPlan, notice: NoticePlan, edition: str) -> UUID:
    return known_id(plan.slug, "notice", notice.key, edition)
