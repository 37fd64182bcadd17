"""A provider's answer, in words for people."""

from __future__ import annotations

import pytest

from app.delivery import mailing, pushing, texting
from app.domain import reasons
from app.domain.reach import REASONS
from app.domain.reasons import CLASSES, TAKEN, WHY_NOT, WORDINGS, reason_for
from app.models.delivery import Channel, Event

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
        ("withheld", None, mailing.UNSUBSCRIBED, reasons.UNSUBSCRIBED),
        ("exhausted", 450, "4.2.0 later", reasons.TOO_LONG),
        ("exhausted", None, "connection closed", reasons.NO_ANSWER),
        ("temporary", 450, "4.2.0 later", reasons.LATER),
        ("unsure", None, "connection closed", reasons.NO_ANSWER),
        ("bounced", None, "5.1.1 nobody here", UNKNOWN),
        ("bounced", 552, "mailbox full", FULL),
        ("bounced", None, "something else", reasons.BOUNCED),
        (None, None, None, reasons.UNKNOWN),
    ],
)
def test_each_class_of_mail_has_its_words(event, code, answer, words):
    assert reason_for(event, code, answer) == reason_for(event, code, answer, "email") == words


@pytest.mark.parametrize(
    ("channel", "event", "code", "answer", "words"),
    [
        ("push", "permanent", 410, "Gone", reasons.GONE),
        ("push", "permanent", 404, "Not Found", reasons.GONE),
        ("push", "permanent", 413, "Payload Too Large", reasons.TOO_LARGE),
        ("push", "permanent", 403, "Forbidden", reasons.KEY_REFUSED),
        ("push", "permanent", 418, "Teapot", WORDINGS["push"].refused),
        ("push", "permanent", None, pushing.NO_DEVICE, reasons.NO_DEVICE),
        ("push", "temporary", 429, "Too Many Requests", WORDINGS["push"].later),
        ("push", "exhausted", 503, "", WORDINGS["push"].too_long),
        ("push", "exhausted", None, "", WORDINGS["push"].no_answer),
        ("push", "permanent", None, pushing.NO_KEY, reasons.BAD_DEVICE),
        ("sms", "permanent", 422, "bad number", reasons.NUMBER_REFUSED),
        ("sms", "permanent", 401, "", reasons.GATEWAY_REFUSED),
        ("whatsapp", "permanent", None, texting.NO_GATEWAY, reasons.NO_GATEWAY),
        ("whatsapp", "permanent", None, texting.NO_NUMBER, reasons.NO_NUMBER),
        ("sms", "permanent", 418, "", WORDINGS["sms"].refused),
        ("sms", "exhausted", 500, "", WORDINGS["sms"].too_long),
        ("pigeon", "permanent", 550, "", UNKNOWN),
    ],
)
def test_each_channel_has_words_of_its_own(channel, event, code, answer, words):
    assert reason_for(event, code, answer, channel) == words


def test_no_channel_and_no_end_is_without_words():
    assert set(WORDINGS) == set(TAKEN) == set(reasons.OURS) == set(Channel)
    assert set(WHY_NOT) == {*REASONS, "young", ""}
    for channel in Channel:
        assert all(reason_for(event, code, "", channel) for event in Event for code in (None, 500))
