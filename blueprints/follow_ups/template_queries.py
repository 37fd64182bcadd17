"""Reads of templates, shaped for the pages."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, select

from app.domain.follow_ups.drawing import Drawn, draw_template
from app.domain.follow_ups.settings import marketing
from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate
from app.models.lead import Lead, Stage
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id

OFFERED = 25  # leads that a preview offers


class Row(NamedTuple):
    """A line of the list. `languages` are those with a text, `sent` counts what went out, by mail or by hand."""

    id: UUID
    name: str
    occasion: str
    stage: str | None
    days: int
    is_active: bool
    subject: dict[str, str]
    open: int
    sent: int


class Version(NamedTuple):
    """One wording of a template by what was sent of it: how often, when first and last, and the last one."""

    revision: int
    number: int
    first_at: dt.datetime
    last_at: dt.datetime
    example: str


class Offer(NamedTuple):
    """A lead that a template can be tried on."""

    id: UUID
    name: str
    language: str


class Name(NamedTuple):
    """A template for a filter."""

    id: UUID
    name: str


_IS_SENT = FollowUp.sent_at.is_not(None)
_ROWS = Prepared(
    select(
        FollowUpTemplate.id, FollowUpTemplate.name, FollowUpTemplate.occasion, FollowUpTemplate.stage, FollowUpTemplate.days,
        FollowUpTemplate.is_active, FollowUpTemplate.subject,
        func.count(FollowUp.id).filter(FollowUp.state == FollowUpState.OPEN.value).label("open"),
        func.count(FollowUp.id).filter(_IS_SENT).label("sent"),
    )
    .outerjoin(
        FollowUp, and_(FollowUp.school_id == FollowUpTemplate.school_id, FollowUp.template_id == FollowUpTemplate.id)
    )
    .group_by(FollowUpTemplate.school_id, FollowUpTemplate.id)
    .order_by(FollowUpTemplate.is_active.desc(), FollowUpTemplate.id),
    Row,
)  # fmt: skip
_NAMES = Prepared(select(FollowUpTemplate.id, FollowUpTemplate.name).order_by(FollowUpTemplate.id), Name)
_OFFERS = Prepared(
    select(Lead.id, Lead.name, Lead.language)
    .where(Lead.merged_into.is_(None), Lead.erased_at.is_(None), Lead.stage != Stage.ARCHIVED.value)
    .order_by(Lead.id.desc())
    .limit(OFFERED),
    Offer,
)


def rows() -> list[Row]:
    """Every template of the school, those in use first."""
    with reading() as cursor:
        return _ROWS.all(cursor)


def names() -> list[Name]:
    """Every template by name, for a filter."""
    with reading() as cursor:
        return _NAMES.all(cursor)


def offers() -> list[Offer]:
    """The newest leads, for a preview."""
    with reading() as cursor:
        return _OFFERS.all(cursor)


def template(template_id: UUID) -> FollowUpTemplate | None:
    """One template, None for one that is not there."""
    return db.session.scalars(select(FollowUpTemplate).where(FollowUpTemplate.id == template_id)).one_or_none()


def versions(template_id: UUID) -> list[Version]:
    """What was sent of a template, by its wordings, the newest first."""
    found = (
        select(
            FollowUp.revision, func.count(), func.min(FollowUp.sent_at), func.max(FollowUp.sent_at),
            func.max(cast(FollowUp.id, Text)),
        )
        .where(FollowUp.template_id == template_id, _IS_SENT, FollowUp.is_edited.is_(False))
        .group_by(FollowUp.revision)
        .order_by(FollowUp.revision.desc())
    )  # fmt: skip
    rows = db.session.execute(found)
    return [Version(revision, number, first, last, one) for revision, number, first, last, one in rows if first and last]


def preview(of: FollowUpTemplate, lead_id: UUID) -> tuple[Lead, Drawn] | None:
    """A template as it would speak to a lead; None for a lead that is not there."""
    live = Lead.merged_into.is_(None), Lead.erased_at.is_(None)
    lead = db.session.scalars(select(Lead).where(Lead.id == lead_id, *live)).one_or_none()
    if lead is None:
        return None
    school = db.session.get_one(School, current_school_id())
    return lead, draw_template(of.subject, of.body, lead, school, marketing())
