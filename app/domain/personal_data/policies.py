"""What an erasure does with each table, and why something stays. Who adds a table about people adds it here; a test says so.

A table that nobody has thought of is emptied of all words, days and files: rather too much than too little.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.i18n.catalogue import N_

#: rows that go for good
REMOVED = frozenset(
    {
        "person_word", "contact_preference", "push_subscription", "medical_note", "guardianship", "progress", "invitation",
        "lead_word", "gate_state", "membership", "message_text", "data_pack", "api_token", "api_answer",
        "review",
    }
)  # fmt: skip
#: rows that stay as a fact, without these words: None empties, BLANK puts the mark of the certificate there, NOTHING an empty
#: object
BLANK, NOTHING = "blank", "nothing"
EMPTIED: Mapping[str, Mapping[str, str | None]] = {
    "person": {},  # what they are called instead is said by the erasure itself
    "learner": {},
    "absence_report": {"note": None, "answer": None},
    "attendance_mark": {"note": None},
    "attendance_event": {"note": None, "why": None},
    "gate_scan": {"code": BLANK},
    "attempt": {"answer": None},
    "data_request": {"asked_by": BLANK, "reason": BLANK, "wanted": None, "answer": None, "error": None},
    "consent": {"by_name": BLANK, "note": None},
    "legal_hold": {"reason": BLANK, "lifted_why": None},
    "emergency_person": {"acknowledged_by": None},
    "absence_inquiry": {"note": BLANK},
    "lead": {
        "name": BLANK,
        "email": None,
        "phone": None,
        "child_name": BLANK,
        "child_grade": BLANK,
        "child_birth_date": None,
        "message": BLANK,
        "next_step": BLANK,
        "archived_why": None,
    },
    "lead_event": {"details": NOTHING},
    "referral_code": {"by_name": BLANK},
    "follow_up": {"subject": BLANK, "body": BLANK, "email": BLANK, "error": None, "reason": None},
}
REGISTERS = N_("Attendance registers and admission records must be kept by law; they no longer say whose they are.")
MONEY = N_("Financial records must be kept for five years or longer; they no longer say whose they are.")
PROOF = N_("The school has to be able to prove what it did and when; no personal words are left in it.")
NUMBERS = N_("Needed to count what was sent and what happened; no personal words are left in it.")
#: rows that stay as they are, and the reason that the certificate gives
KEPT: Mapping[str, str] = {
    "enrolment": REGISTERS, "absence_alert": REGISTERS, "class_teacher": REGISTERS,
    "billable_learner": MONEY,
    "message": NUMBERS, "delivery": NUMBERS, "referral": NUMBERS, "referral_reward": MONEY,
    "erasure_certificate": PROOF, "breach_person": PROOF, "audit_event": PROOF, "export": PROOF, "archive": PROOF,
    "support_visit": PROOF,
}  # fmt: skip
#: why those stay of which words are emptied
STAYS: Mapping[str, str] = {
    "person": PROOF, "learner": PROOF, "absence_report": REGISTERS, "attendance_mark": REGISTERS, "attendance_event": REGISTERS,
    "gate_scan": REGISTERS, "attempt": NUMBERS, "data_request": PROOF, "consent": PROOF, "legal_hold": PROOF,
    "emergency_person": PROOF, "absence_inquiry": REGISTERS, "lead": NUMBERS, "lead_event": NUMBERS,
    "referral_code": NUMBERS,
    "follow_up": NUMBERS,
}  # fmt: skip
#: names of tables that begin so are records of money, whatever is added to them
_MONEY = ("invoice", "payment", "billing", "credit", "fee_", "statement", "subscription", "payer", "receipt", "ledger")


def why_kept(table: str) -> str | None:
    """The reason for which rows of a table stay as they are; None where something happens to them."""
    if table in KEPT:
        return KEPT[table]
    return MONEY if table.startswith(_MONEY) and table not in EMPTIED else None


def is_decided(table: str) -> bool:
    """Whether somebody has said what an erasure does with a table."""
    return table in REMOVED or table in EMPTIED or why_kept(table) is not None
