"""A mail server's answer, in words for people."""

from __future__ import annotations

import pytest

from app.domain import reasons
from app.domain.reasons import CLASSES, reason_for

FULL, CLOSED, UNKNOWN, REFUSES = (kind.words for kind in CLASSES[:4])


@pytest.mark.parametrize(
    ("event", "code", "answer", "words"),
    [
        ("permanent", 550, "5.1.1 nobody here", UNKNOWN),
        ("permanent", 550, "No such user", UNKNOWN),
        ("permanent", 550, "5.7.1 spam", REFUSES),
        ("permanent", 552, "5.2.2 over quota", FULL),
        ("permanent", 552, "over quota", FULL),
        ("permanent", 554, "5.2.1 disabled", CLOSED),
        ("permanent", 554, "transaction failed", reasons.REFUSED),
        ("permanent", None, "not an address", reasons.NOT_AN_ADDRESS),
        ("withheld", None, "not on UMTHI_MAIL_ALLOW", reasons.WITHHELD),
        ("exhausted", 450, "4.2.0 later", reasons.TOO_LONG),
        ("exhausted", None, "connection closed", reasons.NO_ANSWER),
        (None, None, None, reasons.UNKNOWN),
    ],
)
def test_each_class_has_its_words(event, code, answer, words):
    assert reason_for(event, code, answer) == words
