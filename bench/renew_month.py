"""`renew.month`: a month of every school billed, against the bare inserts of the same rows; and run twice in parallel.

The bare tables have the same columns, indexes, checks and foreign keys, no triggers and no row-level security; PostgreSQL inserts
the rows that the renewal made into them itself, so that nothing of a client is in their cost. CPU of the database's process and, for
the renewal, of this one: with the choice of what is due, the numbers, both updates, and the checks of the triggers.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import psycopg
from flask import Flask

from app.domain.billing import renewing
from app.tenancy.doors import across_schools, outside
from bench.figure import Figure, figure, is_full
from bench.platform import SCHOOLS, Platform, log_to_nowhere, platform

GOAL = 5
MONTHS = 4  # of which the first warms up
FIRST = dt.date(2026, 1, 31)
TABLES = ("invoice", "invoice_line", "ledger_transaction", "ledger_entry")
#: the references that rows of a renewal have, in the tables beside
REFERENCES = (
    ("invoice", "school_id", "school (id)"), ("invoice", "school_id, subscription_id", "subscription (school_id, id)"),
    ("invoice_line", "school_id", "school (id)"), ("invoice_line", "school_id, invoice_id", "bare_invoice (school_id, id)"),
    ("ledger_transaction", "school_id", "school (id)"),
    ("ledger_transaction", "school_id, invoice_id", "bare_invoice (school_id, id)"),
    ("ledger_entry", "school_id", "school (id)"),
    ("ledger_entry", "school_id, transaction_id", "bare_ledger_transaction (school_id, id)"),
)  # fmt: skip
FILL = (
    "INSERT INTO plan (id, code, name) VALUES (md5('plan')::uuid, 'standard', '{\"en\": \"Standard\"}')",
    """
    INSERT INTO plan_price (id, plan_id, interval, currency, amount, tax_code, effective_from)
    VALUES (md5('price')::uuid, md5('plan')::uuid, 'month', 'ZAR', 1500, 'standard', '2020-01-01')
    """,
    """
    INSERT INTO platform_setting (name, value) VALUES ('billing.seller', '{"name": "Umthi", "vat_number": "4123456789"}')
    """,
    "INSERT INTO billing_account (school_id, id, name, address) SELECT id, uuid7(), name, '1 School Street' FROM school",
    """
    INSERT INTO subscription (school_id, id, price_id, quantity, anchor_day, period_start, period_end, started_on)
    SELECT id, uuid7(), md5('price')::uuid, 100 + mod(id, 900), 31, date '2025-12-31', date '2026-01-31', date '2025-12-31' FROM school
    """,
)
DOUBLED = """
SELECT (SELECT count(*) FROM (
    SELECT FROM invoice WHERE state <> 'void' GROUP BY school_id, subscription_id, period_start HAVING count(*) <> 1
) d) + (SELECT abs(count(*) - %(wanted)s) FROM invoice)
  + (SELECT count(*) FROM number_series WHERE next - 1 <> (SELECT count(*) FROM invoice i WHERE i.school_id = number_series.school_id))
"""


def measure() -> list[Figure]:
    """The ratio, and the bills that were doubled or left out where two run at once."""
    log_to_nowhere()
    schools = 10_000 if is_full() else 500
    place = platform()
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute(SCHOOLS, {"since": 1, "schools": schools})
        for statement in FILL:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
    application = place.application()
    ours, bare = [], []
    with application.app_context(), outside():
        for month in range(MONTHS):
            spent = _renew(_month(month))
            with psycopg.connect(place.superuser, autocommit=True) as connection:
                baseline = _bare(connection)
            if month:
                ours.append(spent)
                bare.append(baseline)
    doubled = _twice(application, place, _month(MONTHS), wanted=schools * (MONTHS + 1))
    at_best = min(ours) * 1000, min(bare) * 1000
    told = f"{at_best[0]:,.0f} against {at_best[1]:,.0f} ms of CPU for {schools:,} schools, {renewing.LOT} to a transaction"
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    return [
        figure("renew.month", ratio, goal=GOAL, against="bare inserts of the same rows", detail=told),
        figure(
            "renew.month.twice", doubled, unit="bills", goal=0, against="one of each school, run twice in parallel",
            detail=f"{schools:,} schools",
        ),
    ]  # fmt: skip


def _month(number: int) -> dt.date:
    """The day on which the period of a month begins."""
    return (FIRST.replace(day=1) + dt.timedelta(days=31 * (number + 1))).replace(day=1) - dt.timedelta(days=1)


def _renew(day: dt.date) -> float:
    """Bill the month that begins on a day; seconds of CPU, of this process and of the database's."""
    with across_schools("bench", routine=True) as session:
        backend = session.connection().connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        session.commit()
        before = time.process_time() + _cpu(backend)
        renewing.renew_all(session, day)
        return time.process_time() + _cpu(backend) - before


def _bare(connection: psycopg.Connection[Any]) -> float:
    """Insert the newest month's rows anew, without anything around it, a transaction for each lot; seconds of the database's CPU."""
    for table in TABLES:
        connection.execute(f"DROP TABLE IF EXISTS bare_{table}, new_{table} CASCADE")
        connection.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
    for table, columns, there in REFERENCES:
        connection.execute(f"ALTER TABLE bare_{table} ADD FOREIGN KEY ({columns}) REFERENCES {there}")
    connection.execute(
        "CREATE TABLE new_invoice AS SELECT * FROM invoice WHERE period_start = (SELECT max(period_start) FROM invoice)"
    )
    for table, join in (
        ("invoice_line", "t.invoice_id = n.id"), ("ledger_transaction", "t.invoice_id = n.id"),
        ("ledger_entry", "t.transaction_id IN (SELECT id FROM new_ledger_transaction x WHERE x.school_id = t.school_id)"),
    ):  # fmt: skip
        connection.execute(
            f"CREATE TABLE new_{table} AS SELECT t.* FROM {table} t JOIN new_invoice n ON n.school_id = t.school_id AND {join}"
        )
    lots = connection.execute("SELECT array_agg(id ORDER BY id) FROM school GROUP BY (id - 1) / %s", (renewing.LOT,)).fetchall()
    for table in TABLES:
        connection.execute(f"CREATE INDEX ON new_{table} (school_id)")
        connection.execute(f"ANALYZE new_{table}")
    before = _cpu(connection.info.backend_pid)
    for (lot,) in lots:
        with connection.transaction():
            for table in TABLES:
                connection.execute(f"INSERT INTO bare_{table} SELECT * FROM new_{table} WHERE school_id = ANY (%s)", (lot,))
    return _cpu(connection.info.backend_pid) - before


def _twice(application: Flask, place: Platform, day: dt.date, *, wanted: int) -> int:
    """Bill a month in two threads at once; how many bills are doubled or missing, and series that have a gap."""
    together = Barrier(2)

    def work() -> None:
        with application.app_context(), outside(), across_schools("bench", routine=True) as session:
            together.wait()
            renewing.renew_all(session, day)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with application.app_context(), outside(), across_schools("bench", routine=True) as session:
        renewing.renew_all(session, day)  # what one passed over because the other had it, and then did not finish
    with psycopg.connect(place.superuser) as connection:
        (found,) = connection.execute(DOUBLED, {"wanted": wanted}).fetchone() or (1,)
    return int(found)


def _cpu(pid: int) -> float:
    """Seconds that a process has computed."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
