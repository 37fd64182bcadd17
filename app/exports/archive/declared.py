"""What becomes of every table of a school in an archive of everything: declared once, here. A test walks the schema.

CARRIED: its rows travel and are brought in. ANNEX: they travel to be read, and are never brought in: history that was true
where it happened. EXEMPT: they stay, for the reason given. `shown` names the dataset that shows the table to people, `unshown`
says why none does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a table."""

    CARRIED = "carried"
    ANNEX = "annex"
    EXEMPT = "exempt"


@dataclass(frozen=True)
class Declared:
    """The fate of a table, and why it is an annex or exempt.

    `stays` are columns that do not travel, each with its reason; `accounts` those that name an account of the platform, and
    travel as its address; `only` the rows that travel (SQL about `t`), `why_only` the reason. `file`: another annex has it.
    """

    fate: Fate
    why: str = ""
    stays: Mapping[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()
    only: str = ""
    why_only: str = ""
    file: str = ""
    shown: str = ""
    unshown: str = ""


def carried(shown: str = "", **more: object) -> Declared:
    """A table that is brought in."""
    return Declared(Fate.CARRIED, shown=shown, **more)  # type: ignore[arg-type]


def annex(why: str, shown: str = "", **more: object) -> Declared:
    """A table that travels to be read."""
    return Declared(Fate.ANNEX, why, shown=shown, **more)  # type: ignore[arg-type]


def exempt(why: str, shown: str = "") -> Declared:
    """A table that stays."""
    return Declared(Fate.EXEMPT, why, shown=shown, unshown="" if shown else why)


#: columns of the school's own row that do not travel: it has its own
SCHOOL_STAYS = {
    "id": "the number of the school that it is brought into",
    "slug": "an address has one owner",
    "name": "a name has one owner on the platform; the manifest says what the school was called",
    "name_key": "follows the name",
    "state": "whether a school is open is for those who run the platform",
    "state_before": "as `state`",
    "disabled_at": "as `state`",
    "created_at": "when the row was made",
}
AUDIT = "audit"
_SEALED = "its seals hold for the log in which it happened: sealed, read only, and checked by deploy/verify_audit.py"
_PRIVATE = "a secret between this platform and a device or a provider; it is given anew"
_COUNTED = "counted anew from what was brought in"
_HISTORY = "what happened once, by the machinery of the platform that it left"

_BOOKS = "the books between the school and the platform that it left: what was issued there is not issued again"
_WEBHOOKS = "what a provider of payments told the platform that it left"
_MACHINERY = "work of the machinery, no record of the school"

TABLES: dict[str, Declared] = {
    # people
    "person": carried("accounts"),
    "learner": carried("learners"),
    "guardianship": carried("guardianships"),
    "medical_note": carried(unshown="read one at a time, by whom the owner names: no list of them is made"),
    "membership": carried("accounts", accounts=("user_id",)),
    "contact_preference": carried("guardians"),
    "person_word": exempt("written by the database as people are brought in: what the search of people finds them by"),
    "invitation": annex("a link that was mailed works where it was made", "accounts", stays={"token_hash": _PRIVATE}),
    "push_subscription": exempt(_PRIVATE),
    # classes and the calendar
    "class_group": carried("classes"),
    "class_teacher": carried("classes"),
    "enrolment": carried("enrolments"),
    "meeting_time": carried("lessons"),
    "class_session": carried("lessons"),
    "term": carried(unshown="a handful of days, which the calendar of the school shows whole"),
    "day_off": carried(unshown="as term"),
    "roll_over": carried(unshown="how a year was begun, for undoing it; the classes and enrolments that it made are shown"),
    # attendance and the gate
    "register": carried("attendance"),
    "attendance_mark": carried("attendance"),
    "attendance_event": carried(unshown="each change of a mark, which the page of a register shows; the marks are the dataset"),
    "absence_report": carried("absences"),
    "absence_alert": carried("attendance"),
    "absence_inquiry": carried(unshown="notes on a long absence, which stand on its page"),
    "gate_scan": carried("gate"),
    "gate_state": carried("gate"),
    # what the school says
    "notice": carried("notices"),
    "message": carried("deliveries"),
    "message_text": carried(unshown="the wording in each language of what the deliveries dataset names"),
    "emergency": carried("emergencies"),
    "emergency_person": carried("emergencies"),
    "delivery": annex(_HISTORY, "deliveries"),
    "attempt": annex(_HISTORY, unshown="every try of what the deliveries dataset has the outcome of"),
    "outbox": annex(_HISTORY + ": what waits in it would be done twice", unshown=_MACHINERY),
    "gateway": exempt("has the keys of the school with its provider: they are entered anew"),
    # leads
    "lead": carried("leads"),
    "lead_event": carried("lead_history"),
    "lead_form": carried(
        unshown="one row of settings, which its page shows whole",
        stays={"telling": "a mail that is on its way is sent by the platform that it left"},
    ),
    "lead_consent_text": carried("lead_consent_texts"),
    "lead_form_refusal": carried("lead_form_refusals"),
    "lead_form_pace": exempt("how fast network addresses sent the form, kept for a day"),
    "referral_code": carried("referral_codes"),
    "referral": carried("referrals"),
    "referral_reward": carried("referral_rewards"),
    "lead_word": exempt("written by the database as leads are brought in: what the search of leads finds them by"),
    # what is written to leads, by hand
    "follow_up_template": carried("follow_up_templates"),
    "follow_up": carried(
        only="t.state <> 'sending'", why_only="one that is on its way has no worker where it is brought in", shown="follow_ups",
    ),
    "marketing_setting": carried(unshown="a handful of settings, which their page shows whole"),
    # what families say, and what is printed
    "review": carried("reviews"),
    "promotion_asset": carried("promotion_assets"),
    "promotion_drawing": exempt("drawn anew from its asset: its code leads to the address of the school that it left"),
    # reports, imports, exports
    "report": carried(
        only="t.state <> 'running'", why_only="one that is being made has no worker where it is brought in",
        shown="reports",
    ),
    "column_mapping": carried(unshown="how columns of files were mapped the last time: a convenience of the import page"),
    "roster_import": annex("could be undone where it was done", "imports"),
    "roster_row": annex("as roster_import", unshown="the lines of a file, which its page shows; the imports are the dataset"),
    "export": annex("what was taken out, where it was", "audit"),
    # a person's data, by law
    "data_request": carried("data_requests"),
    "data_pack": exempt("a file that is made again on request; it goes after some days"),
    "legal_hold": carried(unshown="a handful of rows, each on the page of the person whom it holds"),
    "erasure_certificate": carried("erasure_certificates"),
    "consent_text": carried(unshown="the wording of what the page of consent shows"),
    "consent": carried("consents"),
    "breach": carried(unshown="each is a workbook of its own"),
    "breach_person": carried(unshown="as breach"),
    # programs
    "api_token": exempt(_PRIVATE),
    "api_answer": exempt("what a program was answered, kept for a day so that it can ask again"),
    # the website
    "site": carried(
        unshown="one draft, which the pages of the website show whole; what was published is the dataset",
        stays={"stamp": "it counts what has moved the website where it stands"},
    ),
    "site_version": carried("site_versions"),
    "site_picture": carried("site_pictures"),
    "site_picture_file": carried(unshown="the bytes of the pictures: they travel as rows, and are no list"),
    "site_preview": annex("a link opens the website where it was made", "site_previews", stays={"token_hash": _PRIVATE}),
    "school_event": carried("school_events"),
    # the school itself
    "school_logo": carried(unshown="a picture: it travels as a row, and is no list"),
    "progress": exempt("a bar that somebody looks at for a day"),
    "archive": exempt("the archives themselves"),
    "archive_import": exempt("what was brought in is written by bringing it in"),
    # evidence
    "audit_event": annex(_SEALED, "audit", file=AUDIT),
    "audit_value": annex(_SEALED, "audit", file=AUDIT),
    "audit_seal": annex(_SEALED, unshown="in the sealed file of the audit page", file=AUDIT),
    "audit_checkpoint": annex(_SEALED, unshown="in the sealed file of the audit page", file=AUDIT),
    "support_visit": annex(
        "who came from the platform, by its own account", "audit",
        stays={"user_id": "an account of those who run the platform", "session_id": "their session"},
    ),
    # the books between the school and the platform
    "billing_account": annex(_BOOKS, unshown="the page of billing shows it whole"),
    "subscription": annex(_BOOKS, unshown="as billing_account"),
    "invoice": annex(_BOOKS, "invoices"),
    "invoice_line": annex(_BOOKS, unshown="the page of an invoice shows its lines; the invoices are the dataset"),
    "credit_note": annex(_BOOKS, unshown="as invoice_line"),
    "payment": annex(_BOOKS, "payments"),
    "payment_attempt": annex(_BOOKS, unshown="the page of an invoice shows each; the payments are the dataset"),
    "payment_anomaly": annex(_BOOKS, unshown="the page of a payment shows them; the payments are the dataset"),
    "billing_escalation": annex(_BOOKS, unshown="as invoice_line"),
    "ledger_transaction": annex(_BOOKS, "ledger"),
    "ledger_entry": annex(_BOOKS, "ledger"),
    "number_series": exempt("the next number of an invoice, which is the platform's to give"),
    "webhook_effect": exempt(_WEBHOOKS),
    "webhook_watermark": exempt(_WEBHOOKS),
    # the platform's own, about the school
    "staff_note": exempt("what those who run the platform wrote down for each other; the school cannot read it"),
    "metric": exempt(_COUNTED),
    "metric_bucket": exempt(_COUNTED),
    "billable_month": exempt("what the platform counted for its own account of that month, which is closed"),
    "billable_learner": exempt("as billable_month"),
}  # fmt: skip
