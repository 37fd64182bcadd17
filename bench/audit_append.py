"""`audit.append`: events a second with the trigger, the grants and the wall, against a bare INSERT of the same row.

The table beside it has the same columns, indexes and foreign key, no trigger and no row-level security, and its writer owns it; it is given the
number, the moment and the transaction that the trigger finds by itself. Both write the whole row in one statement, so many to a transaction.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.figure import Figure, figure, is_full
from bench.platform import platform

GOAL = 0.8
AT_ONCE = 50  # in a transaction
COLUMNS = "school_id, id, action, actor_kind, actor_id, target_kind, target_id, request_id, changes"
ROW = (
    "1, gen_random_uuid(), 'notices.edit', 'user', '01890000-0000-7000-8000-000000000001', 'notice',"
    " '01890000-0000-7000-8000-000000000002', 'c4ca4238a0b923820dcc509a6f75849b',"
    """ '{"actor": {"is": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},"""
    """ "label": {"is": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}}'"""
)
OURS = f"INSERT INTO audit_event ({COLUMNS}) VALUES ({ROW})"
BARE = f"INSERT INTO bare_event ({COLUMNS}, seq, at, xid) VALUES ({ROW}, nextval('bare_seq'), clock_timestamp(), pg_current_xact_id()::text::bigint)"


def measure() -> list[Figure]:
    """Events a second of both, in turns; the middle of the ratios."""
    rounds, each = (40, 1_000) if is_full() else (20, 500)
    place = platform()
    place.grow(1, first=1, others=1)
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bare_event (LIKE audit_event INCLUDING ALL, FOREIGN KEY (school_id) REFERENCES school (id))"
        )
        connection.execute("CREATE SEQUENCE bare_seq")
    ratios, rates = [], {"ours": 0.0, "bare": 0.0}
    with (
        psycopg.connect(place.addresses.app, autocommit=True) as app,
        psycopg.connect(place.superuser, autocommit=True) as owner,
    ):
        app.execute("SET app.school_id = '1'")
        for connection, statement in ((app, OURS), (owner, BARE)):
            _rate(connection, statement, each)
        for _ in range(rounds):
            ours, bare = _rate(app, OURS, each), _rate(owner, BARE, each)
            ratios.append(ours / bare)
            rates = {"ours": max(rates["ours"], ours), "bare": max(rates["bare"], bare)}
    return [
        figure(
            "audit.append", statistics.median(ratios), goal=GOAL, better="higher", against="a bare INSERT of the same row",
            detail=f"{rates['ours']:,.0f} against {rates['bare']:,.0f} events a second at best, {AT_ONCE} to a transaction",
        )
    ]  # fmt: skip


def _rate(connection: psycopg.Connection[Any], statement: str, events: int) -> float:
    """Events a second of CPU, of the server's process and of this one together: they take turns, so this is how fast it goes where
    nobody else is."""
    begun = _cpu(connection)
    for _ in range(events // AT_ONCE):
        with connection.transaction():
            for _ in range(AT_ONCE):
                connection.execute(statement, prepare=True)
    return events / (_cpu(connection) - begun)


def _cpu(connection: psycopg.Connection[Any]) -> float:
    """Seconds that both have computed so far."""
    spent = Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(spent) / 1e9
