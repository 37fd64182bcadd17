"""Reads of a school's audit log, along the index that serves what is asked: a page of a long log costs no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import UUID as SQL_UUID
from sqlalchemy.dialects.postgresql import array

from app.audit.record import ACTOR, LABEL
from app.models.audit import AuditEvent, AuditValue
from app.models.seal import AuditSeal
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, write_place
from blueprints.audit.feed import BEGINNING, END

WINDOW = 2000  # events whose words one search looks at; older ones are the next page's
_KEYS: dict[str, tuple[Any, Any]] = {
    "actors": (AuditEvent.actor_id, SQL_UUID()),
    "actions": (AuditEvent.action, Text()),
    "kind": (AuditEvent.target_kind, Text()),
}


@dataclass(frozen=True)
class Sought:
    """What is asked for; None and "" do not narrow. `about` is a target's id, `kind` what targets are, `pattern` for ILIKE."""

    actors: tuple[UUID, ...] | None = None
    actions: tuple[str, ...] | None = None
    kind: str = ""
    about: str = ""
    request: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    pattern: str = ""

    def values(self) -> dict[str, Any]:
        """What narrows, by name."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if value not in (None, "")
        }


class EventRow(NamedTuple):
    """One event. `actor` and `label` are None where the name was erased, or never was; `is_sealed`: a seal has closed it."""

    id: UUID
    at: dt.datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    actor: str | None
    target_kind: str
    target_id: str | None
    label: str | None
    request_id: str | None
    is_sealed: bool


class Found(NamedTuple):
    """A page of events and the place where the older ones begin. `searched`: a search has looked at so many and not further."""

    rows: list[EventRow]
    older: str | None
    searched: int = 0


class _End(NamedTuple):
    at: dt.datetime
    id: UUID
    number: int


def newest(sought: Sought, after: Key | None) -> Found:
    """The newest events of what is sought, or those before `after`: two reads, a third for words that stop short."""
    values = sought.values()
    if after:
        values |= {"at": after[0], "id": after[1]}
    asked = frozenset(values)
    with reading() as cursor:
        rows = _page(asked).all(cursor, **values)
        if len(rows) > PAGE:
            return Found(rows[:PAGE], write_place((rows[PAGE - 1].at, rows[PAGE - 1].id)))
        if not sought.pattern:
            return Found(rows, None)
        end = _end(asked).all(cursor, **{name: value for name, value in values.items() if name != "pattern"})
    if not end or end[0].number < WINDOW:
        return Found(rows, None)
    return Found(rows, write_place((end[0].at, end[0].id)), WINDOW)


def every(cursor: Cursor[Any], sought: Sought) -> Iterator[EventRow]:
    """All events of what is sought, newest first, a few in memory at a time."""
    values = sought.values()
    return _all(frozenset(values)).stream(cursor, **values)


@cache
def _page(asked: frozenset[str]) -> Prepared[EventRow]:
    window = _window(asked, WINDOW if "pattern" in asked else PAGE + 1)
    shown = _shown(window)
    if "pattern" in asked:
        shown = shown.where(_says(window))
    return Prepared(shown.limit(PAGE + 1), EventRow)


@cache
def _end(asked: frozenset[str]) -> Prepared[_End]:
    """The oldest event of a search's window, and how many the window has."""
    window = _window(asked, WINDOW)
    number = func.count().over().label("number")
    return Prepared(select(window.c.at, window.c.id, number).order_by(window.c.at, window.c.id).limit(1), _End)


@cache
def _all(asked: frozenset[str]) -> Prepared[EventRow]:
    events = _events().where(*_conditions(asked)).subquery()
    shown = _shown(events)
    return Prepared(shown.where(_says(events)) if "pattern" in asked else shown, EventRow)


