"""Why a delivery failed, in words for people: by the class of the provider's answer, never by its own text."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.i18n.catalogue import N_
from app.models.delivery import Channel, Event


class Class(NamedTuple):
    """Answers that mean the same: reply codes, and the beginning of the enhanced code (RFC 3463) where one is given."""

    codes: frozenset[int]
    enhanced: re.Pattern[str]
    words: str


class Wording(NamedTuple):
    """What the provider of one channel did: refused without saying why, asked to wait, for too long, no answer; and by code."""

    refused: str
    later: str
    too_long: str
    no_answer: str
    codes: dict[int, str]


_ANY = frozenset(range(400, 600))
#: the first that fits a mail server's answer for good decides
CLASSES = (
    Class(_ANY, re.compile(r"5\.2\.2\b"), N_("The mailbox is full.")),
    Class(_ANY, re.compile(r"5\.2\.1\b"), N_("The mailbox is closed.")),
    Class(_ANY, re.compile(r"5\.1\.\d"), N_("The mail server says that this address does not exist.")),
    Class(_ANY, re.compile(r"5\.7\.\d"), N_("The mail server of this address refuses our mail.")),
    Class(frozenset({552}), re.compile(r"(?!\d\.)"), N_("The mailbox is full.")),
    Class(frozenset({550, 551, 553}), re.compile(r"(?!\d\.)"), N_("The mail server says that this address does not exist.")),
)
REFUSED = N_("The mail server did not accept the mail.")
NOT_AN_ADDRESS = N_("There is no email address that works.")
WITHHELD = N_("This copy of Umthi only writes to test addresses.")
UNSUBSCRIBED = N_("They had unsubscribed from email before it was their turn.")
LATER = N_("The mail server asked us to try again later.")
TOO_LONG = N_("The mail server kept asking to try later, for a whole day.")
NO_ANSWER = N_("The mail server could not be reached, or did not say whether it took the mail.")
BOUNCED = N_("The mail came back: it could not be delivered to this address.")
UNKNOWN = N_("The message could not be sent.")
EXPIRED = N_("It expired while the school was suspended.")
NO_DEVICE = N_("There is no device any more that shows notifications.")
BAD_DEVICE = N_("The device is not set up for our notifications any more; its owner has to turn them on again.")
GONE = N_("The device is gone: it no longer takes notifications.")
TOO_LARGE = N_("The notification is too long for the push service.")
KEY_REFUSED = N_("The push service does not accept our key for this device.")
NO_GATEWAY = N_("No gateway is connected for this channel any more.")
BAD_GATEWAY = N_("The settings of the gateway have to be looked at: its key or its address cannot be used.")
NO_NUMBER = N_("There is no phone number that works.")
NUMBER_REFUSED = N_("The gateway says that this number cannot be reached.")
GATEWAY_REFUSED = N_("The gateway does not accept the school’s key.")
TEXT_TOO_LARGE = N_("The message is too long for the gateway.")

_MAIL = Wording(REFUSED, LATER, TOO_LONG, NO_ANSWER, {})
_PUSH = Wording(
    N_("The push service did not accept the notification."),
    N_("The push service asked us to try again later."),
    N_("The push service kept asking to try later, for a whole day."),
    N_("The push service could not be reached, or did not say whether it took the notification."),
    {404: GONE, 410: GONE, 413: TOO_LARGE, 400: KEY_REFUSED, 401: KEY_REFUSED, 403: KEY_REFUSED},
)
_TEXT = Wording(
    N_("The gateway did not accept the message."),
    N_("The gateway asked us to try again later."),
    N_("The gateway kept asking to try later, for a whole day."),
    N_("The gateway could not be reached, or did not say whether it took the message."),
    {
        400: NUMBER_REFUSED, 404: NUMBER_REFUSED, 410: NUMBER_REFUSED, 422: NUMBER_REFUSED,
        401: GATEWAY_REFUSED, 403: GATEWAY_REFUSED, 413: TEXT_TOO_LARGE,
    },
)  # fmt: skip
WORDINGS = {Channel.EMAIL.value: _MAIL, Channel.PUSH.value: _PUSH, Channel.SMS.value: _TEXT, Channel.WHATSAPP.value: _TEXT}
#: an end without a code of anybody's is one that we saw ourselves
OURS = {
    Channel.EMAIL.value: NOT_AN_ADDRESS, Channel.PUSH.value: NO_DEVICE, Channel.SMS.value: NO_NUMBER,
    Channel.WHATSAPP.value: NO_NUMBER,
}  # fmt: skip
#: what we ourselves saw, by the words that a sender has for it
SEEN = {
    "no gateway": NO_GATEWAY, "no key that opens": BAD_GATEWAY, "not a public address": BAD_GATEWAY,
    "no key for this device": BAD_DEVICE, "not a push service": BAD_DEVICE,
    "not the keys of a device": BAD_DEVICE,
}  # fmt: skip
#: why nothing was sent to somebody, by `app.domain.reach.REASONS`; "" when it was otherwise at the time
WHY_NOT = {
    "no_address": N_("No address"),
    "flagged": N_("The address does not work"),
    "unsubscribed": N_("Unsubscribed from email"),
    "not_written": N_("The school does not write to learners"),
    "young": N_("A learner without an address; the parents or guardians are written to"),
    "": N_("Could not be reached when it was sent"),
}
#: the names of channels that are the same in every language
NAMES = {Channel.SMS.value: "SMS", Channel.WHATSAPP.value: "WhatsApp"}
#: who took a message, by the channel on which they did: we know of no more than that
TAKEN = {
    Channel.EMAIL.value: N_("Accepted by the mail server"),
    Channel.PUSH.value: N_("Accepted by the push service"),
    Channel.SMS.value: N_("Accepted by the SMS gateway"),
    Channel.WHATSAPP.value: N_("Accepted by the WhatsApp gateway"),
}


def reason_for(event: str | None, code: int | None, answer: str | None, channel: str = Channel.EMAIL) -> str:
    """The message, to be translated, for what came of the last try: its event, the provider's code and answer, its channel."""
    wording = WORDINGS.get(channel, _MAIL)
    if event == Event.EXPIRED:
        return EXPIRED
    if event == Event.WITHHELD:
        return UNSUBSCRIBED if answer == "unsubscribed" else WITHHELD
    if event in (Event.EXHAUSTED, Event.TEMPORARY, Event.UNSURE) and code is None:
        return wording.no_answer
    if event in (Event.EXHAUSTED, Event.TEMPORARY):
        return wording.too_long if event == Event.EXHAUSTED else wording.later
    if event == Event.BOUNCED:
        return _of_mail(code or 500, answer, BOUNCED)
    if event != Event.PERMANENT:
        return UNKNOWN
    if code is None:
        return SEEN.get(answer or "", OURS.get(channel, UNKNOWN))
    if wording is _MAIL:
        return _of_mail(code, answer, REFUSED)
    return wording.codes.get(code, wording.refused)


def _of_mail(code: int, answer: str | None, otherwise: str) -> str:
    found = (kind.words for kind in CLASSES if code in kind.codes and kind.enhanced.match(answer or ""))
    return next(found, otherwise)
