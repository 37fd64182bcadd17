"""Two leads of one family become one: what comes out, said beforehand, and done. Nothing that either said is lost.

The one that stays takes the values that somebody chose, the other's where it has none, the earlier coming with its source (the
first touch counts), the earliest answer, the further stage, and that either of them does not want to be written to. Where
either became a learner the lead is enrolled, or archived if both are; an enrolled or archived lead has no next step. The other
stays as it was, marked as part of the first; the history of both is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from app.audit.record import Actor, record
from app.domain.leads import hooks
from app.domain.leads.records import LeadError, note
from app.domain.leads.stages import STAGES
from app.i18n.catalogue import N_
from app.models.lead import Happening, Lead, Stage
from app.tenancy.database import db

KEPT, OTHER = "kept", "other"
#: fields of which somebody chooses whose value stays, with their labels
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("Email address"),
    "phone": N_("Phone number"),
    "language": N_("Language"),
    "child_name": N_("Name of the child"),
    "child_grade": N_("Grade"),
    "child_birth_date": N_("Date of birth"),
    "message": N_("Message"),
    "owner_id": N_("Looked after by"),
}
_FIRST_TOUCH = ("source", "origin", "utm", "referral_code_id", "created_at")
_ORDER = [stage for stage in STAGES if stage != Stage.ARCHIVED]


class NotTwo(LeadError):
    message = N_("These are not two leads of your school. One of them may have been merged or erased meanwhile.")


class BothEnrolled(LeadError):
    message = N_("Both became learners of the school. Merge the records of the people instead.")


def alike(email: str | None, phone: str | None, but: UUID | None = None) -> Sequence[Lead]:
    """Leads of the school with this address or number, the newest first; not the one called `but`."""
    same = [column == value for column, value in ((Lead.email, email), (Lead.phone, phone)) if value]
    if not same:
        return []
    found = select(Lead).where(or_(*same), Lead.merged_into.is_(None), Lead.erased_at.is_(None)).order_by(Lead.id.desc())
    return db.session.scalars(found.where(Lead.id != but).limit(10) if but else found.limit(10)).all()


def held(one: UUID, other: UUID) -> tuple[Lead, Lead]:
    """Two leads in this order, held until the end of the transaction. Raises NotTwo."""
    live = Lead.merged_into.is_(None), Lead.erased_at.is_(None)
    both = select(Lead).where(Lead.id.in_((one, other)), *live).order_by(Lead.id).with_for_update()
    found = {lead.id: lead for lead in db.session.scalars(both.execution_options(populate_existing=True))}
    if len(found) != 2:
        raise NotTwo
    return found[one], found[other]


def differing(kept: Lead, other: Lead) -> list[str]:
    """The fields that both have, and not the same: of these somebody chooses."""
    return [name for name in FIELDS if _has(kept, name) and _has(other, name) and getattr(kept, name) != getattr(other, name)]


def outcome(kept: Lead, other: Lead, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What the lead that stays will say, by column. `chosen` names for each field whose value, KEPT unless it says OTHER.

    Raises BothEnrolled.
    """
    if kept.learner_id and other.learner_id and kept.learner_id != other.learner_id:
        raise BothEnrolled
    values: dict[str, Any] = {}
    for name in FIELDS:
        takes_other = _has(other, name) and (not _has(kept, name) or chosen.get(name) == OTHER)
        values[name] = getattr(other if takes_other else kept, name)
    first = min(kept, other, key=lambda lead: (lead.created_at, lead.id))
    values |= {name: getattr(first, name) for name in _FIRST_TOUCH}
    agreed = max(kept, other, key=lambda lead: (lead.consent_at is not None, lead.consent_at or lead.created_at))
    values |= {"consent_at": agreed.consent_at, "consent_text_id": agreed.consent_text_id}
    values["replied_at"] = _earliest(kept.replied_at, other.replied_at)
    values["unsubscribed_at"] = _earliest(kept.unsubscribed_at, other.unsubscribed_at)
    values |= {name: getattr(kept, name) or getattr(other, name) for name in ("learner_id", "guardian_id")}
    values |= _stage(kept, other)
    if values["stage"] in (Stage.ENROLLED, Stage.ARCHIVED):
        return values | {"next_step": "", "next_due_on": None}
    planned = min(
        (lead for lead in (kept, other) if lead.next_step or lead.next_due_on),
        key=lambda lead: lead.next_due_on or dt.date.max, default=kept,
    )  # fmt: skip
    return values | {"next_step": planned.next_step, "next_due_on": planned.next_due_on}


def merge(kept: Lead, other: Lead, chosen: Mapping[str, str], *, by: Actor) -> None:
    """Make one lead of two, both held. Raises BothEnrolled."""
    result = outcome(kept, other, chosen)
    left = {
        name: _plain(getattr(lead, name))
        for name in FIELDS for lead in (kept, other)
        if _has(lead, name) and getattr(lead, name) != result[name]
    }  # fmt: skip
    old = kept.stage
    hooks.merging(db.session(), kept, other)
    for name, value in result.items():
        setattr(kept, name, value)
    kept.touched_at = max(kept.touched_at, other.touched_at)
    theirs = update(Lead).where(Lead.merged_into == other.id).values(merged_into=kept.id)
    db.session.execute(theirs, execution_options={"synchronize_session": False})
    other.merged_into, other.next_step, other.next_due_on = kept.id, "", None
    note(kept, Happening.MERGED, {"lead": str(other.id), "name": other.name, "left": left}, by=by)
    record("leads.merge", kept, label=kept.name, by=by, before={"duplicate": other.name}, after={"lead": str(other.id)})
    db.session.flush()
    if kept.stage != old:
        hooks.stage_changed(db.session(), kept, old, kept.stage)


def parts_of(lead_id: UUID) -> list[UUID]:
    """The lead and those that were merged into it: whose history is one."""
    return [lead_id, *db.session.scalars(select(Lead.id).where(Lead.merged_into == lead_id).order_by(Lead.id))]


def _stage(kept: Lead, other: Lead) -> dict[str, Any]:
    """The further stage; of a learner always enrolled, or archived from there if both are archived."""
    further = max(kept, other, key=lambda lead: _ORDER.index(lead.stage) if lead.stage in _ORDER else -1)
    values = {name: getattr(further, name) for name in ("stage", "stage_at", "archived_why", "archived_from")}
    learner = next((lead for lead in (kept, other) if lead.learner_id), None)
    if learner is None or further.stage == Stage.ENROLLED:
        return values
    if further.stage == Stage.ARCHIVED:
        return values | {"archived_from": Stage.ENROLLED.value}
    return {"stage": Stage.ENROLLED.value, "stage_at": learner.stage_at, "archived_why": None, "archived_from": None}


def _has(lead: Lead, name: str) -> bool:
    return getattr(lead, name) not in (None, "")


def _earliest(*moments: dt.datetime | None) -> dt.datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _plain(value: object) -> object:
    return value if isinstance(value, str) else str(value)
