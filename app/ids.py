"""Identifiers made by the application, so that a row knows its name before it is stored."""

from uuid import UUID

import uuid6


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): sorted by time, strictly increasing within one process."""
    return UUID(int=uuid6.uuid7().int)
