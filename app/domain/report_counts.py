"""The numbers of reports: attendance, the gate and deliveries, counted a few days at a time by the database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from app.domain import causes
from app.domain.calendar import Calendar
from app.domain.report_places import count_places, how_many_places
from app.domain.report_selects import deliveries, mark_totals, marks, scans, volume
from app.domain.reporting import BY_TIME, HEAD, Choice, Group, Kind, Registers, Scope, Table, bucket
from app.tenancy.reading import reading

SLICE, LONG_SLICE = dt.timedelta(days=7), dt.timedelta(days=28)


def how_many(choice: Choice, scope: Scope) -> int:
    """About how many rows a report has to read: that decides whether its reader waits for it."""
    with reading() as cursor:
        if choice.kind is Kind.ENROLMENT:
            return how_many_places(cursor, scope)
        return volume(choice.kind, scope.classes is not None).all(cursor, **_values(scope, scope.since, scope.until))[0].number


def next_slice(choice: Choice, scope: Scope) -> tuple[dt.date, dt.date] | None:
    """The days that are counted next, None when all are."""
    begins = scope.since if scope.through is None else scope.through + dt.timedelta(days=1)
    if begins > scope.until:
        return None
    if choice.kind is Kind.ENROLMENT:  # whoever was there on the first day may still be there on the last
        return begins, scope.until
    length = LONG_SLICE if choice.kind is Kind.DELIVERY else SLICE
    return begins, min(begins + length - dt.timedelta(days=1), scope.until)


def count_slice(table: Table, choice: Choice, scope: Scope, since: dt.date, until: dt.date) -> None:
    """Add what happened from a day to a day, both included, to a table."""
    match choice.kind:
        case Kind.ATTENDANCE:
            _count_attendance(table, choice, scope, since, until)
        case Kind.GATE:
            _count_gate(table, choice, scope, since, until)
        case Kind.DELIVERY:
            _count_deliveries(table, choice, scope, since, until)
        case Kind.ENROLMENT:
            count_places(table, choice, scope)


def _count_attendance(table: Table, choice: Choice, scope: Scope, since: dt.date, until: dt.date) -> None:
    days = list(Calendar(scope.timezone, since, until).days())
    which = scope.classes is not None, choice.registers is Registers.LESSONS
    values = _values(scope, since, until) | {"days": days}
    with reading() as cursor:
        rows = marks(_sql_group(choice.group), *which).all(cursor, **values)
        (totals,) = mark_totals(*which).all(cursor, **values)
    table.count(**totals._asdict(), school_days=len(days))
    for row in rows:
        if choice.group is Group.REASON:
            table.add(row.key or "", "", "", row.key or "~", [row.explained + row.unexplained])
        else:
            _add(table, choice.group, row)


def _count_gate(table: Table, choice: Choice, scope: Scope, since: dt.date, until: dt.date) -> None:
    values, narrowed = _values(scope, since, until), scope.classes is not None
    with reading() as cursor:
        rows = scans(_sql_group(choice.group), narrowed).all(cursor, **values)
        totals = rows if choice.group in BY_TIME else scans(Group.DAY, narrowed).all(cursor, **values)
    for row in totals:
        table.count(**{
            "in": row.ins, "out": row.outs, "repeat": row.repeats, "offline": row.offline, "days": row.days,
            "stayed": row.stayed, "unknown": row.unknown,
        })  # fmt: skip
    for row in rows:
        _add(table, choice.group, row)


def _count_deliveries(table: Table, choice: Choice, scope: Scope, since: dt.date, until: dt.date) -> None:
    values, narrowed = _values(scope, since, until), scope.classes is not None
    with reading() as cursor:
        rows = deliveries(_sql_group(choice.group), narrowed).all(cursor, **values)
        whole = choice.group is Group.CHANNEL or choice.group in BY_TIME
        totals = rows if whole else deliveries(Group.CHANNEL, narrowed).all(cursor, **values)
    for row in totals:
        table.count(
            all=row.all, sent=row.sent, dead=row.dead, discarded=row.discarded, another=row.another, open=row.open,
            failures=row.dead,
        )  # fmt: skip
    for row in rows:
        if choice.group is Group.REASON:
            words = causes.read(row.key, row.label).words
            table.add(words, words, "", words, [row.dead])
        else:
            _add(table, choice.group, row)


def _add(table: Table, group: Group, row: Any) -> None:
    """Add a row of the database under the key of its group."""
    key = bucket(row.key, group).isoformat() if group in BY_TIME else str(row.key)
    sort = key if group in BY_TIME else f"{9999 - int(row.more):04}{row.sort}" if group is Group.CLASS else row.sort
    table.add(key, row.label, row.more or "", sort or key, row[HEAD:])


def _sql_group(group: Group) -> Group:
    """What the database groups by: weeks and months are put together from days."""
    return Group.DAY if group in BY_TIME else group


def _values(scope: Scope, since: dt.date, until: dt.date) -> dict[str, object]:
    zone = ZoneInfo(scope.timezone)
    begins, ends = (dt.datetime.combine(day, dt.time(), zone) for day in (since, until + dt.timedelta(days=1)))
    return {
        "since": since, "until": until, "classes": list(scope.classes or ()), "zone": scope.timezone, "begins": begins,
        "ends": ends,
    }  # fmt: skip
