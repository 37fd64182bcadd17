"""Two support visits to the demo's first school that are over: one that its operator left, one that the owner ended."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.domain.visits import LONGEST
from app.models.school import School
from app.models.support import SupportVisit
from app.models.user import Role, User
from app.seed.accounts import OF_PLATFORM
from app.seed.known import known_id
from app.seed.plans import ZONE, today_at_school
from app.seed.thaba import THABA

OPERATOR = OF_PLATFORM[0].email


class Plan(NamedTuple):
    """A visit: how many days ago, when, how long, after what it was raised, and whether the owner ended it."""

    reason: str
    days: int
    at: dt.time
    lasted: dt.timedelta
    raised_after: dt.timedelta | None
    by_owner: bool


PLANS = (
    Plan(
        "The owner asked why some parents did not get the notice about the storm.",
        6, dt.time(14, 20), dt.timedelta(minutes=9), None, by_owner=True,
    ),
    Plan(
        "The office cannot connect its SMS gateway; looking at the settings together on the phone.",
        1, dt.time(10, 5), dt.timedelta(minutes=22), dt.timedelta(minutes=8), by_owner=False,
    ),
)  # fmt: skip


def top_up(session: Session) -> int:
    """Add the visits that are missing, written down in both logs; returns how many. Needs `across_schools`; commits nothing."""
    school = session.scalars(select(School).where(School.slug == THABA.slug)).one_or_none()
    operator = session.scalars(select(User).where(User.email == OPERATOR)).one_or_none()
    if school is None or operator is None:
        return 0
    ids = sorted(known_id(THABA.slug, "support visit", number) for number in range(len(PLANS)))  # the list is sorted by them
    mine = SupportVisit.school_id == school.id, SupportVisit.id.in_(ids)
    there = set(session.scalars(select(SupportVisit.id).where(*mine)))
    missing = [(visit_id, plan) for visit_id, plan in zip(ids, PLANS, strict=True) if visit_id not in there]
    owner = THABA.accounts[Role.OWNER]
    for visit_id, plan in missing:
        visit = _visit(plan, school, operator, owner)
        visit.id, visit.session_id = visit_id, visit_id
        session.add(visit)
        by = Actor("operator", operator.id, operator.name, visit_id)
        record_both(session, school.id, "support.begin", visit, label=school.name, by=by, after={"reason": plan.reason})
        if plan.by_owner:
            ending = Actor("user", known_id("user", f"{Role.OWNER.value}@{THABA.host}"), owner)
            record_both(session, school.id, "support.end", visit, label=operator.name, by=ending)
        else:
            record_both(session, school.id, "support.leave", visit, label=school.name, by=by)
    return len(missing)


def _visit(plan: Plan, school: School, operator: User, owner: str) -> SupportVisit:
    day = today_at_school(clock.now()) - dt.timedelta(plan.days)
    began_at = dt.datetime.combine(day, plan.at, ZONE)
    return SupportVisit(
        school_id=school.id, user_id=operator.id, operator=operator.name, reason=plan.reason, began_at=began_at,
        expires_at=began_at + LONGEST, raised_at=began_at + plan.raised_after if plan.raised_after else None,
        ended_at=began_at + plan.lasted, ended_by=owner if plan.by_owner else operator.name,
    )  # fmt: skip
