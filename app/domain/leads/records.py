"""A lead as it comes, and what is written down of it. Each verb leaves a line of the lead's history and an event of the audit.

The details of each kind of `lead_event`: created {source, origin}, stage {before, after, why}, note {text}, reply {how, text},
step {text, due}, assigned {to}, merged {name, lead, left}, converted {learner, guardian}, unsubscribed {how}, consent {how},
sent {subject, how}, edited {fields, before}, erased {why}. `left` and the `before` of an edit hold values by field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.audit.record import Actor, record
from app.domain.leads import hooks
from app.ids import uuid7
from app.models.lead import Happening, Lead, LeadEvent, Source, Stage
from app.tenancy.database import db

#: with these the school has answered: the time to the first reply ends
REPLIES = frozenset({Happening.REPLY, Happening.SENT})


class LeadError(Exception):
    """Why something cannot be done about a lead; `message` is for people, marked with N_."""

    message = ""


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """What is known of somebody who asks. `email` in small letters, `phone` in E.164, `utm` {source, medium, campaign, …}.

    `submission_key` is the same for the same form sent twice, None for what cannot come twice.
    """

    name: str
    source: Source
    language: str
    email: str | None = None
    phone: str | None = None
    child_name: str = ""
    child_grade: str = ""
    child_birth_date: dt.date | None = None
    message: str = ""
    origin: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    owner_id: UUID | None = None
    consent_text_id: UUID | None = None
    consent_at: dt.datetime | None = None
    referral_code_id: UUID | None = None
    submission_key: str | None = None
    id: UUID = field(default_factory=uuid7)


def add_lead(new: NewLead, *, by: Actor) -> Lead:
    """A lead of the current school, with its history begun. Of two with one `submission_key` there is one: the first.

    It is this one if its `id` is `new.id`; of two at once the second waits for the first.
    """
    values = {
        "id": new.id, "name": new.name, "email": new.email, "phone": new.phone, "language": new.language,
        "child_name": new.child_name, "child_grade": new.child_grade, "child_birth_date": new.child_birth_date,
        "message": new.message, "source": new.source.value, "origin": new.origin, "utm": dict(new.utm),
        "owner_id": new.owner_id, "consent_text_id": new.consent_text_id, "consent_at": new.consent_at,
        "referral_code_id": new.referral_code_id, "submission_key": new.submission_key, "stage": Stage.NEW.value,
        "created_at": (now := clock.now()), "stage_at": now, "touched_at": now,
    }  # fmt: skip
    adding = insert(Lead).values(values).on_conflict_do_nothing(constraint="lead_once").returning(Lead)
    lead = db.session.scalars(adding).one_or_none()
    if lead is None:
        return db.session.scalars(select(Lead).where(Lead.submission_key == new.submission_key)).one()
    note(lead, Happening.CREATED, {"source": lead.source, "origin": lead.origin}, by=by)
    record("leads.add", lead, label=lead.name, by=by, after={"source": lead.source})
    db.session.flush()
    hooks.stage_changed(db.session(), lead, None, lead.stage)
    return lead


def lead_for_change(lead_id: UUID) -> Lead | None:
    """A lead of the school, held until the end of the transaction; None for what was merged away, erased or never was."""
    live = Lead.merged_into.is_(None), Lead.erased_at.is_(None)
    found = select(Lead).where(Lead.id == lead_id, *live).with_for_update()
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def standing(lead_id: UUID) -> Lead | None:
    """The lead that an id stands for now, held: the one it was merged into, if it was. None once it is erased."""
    at: UUID | None = lead_id
    while at is not None:
        if lead := lead_for_change(at):
            return lead
        at = db.session.scalar(select(Lead.merged_into).where(Lead.id == at))
    return None


def note(lead: Lead, kind: Happening, details: Mapping[str, Any], *, by: Actor) -> LeadEvent:
    """Write one line into a lead's history; the first reply and the first message sent end the wait for an answer."""
    now = clock.now()
    event = LeadEvent(lead_id=lead.id, at=now, kind=kind.value, by_id=by.id, by_name=by.name, details=dict(details))
    db.session.add(event)
    lead.touched_at = now
    if kind in REPLIES and lead.replied_at is None:
        lead.replied_at = now
    return event


def add_note(lead: Lead, text: str, *, by: Actor) -> None:
    """Write down something about a lead."""
    note(lead, Happening.NOTE, {"text": text}, by=by)
    record("leads.note", lead, label=lead.name, by=by)


def note_reply(lead: Lead, how: str, text: str, *, by: Actor) -> None:
    """Write down that the school has answered: how, and what was said. The stage stays: it is the caller's to move."""
    note(lead, Happening.REPLY, {"how": how, **({"text": text} if text else {})}, by=by)
    record("leads.reply", lead, label=lead.name, by=by, after={"how": how})


def plan_step(lead: Lead, text: str, due: dt.date | None, *, by: Actor) -> bool:
    """Say what has to be done next, and by when; without both, nothing has. False if that stands there."""
    if (lead.next_step, lead.next_due_on) == (text, due):
        return False
    before, after = {"due": _iso(lead.next_due_on)}, {"due": _iso(due)}
    lead.next_step, lead.next_due_on = text, due
    note(lead, Happening.STEP, {"text": text, **after}, by=by)
    record("leads.step", lead, label=lead.name, by=by, before=before, after=after)
    return True


def assign(lead: Lead, person_id: UUID | None, name: str, *, by: Actor) -> bool:
    """Let somebody of the school look after a lead, or nobody (None, ""); False if they do."""
    if lead.owner_id == person_id:
        return False
    lead.owner_id = person_id
    note(lead, Happening.ASSIGNED, {"to": name}, by=by)
    record("leads.assign", lead, label=lead.name, by=by, after={"to": name})
    return True


def unsubscribe(lead: Lead, how: str, *, by: Actor) -> bool:
    """Write to somebody no more, whichever of their enquiries it is about: every lead with the address of this one.

    `how` is 'link' or 'asked'. False if that was said before.
    """
    left = [each for each in _of_their_address(lead) if not each.unsubscribed_at]
    for each in left:
        each.unsubscribed_at = clock.now()
        note(each, Happening.UNSUBSCRIBED, {"how": how}, by=by)
        record("leads.unsubscribe", each, label=each.name, by=by, after={"how": how})
    return bool(left)


def subscribe_again(lead: Lead, how: str, *, by: Actor) -> bool:
    """Take back that somebody is written to no more, as they themselves want it; False if nothing was said."""
    back = [each for each in _of_their_address(lead) if each.unsubscribed_at]
    for each in back:
        each.unsubscribed_at = None
        note(each, Happening.CONSENT, {"how": how}, by=by)
        record("leads.resubscribe", each, label=each.name, by=by, after={"how": how})
    return bool(back)


def _of_their_address(lead: Lead) -> Sequence[Lead]:
    """A held lead and all others that have its address, held too."""
    if not lead.email:
        return [lead]
    live = Lead.merged_into.is_(None), Lead.erased_at.is_(None), Lead.email == lead.email
    return db.session.scalars(select(Lead).where(*live).order_by(Lead.id).with_for_update()).all()


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
