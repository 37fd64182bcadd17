"""Identifiers made by the application, so that a row knows its name before it is stored."""

import datetime as dt
from uuid import UUID

import uuid6


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): sorted by time, strictly increasing within one process."""
    return UUID(int=uuid6.uuid7().int)


def first_of(moment: dt.datetime) -> UUID:
    """The smallest UUIDv7 of an aware moment: whatever was made then or later has this one or a larger one."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
