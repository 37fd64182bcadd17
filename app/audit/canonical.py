"""What is sealed, byte for byte: the text of an event, the digest of it, the hash of a seal. docs/audit.md says it for people.

The text of an event is made by PostgreSQL alone, so that whoever checks only hashes, and a file can carry the very same line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from string import Template
from typing import Any, NamedTuple

from psycopg import Cursor

from app.tenancy.reading import Bulk
from app.tenancy.scope import WrongSchool, current_scope

VERSION = "umthi audit seal 1"
DIGEST = 16  # bytes of a SHA-256 that a seal keeps of each event
BEGINNING = bytes(32)  # what the first seal has for a seal before it
PLATFORM = "platform"
_SCHOOL = "school:"
#: an event as text: which log, its number, moment (UTC), id, transaction, and everything that was recorded
_CANONICAL = """jsonb_build_array($of, e.seq, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.id, e.xid,
    e.action, e.actor_kind, e.actor_id, e.target_kind, e.target_id, e.request_id, e.changes)::text"""
_OF_SCHOOL = {
    "events": "audit_event", "seals": "audit_seal", "values": "audit_value", "of": "e.school_id", "school": "school_id,",
    "given": "%(school)s,", "e_is_ours": "e.school_id = %(school)s AND", "v_is_ours": "v.school_id = %(school)s AND",
    "s_is_ours": "s.school_id = %(school)s AND", "v_of_e": "v.school_id = e.school_id AND",
    "checkpoints": "audit_checkpoint", "c_is_ours": "c.school_id = %(school)s AND",
    "certificate": "c.school_id = v.school_id AND c.number::text",
    "lead": "x.school_id = v.school_id AND 'lead ' || x.target_id",
}  # fmt: skip
_OF_PLATFORM = dict.fromkeys(_OF_SCHOOL, "") | {
    "events": "platform_event", "seals": "platform_seal", "values": "platform_value", "of": "NULL::int",
    "checkpoints": "platform_checkpoint", "certificate": "c.school_id || '/' || c.number",
    "lead": "x.school_id || '/lead ' || x.target_id",
}  # fmt: skip


class Place(NamedTuple):
    """Where an event stands in the order of its log: its transaction, and its number among those of that."""

    xid: int
    seq: int


class Stream(NamedTuple):
    """A log with a chain of seals of its own: a school's, or (None) the platform's."""

    school_id: int | None

    def __str__(self) -> str:
        return PLATFORM if self.school_id is None else f"{_SCHOOL}{self.school_id}"

    @classmethod
    def read(cls, text: str) -> Stream:
        """The stream that is called so. Raises ValueError."""
        if text == PLATFORM:
            return cls(None)
        if not text.startswith(_SCHOOL):
            raise ValueError(text)
        return cls(int(text.removeprefix(_SCHOOL)))


class Query:
    """A statement about one log, for either kind: `$events`, `$seals`, `$values`, `$checkpoints` its tables (e, s, v, c).

    `$e_is_ours` and its like keep a school's statement to that school, `$canonical` is the text of an event.
    """

    def __init__(self, sql: str) -> None:
        whole = Template(sql).safe_substitute(canonical=_CANONICAL)
        self._of_school = Bulk(whole, **_OF_SCHOOL)
        self._of_platform = Template(whole).substitute(_OF_PLATFORM)

    def run(self, cursor: Cursor[Any], stream: Stream, **values: object) -> Cursor[Any]:
        """Execute it for a log on a cursor of `driving()`; returns that cursor.

        Across schools it may be any log, inside a school that of the school. Raises WrongSchool for another.
        """
        if (scope := current_scope()).school_id is not None:
            if scope.school_id != stream.school_id:
                raise WrongSchool(f"the log {stream} was read as {scope}")
            return self._of_school.run(cursor, **values)
        if stream.school_id is None:
            return cursor.execute(self._of_platform, values)
        return self._of_school.run_across(cursor, stream.school_id, **values)


def digest_of(text: bytes) -> bytes:
    """What a seal keeps of an event's text."""
    return hashlib.sha256(text).digest()[:DIGEST]


def written(at: dt.datetime) -> str:
    """A moment as it stands in what is hashed: UTC with microseconds."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def header_of(stream: Stream, number: int, since: Place, until: Place, at: str, events: int, previous: bytes) -> str:
    """The first line of what a seal hashes."""
    header = [VERSION, str(stream), number, since, until, at, events, previous.hex()]
    return json.dumps(header, separators=(",", ":"))


def hash_of(header: str, seqs: Sequence[int], digests: bytes) -> bytes:
    """The hash of a seal: SHA-256 over its header, a line with the numbers of its events, and their digests."""
    return hashlib.sha256(f"{header}\n{','.join(map(str, seqs))}\n".encode() + digests).digest()
