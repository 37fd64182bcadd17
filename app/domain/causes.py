"""What tells the failures of deliveries apart, as one text: written when a delivery dies, counted and read across all schools.

It is the channel, the event, the code, and the enhanced code with which an answer begins (an answer without any code tells
itself): all that `reason_for` goes by. Nothing of a person is in it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.domain.reasons import reason_for

BETWEEN = "~"
ENHANCED = r"^[0-9]\.(?:[0-9]{1,3}(?:\.[0-9]{1,3})?)?"
#: the same of a row `d` of deliveries and a try `n`, for statements in bulk
IN_SQL = rf"""
concat_ws('{BETWEEN}', d.channel, coalesce(n.event, ''), coalesce(n.code::text, ''),
    coalesce(substring(n.answer FROM '{ENHANCED}'), CASE WHEN n.code IS NULL THEN n.answer END, ''))
"""


class Cause(NamedTuple):
    """A cause, read: see `app.domain.reasons.reason_for` for its parts."""

    channel: str
    event: str
    code: int | None
    answer: str

    @property
    def words(self) -> str:
        """Why, as a message to be translated."""
        return reason_for(self.event or None, self.code, self.answer or None, self.channel)


def read(cause: str, channel: str) -> Cause:
    """The parts of a cause; of one that nobody wrote (''), nothing but its `channel` is known."""
    parts = cause.split(BETWEEN, 3)
    if len(parts) != 4:
        return Cause(channel, "", None, "")
    of, event, code, answer = parts
    return Cause(of, event, int(code) if code else None, answer)


def write(channel: str, event: str, code: int | None, answer: str | None) -> str:
    """The cause of a delivery whose last try ended so: as IN_SQL has it."""
    found = re.match(ENHANCED, answer) if answer else None
    told = found[0] if found else "" if code is not None else answer or ""
    return BETWEEN.join((channel, event, "" if code is None else str(code), told))
