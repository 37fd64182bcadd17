"""Reads of all logs at once: the platform's own and every school's, newest first. Inside `across_schools`.

Each log is read along the index that serves what is asked, so that a page costs the same however long the logs have become.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import UUID as SQL_UUID
from sqlalchemy.orm import Session

from app.audit.record import ACTOR, LABEL
from app.models.audit import AuditEvent, AuditValue, PlatformEvent, PlatformValue
from app.models.school import School
from app.models.seal import AuditSeal, PlatformSeal
from app.models.user import User
from app.web.paging import PAGE, Key, write_place

PLATFORM, SCHOOLS = "platform", "schools"
STREAMS = (PLATFORM, SCHOOLS)
WINDOW = 2000  # events whose words one search looks at; older ones are the next page's
MOST_PEOPLE = 10  # of a search for who did it
BEGINNING, END = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
#: a literal, or no plan can use the indexes that leave the looks out
IS_DEED: ColumnElement[bool] = PlatformEvent.action != literal_column("'tenancy.crossed'")
Log = type[AuditEvent] | type[PlatformEvent]


@dataclass(frozen=True)
class Sought:
    """What is asked for; None does not narrow. `pattern` is for ILIKE, in what an event calls its target and its actor."""

    stream: str = ""
    school: int | None = None
    actors: tuple[UUID, ...] | None = None
    actions: tuple[str, ...] | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    request: str = ""
    pattern: str = ""
    looks: bool = True  # whether looks across the schools are among them

    @property
    def logs(self) -> tuple[Log, ...]:
        """Which logs can hold it: what is a school's is in no log of the platform."""
        of_platform = self.stream != SCHOOLS and self.school is None
        of_schools = self.stream != PLATFORM
        return (*((PlatformEvent,) if of_platform else ()), *((AuditEvent,) if of_schools else ()))

    @property
    def leaves_out(self) -> bool:
        """Whether looks across the schools are missing, which only the platform's log holds."""
        return not self.looks and PlatformEvent in self.logs


class Row(NamedTuple):
    """One event; `school_id` None is the platform's log. `actor` and `label` are None where they were erased, or never were."""

    at: dt.datetime
    id: UUID
    school_id: int | None
    action: str
    actor_kind: str
    actor_id: UUID | None
    target_kind: str
    target_id: str | None
    request_id: str | None
    xid: int = 0
    seq: int = 0
    is_sealed: bool = False
    school: str | None = None
    actor: str | None = None
    label: str | None = None


class Found(NamedTuple):
    """A page of events and the place where the older ones begin. `searched`: a search has looked at so many and not further."""

    rows: list[Row]
    older: str | None
    searched: int = 0


class Somebody(NamedTuple):
    """A user, by whom events can be sought."""

    id: UUID
    name: str
    email: str


def newest(session: Session, sought: Sought, after: Key | None, *, limit: int = PAGE) -> Found:
    """The newest events of what is sought, or those before `after`."""
    if not sought.logs:  # nothing is both the platform's and a school's
        return Found([], None)
    if not sought.pattern:
        rows = _rows(session, select(_merged(sought, after, limit + 1)))
        return Found(_named(session, rows[:limit]), _place(rows[limit - 1]) if len(rows) > limit else None)
    window = _merged(replace(sought, pattern=""), after, WINDOW)
    matching = select(window).where(_says(window, sought.pattern)).order_by(window.c.at.desc(), window.c.id.desc())
    rows = _rows(session, matching.limit(limit + 1))
    if len(rows) > limit:
        return Found(_named(session, rows[:limit]), _place(rows[limit - 1]))
    last = _rows(session, select(window).order_by(window.c.at, window.c.id).limit(1))
    is_full = session.scalar(select(func.count()).select_from(window)) == WINDOW
    return Found(_named(session, rows), _place(last[0]) if is_full else None, WINDOW if is_full else 0)


def somebody(session: Session, typed: str) -> list[Somebody]:
    """The users with this id or address, or whose name begins so, by name; at most MOST_PEOPLE, and none for ''."""
    if not typed:
        return []
    wanted: ColumnElement[bool]
    try:
        wanted = User.id == UUID(typed)
    except ValueError:
        beginning = typed.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wanted = User.email == typed.lower() if "@" in typed else func.lower(User.name).like(f"{beginning}%", escape="\\")
    found = select(User.id, User.name, User.email).where(wanted).order_by(func.lower(User.name), User.id).limit(MOST_PEOPLE)
    return [Somebody(*row) for row in session.execute(found)]


def _merged(sought: Sought, after: Key | None, limit: int) -> Subquery:
    """The keys of the newest events of all logs that are asked."""
    each: list[Select[*tuple[Any, ...]]] = [_of_log(log, sought, after, limit) for log in sought.logs]
    parts = [part.subquery() for part in each]
    merged: CompoundSelect[*tuple[Any, ...]] = union_all(*(select(part) for part in parts))
    both = merged.subquery()
    return select(both).order_by(both.c.at.desc(), both.c.id.desc()).limit(limit).subquery()


