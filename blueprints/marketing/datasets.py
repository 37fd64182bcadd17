"""What can be taken out of marketing: everything that happened, and the campaigns that led to leads."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, select

from app.access.permissions import Permission
from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.lead import Happening, Lead, LeadEvent, Stage
from blueprints.marketing.words import HAPPENINGS


class _Happened(NamedTuple):
    at: dt.datetime
    kind: str
    stage: str | None
    lead: str
    source: str
    campaign: str
    by: str


class _Campaign(NamedTuple):
    campaign: str
    source: str
    medium: str
    leads: int
    enrolled: int
    first: dt.datetime
    last: dt.datetime


def _utm(name: str) -> ColumnElement[str]:
    return func.coalesce(Lead.utm[name].astext, "")


_EVENTS = (
    select(
        LeadEvent.at, LeadEvent.kind,
        case((LeadEvent.kind == Happening.STAGE.value, LeadEvent.details["after"].astext)).label("stage"),
        Lead.name.label("lead"), Lead.source, _utm("campaign").label("campaign"), LeadEvent.by_name.label("by"),
    )
    .join(Lead, and_(Lead.school_id == LeadEvent.school_id, Lead.id == LeadEvent.lead_id))
    .order_by(LeadEvent.id.desc())
)  # fmt: skip
_LINKED = (
    select(
        _utm("campaign").label("campaign"), _utm("source").label("source"), _utm("medium").label("medium"), Lead.created_at,
        case((Lead.stage == Stage.ENROLLED.value, 1), else_=0).label("enrolled"),
    )
    .where(Lead.merged_into.is_(None), cast(Lead.utm, Text) != "{}")
    .subquery()
)  # fmt: skip
_NAMED = (_LINKED.c.campaign, _LINKED.c.source, _LINKED.c.medium)
_CAMPAIGNS = (
    select(
        *_NAMED, func.count().label("leads"), func.sum(_LINKED.c.enrolled).label("enrolled"),
        func.min(_LINKED.c.created_at).label("first"), func.max(_LINKED.c.created_at).label("last"),
    )
    .group_by(*_NAMED)
    .order_by(*_NAMED)
)  # fmt: skip
EVENTS = Dataset(
    "marketing_events", N_("What happened in marketing"), Permission.MARKETING_MANAGE,
    (
        Column("at", N_("When"), Kind.MOMENT), Column("kind", N_("What happened"), Kind.WORD, HAPPENINGS),
        Column("stage", N_("Stage"), Kind.WORD, STAGES), Column("lead", N_("Lead")),
        Column("source", N_("How they came"), Kind.WORD, SOURCES), Column("campaign", N_("Campaign")),
        Column("by", N_("By")),
    ),
    selected(_EVENTS, _Happened), is_guarded=True,
)  # fmt: skip
CAMPAIGNS = Dataset(
    "marketing_campaigns", N_("Campaigns"), Permission.MARKETING_MANAGE,
    (
        Column("campaign", N_("Campaign")), Column("source", N_("Where the link stood")), Column("medium", N_("Kind of link")),
        Column("leads", N_("Leads"), Kind.INTEGER), Column("enrolled", N_("Enrolled"), Kind.INTEGER),
        Column("first", N_("First"), Kind.MOMENT), Column("last", N_("Last"), Kind.MOMENT),
    ),
    selected(_CAMPAIGNS, _Campaign),
)  # fmt: skip
DATASETS = (EVENTS, CAMPAIGNS)
