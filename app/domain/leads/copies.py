"""A copy of all that is held about a lead, for the person whom it is about."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.domain.leads import hooks
from app.domain.leads.merging import parts_of
from app.models.lead import Lead, LeadEvent
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

#: what serves the machinery alone, and says nothing of anybody
_HIDDEN = {"school_id", "submission_key", "archived_from", "merged_into"}


def copy_of(lead: Lead) -> dict[str, Any]:
    """Everything, as JSON has it: the lead, those merged into it, the history of all, and what other areas hold."""
    ids = parts_of(lead.id)
    leads = db.session.scalars(select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id)).all()
    events = db.session.scalars(
        select(LeadEvent).where(LeadEvent.lead_id.in_(ids)).order_by(LeadEvent.at, LeadEvent.id)
    ).all()  # fmt: skip
    owner = db.session.scalar(select(Person.name).where(Person.id == lead.owner_id)) if lead.owner_id else None
    school = db.session.get_one(School, current_school_id())
    return {
        "made_at": clock.now().isoformat(),
        "school": school.name,
        "looked_after_by": owner,
        "leads": [_row(each) for each in leads],
        "history": [
            {"at": event.at.isoformat(), "kind": event.kind, "by": event.by_name, "details": event.details} for event in events
        ],
        **hooks.held_elsewhere(db.session(), ids),
    }


def _row(lead: Lead) -> dict[str, Any]:
    columns = Lead.__table__.columns.keys()
    return {name: _plain(getattr(lead, name)) for name in columns if name not in _HIDDEN and getattr(lead, name) is not None}


def _plain(value: object) -> object:
    if isinstance(value, dt.date):  # a moment is one too
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
