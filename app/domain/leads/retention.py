"""How long leads are kept: what has been silent for the school's number of months is erased, and what somebody asks to be.

Of an erased lead stays that somebody came: when, from where, how far they got and how long they waited, so that the figures of
past months hold. No word of theirs stays, here, in its history, or among the values of the audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import ACTOR, VISIT, Actor, record
from app.domain.leads import hooks
from app.models.audit import PlatformEvent, PlatformValue
from app.models.lead import Happening, Lead, LeadEvent, Stage
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.keys import Hand
from app.tenancy.reading import driving
from app.tenancy.scope import current_school_id
from app.work.outbox import queue

FORGET = "leads.forget"  # the job that takes the words out of the audit
ERASED = "leads.erase"  # the event that certifies an erasure
ASKED, SILENT = "asked", "silent"
AT_ONCE = 50  # leads in one run of the periodic job
#: what stays in the details of an event, where it is one of our own keys; the `before` of an edit is a mapping of their words
_FACTS = ("source", "before", "after", "how")
_FORGET = """
UPDATE audit_value v SET value = NULL, salt = NULL, erased_under = %(under)s FROM audit_event e
WHERE v.school_id = %(school)s AND e.school_id = %(school)s AND e.id = v.event_id AND v.value IS NOT NULL
  AND e.target_id = ANY (%(leads)s) AND e.action <> %(erased)s
  AND (NOT v.field = ANY (%(others)s) OR v.field = %(actor)s AND e.actor_kind = 'visitor')
RETURNING v.event_id, v.field
"""


def months() -> int:
    """For how many months the current school keeps a lead of which nothing is heard."""
    return db.session.scalars(select(School.lead_months).where(School.id == current_school_id())).one()


def keep_for(number: int, *, by: Actor) -> bool:
    """Let the school keep silent leads for so many months; False if it does."""
    school = db.session.get_one(School, current_school_id())
    if school.lead_months == number:
        return False
    before, school.lead_months = school.lead_months, number
    record("leads.keep", None, label=school.name, by=by, before={"months": before}, after={"months": number})
    return True


def earlier(day: dt.datetime, number: int) -> dt.datetime:
    """The same moment so many months before; on the last day of a shorter month."""
    month = day.year * 12 + day.month - 1 - number
    last = (dt.date((month + 1) // 12, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return day.replace(year=month // 12, month=month % 12 + 1, day=min(day.day, last))


def due(number: int, limit: int = AT_ONCE) -> Sequence[Lead]:
    """Leads of the current school of which nothing was heard for so many months, held; what somebody else holds is left out.

    Who is enrolled is kept with the people they became, unless archived; whoever has a day still to come is not silent.
    """
    now = clock.now()
    silent = (
        select(Lead)
        .where(
            Lead.touched_at < earlier(now, number), Lead.erased_at.is_(None), Lead.merged_into.is_(None),
            Lead.stage != Stage.ENROLLED.value, or_(Lead.next_due_on.is_(None), Lead.next_due_on < now.date()),
        )
        .order_by(Lead.touched_at)
        .limit(limit)
    )  # fmt: skip
    return db.session.scalars(silent.with_for_update(skip_locked=True)).all()


def erase(lead: Lead, why: str, *, by: Actor) -> None:
    """Erase a held lead and those that were merged into it; `why` is ASKED or SILENT. The audit's values follow by a job."""
    merged = db.session.scalars(select(Lead).where(Lead.merged_into == lead.id).with_for_update()).all()
    came, number = lead.created_at, 0
    for each in (lead, *merged):
        hooks.erasing(db.session(), each)
        number += _empty(each)
    lead.touched_at = clock.now()
    gone = LeadEvent(
        lead_id=lead.id, at=lead.touched_at, kind=Happening.ERASED.value, by_id=by.id, by_name=by.name, details={"why": why}
    )
    db.session.add(gone)
    facts = {"why": why, "came": came.date().isoformat(), "source": lead.source, "stage": lead.stage, "events": number}
    for each in (lead, *merged):  # each has its own, which certifies what goes out of the audit
        record("leads.erase", each, label="", by=by, after=facts)
        queue(FORGET, each.id, queue="bulk")
    db.session.flush()


def forget_values(session: Session, school_id: int, lead_id: UUID) -> int:
    """Erase the values of the audit's events about a lead, but for the one that certifies its erasure; returns how many.

    Needs `across_schools`: the school's own role may not change the audit's values.
    """
    leads = [str(lead_id)]
    with driving() as cursor:
        rows = Hand(cursor, school_id).rows(
            _FORGET, under=f"lead {lead_id}", leads=leads, erased=ERASED, others=[ACTOR, VISIT], actor=ACTOR
        )  # fmt: skip
    copies = select(PlatformEvent.id).where(PlatformEvent.target_id.in_(leads), PlatformEvent.action != ERASED)
    known = select(PlatformValue).where(
        PlatformValue.event_id.in_(copies), PlatformValue.field.not_in((ACTOR, VISIT)), PlatformValue.value.is_not(None)
    )  # fmt: skip
    for value in session.scalars(known):
        value.value, value.salt, value.erased_under = None, None, f"{school_id}/lead {lead_id}"
    return len(rows)


def _empty(lead: Lead) -> int:
    """Take every word out of one lead and out of its history; returns how many events it has."""
    lead.name = lead.child_name = lead.child_grade = lead.message = lead.next_step = ""
    lead.email = lead.phone = lead.archived_why = lead.submission_key = None
    lead.child_birth_date = lead.next_due_on = None
    lead.consent_at = lead.consent_text_id = lead.learner_id = lead.guardian_id = lead.owner_id = None
    lead.utm, lead.erased_at = {}, clock.now()
    events = db.session.scalars(select(LeadEvent).where(LeadEvent.lead_id == lead.id)).all()
    for event in events:
        event.details = {name: event.details[name] for name in _FACTS if isinstance(event.details.get(name), str)}
        if event.by_id is None:
            event.by_name = ""  # what somebody did by a link bears their own name
    return len(events)
