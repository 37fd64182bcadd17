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
from app.delivery import account_news, export_mail, invoice_mail, lead_mail
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
from app.models.api_token import ApiToken
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
    "address_changed": N_("The address of your account with Umthi was changed"),
    "staff_invited": N_("You run Umthi from now on"),
    "account_made": N_("Your account with Umthi is ready"),
    "token_made": N_("An API token was made at your school"),
    "way_stopped": N_("Messages have stopped"),
    "way_works": N_("Messages go out again"),
    **account_news.SUBJECTS,
    **invoice_mail.SUBJECTS,
    **export_mail.SUBJECTS,
    **lead_mail.SUBJECTS,
}
CALLED = {"sms": "SMS", "whatsapp": "WhatsApp"}  # in every language
#: with a link that sets a password
SETTING_LINKS = frozenset({"password_link", "staff_invited"})
#: about a way out: to those who run the platform, leading to their console
ABOUT_WAYS = frozenset({"way_stopped", "way_works"})
#: about a token of the API: to the owners of its school, leading to its tokens
ABOUT_TOKENS = frozenset({"token_made"})
TIMEZONE = "Africa/Johannesburg"  # an account belongs to no school, so its mails have no school's clock


def mail_user(
    session: Session, *, user_id: UUID, kind: str, subject_id: UUID | None = None, language: str, address: str | None = None
) -> None:
    """Queue the mail `kind` (of SUBJECTS) to a user in a language. For those of SETTING_LINKS, `subject_id` names the link; for
    those about a way out the school's gateway, None for app notifications; for those about a token the token. `address` is
    another one than the user's.

    Needs the platform's session, whose commit lets it go. Raises KeyError for a kind that is not there.
    """
    SUBJECTS[kind]
    mail = AccountMail(user_id=user_id, kind=kind, subject_id=subject_id, language=language, address=address)
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
        address = mailbox(mail.address or user.email)
    except BadAddress:
        raise Undeliverable("not an address") from None
    if not may_write_to(settings, address):
        raise Undeliverable("not on UMTHI_MAIL_ALLOW")
    link, sender = _link(mail, settings), Sender(settings)
    words = speech_for(mail.language, TIMEZONE, LANGUAGES[mail.language].cldr, "ZAR")
    subject = words.gettext(SUBJECTS[mail.kind])
    news = account_news.said(mail, words, user.email) if mail.kind in account_news.WHAT else {}
    bill = invoice_mail.said(db.session(), mail, words) if mail.kind in invoice_mail.WHAT else {}
    export = export_mail.said(mail, words) if mail.kind in export_mail.WHAT else {}
    leads = lead_mail.said(mail, words) if mail.kind in lead_mail.SUBJECTS else {}
    template = "account_news" if news else "invoice" if bill else "export" if export else "leads" if leads else mail.kind
    bodies = draw(
        template, mail.language, **news, **bill, **export, **leads, subject=subject, at=words.moment(mail.created_at),
        address=literal((bill and mail.address) or user.email),
        **({"way": literal(_way(mail, words))} if mail.kind in ABOUT_WAYS else {}),
        **(_token(mail) if mail.kind in ABOUT_TOKENS else {}),
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


def _token(mail: AccountMail) -> dict[str, str]:
    """What a mail about a token names: it, and its school. Raises Undeliverable for one that is not there any more."""
    found = select(ApiToken.name, School.name).join(School, School.id == ApiToken.school_id)
    row = db.session.execute(found.where(ApiToken.id == mail.subject_id)).one_or_none()
    if row is None:
        raise Undeliverable("the token is not there any more")
    return {"token": literal(row[0]), "school": literal(row[1])}


def _link(mail: AccountMail, settings: Settings) -> str:
    """Where the mail leads. Raises Undeliverable for a link that holds no longer."""
    if mail.kind in ABOUT_WAYS:
        return f"{settings.public_url}/operator"
    if mail.kind in account_news.STAFF:
        return f"{settings.public_url}/operator/people"
    if mail.kind in invoice_mail.WHAT:
        return settings.public_url + invoice_mail.path(mail)
    if mail.kind in export_mail.WHAT:
        return settings.public_url + export_mail.path(mail)
    if mail.kind in lead_mail.SUBJECTS:
        return settings.public_url + lead_mail.path()
    if mail.kind in ABOUT_TOKENS:
        return f"{settings.public_url}/settings/tokens"
    if mail.kind not in SETTING_LINKS or mail.subject_id is None:
        return f"{settings.public_url}/password/forgot"
    link = db.session.get(PasswordLink, mail.subject_id)
    if link is None or link.used_at or link.expires_at <= clock.now():
        raise Undeliverable("the link has been used or is too old")
    return settings.public_url + link_path(link.id, settings.secret)