def _window(asked: frozenset[str], limit: int) -> Subquery:
    """The newest events. Several actors or actions are read one by one, each along its index, and merged."""
    by = next((name for name in _KEYS if name in asked and not asked & {"request", "about"}), None)
    if by is None:
        return _ordered(_events().where(*_conditions(asked))).limit(limit).subquery()
    column, kind = _KEYS[by]
    given = array([bindparam(by, type_=kind)]) if by == "kind" else bindparam(by, type_=ARRAY(kind))
    keys = func.unnest(given).table_valued("key", name="asked").render_derived()
    along = (
        _events()
        .where(*_conditions(asked - {by, "since", "until"}), *_along(column, keys.c.key, asked))
        .order_by(column.desc())
    )
    each = _ordered(along).limit(limit).lateral()
    return (
        select(each).select_from(keys.join(each, true())).order_by(each.c.at.desc(), each.c.id.desc()).limit(limit).subquery()
    )


def _along(column: Any, key: Any, asked: frozenset[str]) -> tuple[ColumnElement[bool], ...]:
    """`column = key` in the period, said so that only the index of the column and the moment has the order that is asked for.

    Said plainly, PostgreSQL goes by averages, and reads a log from its end for somebody who has not been here for a year.
    """
    moment = DateTime(timezone=True)
    first = bindparam("since", type_=moment) if "since" in asked else literal(BEGINNING, moment)
    place = tuple_(column, AuditEvent.at)
    if "at" in asked:  # a later page, which ends before `until` anyway
        ends = place <= tuple_(key, bindparam("at", type_=moment))
    else:
        ends = place < tuple_(key, bindparam("until", type_=moment) if "until" in asked else literal(END, moment))
    return place >= tuple_(key, first), ends


def _events() -> Select[*tuple[Any, ...]]:
    event = AuditEvent
    return select(
        event.id, event.at, event.seq, event.xid, event.action, event.actor_kind, event.actor_id, event.target_kind,
        event.target_id, event.request_id,
    )  # fmt: skip


def _ordered(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def _conditions(asked: frozenset[str]) -> list[ColumnElement[bool]]:
    event, moment = AuditEvent, DateTime(timezone=True)
    known: Mapping[str, ColumnElement[bool]] = {
        "actors": event.actor_id == any_(bindparam("actors", type_=ARRAY(SQL_UUID()))),
        "actions": event.action == any_(bindparam("actions", type_=ARRAY(Text))),
        "kind": event.target_kind == bindparam("kind"),
        "about": event.target_id == bindparam("about"),
        "request": event.request_id == bindparam("request"),
        "since": event.at >= bindparam("since", type_=moment),
        "until": event.at < bindparam("until", type_=moment),
        "at": tuple_(event.at, event.id) < tuple_(bindparam("at", type_=moment), bindparam("id", type_=SQL_UUID())),
    }
    return [condition for name, condition in known.items() if name in asked]


def _shown(events: Subquery) -> Select[*tuple[Any, ...]]:
    """The columns of a row, newest first."""
    of = events.c
    sealed = select(func.max(AuditSeal.until_xid)).scalar_subquery()
    within = select(AuditSeal.until_seq).order_by(AuditSeal.number.desc()).limit(1).scalar_subquery()
    is_sealed = func.coalesce(or_(of.xid < sealed, and_(of.xid == sealed, of.seq < within)), False).label("is_sealed")
    return select(
        of.id, of.at, of.action, of.actor_kind, of.actor_id, _value(of.id, ACTOR).label("actor"), of.target_kind, of.target_id,
        _value(of.id, LABEL).label("label"), of.request_id, is_sealed,
    ).order_by(of.at.desc(), of.id.desc())  # fmt: skip


def _says(events: Subquery) -> ColumnElement[bool]:
    """Whether who or what an event is about is called like the pattern."""
    beside = AuditValue.event_id == events.c.id, AuditValue.field.in_((ACTOR, LABEL))
    return select(AuditValue.id).where(*beside, AuditValue.value.ilike(bindparam("pattern"), escape="\\")).exists()


def _value(event_id: ColumnElement[UUID], field: str) -> ScalarSelect[str | None]:
    """What stands beside an event under a name; an event has at most one."""
    return (
        select(func.min(AuditValue.value)).where(AuditValue.event_id == event_id, AuditValue.field == field).scalar_subquery()
    )
