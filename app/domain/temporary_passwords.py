"""Temporary passwords: chosen by somebody else than their owner, so that they open one page and die soon."""

from __future__ import annotations

import datetime as dt
import secrets

LIFE = dt.timedelta(days=7)
GROUPS, LENGTH = 4, 4
#: read aloud or copied by hand, none of these is taken for another
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """A new one for a person to copy by hand: four groups of four (79 bits of chance), like `k7dm-x3pq-9fht-w2rc`."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(GROUPS))
