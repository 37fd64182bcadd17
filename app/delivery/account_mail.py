"""Mails of the platform to one user, such as the link that sets a password.

The link is made when the letter is, and stored nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.passwords import link_path
from app.config import Settings
from app.delivery.letter import BadAddress, Letter, literal, mailbox
from app.delivery.paper import draw
from app.delivery.sender import Sender, may_write_to
from app.delivery.single import Undeliverable, deliver
from app.delivery.smtp import Envelope
from app.delivery.states import GIVE_UP
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech, speech_for
from app.models.login import AccountMail, PasswordLink
from app.models.provider import Gateway
from app.models.school import School
from app.models.user import User
from app.tenancy.database import db
from app.work.jobs import Task, job
from app.work.outbox import queue

SUBJECTS = {
    "password_link": N_("Choose a new password for Umthi"),
    "password_changed": N_("The password for Umthi was changed"),
    "staff_invited": N_("You run Umthi from now on"),
    "account_made": N_("Your account with Umthi is ready"),
    "way_stopped": N_("Messages have stopped"),
    "way_works": N_("Messages go out again"),
}
CALLED = {"sms": "SMS", "whatsapp": "WhatsApp"}  # in every language
#: with a link that sets a password
SETTING_LINKS = frozenset({"password_link", "staff_invited"})
#: about a way out: to those who run the platform, leading to their console
ABOUT_WAYS = frozenset({"way_stopped", "way_works"})
TIMEZONE = "Africa/Johannesburg"  # an account belongs to no school, so its mails have no school's clock


def mail_user(session: Session, *, user_id: UUID, kind: str, subject_id: UUID | None = None, language: str) -> None:
    """Queue the mail `kind` (of SUBJECTS) to a user in a language. For those of SETTING_LINKS, `subject_id` names the link; for
    those about a way out the school's gateway, None for app notifications.

    Needs the platform's session, whose commit lets it go. Raises KeyError for a kind that is not there.
    """
    SUBJECTS[kind]
    mail = AccountMail(user_id=user_id, kind=kind, subject_id=subject_id, language=language)
    session.add(mail)
    session.flush()  # for its id
    queue("account.mail", mail.id, queue="urgent")


@job("account.mail")
def send_account_mail(task: Task) -> datetime | None:
    """Send one mail; returns when to try again. What comes of it stands in its row: sent, or an error that says why not."""
    mail = db.session.get(AccountMail, task.subject)
    if mail is None or mail.sent_at:
        return None
    now = clock.now()
    if now > mail.created_at + GIVE_UP:
        mail.error = f"given up after {GIVE_UP // timedelta(hours=1)} hours: {mail.error or 'no mail server'}"
        return None
    return deliver(mail, lambda: _envelope(mail), runs=task.runs)


def _envelope(mail: AccountMail) -> Envelope:
    """The letter as it is sent. Raises Undeliverable."""
    settings, user = current_settings(), db.session.get_one(User, mail.user_id)
    try:
        address = mailbox(user.email)
    except BadAddress:
        raise Undeliverable("not an address") from None
    if not may_write_to(settings, address):
        raise Undeliverable("not on UMTHI_MAIL_ALLOW")
    link, sender = _link(mail, settings), Sender(settings)
    words = speech_for(mail.language, TIMEZONE, LANGUAGES[mail.language].cldr, "ZAR")
    subject = words.gettext(SUBJECTS[mail.kind])
    bodies = draw(
        mail.kind, mail.language, subject=subject, address=literal(user.email), at=words.moment(mail.created_at),
        **({"way": literal(_way(mail, words))} if mail.kind in ABOUT_WAYS else {}),
    )  # fmt: skip
    letter = Letter(subject=subject, text=bodies.text, html_text=bodies.html, sender=sender.shown_as("Umthi"), host=sender.host)
    return Envelope(mail.id, address, letter.fill(reference=mail.id.hex, name=user.name, address=address, link=link))


def _way(mail: AccountMail, words: Speech) -> str:
    """What a mail about a way out names. Raises Undeliverable for a gateway that is not there any more."""
    if mail.subject_id is None:
        return words.gettext("App notifications")
    found = select(Gateway.channel, School.name).join(School, School.id == Gateway.school_id)
    row = db.session.execute(found.where(Gateway.id == mail.subject_id)).one_or_none()
    if row is None:
        raise Undeliverable("the gateway is disconnected")
    return f"{CALLED[row.channel]}, {row.name}"


def _link(mail: AccountMail, settings: Settings) -> str:
    """Where the mail leads. Raises Undeliverable for a link that holds no longer."""
    if mail.kind in ABOUT_WAYS:
        return f"{settings.public_url}/operator"
    if mail.kind not in SETTING_LINKS or mail.subject_id is None:
        return f"{settings.public_url}/password/forgot"
    link = db.session.get(PasswordLink, mail.subject_id)
    if link is None or link.used_at or link.expires_at <= clock.now():
        raise Undeliverable("the link has been used or is too old")
    return settings.public_url + link_path(link.id, settings.secret)
