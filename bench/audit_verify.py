"""`audit.verify`: a long log against its seals, compared with reading the same rows; and what the owner of the tables did to it.

`audit.verify.misses`: random edits, deletions, insertions and tail cuts with the triggers off, each of which must be named at its
own row (a cut by the heads that were noted before).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from app.audit import heads
from app.audit.canonical import Stream
from app.audit.findings import Report
from app.audit.sealing import seal_all
from app.audit.verifying import EVENTS, verify
from app.tenancy.doors import across_schools, outside
from bench.audit_place import TABLES, fill
from bench.figure import Figure, figure, is_full
from bench.platform import Platform, platform

RATE, SHARE = 200_000, 0.5  # events a second, or of the speed of reading the same rows
LONG, SHORT = Stream(1), Stream(2)
READ = (
    "SELECT school_id, id, seq, at, xid, action, actor_kind, actor_id, target_kind, target_id, request_id, changes::text FROM audit_event"
    " WHERE school_id = 1 ORDER BY xid, seq",
    "SELECT event_id, field, value, salt FROM audit_value WHERE school_id = 1",
)
EDITS = (
    "action = action || 'x'", "actor_kind = 'job'", "actor_id = gen_random_uuid()", "target_kind = 'x'", "target_id = 'x'",
    "request_id = 'x'", "changes = changes || '{\"x\": {\"is\": \"x\"}}'", "at = at + interval '1 microsecond'",
    "xid = xid + 5000", "id = gen_random_uuid()",
)  # fmt: skip


def measure() -> list[Figure]:
    """The speed against reading, and what was missed of what was done."""
    events, deeds = (1_000_000, 1_000) if is_full() else (50_000, 100)
    place = platform()
    place.grow(2, first=1, others=1)
    fill(place, 1, events)
    fill(place, 2, 300)
    app = place.application()
    with app.app_context(), outside():
        with across_schools("bench", routine=True):
            seal_all()
        return [_speed(place, events), _misses(place, deeds)]


def _speed(place: Platform, events: int) -> Figure:
    """The best of three, taken in turns."""
    taken: dict[str, list[float]] = {"chain": [], "whole": [], "rows": [], "all": []}
    for _ in range(3):
        for name, values in (("chain", False), ("whole", True)):
            begun = time.perf_counter()
            report = _check(LONG, values=values)
            taken[name].append(time.perf_counter() - begun)
            assert (report.is_sound, report.events) == (True, events), report.first
        seconds = [_read(place, query) for query in READ]
        taken["rows"].append(seconds[0])
        taken["all"].append(sum(seconds))
    best = {name: min(each) for name, each in taken.items()}
    rate, share = events / best["whole"], best["all"] / best["whole"]
    return figure(
        "audit.verify", max(rate / RATE, share / SHARE), goal=1, better="higher",
        against=f"{RATE:,} events a second, or {SHARE} × reading the same rows, whichever is nearer",
        detail=f"{events:,} events with their values in {best['whole']:.1f} s ({rate:,.0f} a second), {share:.2f} × reading them;"
        f" without the values {events / best['chain']:,.0f} a second, {best['rows'] / best['chain']:.2f} ×",
    )  # fmt: skip


def _read(place: Platform, query: str) -> float:
    """Seconds to fetch the rows through a cursor of the server, as Python values."""
    with psycopg.connect(place.addresses.platform) as connection, connection.cursor("rows") as cursor:
        cursor.itersize = EVENTS
        begun = time.perf_counter()
        cursor.execute(query)
        for _ in cursor:
            pass
        return time.perf_counter() - begun


def _misses(place: Platform, deeds: int) -> Figure:
    """Everything at once in the long log, and the cuts one by one in the short one."""
    chance = random.Random(20260301)
    each = deeds // 4
    with _owner(place) as owner:
        seqs = [row[0] for row in owner.execute("SELECT seq FROM audit_event WHERE school_id = 1")]
        chosen = chance.sample(seqs, 2 * each)
        expected = {("edited", seq) for seq in chosen[:each]} | {("removed", seq) for seq in chosen[each:]}
        for seq in chosen[:each]:
            owner.execute(f"UPDATE audit_event SET {chance.choice(EDITS)} WHERE school_id = 1 AND seq = %s", (seq,))
        owner.execute("DELETE FROM audit_event WHERE school_id = 1 AND seq = ANY (%s)", (chosen[each:],))
        for number in range(each):
            owner.execute(
                "INSERT INTO audit_event (school_id, id, seq, at, action, actor_kind, target_kind, changes, xid)"
                " SELECT school_id, gen_random_uuid(), %s, at, action, actor_kind, target_kind, '{}', xid FROM audit_event"
                " WHERE school_id = 1 AND seq = %s",
                (-number - 1, chance.choice(seqs)),
            )
        inside = {row[0] for row in owner.execute("SELECT seq FROM audit_event WHERE school_id = 1 AND seq < 0")}
        expected |= {("inserted", seq) for seq in inside}
    report = _check(LONG, values=False)
    named = {(fault.kind.value, fault.seq) for fault in report.faults}
    missed, wrong = len(expected - named), len(named - expected)
    cut = sum(_cut(place, chance) for _ in range(deeds - len(expected)))
    return figure(
        "audit.verify.misses", missed + wrong + (deeds - len(expected) - cut), unit="of them", goal=0,
        against="what the owner of the tables did with the triggers off",
        detail=f"{each} edits, {each} deletions, {len(inside)} insertions, {deeds - len(expected)} tail cuts; {wrong} named that were none",
    )  # fmt: skip


def _cut(place: Platform, chance: random.Random) -> bool:
    """Seal a few more events, note the head, cut so many seals and their events off, and check; then the chain goes on."""
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        for _ in range(3):
            sql.execute(
                "INSERT INTO audit_event (school_id, id, action, actor_kind, target_kind, changes)"
                " VALUES (2, gen_random_uuid(), 'notices.edit', 'job', 'notice', '{}')"
            )
            with across_schools("bench", routine=True):
                seal_all()
    with across_schools("bench", routine=True):
        noted = [(head.number, head.hash) for head in heads.heads() if head.stream == SHORT]
    ((last, _),) = noted
    keep = last - chance.randint(1, 3)
    with _owner(place) as owner:
        owner.execute(
            "DELETE FROM audit_event e USING audit_seal s WHERE e.school_id = 2 AND s.school_id = 2 AND s.number = %s"
            " AND (e.xid, e.seq) >= (s.until_xid, s.until_seq)",
            (keep,),
        )
        owner.execute("DELETE FROM audit_seal WHERE school_id = 2 AND number > %s", (keep,))
    report = _check(SHORT, values=False, noted=noted)
    return [(fault.kind.value, fault.seal) for fault in report.faults] == [("cut", keep + 1)]


def _check(stream: Stream, **options: Any) -> Report:
    with across_schools("bench", routine=True):
        return verify(stream, **options)


@contextmanager
def _owner(place: Platform) -> Iterator[psycopg.Connection[Any]]:
    """The owner of the tables, who has turned the triggers and the walls off for a moment."""
    with psycopg.connect(place.addresses.owner, autocommit=True) as owner:
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")
        yield owner
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")
