"""Why a delivery failed, in words for people: by the class of a mail server's answer, never by its own text."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.i18n.catalogue import N_
from app.models.delivery import Event


class Class(NamedTuple):
    """Answers that mean the same: reply codes, and the beginning of the enhanced code (RFC 3463) where one is given."""

    codes: frozenset[int]
    enhanced: re.Pattern[str]
    words: str


_ANY = frozenset(range(400, 600))
#: the first that fits an answer for good decides
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
TOO_LONG = N_("The mail server kept asking to try later, for a whole day.")
NO_ANSWER = N_("The mail server could not be reached, or did not say whether it took the mail.")
UNKNOWN = N_("The mail could not be sent.")


def reason_for(event: str | None, code: int | None, answer: str | None) -> str:
    """The message, to be translated, for what came of the last try: its event, and the mail server's code and answer."""
    if event == Event.WITHHELD:
        return WITHHELD
    if event == Event.EXHAUSTED:
        return NO_ANSWER if code is None else TOO_LONG
    if event != Event.PERMANENT:
        return UNKNOWN
    if code is None:
        return NOT_AN_ADDRESS
    found = (kind.words for kind in CLASSES if code in kind.codes and kind.enhanced.match(answer or ""))
    return next(found, REFUSED)
