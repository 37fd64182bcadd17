"""Reads of one event: what it says of before and after, and its seal; and how the last check of the log came out."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import any_, bindparam, func, select, tuple_

from app.audit.record import ACTOR, LABEL, VISIT, hash_of
from app.models.audit import AuditEvent, AuditValue
from app.models.outbox import Outbox
from app.models.seal import AuditSeal
from app.tenancy.reading import Prepared, reading

CHECK, CHECK_ALL, CHECKED = "audit.verify", "audit.verify_all", "audit.checked"  # the jobs, and the event with their result
RESULT = "result"
_WHO = (ACTOR, LABEL, VISIT)
MISSING = "missing"


class Event(NamedTuple):
    """An event as it stands in the log."""

    id: UUID
    seq: int
    xid: int
    at: dt.datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    target_kind: str
    target_id: str | None
    request_id: str | None
    changes: dict[str, dict[str, str]]


class Value(NamedTuple):
    """What stands beside an event, or stood there until it was erased under a certificate."""

    field: str
    value: str | None
    salt: str | None
    erased_under: str | None


class Seal(NamedTuple):
    """The seal in whose place an event stands; `has_it` is False for one that was not there when it was sealed."""

    number: int
    at: dt.datetime
    hash: bytes
    has_it: bool


class Side(NamedTuple):
    """A value before or after: `state` is kept, erased (under `certificate`), missing, or changed: not what the event keeps."""

    state: str
    value: Any = None
    certificate: str | None = None


class Told(NamedTuple):
    """An event with all that is known of it. `fields`: name, before, after (None: there is none)."""

    event: Event
    seal: Seal | None
    actor: Side | None
    label: Side | None
    visit: Side | None
    fields: list[tuple[str, Side | None, Side | None]]


class Standing(NamedTuple):
    """How far the seals of a log have come."""

    seals: int
    events: int
    last_at: dt.datetime | None
    last_hash: bytes | None


class Last(NamedTuple):
    """The last check: when it ended, and what it found, as JSON."""

    at: dt.datetime
    result: str | None


class _Since(NamedTuple):
    at: dt.datetime


_EVENT = Prepared(select(*(getattr(AuditEvent, name) for name in Event._fields)).where(AuditEvent.id == bindparam("id")), Event)
_VALUES = Prepared(
    select(AuditValue.field, AuditValue.value, AuditValue.salt, AuditValue.erased_under).where(
        AuditValue.event_id == bindparam("id")
    ),
    Value,
)
_SEAL = Prepared(
    select(AuditSeal.number, AuditSeal.at, AuditSeal.hash, (bindparam("seq") == any_(AuditSeal.seqs)).label("has_it"))
    .where(tuple_(AuditSeal.until_xid, AuditSeal.until_seq) > tuple_(bindparam("xid"), bindparam("seq")))
    .order_by(AuditSeal.until_xid, AuditSeal.until_seq)
    .limit(1),
    Seal,
)
_LAST_SEAL = select(AuditSeal.at, AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1).subquery()
_STANDING = Prepared(
    select(
        func.count().label("seals"), func.coalesce(func.sum(AuditSeal.events), 0).label("events"),
        select(_LAST_SEAL.c.at).scalar_subquery().label("last_at"),
        select(_LAST_SEAL.c.hash).scalar_subquery().label("last_hash"),
    ).select_from(AuditSeal),
    Standing,
)  # fmt: skip
_LAST = Prepared(
    select(
        AuditEvent.at,
        select(func.min(AuditValue.value))
        .where(AuditValue.event_id == AuditEvent.id, AuditValue.field == f"{RESULT}:after")
        .scalar_subquery()
        .label("result"),
    )
    .where(AuditEvent.action == CHECKED)
    .order_by(AuditEvent.at.desc())
    .limit(1),
    Last,
)
_RUNNING = Prepared(
    select(Outbox.created_at.label("at"))
    .where(Outbox.job == CHECK, Outbox.done_at.is_(None))
    .order_by(Outbox.created_at)
    .limit(1),
    _Since,
)


def event(event_id: UUID) -> Told | None:
    """An event of the school with its values and its seal; None where there is none."""
    with reading() as cursor:
        found = _EVENT.all(cursor, id=event_id)
        if not found:
            return None
        one = found[0]
        values = {value.field: value for value in _VALUES.all(cursor, id=event_id)}
        seals = _SEAL.all(cursor, xid=one.xid, seq=one.seq)
    sides = {
        name: {when: _side(name if when == "is" else f"{name}:{when}", hashed, values) for when, hashed in parts.items()}
        for name, parts in one.changes.items()
    }
    actor, label, visit = (sides.pop(name, {}).get("is") for name in _WHO)
    fields = [(name, of.get("before"), of.get("after")) for name, of in sorted(sides.items())]
    return Told(one, seals[0] if seals else None, actor, label, visit, fields)


def standing() -> tuple[Standing, Last | None, dt.datetime | None]:
    """How far the seals of the school have come, its last check, and since when one runs (None: none does)."""
    with reading() as cursor:
        last, runs = _LAST.all(cursor), _RUNNING.all(cursor)
        return _STANDING.all(cursor)[0], last[0] if last else None, runs[0].at if runs else None


def read(text: str | None) -> dict[str, Any] | None:
    """What a check found (blueprints.audit.jobs.told), of the value of its event; None where there is none."""
    found: dict[str, Any] | None = json.loads(text, object_hook=_with_moment) if text else None
    return found


def _with_moment(of: dict[str, Any]) -> dict[str, Any]:
    moments = {name: dt.datetime.fromisoformat(of[name]) for name in ("at", "until") if of.get(name)}
    return of | moments


def _side(field: str, hashed: str, values: dict[str, Value]) -> Side:
    found = values.get(field)
    if found is None:
        return Side(MISSING)
    if found.value is None:
        return Side("erased" if found.erased_under else MISSING, None, found.erased_under)
    state = "kept" if hash_of(found.salt or "", field, found.value) == hashed else "changed"
    try:
        return Side(state, json.loads(found.value) if ":" in field else found.value)
    except ValueError:  # whoever changed it wrote anything
        return Side("changed", found.value)
