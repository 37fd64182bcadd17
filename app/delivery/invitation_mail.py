"""The mail of an invitation, from the school, in the language of the person whom it invites.

Its link is made when the letter is, and stored nowhere. It is work of the school: while that is not open, the mail waits.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app import clock
from app.delivery.letter import BadAddress, Letter, literal, mailbox
from app.delivery.paper import draw, letterhead
from app.delivery.sender import Sender, may_write_to, reply_address
from app.delivery.single import Undeliverable, deliver
from app.delivery.smtp import Envelope
from app.domain.invitations import SEND, State, link_path, state_of
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech_for
from app.models.invitation import Invitation
from app.models.person import Person
from app.models.school import School
from app.models.user import User
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from app.work.jobs import Task, job

SUBJECT = N_("%(school)s invites you to Umthi")
TOO_LATE = "it expired before it could be sent"


@job(SEND)
def send_invitation(task: Task) -> datetime | None:
    """Send one mail; returns when to try again. What comes of it stands in its row: sent, or an error that says why not."""
    found = select(Invitation).where(Invitation.id == task.subject)
    row = db.session.scalars(found).one_or_none()
    if row is None or row.sent_at or state_of(row) in (State.USED, State.REVOKED):
        return None
    if row.expires_at <= clock.now():
        row.error = f"{TOO_LATE}: {row.error}" if row.error else TOO_LATE
        return None
    return deliver(row, lambda: _envelope(row), runs=task.runs)


def _envelope(row: Invitation) -> Envelope:
    """The letter as it is sent. Raises Undeliverable."""
    settings = current_settings()
    try:
        address = mailbox(row.email)
    except BadAddress:
        raise Undeliverable("not an address") from None
    if not may_write_to(settings, address):
        raise Undeliverable("not on UMTHI_MAIL_ALLOW")
    school, person, sender = db.session.get_one(School, row.school_id), row.person, Sender(settings)
    language = _language(person, row.email) or school.language
    words = speech_for(language, str(school.timezone), school.money, school.currency)
    subject = words.gettext(SUBJECT, school=school.name)
    bodies = draw(
        "invitation", language, subject=literal(subject), school=literal(school.name), by=literal(row.invited_by),
        address=literal(row.email), until=words.moment(row.expires_at), logo=letterhead(school.id),
    )  # fmt: skip
    letter = Letter(
        subject=subject, text=bodies.text, html_text=bodies.html, sender=sender.shown_as(school.name), host=sender.host,
        reply_to=reply_address(school.answers_to),
    )  # fmt: skip
    link = settings.public_url + link_path(row.id, mailed=True)
    return Envelope(row.id, address, letter.fill(reference=row.id.hex, name=person.name, address=address, link=link))


def _language(person: Person, email: str) -> str | None:
    """The language that the person chose: as this school's own record of them has it, else as their account does."""
    if person.language:
        return person.language
    with outside(), across_schools("language of somebody who is invited", routine=True) as session:
        return session.scalar(select(User.language).where(User.email == email))
