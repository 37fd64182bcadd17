"""`billable.month`: the report of billable learners over all schools costs less than two scans of the index that it stands on.

The report is what the page asks of the database: its total, and its first page of schools by name. Measured is the database's CPU.
Of a closed month that is set against one scan of `billable_month_of_all` for the month; of the month that is going on, whose
total is the sum of what workers have counted, against one scan of the index of those numbers. `billable.month.hash` counts the
files of closed months that are not what they were once everything that can be edited was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from psycopg import Cursor
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import clock
from app.domain import billable, rollups
from app.domain.billable import LEARNERS
from app.tenancy import reading
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from bench.figure import Figure, figure, is_full
from bench.platform import SCHOOLS, Platform, log_to_nowhere, platform
from blueprints.billable import operations, queries

MONTHS = 2  # that are over
ROUNDS, TIMES = 30, 20
Asked = tuple[str, Any]
PEOPLE = (
    """
    INSERT INTO person (school_id, id, kind, name, sort_key)
    SELECT s, md5('p' || s || '-' || n)::uuid, 'learner', 'Learner ' || n, 'learner ' || n
    FROM generate_series(%(since)s::int, %(until)s::int) s, generate_series(1, %(each)s) n
    """,
    """
    INSERT INTO learner (school_id, id, number, first_name, last_name)
    SELECT school_id, id, substr(name, 9), 'Learner', substr(name, 9) FROM person
    WHERE school_id BETWEEN %(since)s AND %(until)s AND kind = 'learner'
    """,
    """
    INSERT INTO class_group (school_id, id, name, sort_key, year)
    SELECT s, md5('c' || s)::uuid, '5A', '5a', 2026 FROM generate_series(%(since)s::int, %(until)s::int) s
    """,
    """
    INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on)
    SELECT school_id, gen_random_uuid(), id, md5('c' || school_id)::uuid, %(first)s::date FROM learner
    WHERE school_id BETWEEN %(since)s AND %(until)s
    """,
)
EDITS = (
    "UPDATE school SET name = name || ' (new)', name_key = name_key || 'new', timezone = 'America/Lima' WHERE id %% 3 = 0",
    "UPDATE school SET state = 'disabled', disabled_at = now() WHERE id %% 7 = 0",
    "UPDATE learner SET number = 'X' || number WHERE school_id <= 100",
    "DELETE FROM enrolment WHERE school_id = 1",
    "UPDATE enrolment SET starts_on = %(now)s::date WHERE school_id = 2",
)
#: the words of a scan: of what was frozen, and of what workers have counted
SCAN = "SELECT sum(learners) AS learners, sum(adjustment) AS adjustment, count(*) FROM billable_month WHERE month = %(month)s"
SCAN_SO_FAR = "SELECT sum(number), count(*) FROM metric WHERE name = 'billable.learners' AND moment = %(moment)s AND number > 0"


def measure() -> list[Figure]:
    """Both reports against their scans (p10 of rounds), and the hashes of files that changed."""
    log_to_nowhere()
    schools, each = 10_000, 250 if is_full() else 4
    place = platform()
    application = place.application()
    ours = [source for source in application.extensions["rollups"] if {LEARNERS, *queries.ALL_SCHOOLS} & {*source.names}]
    application.extensions["rollups"] = ours  # what else is counted is not measured here
    _fill(place, schools, each)
    begun = time.perf_counter()
    _end_months(application)
    took = time.perf_counter() - begun
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    this = billable.month_of(clock.now().date())
    figures = []
    with application.app_context(), outside():
        for name, month, is_closed in (
            ("billable.month", billable.shifted(this, -1), True),
            ("billable.month.so_far", this, False),
        ):
            scan, report = _against(place, month, is_closed=is_closed)
            sizes = f"{schools} schools, {schools * each} learners; {MONTHS} months frozen in {took:.1f} s"
            told = f"{report:.2f} ms against {scan:.2f} ms, {sizes}"
            figures.append(figure(name, report / scan, goal=2, against="one scan of its index", detail=told))
        before = _hashes(this)
        with psycopg.connect(place.superuser, autocommit=True) as connection:
            for statement in EDITS:
                connection.execute(statement, {"now": clock.now()})
        changed = sum(now != then for now, then in zip(_hashes(this), before, strict=True))
    figures.append(
        figure("billable.month.hash", changed, unit="files", goal=0, against="the files before the edits", detail=f"{len(before)} files")
    )  # fmt: skip
    return figures


def _fill(place: Platform, schools: int, each: int) -> None:
    """Schools that came MONTHS ago, each with its learners in a class since then."""
    first = billable.shifted(billable.month_of(clock.now().date()), -MONTHS)
    values = {"since": 1, "schools": schools, "until": schools, "each": each, "first": first}
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute(SCHOOLS, values)
        connection.execute("SET session_replication_role = replica")  # no words to search by, which take longest
        connection.execute("UPDATE school SET created_at = %(at)s", {"at": dt.datetime.combine(first, dt.time(12), dt.UTC)})
        for since in range(1, schools + 1, 500):
            for statement in PEOPLE:
                connection.execute(statement, values | {"since": since, "until": min(since + 499, schools)})
        connection.execute("VACUUM ANALYZE")
    place.schools = schools


def _end_months(application: Flask) -> None:
    """Freeze and close what is over, and count what is going on, as workers do."""
    with application.app_context(), outside(), across_schools("bench", routine=True) as session:
        while found := billable.due(session, clock.now()):
            for since in range(0, len(found), billable.CHUNK):
                billable.freeze_some(session, clock.now(), found[since : since + billable.CHUNK])
                session.commit()
        operations.close_months(session, clock.now())
        session.commit()
        rollups.rebuild(session)
        session.commit()


def _against(place: Platform, month: dt.date, *, is_closed: bool) -> tuple[float, float]:
    """CPU of the database, in milliseconds, for one scan of the index and for the statements of the report (p10 of rounds)."""
    named = dt.datetime.combine(month, dt.time(), dt.UTC)
    with across_schools("bench", routine=True) as session:
        report = _statements(session, month)
    scanning, reporting = (place.connect(place.addresses.platform).cursor() for _ in range(2))
    scanning.execute("SET enable_seqscan = off")
    asked: tuple[tuple[str, Cursor[Any], list[Asked]], ...] = (
        ("scan", scanning, [(SCAN, {"month": month}) if is_closed else (SCAN_SO_FAR, {"moment": named})]),
        ("report", reporting, report),
    )
    taken: dict[str, list[float]] = {"scan": [], "report": []}
    for _ in range(ROUNDS):
        for name, cursor, statements in asked:
            taken[name].append(_milliseconds(cursor, statements))
    p10 = {name: statistics.quantiles(values, n=10)[0] for name, values in taken.items()}
    return p10["scan"], p10["report"]


def _statements(session: Session, month: dt.date) -> list[Asked]:
    """What the page of a month asks for, as the driver is told."""
    sent: list[Asked] = []
    noted = partial(_note, sent)
    engine = db.engines["platform"]
    event.listen(engine, "before_cursor_execute", noted)
    run = reading._Compiled._run

    def note(self: Any, cursor: Any, values: dict[str, object]) -> Any:
        sent.append((self.sql, self.constants | values))
        return run(self, cursor, values)

    reading._Compiled._run = note  # type: ignore[method-assign]
    try:
        standing = queries.standing(session, month)
        queries.whole(session, month, standing)
        queries.page(session, month, standing)
    finally:
        reading._Compiled._run = run  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", noted)
    return sent


def _note(sent: list[Asked], _connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
    sent.append((statement, values))


def _milliseconds(cursor: Cursor[Any], asked: list[Asked]) -> float:
    """CPU of the database's process that answers this cursor."""
    kept = Path(f"/proc/{cursor.connection.info.backend_pid}/schedstat")
    before = int(kept.read_text().split()[0])
    for _ in range(TIMES):
        for statement, values in asked:
            cursor.execute(statement, values, prepare=True).fetchall()
    return (int(kept.read_text().split()[0]) - before) / TIMES / 1e6


def _hashes(this: dt.date) -> list[str]:
    """Of the files of the months that are over: as they were kept, and as the frozen rows give them now."""
    found = []
    with across_schools("bench", routine=True) as session:
        for back in range(1, MONTHS + 1):
            month = billable.shifted(this, -back)
            kept, made = queries.file_of(session, month), operations.csv_of(month, queries.frozen(session, month))
            found += [hashlib.sha256(content).hexdigest() for content in (kept or b"", made)]
    return found