def _of_log(log: Log, sought: Sought, after: Key | None, limit: int) -> Select[*tuple[Any, ...]]:
    """The newest events of one log, along the index of who, where or what, the first of these that is asked for; else of when.

    Several actors or actions are read one by one.
    """
    school = log.school_id if log is AuditEvent else cast(null(), Integer).label("school_id")
    columns = (
        log.at, log.id, school, log.action, log.actor_kind, log.actor_id, log.target_kind, log.target_id, log.request_id,
        log.xid, log.seq,
    )  # fmt: skip
    conditions = _conditions(log, sought, after)
    column: Any
    if sought.actors is not None:
        keys, column = _each(sought.actors, SQL_UUID()), log.actor_id
        if sought.school is not None:
            conditions.append(AuditEvent.school_id == sought.school)
    elif sought.school is not None:
        keys, column = _each((sought.school,), Integer()), AuditEvent.school_id
    elif sought.actions is not None and not sought.request:
        keys, column = _each(sought.actions, Text()), log.action
    else:
        return select(*columns).where(*conditions).order_by(log.at.desc(), log.id.desc()).limit(limit)
    found = (
        select(*columns)
        .where(*conditions, *_along(column, keys.c.key, log, sought, after))
        .order_by(column.desc(), log.at.desc(), log.id.desc())
        .limit(limit)
        .lateral()
    )
    return select(found).select_from(keys.join(found, true())).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)


def _each(keys: Sequence[Any], kind: Any) -> Any:
    """The keys as rows."""
    return func.unnest(literal(list(keys), ARRAY(kind))).table_valued("key", name="asked").render_derived()


def _along(column: Any, key: Any, log: Log, sought: Sought, after: Key | None) -> tuple[ColumnElement[bool], ...]:
    """`column = key`, said so that only the index of the column and the moment has the order that is asked for.

    Said plainly, PostgreSQL goes by averages, and reads a log from its end for somebody who has not been here for a year.
    """
    first = literal(sought.since or BEGINNING, DateTime(timezone=True))
    ends = [sought.until or END, *(part for part in after or () if isinstance(part, dt.datetime))]
    last = literal(min(ends), DateTime(timezone=True))
    place = tuple_(column, log.at)
    return place >= tuple_(key, first), place <= tuple_(key, last)


def _conditions(log: Log, sought: Sought, after: Key | None) -> list[ColumnElement[bool]]:
    """What is asked for, apart from who and where."""
    conditions: list[ColumnElement[bool]] = []
    if sought.actions is not None:
        conditions.append(any_(literal(list(sought.actions), ARRAY(Text))) == log.action)
    if log is PlatformEvent and not sought.looks:
        conditions.append(IS_DEED)
    if sought.request:
        conditions.append(log.request_id == sought.request)
    if sought.since:
        conditions.append(log.at >= sought.since)
    if sought.until:
        conditions.append(log.at < sought.until)
    if after:
        conditions.append(tuple_(log.at, log.id) < after)
    return conditions


def _says(window: Subquery, pattern: str) -> ColumnElement[bool]:
    """Whether an event's words hold the pattern."""
    fields = (ACTOR, LABEL)
    of_school = and_(AuditValue.school_id == window.c.school_id, AuditValue.event_id == window.c.id)
    of_platform = and_(window.c.school_id.is_(None), PlatformValue.event_id == window.c.id)
    told = [
        select(value.id).where(is_its, value.field.in_(fields), value.value.ilike(pattern, escape="\\")).exists()
        for value, is_its in ((AuditValue, of_school), (PlatformValue, of_platform))
    ]
    return or_(*told)


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Row]:
    found = [Row(*row) for row in session.execute(statement)]
    return sorted(found, key=lambda row: (row.at, row.id), reverse=True)


def _place(row: Row) -> str:
    return write_place((row.at, row.id))


def _named(session: Session, rows: Sequence[Row]) -> list[Row]:
    """The rows with the names of their schools, and their words."""
    schools = {row.school_id for row in rows if row.school_id is not None}
    names: dict[int, str] = {}
    words: dict[tuple[int | None, UUID, str], str | None] = {}  # what is mirrored has one id in both logs
    if schools:
        found = session.execute(select(School.id, School.name).where(School.id.in_(schools)))
        names = {row.id: row.name for row in found}
        keys = [(row.school_id, row.id) for row in rows if row.school_id is not None]
        of_schools = select(AuditValue.school_id, AuditValue.event_id, AuditValue.field, AuditValue.value).where(
            tuple_(AuditValue.school_id, AuditValue.event_id).in_(keys), AuditValue.field.in_((ACTOR, LABEL))
        )
        words |= {(row.school_id, row.event_id, row.field): row.value for row in session.execute(of_schools)}
    if ids := [row.id for row in rows if row.school_id is None]:
        of_platform = select(PlatformValue.event_id, PlatformValue.field, PlatformValue.value).where(
            PlatformValue.event_id.in_(ids), PlatformValue.field.in_((ACTOR, LABEL))
        )
        words |= {(None, row.event_id, row.field): row.value for row in session.execute(of_platform)}
    ends = _sealed_until(session, schools, of_platform=any(row.school_id is None for row in rows))
    return [
        row._replace(
            is_sealed=(row.xid, row.seq) < ends.get(row.school_id, (0, 0)),
            school=names.get(row.school_id or 0),
            actor=words.get((row.school_id, row.id, ACTOR)),
            label=words.get((row.school_id, row.id, LABEL)),
        )
        for row in rows
    ]


def _sealed_until(session: Session, schools: set[int], *, of_platform: bool) -> dict[int | None, tuple[int, int]]:
    """The place up to which each of these logs is sealed."""
    found: dict[int | None, tuple[int, int]] = {}
    if schools:
        last = (
            select(AuditSeal.until_xid, AuditSeal.until_seq)
            .where(AuditSeal.school_id == School.id)
            .order_by(AuditSeal.number.desc())
            .limit(1)
            .lateral("last")
        )
        of_schools = select(School.id, last).join(last, true()).where(School.id.in_(schools))
        found |= {row.id: (row.until_xid, row.until_seq) for row in session.execute(of_schools)}
    if of_platform:
        last_of_all = select(PlatformSeal.until_xid, PlatformSeal.until_seq).order_by(PlatformSeal.number.desc()).limit(1)
        for row in session.execute(last_of_all):
            found[None] = row.until_xid, row.until_seq
    return found
