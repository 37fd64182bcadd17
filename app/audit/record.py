"""Who did what: written in the transaction of the change.

An event keeps field names and salted hashes; what was hashed (names, before and after) stands beside it and can be erased.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import g, has_app_context
from sqlalchemy.orm import Session

from app.access.actor import Actor, acting_as, current_actor
from app.ids import uuid7
from app.models.audit import PlatformEvent, PlatformValue
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, outside
from app.tenancy.reading import Bulk, driving
from app.tenancy.scope import current_school_id, current_scope, scope_or_none
from app.work.outbox import queue

__all__ = ["Actor", "Target", "acting_as", "add_event", "current_actor", "hash_of", "record", "record_platform", "record_read"]

ACTOR, LABEL, VISIT = "actor", "label", "visit"
#: the job that writes into the platform's log what a school's log has (app.audit.mirror)
MIRROR = "audit.mirror"


# An event and its values in one statement: every change of a school has one, and the session would send two.
_ADD = Bulk("""
WITH event AS (
    INSERT INTO audit_event (school_id, id, action, actor_kind, actor_id, target_kind, target_id, request_id, changes)
    VALUES (%(school)s, %(id)s, %(action)s, %(actor_kind)s, %(actor_id)s, %(target_kind)s, %(target_id)s, %(request_id)s,
        %(changes)s::jsonb)
)
INSERT INTO audit_value (school_id, id, event_id, field, value, salt)
SELECT %(school)s, v.id, %(id)s, v.field, v.value, v.salt
FROM json_to_recordset(%(values)s::json) v (id uuid, field text, value text, salt text)
""")


class Target(NamedTuple):
    """What was acted on, where there is no row to pass: 'export', its name."""

    kind: str
    id: object = None


class _Hashed(NamedTuple):
    """One personal value of an event: its name there (`title.before`), and what it was."""

    field: str
    value: str


def record(
    action: str,
    target: Any,
    *,
    label: str,
    by: Actor | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    mirrored: bool = False,
) -> None:
    """Add the event `action` (`area.verb`) on `target` to the current scope's session: stored with the change or not at all.

    `target` is a row, a Target, or None for the school or the platform itself; `label` is its name for people, at this time.
    `before` and `after` hold the fields that changed, as plain values. In a school the event is the school's; across schools it
    is the platform's; outside of both it is the platform's too, in a transaction of its own. What is done in a school by a
    support visit, or with `mirrored`, a job writes into the platform's log as well: filed here, so that it cannot be forgotten.
    """
    by = by or current_actor()
    scope = scope_or_none()
    if scope is None:
        record_platform(action, target, label=label, by=by, before=before, after=after)
        return
    event_id = add_event(db.session(), action, target, label=label, by=by, before=before, after=after)
    if not scope.is_across and (mirrored or by.visit):
        queue(MIRROR, event_id)


def record_platform(
    action: str,
    target: Any,
    *,
    label: str,
    by: Actor | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    event_id: UUID | None = None,
) -> None:
    """Store an event of the platform at once, in a transaction of its own: wherever the caller is, even if it fails later.

    With an `event_id` of the caller's it is stored once, however often this is called.
    """
    with outside(), across_schools("audit", routine=True) as session:
        if event_id and session.get(PlatformEvent, event_id):
            return
        by = by or current_actor()
        add_event(session, action, target, label=label, by=by, before=before, after=after, event_id=event_id)
        session.commit()


def record_read(action: str, target: Any, *, label: str, by: Actor, after: Mapping[str, object]) -> None:
    """Store at once what somebody read or took out of the current school: a request that only reads commits nothing itself."""
    school_id = current_school_id()
    with outside(), acting_for(school_id) as session:
        record(action, target, label=label, by=by, after=after)
        session.commit()


def hash_of(salt: str, field: str, value: str) -> str:
    """What an event keeps of a value (hex): SHA-256 over its own salt, the field's name and the value as it was stored."""
    return hashlib.sha256(f"{salt}\0{field}\0{value}".encode()).hexdigest()


def add_event(
    session: Session,
    action: str,
    target: Any,
    *,
    label: str,
    by: Actor,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    school_id: int | None = None,
    event_id: UUID | None = None,
) -> UUID:
    """Add the event and its values to `session`, in the log of its scope; across schools `school_id` names a school's log.

    Returns the id of the event, a new one unless `event_id` says which.
    """
    target = _target(target)
    values = list(_values(label, by, before or {}, after or {}))
    salts = [secrets.token_hex(16) for _ in values]  # beside the value and erased with it: then no guess can be tested
    changes: dict[str, Any] = {}
    for salt, (field, value) in zip(salts, values, strict=True):
        name, _, when = field.partition(":")
        changes.setdefault(name, {})[when or "is"] = hash_of(salt, field, value)
    event_id = event_id or uuid7()
    event = {
        "id": event_id, "action": action, "actor_kind": by.kind, "actor_id": by.id, "target_kind": target.kind,
        "target_id": None if target.id is None else str(target.id), "request_id": _request_id(), "changes": changes,
    }  # fmt: skip
    kept = [
        {"id": uuid7(), "field": field, "value": value, "salt": salt}
        for salt, (field, value) in zip(salts, values, strict=True)
    ]
    if current_scope().is_across and school_id is None:
        session.add(PlatformEvent(**event))
        session.add_all(PlatformValue(**each, event_id=event_id) for each in kept)
        return event_id
    given = event | {"changes": json.dumps(changes), "values": json.dumps(kept, default=str)}
    with driving() as cursor:
        if school_id is None:
            _ADD.run(cursor, **given)
        else:
            _ADD.run_across(cursor, school_id, **given)
    return event_id


def _values(label: str, by: Actor, before: Mapping[str, object], after: Mapping[str, object]) -> list[_Hashed]:
    """The values: who, by which visit, what it was called, and each field that differs, as `name:before` and `name:after`."""
    values = [_Hashed(ACTOR, by.name), _Hashed(LABEL, label), _Hashed(VISIT, str(by.visit or ""))]
    for name in sorted({*before, *after}):
        if name in before and name in after and before[name] == after[name]:
            continue
        for when, known in (("before", before), ("after", after)):
            if name in known:
                values.append(_Hashed(f"{name}:{when}", _canonical(known[name])))
    return [value for value in values if value.value]


def _canonical(value: object) -> str:
    """A value as text that is the same wherever it is computed: JSON with sorted keys; what JSON does not know by its str()."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _target(target: Any) -> Target:
    if isinstance(target, Target):
        return target
    if target is None:
        scope = scope_or_none()
        return Target("school", scope.school_id) if scope and not scope.is_across else Target("platform")
    return Target(target.__tablename__, target.id)


def _request_id() -> str | None:
    """The id that the log of this request carries too; None in jobs and commands."""
    found = g.get("request_id") if has_app_context() else None
    return None if found is None else str(found)
