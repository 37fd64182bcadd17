"""An enquiry by the form becomes a lead: once, at a bearable pace, with the text that was agreed to; refusals are counted.

Nothing here needs Redis: how fast an address sends is counted in the transaction of the lead itself.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, bindparam, select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.config import Settings
from app.domain.closing import acting_if_open
from app.domain.leads.asking import FormView, place_in, view_of
from app.domain.leads.records import NewLead, add_lead
from app.domain.referrals import attributing
from app.ids import uuid7
from app.models.lead import Lead, Source
from app.models.lead_form import LeadConsentText, LeadForm
from app.tenancy.doors import acting_for
from app.tenancy.reading import Bulk, Prepared, driving, reading, writing
from app.work.outbox import queue

WINDOW = dt.timedelta(minutes=15)
#: owners hear of new enquiries at once, and then at most this often
PAUSE = dt.timedelta(minutes=15)
TELL = "lead_form.tell_owners"
STRANGER = Actor("visitor", None, "")
_KEY = b"lead form\0"


class FormClosed(Exception):
    """The school takes no enquiries by its form."""


class TooMany(Exception):
    """One network address has sent as many as the school bears; `wait` is for how many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"wait {wait} s")
        self.wait = wait


class Words(NamedTuple):
    """What somebody wrote; `email` in small letters, `phone` in E.164."""

    name: str
    email: str | None
    phone: str | None
    child_name: str
    child_grade: str
    child_birth_date: dt.date | None
    message: str


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A form that was filled in well. `key` and `version` are of its token, `address` is where it came from on the network.

    `origin` is the host of the page on which the form stood, '' for our own; `utm` what that page's address said.
    """

    key: str
    version: int
    language: str
    words: Words
    address: str
    origin: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    referral: str = ""
    on_site: bool = False


class Taken(NamedTuple):
    """The lead that stands for a submission; `is_new` False where it stood before."""

    lead_id: UUID
    is_new: bool


_PACE = Bulk("""
INSERT INTO lead_form_pace (school_id, id, who, since) VALUES (%(school)s, %(id)s, %(who)s, %(since)s)
ON CONFLICT ON CONSTRAINT lead_form_pace_once DO UPDATE SET number = lead_form_pace.number + 1
RETURNING number
""")
_REFUSED = Bulk("""
INSERT INTO lead_form_refusal (school_id, id, on_date, reason) VALUES (%(school)s, %(id)s, %(day)s, %(reason)s)
ON CONFLICT ON CONSTRAINT lead_form_refusal_once DO UPDATE SET number = lead_form_refusal.number + 1
""")
_STANDING = Prepared(
    select(
        Lead.name, Lead.email, Lead.phone, Lead.child_name, Lead.child_grade, Lead.child_birth_date, Lead.message
    ).where(Lead.submission_key == bindparam("key", type_=Text)),
    Words,
)  # fmt: skip


def form_for(school_id: int, language: str) -> FormView | None:
    """The form of a school in one of its languages, for a page of the school's own site; None for a school that never was.

    Where it is closed `is_open` says so. A page that is kept for many readers posts to its `action` with `step=check`.
    """
    place = place_in(school_id)
    return view_of(place, place.spoken(language)) if place else None


def standing(school_id: int, key: str) -> Words | None:
    """What was sent under a key before, as it stands now; None if nothing was."""
    with acting_for(school_id), reading() as cursor:
        found = _STANDING.all(cursor, key=key)
    return found[0] if found else None


def take(school_id: int, submission: Submission, *, settings: Settings) -> Taken:
    """Store an enquiry, in a transaction of its own. Sent twice, also at the same moment, it is one lead.

    Raises SchoolClosed, FormClosed and TooMany, each of which leaves nothing behind.
    """
    with acting_if_open(school_id) as session:
        # Shared with other enquiries, not with the job that tells the owners: it waits for this lead, and then counts it.
        form = session.scalars(select(LeadForm).with_for_update(read=True, key_share=True)).one_or_none()
        if form is None or not form.is_open:
            raise FormClosed
        _count(settings, school_id, submission.address, form.per_address)
        code = attributing.code_of(submission.referral)
        consent_id = _consent(session, submission.version)
        source = Source.REFERRAL if code else Source.SITE if submission.on_site else Source.FORM
        new = NewLead(
            **submission.words._asdict(), source=source, language=submission.language, origin=submission.origin,
            utm=submission.utm, submission_key=submission.key, referral_code_id=code.id if code else None,
            consent_text_id=consent_id, consent_at=clock.now() if consent_id else None,
        )  # fmt: skip
        lead = add_lead(new, by=STRANGER)
        if lead.id != new.id:
            return Taken(lead.id, is_new=False)
        attributing.first_touch(session, lead, by=STRANGER)
        _tell(session, form)
        session.commit()
        return Taken(new.id, is_new=True)


def refuse(school_id: int, reason: str, *, today: dt.date) -> None:
    """Count a post that was not taken, by its reason and the day at the school. Nothing of it is kept."""
    with acting_for(school_id), writing() as cursor:
        _REFUSED.run(cursor, id=uuid7(), day=today, reason=reason)


def _count(settings: Settings, school_id: int, address: str, most: int) -> None:
    """Count one enquiry of an address in this quarter of an hour; the transaction takes it back if the lead does not come."""
    now = clock.now()
    since = dt.datetime.fromtimestamp(now.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), dt.UTC)
    with driving() as cursor:
        row = _PACE.run(cursor, id=uuid7(), who=_who(settings, school_id, address), since=since).fetchone()
    if row is not None and row.number > most:
        raise TooMany(max(1, int((since + WINDOW - now).total_seconds())))


def _who(settings: Settings, school_id: int, address: str) -> str:
    """A keyed hash of a network address: who reads the table learns none. Of IPv6 the network counts: a subscriber has 2^64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        text = address
    else:
        text = str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
    return hmac.digest(settings.secret.encode(), _KEY + f"{school_id}\0{text}".encode(), "sha256").hex()[:32]


def _consent(session: Session, version: int) -> UUID | None:
    """The text that was shown, by its version."""
    return session.scalar(select(LeadConsentText.id).where(LeadConsentText.version == version)) if version else None


def _tell(session: Session, form: LeadForm) -> None:
    """Have the owners told, unless a mail about other enquiries is on its way: then it counts this one too."""
    if form.telling:
        return
    begun = update(LeadForm).where(LeadForm.telling.is_(False)).values(telling=True).returning(LeadForm.told_at)
    row = session.execute(begun, execution_options={"synchronize_session": False}).one_or_none()
    if row is not None:
        queue(TELL, due=max(clock.now(), row.told_at + PAUSE) if row.told_at else None)
