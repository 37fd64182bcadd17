"""What a device sends: a list of scans as JSON, each judged by itself."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from app.domain.scanning import Scan, is_by_hand
from app.i18n.catalogue import N_
from app.web.paging import moment

MOST = 500  # scans in one request
LONGEST = 200  # characters of a code
AHEAD, BEHIND = dt.timedelta(minutes=5), dt.timedelta(days=14)
#: why a scan is not taken, by the key that a machine reads
WHY = {
    "not_a_scan": N_("A scan has an id, a code and the time at which it was scanned."),
    "bad_id": N_("The id of a scan must be a UUID."),
    "bad_code": N_("The code is empty, too long, or has characters that no card has."),
    "bad_time": N_("The time must say its timezone, like 2027-01-20T07:31:00+02:00."),
    "in_the_future": N_("The clock of this device is ahead. Set it right, and scan again."),
    "too_old": N_("The scan is more than two weeks old. Ask an administrator to put the day right by hand."),
}


class Refused(NamedTuple):
    """A scan that is not taken: its id as it was given (None for what has none), and a key of WHY."""

    id: str | None
    why: str


def read(item: object, now: dt.datetime) -> Scan | Refused:
    """A scan of the list. `now` is when it arrived."""
    if not isinstance(item, dict):
        return Refused(None, "not_a_scan")
    given, code, scanned = item.get("id"), item.get("code"), item.get("scanned_at")
    called = given[:LONGEST] if isinstance(given, str) else None
    if not (isinstance(given, str) and isinstance(code, str) and isinstance(scanned, str)):
        return Refused(called, "not_a_scan")
    try:
        scan_id = UUID(given)
    except ValueError:
        return Refused(called, "bad_id")
    code = code.strip()
    if not is_code(code):
        return Refused(called, "bad_code")
    try:
        at = moment(scanned).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return Refused(called, "bad_time")
    if at > now + AHEAD:
        return Refused(called, "in_the_future")
    if at < now - BEHIND:
        return Refused(called, "too_old")
    return Scan(scan_id, code, at, now)


def is_code(text: str) -> bool:
    """Whether a text can be the code of a card or a learner's number."""
    return 0 < len(text) <= LONGEST and text.isprintable() and not is_by_hand(text)
