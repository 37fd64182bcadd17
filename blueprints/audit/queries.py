"""Reads of a school's audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, ColumnElement, ScalarSelect, Text, all_, any_, bindparam, func, select

from app.audit.record import ACTOR, LABEL
from app.models.audit import AuditEvent, AuditValue
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

_LAST = 2**63 - 1  # of a bigint


class EventRow(NamedTuple):
    """One event. `actor` and `label` are None where the name was erased, or never was."""

    seq: int
    at: dt.datetime
    action: str
    actor_kind: str
    actor: str | None
    target_kind: str
    target_id: str | None
    label: str | None


def place(text: str) -> int:
    """The number of an event in an address. Raises ValueError for what can be none."""
    number = int(text)
    if not 0 < number <= _LAST:
        raise ValueError(text)
    return number


def newest(*, area: str, named: Sequence[str], after: Key | None) -> Page[EventRow]:
    """The school's events, newest first, those before the number `after`; of one of the `named` areas, or of all others."""
    values: dict[str, Any] = {}
    if area:
        values["areas"] = [area] if area in named else list(named)
    if after:
        values["after"] = after[0]
    with reading() as cursor:
        rows = _select(area in named if area else None, after is not None).all(cursor, **values)
    return cut(rows, lambda row: (row.seq,))


@cache
def _select(is_in: bool | None, older: bool) -> Prepared[EventRow]:
    """`is_in`: of the given areas (True), of none of them (False), or whatever the area (None)."""
    statement = (
        select(
            AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.actor_kind, _value(ACTOR).label("actor"),
            AuditEvent.target_kind, AuditEvent.target_id, _value(LABEL).label("label"),
        )
        .order_by(AuditEvent.seq.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if is_in is not None:
        area: ColumnElement[str] = func.split_part(AuditEvent.action, ".", 1)
        areas = bindparam("areas", type_=ARRAY(Text))
        statement = statement.where(area == any_(areas) if is_in else area != all_(areas))
    if older:
        statement = statement.where(AuditEvent.seq < bindparam("after", type_=BigInteger))
    return Prepared(statement, EventRow)


def _value(field: str) -> ScalarSelect[str | None]:
    """What stands beside an event under a name; an event has at most one."""
    beside = AuditValue.school_id == AuditEvent.school_id, AuditValue.event_id == AuditEvent.id, AuditValue.field == field
    return select(func.min(AuditValue.value)).where(*beside).scalar_subquery()
