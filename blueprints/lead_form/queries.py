"""What the owner sees of the form: its settings, its texts of consent, what came by it and what was refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, and_, bindparam, func, select

from app.domain.leads.asking import Place, place_in
from app.models.lead import Happening, Lead, LeadEvent
from app.models.lead_form import LeadConsentText, LeadFormRefusal
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id

DAYS = 30
#: the beginning of a lead that the form wrote: nobody of the school did, nor a job
BY_FORM: ColumnElement[bool] = and_(
    LeadEvent.kind == Happening.CREATED.value, LeadEvent.by_id.is_(None), LeadEvent.by_name == ""
)  # fmt: skip


class Version(NamedTuple):
    """A text of consent."""

    id: UUID
    version: int
    texts: Mapping[str, str]
    by_name: str
    published_at: dt.datetime


class Said(NamedTuple):
    """How many said yes to a text."""

    id: UUID
    number: int


class Refused(NamedTuple):
    """How often something was not taken on a day."""

    on_date: dt.date
    reason: str
    number: int


class Came(NamedTuple):
    """How many enquiries came by the form."""

    number: int


_VERSIONS = Prepared(
    select(
        LeadConsentText.id, LeadConsentText.version, LeadConsentText.texts, LeadConsentText.by_name,
        LeadConsentText.published_at,
    ).order_by(LeadConsentText.version.desc()),
    Version,
)  # fmt: skip
_SAID = Prepared(
    select(Lead.consent_text_id.label("id"), func.count().label("number"))
    .where(Lead.consent_text_id.is_not(None))
    .group_by(Lead.consent_text_id),
    Said,
)
_REFUSED = Prepared(
    select(LeadFormRefusal.on_date, LeadFormRefusal.reason, LeadFormRefusal.number)
    .where(LeadFormRefusal.on_date >= bindparam("since", type_=Date))
    .order_by(LeadFormRefusal.on_date.desc(), LeadFormRefusal.number.desc()),
    Refused,
)
_CAME = Prepared(
    select(func.count().label("number"))
    .select_from(LeadEvent)
    .where(BY_FORM, LeadEvent.at >= bindparam("since", type_=DateTime(timezone=True))),
    Came,
)


class Overview(NamedTuple):
    """The form at a glance. `refused` has the days with what was not taken, `reasons` the sums by reason, since DAYS ago."""

    place: Place
    versions: list[Version]
    said: Mapping[UUID, int]
    refused: list[Refused]
    reasons: list[tuple[str, int]]
    came: int


def place() -> Place:
    """The form of the current school as it is stored."""
    found = place_in(current_school_id())
    assert found is not None
    return found


def overview(now: dt.datetime, today: dt.date) -> Overview:
    """What the page of the form shows."""
    since = today - dt.timedelta(days=DAYS)
    with reading() as cursor:
        texts, said = _VERSIONS.all(cursor), _SAID.all(cursor)
        refused = _REFUSED.all(cursor, since=since)
        (came,) = _CAME.all(cursor, since=now - dt.timedelta(days=DAYS))
    reasons: dict[str, int] = {}
    for each in refused:
        reasons[each.reason] = reasons.get(each.reason, 0) + each.number
    summed = sorted(reasons.items(), key=lambda pair: -pair[1])
    return Overview(place(), texts, {each.id: each.number for each in said}, refused, summed, came.number)


def versions() -> list[Version]:
    """Every text of consent, the newest first."""
    with reading() as cursor:
        return _VERSIONS.all(cursor)
