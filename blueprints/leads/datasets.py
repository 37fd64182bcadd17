"""What can be exported of leads: the leads themselves, and what happened to them."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from app.access.permissions import Permission
from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_choice
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.lead import Happening, Lead, LeadEvent
from app.models.person import Person

LANGUAGES = {"en": N_("English"), "af": N_("Afrikaans"), "zu": N_("isiZulu")}
KINDS = {
    Happening.CREATED.value: N_("Came"),
    Happening.STAGE.value: N_("Another stage"),
    Happening.NOTE.value: N_("Note"),
    Happening.REPLY.value: N_("Answered"),
    Happening.STEP.value: N_("Next step"),
    Happening.ASSIGNED.value: N_("Looked after by"),
    Happening.MERGED.value: N_("Merged"),
    Happening.CONVERTED.value: N_("Became a learner"),
    Happening.UNSUBSCRIBED.value: N_("Unsubscribed"),
    Happening.CONSENT.value: N_("May be written to again"),
    Happening.SENT.value: N_("Follow-up sent"),
    Happening.EDITED.value: N_("Changed"),
    Happening.ERASED.value: N_("Erased"),
}


class _Lead(NamedTuple):
    name: str
    email: str | None
    phone: str | None
    language: str
    child_name: str
    child_grade: str
    child_birth_date: str | None
    message: str
    stage: str
    owner: str | None
    source: str
    origin: str
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    created_at: dt.datetime
    replied_at: dt.datetime | None
    next_step: str
    next_due_on: str | None
    consent_at: dt.datetime | None
    unsubscribed_at: dt.datetime | None
    archived_why: str | None


class _Event(NamedTuple):
    lead: str
    at: dt.datetime
    kind: str
    text: str | None
    by_name: str


def _day(column: Any) -> Any:
    """A day in ISO 8601, as imports take it."""
    return func.to_char(column, "YYYY-MM-DD")


_LEADS = (
    select(
        Lead.name, Lead.email, Lead.phone, Lead.language, Lead.child_name, Lead.child_grade,
        _day(Lead.child_birth_date).label("child_birth_date"), Lead.message, Lead.stage, Person.name.label("owner"),
        Lead.source, Lead.origin, Lead.utm["source"].astext.label("utm_source"), Lead.utm["medium"].astext.label("utm_medium"),
        Lead.utm["campaign"].astext.label("utm_campaign"), Lead.created_at, Lead.replied_at, Lead.next_step,
        _day(Lead.next_due_on).label("next_due_on"), Lead.consent_at, Lead.unsubscribed_at, Lead.archived_why,
    )
    .select_from(Lead)
    .outerjoin(Person, and_(Person.school_id == Lead.school_id, Person.id == Lead.owner_id))
    .where(Lead.merged_into.is_(None), Lead.erased_at.is_(None))
    .order_by(Lead.id.desc())
)  # fmt: skip
_EVENTS = (
    select(
        Lead.name.label("lead"), LeadEvent.at, LeadEvent.kind,
        func.coalesce(
            LeadEvent.details["text"].astext, LeadEvent.details["subject"].astext, LeadEvent.details["why"].astext,
            LeadEvent.details["to"].astext, LeadEvent.details["after"].astext,
        ).label("text"),
        LeadEvent.by_name,
    )
    .select_from(LeadEvent)
    .join(Lead, and_(Lead.school_id == LeadEvent.school_id, Lead.id == LeadEvent.lead_id))
    .where(Lead.erased_at.is_(None))
    .order_by(LeadEvent.id.desc())
)  # fmt: skip
LEADS = Dataset(
    "leads", N_("Leads"), Permission.MARKETING_MANAGE,
    (
        Column("name", N_("Name")),
        Column("email", N_("Email address")),
        Column("phone", N_("Phone number")),
        Column("language", N_("Language"), Kind.WORD, LANGUAGES),
        Column("child_name", N_("Name of the child")),
        Column("child_grade", N_("Grade")),
        Column("child_birth_date", N_("Date of birth")),
        Column("message", N_("What they asked")),
        Column("stage", N_("Stage"), Kind.WORD, STAGES),
        Column("owner", N_("Looked after by")),
        Column("source", N_("How they came"), Kind.WORD, SOURCES),
        Column("origin", N_("Website")),
        Column("utm_source", N_("Where the link stood")),
        Column("utm_medium", N_("Kind of link")),
        Column("utm_campaign", N_("Campaign")),
        Column("created_at", N_("Came"), Kind.MOMENT),
        Column("replied_at", N_("First answered"), Kind.MOMENT),
        Column("next_step", N_("Next step")),
        Column("next_due_on", N_("Due on")),
        Column("consent_at", N_("Agreed to be written to"), Kind.MOMENT),
        Column("unsubscribed_at", N_("Unsubscribed"), Kind.MOMENT),
        Column("archived_why", N_("Why it was archived")),
    ),
    selected(_LEADS, _Lead, {"stage": Lead.stage == bindparam("stage"), "source": Lead.source == bindparam("source")}),
    {"stage": a_choice(N_("Stage"), STAGES), "source": a_choice(N_("How they came"), SOURCES)}, is_guarded=True,
)  # fmt: skip
HISTORY = Dataset(
    "lead_history", N_("History of leads"), Permission.MARKETING_MANAGE,
    (
        Column("lead", N_("Lead")),
        Column("at", N_("When"), Kind.MOMENT),
        Column("kind", N_("What happened"), Kind.WORD, KINDS),
        Column("text", N_("Text")),
        Column("by", N_("By")),
    ),
    selected(_EVENTS, _Event, {"kind": LeadEvent.kind == bindparam("kind")}),
    {"kind": a_choice(N_("What happened"), KINDS)}, is_guarded=True,
)  # fmt: skip
DATASETS = (LEADS, HISTORY)
