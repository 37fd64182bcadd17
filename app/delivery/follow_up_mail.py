"""The mail of a follow-up that somebody has approved: from the school, word for word what they saw, with the link to leave.

Nothing else is ever sent here: a row without an approval is left alone, and the database lets none get as far as `sending`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.audit.record import Target, record
from app.delivery.lead_leaving import leave_link
from app.delivery.letter import BadAddress, Letter, literal, mailbox
from app.delivery.paper import draw, letterhead, paragraphs
from app.delivery.sender import Sender, may_write_to, reply_address
from app.delivery.single import Undeliverable, deliver
from app.delivery.smtp import Envelope
from app.delivery.states import GIVE_UP
from app.domain.follow_ups.approving import SEND
from app.domain.follow_ups.drawing import signs
from app.domain.follow_ups.settings import marketing
from app.domain.leads.records import lead_for_change, note
from app.extensions import current_settings
from app.models.follow_up import FollowUp, FollowUpState
from app.models.lead import Happening, Lead, Stage
from app.models.school import School
from app.tenancy.database import db
from app.work.jobs import Task, job

BY = Actor("job", None, SEND)


@dataclass
class _Tried:
    """What came of one try."""

    sent_at: datetime | None = None
    error: str | None = None


@job(SEND)
def send_follow_up(task: Task) -> datetime | None:
    """Send one mail that was approved; returns when to try again. What comes of it stands in its row.

    `dead`: the address takes no mail. `failed`: a day went by and nobody took it. Whoever has left meanwhile gets none, and
    nobody whose enquiry was archived.
    """
    if task.subject is None or (ready := _approved(task.subject)) is None:
        return None
    item, lead = ready
    if why := _why_not(lead):
        item.state, item.ended_at, item.dropped = FollowUpState.DISMISSED.value, clock.now(), why
        return None
    if item.approved_at is None or clock.now() > item.approved_at + GIVE_UP:
        hours = GIVE_UP // timedelta(hours=1)
        item.state, item.error = FollowUpState.FAILED.value, f"given up after {hours} hours: {item.error or 'no mail server'}"
        return None
    tried = _Tried()
    again = deliver(tried, lambda: _envelope(item, lead), runs=task.runs)
    _note(task.subject, tried, again)
    return again


def _why_not(lead: Lead) -> str | None:
    """Why a lead gets no mail any more, None where it does."""
    reasons = {
        "unsubscribed": lead.unsubscribed_at, "merged": lead.merged_into, "erased": lead.erased_at,
        "archived": lead.stage == Stage.ARCHIVED,
    }  # fmt: skip
    return next((why for why, holds in reasons.items() if holds), None)


def _approved(follow_up_id: UUID) -> tuple[FollowUp, Lead] | None:
    """A follow-up that somebody approved and that is on its way, and its lead; None for every other."""
    found = select(FollowUp, Lead).join(Lead, Lead.id == FollowUp.lead_id).where(FollowUp.id == follow_up_id)
    row = db.session.execute(found).one_or_none()
    if row is None or row[0].state != FollowUpState.SENDING or not row[0].approved_by:
        return None
    return row[0], row[1]


def _note(follow_up_id: UUID, tried: _Tried, again: datetime | None) -> None:
    """Write down what came of a try: the lead first, as everybody holds them. Sending is an answer of the school."""
    lead_id = db.session.scalars(select(FollowUp.lead_id).where(FollowUp.id == follow_up_id)).one()
    lead = lead_for_change(lead_id)
    one = select(FollowUp).where(FollowUp.id == follow_up_id).with_for_update().execution_options(populate_existing=True)
    item = db.session.scalars(one).one()
    if item.state != FollowUpState.SENDING or (tried.sent_at is None and tried.error is None):
        return  # it was erased while it was on its way, or nothing was tried
    item.tries, item.error = item.tries + 1, tried.error
    if tried.sent_at is None:
        if again is None:
            item.state = FollowUpState.DEAD.value
        return
    item.state, item.sent_at, item.way = FollowUpState.SENT.value, tried.sent_at, "email"
    if lead is not None:
        approved_by = Actor("user", item.approved_by_id, item.approved_by or "")
        note(lead, Happening.SENT, {"subject": item.subject, "how": item.way}, by=approved_by)
        record("follow_ups.send", Target("lead", lead.id), label=lead.name, by=BY, after={"subject": item.subject})


def _envelope(item: FollowUp, lead: Lead) -> Envelope:
    """The letter as it is sent. Raises Undeliverable."""
    settings = current_settings()
    try:
        address = mailbox(item.email or "")
    except BadAddress:
        raise Undeliverable("not an address") from None
    if not may_write_to(settings, address):
        raise Undeliverable("not on UMTHI_MAIL_ALLOW")
    school, set_to, sender = db.session.get_one(School, item.school_id), marketing(), Sender(settings)
    subject = item.subject or ""
    bodies = draw(
        "follow_up", item.language, subject=literal(subject), paragraphs=_lines(item.body or ""), school=literal(school.name),
        phone=literal(school.contact_phone or ""), logo=letterhead(school.id),
    )  # fmt: skip
    letter = Letter(
        subject=subject, text=bodies.text, html_text=bodies.html, sender=sender.shown_as(signs(school, set_to)),
        host=sender.host, reply_to=reply_address(set_to.reply_to or school.answers_to), one_click=True,
    )  # fmt: skip
    leave = leave_link(settings, school.id, lead.id)
    filled = letter.fill(reference=item.id.hex, name=lead.name, address=address, link="", unsubscribe=leave)
    return Envelope(item.id, address, filled)


def _lines(text: str) -> list[list[str]]:
    """The paragraphs of a text, each line as it is, whatever braces it has."""
    return [[literal(line) for line in part] for part in paragraphs(text)]
