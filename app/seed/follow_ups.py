"""Follow-ups of Thaba Nkulu: its templates, and to its leads items in every state. No mail goes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.domain.follow_ups.drawing import draw_template
from app.domain.follow_ups.settings import Marketing
from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate, MarketingSetting
from app.models.lead import Happening, Lead, LeadEvent
from app.models.person import Person
from app.models.school import School
from app.models.user import Role
from app.seed.follow_up_texts import PLANS, TemplatePlan
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan
from app.seed.thaba import THABA
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

S = FollowUpState
GAVE_UP = "given up after 24 hours: 451 4.3.2 the mailbox is busy"
NO_MAILBOX = "550 5.1.1 no such mailbox"


class ItemPlan(NamedTuple):
    """A follow-up by the keys of its lead and its template, made so many hours ago and due so many hours from now."""

    lead: str
    template: str
    state: FollowUpState
    hours: float
    due: float = 0.0
    way: str | None = None
    error: str | None = None
    reason: str | None = None
    dropped: str | None = None
    edited: str = ""


ITEMS = (
    ItemPlan("radebe", "new", S.OPEN, 2),
    ItemPlan("mthembu", "new", S.OPEN, 20),
    ItemPlan("ebrahim", "new", S.OPEN, 45),
    ItemPlan("cele-again", "new", S.OPEN, 60),
    ItemPlan("pretorius", "new", S.SENT, 118, way="email"),
    ItemPlan("pretorius", "contacted", S.OPEN, 94, edited="Dag, {name}\n\nSoos belowe, die skoolgeldlys. Bel my gerus."),
    ItemPlan("pretorius", "quiet", S.OPEN, 94, due=240),
    ItemPlan("nhlapo", "contacted", S.BY_HAND, 260, way="whatsapp"),
    ItemPlan("nhlapo", "quiet", S.OPEN, 260, due=72),
    ItemPlan("sithole", "appointment", S.OPEN, 140),
    ItemPlan("pillay", "new", S.SENT, 476, way="email"),
    ItemPlan("pillay", "contacted", S.DISMISSED, 452, reason="Told them everything on the phone"),
    ItemPlan("pillay", "trial", S.FAILED, 110, error=GAVE_UP),
    ItemPlan("cele", "new", S.DEAD, 190, error=NO_MAILBOX),
    ItemPlan("tau", "contacted", S.DISMISSED, 690, dropped="unsubscribed"),
    ItemPlan("fourie", "contacted", S.DISMISSED, 1400, dropped="archived"),
)  # fmt: skip
#: states that somebody approved
_APPROVED = (S.SENT, S.FAILED, S.DEAD)


def add_follow_ups(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the templates and the follow-ups of the current school where it has none; returns how many. Needs its leads."""
    if plan.slug != THABA.slug or db.session.scalar(select(FollowUpTemplate.id).limit(1)):
        return 0
    owner_id = accounts.get(f"{Role.OWNER.value}@{plan.host}")
    owner = db.session.scalar(select(Person.name).where(Person.id == owner_id)) or plan.name
    settings = Marketing(sender_name=owner, owner_id=owner_id)
    db.session.add(MarketingSetting(sender_name=owner, owner_id=owner_id))
    templates = {each.key: _template(plan, each, owner, now) for each in PLANS}
    db.session.flush()
    known = {lead.submission_key: lead for lead in db.session.scalars(select(Lead).where(Lead.submission_key.is_not(None)))}
    school, added = db.session.get_one(School, current_school_id()), 0
    for number, each in enumerate(sorted(ITEMS, key=lambda item: -item.hours)):
        if lead := known.get(f"baseline/{each.lead}"):
            _item(plan, number, each, lead, templates[each.template], school, settings, now)
            added += 1
    db.session.flush()
    return added


def _template(plan: SchoolPlan, template: TemplatePlan, owner: str, now: dt.datetime) -> FollowUpTemplate:
    """One template, in use from now on: the dates of the past make nothing of it."""
    row = FollowUpTemplate(
        id=known_id(plan.slug, "follow-up template", template.key), name=template.name, occasion=template.occasion.value,
        stage=template.stage.value if template.stage else None, days=template.days, subject=dict(template.subject),
        body=template.body, is_active=template.is_active, active_at=now, created_at=now - dt.timedelta(days=200),
        updated_at=now - dt.timedelta(days=120), updated_by=owner,
    )  # fmt: skip
    db.session.add(row)
    record("follow_ups.add_template", row, label=row.name)
    return row


def _item(
    plan: SchoolPlan, number: int, item: ItemPlan, lead: Lead, template: FollowUpTemplate, school: School, settings: Marketing,
    now: dt.datetime,
) -> None:  # fmt: skip
    made = max(now - dt.timedelta(hours=item.hours), lead.created_at)
    drawn = draw_template(template.subject, template.body, lead, school, settings)
    approved, ended = made + dt.timedelta(hours=1), made + dt.timedelta(hours=2)
    row = FollowUp(
        id=_id(plan, item, number, made), lead_id=lead.id, template_id=template.id, revision=1, language=drawn.language,
        state=item.state.value, due_at=_morning(now + dt.timedelta(hours=item.due)) if item.due else made, created_at=made,
        way=item.way, error=item.error, reason=item.reason, dropped=item.dropped, tries=_tries(item),
    )  # fmt: skip
    if item.edited:
        row.subject, row.body, row.is_edited = drawn.subject, item.edited, True
    if item.state in _APPROVED or item.way:
        row.subject, row.body = drawn.subject, drawn.body
    if item.state in _APPROVED:
        row.approved_at, row.approved_by, row.email = approved, settings.sender_name, drawn.email or "nobody@example.org"
    if item.way:
        row.sent_at = ended
        details = {"subject": drawn.subject, "how": item.way}
        db.session.add(
            LeadEvent(
                id=_id(plan, item, number, ended), lead_id=lead.id, at=ended, kind=Happening.SENT.value,
                by_name=settings.sender_name, details=details,
            )
        )  # fmt: skip
    if item.state in (S.BY_HAND, S.DISMISSED):
        row.ended_at, row.ended_by = ended, None if item.dropped else settings.sender_name
    db.session.add(row)


def _tries(item: ItemPlan) -> int:
    """How often a mail server was asked."""
    return 7 if item.error == GAVE_UP else 1 if item.state in _APPROVED else 0


def _morning(moment: dt.datetime) -> dt.datetime:
    """The beginning of that day at the school."""
    return dt.datetime.combine(moment.astimezone(ZONE).date(), dt.time(), ZONE)


def _id(plan: SchoolPlan, item: ItemPlan, number: int, made: dt.datetime) -> UUID:
    """An id that stands where its moment does."""
    known = known_id(plan.slug, "follow-up", item.lead, item.template, number)
    return UUID(int=int(made.timestamp() * 1000) << 80 | known.int & ((1 << 80) - 1))
