"""The enquiry form of Thaba Nkulu: open, worded, with two texts of consent, and a month of what it did not take."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from app.audit.record import Target, record
from app.domain.leads.bots import Reason
from app.models.lead import Lead
from app.models.lead_form import LeadConsentText, LeadForm, LeadFormRefusal
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import SchoolPlan, today_at_school
from app.seed.thaba import THABA
from app.tenancy.database import db

FIELDS = {
    "email": "optional", "phone": "optional", "child_name": "required", "child_grade": "optional", "child_birth_date": "off",
    "message": "optional",
}  # fmt: skip
WORDINGS = {
    "en": {
        "thanks": "Thank you. We have your enquiry. Somebody from the office calls or writes to you within two school days."
    },
    "zu": {
        "thanks": "Siyabonga. Siwutholile umbuzo wakho. Othile wasehhovisi uzokushayela ucingo noma akubhalele zingakapheli "
        "izinsuku ezimbili zesikole."
    },
}
#: how old a text of consent is, in days, and what it says
TEXTS = (
    (210, {
        "en": "Thaba Nkulu Primary may keep what I write here to answer me.",
        "af": "Thaba Nkulu Primary mag bewaar wat ek hier skryf om my te antwoord.",
        "zu": "I-Thaba Nkulu Primary ingakugcina engikubhala lapha ukuze ingiphendule.",
    }),
    (120, {
        "en": "Thaba Nkulu Primary may keep what I write here for two years to answer my enquiry.",
        "af": "Thaba Nkulu Primary mag twee jaar lank bewaar wat ek hier skryf om my navraag te beantwoord.",
        "zu": "I-Thaba Nkulu Primary ingakugcina iminyaka emibili engikubhala lapha ukuze iphendule umbuzo wami.",
    }),
)  # fmt: skip
#: days ago, why, how many
REFUSED = (
    (1, Reason.NO_TOKEN, 14), (1, Reason.TRAP, 9), (2, Reason.NO_TOKEN, 6), (4, Reason.QUICK, 2), (5, Reason.TRAP, 21),
    (9, Reason.SHAPE, 3), (12, Reason.NO_TOKEN, 31), (12, Reason.RATE, 1), (17, Reason.ORIGIN, 2), (23, Reason.OLD, 1),
)  # fmt: skip


def add_lead_form(plan: SchoolPlan, now: dt.datetime) -> int:
    """Set up the form of the current school where it has none; returns how many rows there are of it."""
    if plan.slug != THABA.slug or db.session.scalar(select(LeadForm.id).limit(1)):
        return 0
    form = LeadForm(
        id=known_id(plan.slug, "lead form"), is_open=True, fields=FIELDS, wordings=WORDINGS, origins=[f"https://www.{plan.host}"],
        min_seconds=3, per_address=40, changed_at=now - dt.timedelta(days=TEXTS[-1][0]),
    )  # fmt: skip
    db.session.add(form)
    by_name = plan.accounts[Role.OWNER]
    db.session.add_all(
        LeadConsentText(
            id=known_id(plan.slug, "lead consent", number), version=number, texts=texts, by_name=by_name,
            published_at=now - dt.timedelta(days=days),
        )
        for number, (days, texts) in enumerate(TEXTS, 1)
    )  # fmt: skip
    db.session.flush()
    today = today_at_school(now)
    rows = [
        {
            "id": known_id(plan.slug, "lead refusal", days, reason), "on_date": today - dt.timedelta(days=days),
            "reason": reason.value, "number": number,
        }
        for days, reason, number in REFUSED
    ]  # fmt: skip
    record("lead_form.open", Target("lead_form", form.id), label=plan.name)
    return 1 + len(TEXTS) + fill(LeadFormRefusal, rows)


def say_what_was_agreed_to(plan: SchoolPlan) -> None:
    """Give the leads of the seed that said yes the text that stood there when they did."""
    if plan.slug != THABA.slug:
        return
    for text in db.session.scalars(select(LeadConsentText).order_by(LeadConsentText.version)):
        agreed = update(Lead).where(Lead.consent_at >= text.published_at, Lead.submission_key.like("baseline/%"))
        db.session.execute(agreed.values(consent_text_id=text.id), execution_options={"synchronize_session": False})
