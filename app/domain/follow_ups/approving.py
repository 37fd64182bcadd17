"""What people do with follow-ups: edit, approve, send by hand, dismiss, try again. Each verb records what was done.

A lead is held before its follow-ups, here as in its own changes: two at once wait for each other and do not deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, Target, record
from app.domain.follow_ups.drawing import Drawn, draw_item
from app.domain.follow_ups.errors import (
    LeadArchived,
    LeadGone,
    NoAddress,
    NotByAPerson,
    NotWaiting,
    PlacesEmpty,
    TextChanged,
    Unsubscribed,
    WordsChanged,
)
from app.domain.follow_ups.settings import Marketing, marketing
from app.domain.leads.records import lead_for_change, note
from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate
from app.models.lead import Happening, Lead, Stage
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue

SEND = "follow_ups.send"
PEOPLE = ("user", "operator")  # kinds of actors who are somebody
OPEN = FollowUpState.OPEN.value
#: nobody got it, and somebody may still decide about it
UNDELIVERED = (FollowUpState.FAILED.value, FollowUpState.DEAD.value)
WAITING = (OPEN, *UNDELIVERED)


class Held(NamedTuple):
    """A follow-up held for a change, with what its words come from; `lead` None: merged away or erased."""

    item: FollowUp
    template: FollowUpTemplate
    lead: Lead | None
    school: School
    settings: Marketing

    def drawn(self) -> Drawn:
        """What it says now. Raises LeadGone."""
        if self.lead is None:
            raise LeadGone
        return draw_item(self.item, self.template, self.lead, self.school, self.settings)


def _tell(held: Held, action: str, *, by: Actor, before: dict[str, Any] | None = None, **after: Any) -> None:
    """Record a deed, without the words of a letter: more people read the log than those who write to families.

    It is one on the lead, so that an erasure of the lead finds it.
    """
    whom, label = Target("lead", held.item.lead_id), held.lead.name if held.lead else held.template.name
    record(action, whom, label=label, by=by, before=before, after={"template": held.template.name, **after})


def follow_up_for_change(follow_up_id: UUID) -> Held | None:
    """A follow-up of the school and its lead, held until the transaction ends; None for one that is not there."""
    lead_id = db.session.scalar(select(FollowUp.lead_id).where(FollowUp.id == follow_up_id))
    if lead_id is None:
        return None
    lead = lead_for_change(lead_id)
    one = select(FollowUp).where(FollowUp.id == follow_up_id).with_for_update().execution_options(populate_existing=True)
    item = db.session.scalars(one).one()
    if item.lead_id != lead_id:  # its lead became part of another one in between
        lead = lead_for_change(item.lead_id)
    template = db.session.scalars(select(FollowUpTemplate).where(FollowUpTemplate.id == item.template_id)).one()
    return Held(item, template, lead, db.session.get_one(School, current_school_id()), marketing())


def hold_leads_of(follow_up_ids: Sequence[UUID]) -> None:
    """Hold the leads of several follow-ups, all in one order, so that two who approve for the same families do not deadlock."""
    theirs = select(FollowUp.lead_id).where(FollowUp.id.in_(follow_up_ids))
    db.session.execute(select(Lead.id).where(Lead.id.in_(theirs)).order_by(Lead.id).with_for_update())


def edit(held: Held, subject: str, body: str, *, seen: str, by: Actor) -> bool:
    """Give an item that was `seen` as it is (`Drawn.seen`) words of its own; False if it says that.

    Raises NotWaiting, LeadGone, and WordsChanged where it says something else by now.
    """
    _refuse_unless(held, (OPEN,))
    before = held.drawn()
    if (before.subject, before.body) == (subject, body):
        return False
    if before.seen != seen:
        raise WordsChanged
    item = held.item
    item.subject, item.body, item.language, item.is_edited = subject, body, before.language, True
    item.revision = held.template.revision
    _tell(held, "follow_ups.edit", by=by)
    return True


def restore(held: Held, *, by: Actor) -> bool:
    """Let an item say again what its template says; False if it does. Raises NotWaiting."""
    _refuse_unless(held, (OPEN,))
    if not held.item.is_edited:
        return False
    held.item.subject = held.item.body = None
    held.item.is_edited = False
    _tell(held, "follow_ups.restore", by=by)
    return True


def approve(held: Held, *, seen: str, by: Actor) -> None:
    """Let an item go out as it was `seen` (`Drawn.seen`): its words and its address are fixed, and a job sends them.

    Raises NotByAPerson for anybody but a person who is signed in, TextChanged where it says something else by now, and what
    `check` raises.
    """
    if by.kind not in PEOPLE or by.id is None or not by.name:
        raise NotByAPerson(f"{by.kind} {by.name!r} approves a follow-up")
    drawn, item = check(held), held.item
    if drawn.seen != seen:
        raise TextChanged
    item.subject, item.body, item.language, item.email = drawn.subject, drawn.body, drawn.language, drawn.email
    item.revision = item.revision if item.is_edited or item.state != OPEN else held.template.revision
    item.approved_at, item.approved_by_id, item.approved_by = clock.now(), by.id, by.name
    before, item.state, item.error, item.tries = item.state, FollowUpState.SENDING.value, None, 0
    _tell(held, "follow_ups.approve", by=by, before={"state": before}, state=item.state)
    queue(SEND, item.id)


def check(held: Held) -> Drawn:
    """What would go out if somebody approved now.

    Raises NotWaiting, LeadGone, LeadArchived, Unsubscribed, PlacesEmpty and NoAddress.
    """
    drawn = _sendable(held)
    if not drawn.email:
        raise NoAddress
    return drawn


def mark_by_hand(held: Held, way: str, *, by: Actor) -> None:
    """Write down that somebody has sent an item themselves, and how. Raises as `check`, but needs no address."""
    drawn, item, now = _sendable(held), held.item, clock.now()
    lead = held.lead
    if lead is None:
        raise LeadGone
    item.subject, item.body, item.language = drawn.subject, drawn.body, drawn.language
    item.revision = item.revision if item.is_edited or item.state != OPEN else held.template.revision
    item.state, item.way, item.sent_at, item.error = FollowUpState.BY_HAND.value, way, now, None
    item.ended_at, item.ended_by_id, item.ended_by = now, by.id, by.name
    note(lead, Happening.SENT, {"subject": drawn.subject, "how": way}, by=by)
    _tell(held, "follow_ups.by_hand", by=by, how=way)


def dismiss(held: Held, reason: str, *, by: Actor) -> None:
    """Put an item aside that is not to be sent. Raises NotWaiting."""
    _refuse_unless(held, WAITING)
    item, before = held.item, held.item.state
    item.state, item.reason = FollowUpState.DISMISSED.value, reason
    item.ended_at, item.ended_by_id, item.ended_by = clock.now(), by.id, by.name
    _tell(held, "follow_ups.dismiss", by=by, before={"state": before}, state=item.state, reason=reason)


def _sendable(held: Held) -> Drawn:
    """The words of an item that may be sent, one way or another."""
    _refuse_unless(held, WAITING)
    drawn = held.drawn()
    if held.lead is None or held.lead.stage == Stage.ARCHIVED:
        raise LeadArchived
    if held.lead.unsubscribed_at is not None:
        raise Unsubscribed
    if drawn.missing:
        raise PlacesEmpty(drawn.missing)
    return drawn


def _refuse_unless(held: Held, states: tuple[str, ...]) -> None:
    if held.item.state not in states:
        raise NotWaiting
