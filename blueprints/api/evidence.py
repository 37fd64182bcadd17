"""The audit log as programs read it: what is sealed, in the order of the seals, so that whoever reads on misses nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import ARRAY, DateTime, Text, Uuid, cast, func, select, tuple_

from app.access.api_tokens import Scope
from app.audit.record import ACTOR, LABEL, VISIT
from app.models.audit import AuditEvent, AuditValue
from app.models.seal import AuditSeal
from app.web.api.asking import Moment, Words
from blueprints.api.listing import Filter, Key, Listing


class EventRow(NamedTuple):
    """Something that was done. `actor` and `target` are names, null where they were erased; `fields` are the names of what
    changed. Events come in the order of (`xid`, `seq`): a transaction, and a number in it."""

    id: UUID
    xid: int
    seq: int
    at: dt.datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    actor: str | None
    target_kind: str
    target_id: str | None
    target: str | None
    request_id: str | None
    fields: list[str]


def _word(name: str) -> Any:
    return (
        select(AuditValue.value)
        .where(AuditValue.school_id == AuditEvent.school_id, AuditValue.event_id == AuditEvent.id, AuditValue.field == name)
        .correlate(AuditEvent)
        .scalar_subquery()
    )  # fmt: skip


def _bigint(part: Any) -> int:
    """A whole number of a cursor, as large as the database has them. Raises ValueError."""
    if type(part) is not int or not -(2**63) <= part < 2**63:
        raise ValueError(part)
    return part


_LAST = select(AuditSeal.until_xid, AuditSeal.until_seq).order_by(AuditSeal.number.desc()).limit(1).subquery()
_NAME = func.jsonb_object_keys(AuditEvent.changes).column_valued("name")
_NAMES = (
    select(func.coalesce(func.array_agg(_NAME), cast([], ARRAY(Text))))
    .where(_NAME.not_in((ACTOR, LABEL, VISIT)))
    .correlate(AuditEvent)
    .scalar_subquery()
)
EVENTS = Listing(
    "audit-events", "what was done in the school", "Audit", Scope.AUDIT_READ, EventRow,
    select(
        AuditEvent.id, AuditEvent.xid, AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.actor_kind,
        AuditEvent.actor_id, _word(ACTOR).label("actor"), AuditEvent.target_kind, AuditEvent.target_id,
        _word(LABEL).label("target"), AuditEvent.request_id, _NAMES.label("fields"),
    )
    .join(_LAST, tuple_(AuditEvent.xid, AuditEvent.seq) < tuple_(_LAST.c.until_xid, _LAST.c.until_seq)),
    (Key("xid", AuditEvent.xid, _bigint), Key("seq", AuditEvent.seq, _bigint)),
    {
        "action": Filter(Words(), lambda given: AuditEvent.action == given, Text),
        "actor_id": Filter(fields.UUID(), lambda given: AuditEvent.actor_id == given, Uuid),
        "target_kind": Filter(Words(), lambda given: AuditEvent.target_kind == given, Text),
        "target_id": Filter(Words(), lambda given: AuditEvent.target_id == given, Text),
        "request_id": Filter(Words(), lambda given: AuditEvent.request_id == given, Text),
        "since": Filter(Moment(), lambda given: AuditEvent.at >= given, DateTime(timezone=True)),
        "until": Filter(Moment(), lambda given: AuditEvent.at < given, DateTime(timezone=True)),
    },
    detail="An event appears once it is sealed, within a minute or two: read on from the last cursor, and none is missed.",
)  # fmt: skip
LISTINGS = (EVENTS,)
