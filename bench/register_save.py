"""`register.save`: saving a register of 30 learners, the whole request with its history and its audit, against one bare upsert of
the same rows, and how many statements it sends.

The floor knows nobody: it puts the 30 marks into their table, keys and indexes and all, by one `unnest` upsert in a transaction of
its own. Client and server share one core, so that a time is the work of both; the two take turns in this process.
"""

from __future__ import annotations

import datetime as dt
import gc
import statistics
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from flask import Flask
from werkzeug.test import EnvironBuilder

from bench.figure import Figure, figure, is_full
from bench.platform import CSRF, Platform, log_to_nowhere, platform
from bench.tenancy_cost import on_one_core

LEARNERS = 30
TOKEN = "token-en"
STATEMENTS = 6
ROWS = (
    """
    INSERT INTO person (school_id, id, kind, name, sort_key)
    SELECT 1, md5('learner' || c || '-' || n)::uuid, 'learner', 'Learner ' || c || ' ' || n, lpad(n::text, 3, '0')
    FROM generate_series(1, %(classes)s::int) c, generate_series(1, %(learners)s::int) n
    """,
    """
    INSERT INTO learner (school_id, id, first_name, last_name)
    SELECT 1, id, 'Learner', sort_key FROM person WHERE school_id = 1 AND kind = 'learner'
    """,
    """
    INSERT INTO class_group (school_id, id, name, sort_key, year)
    SELECT 1, md5('class' || c)::uuid, 'Class ' || c, 'class ' || c, 2026 FROM generate_series(1, %(classes)s::int) c
    """,
    """
    INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on)
    SELECT 1, uuid7(), md5('learner' || c || '-' || n)::uuid, md5('class' || c)::uuid, '2020-01-01'
    FROM generate_series(1, %(classes)s::int) c, generate_series(1, %(learners)s::int) n
    """,
    """
    INSERT INTO register (school_id, id, class_id, on_date, saved_name)
    SELECT 1, md5('register' || c)::uuid, md5('class' || c)::uuid, '2020-01-02', 'Nobody' FROM generate_series(1, %(classes)s::int) c
    """,
    "INSERT INTO day_off (school_id, id, on_date, name, is_open) VALUES (1, uuid7(), %(today)s, 'Fair', true)",
)
BARE = """
INSERT INTO attendance_mark (school_id, id, register_id, learner_id, on_date, status, reason, minutes, note, at, by_id, by_name)
SELECT 1, uuid7(), %(register)s, g.learner, '2020-01-02', g.status, g.reason, g.minutes, g.note, now(), %(by)s, 'Naledi Mokoena'
FROM unnest(%(learners)s::uuid[], %(statuses)s::text[], %(reasons)s::text[], %(minutes)s::int[], %(notes)s::text[])
    AS g (learner, status, reason, minutes, note)
ON CONFLICT (school_id, register_id, learner_id) DO UPDATE SET status = EXCLUDED.status, reason = EXCLUDED.reason,
    minutes = EXCLUDED.minutes, note = EXCLUDED.note, at = EXCLUDED.at, by_id = EXCLUDED.by_id, by_name = EXCLUDED.by_name
"""
KEYS = """
SELECT md5('class' || c)::uuid, md5('register' || c)::uuid, array_agg(md5('learner' || c || '-' || n)::uuid ORDER BY n)
FROM generate_series(1, %(classes)s::int) c, generate_series(1, %(learners)s::int) n GROUP BY c ORDER BY c
"""
#: of 30 learners: one is late, one ill, one away and nobody knows why
STATUSES = ["late", "absent", "absent"] + ["present"] * (LEARNERS - 3)
REASONS = [None, "b", None] + [None] * (LEARNERS - 3)
MINUTES = [10] + [None] * (LEARNERS - 1)
NOTES = [None] * LEARNERS
Key = tuple[UUID, UUID, list[UUID]]


def measure() -> list[Figure]:
    """The ratio of the request to the bare upsert (p10 of time on one core), and the statements of one."""
    on_one_core()
    log_to_nowhere()
    place, rounds = platform(), 400 if is_full() else 120
    keys = fill(place, rounds + 21)
    application = place.application()
    bare, page = floor(place), request(application, keys)
    for key in keys[:20]:  # plans are prepared, caches warm
        bare(key)
        page(key)
        forget(place)
    taken: dict[str, list[float]] = {"bare": [], "page": []}
    gc.collect()
    gc.disable()
    for number, key in enumerate(keys[20:-1]):
        for name, call in (("bare", bare), ("page", page))[:: 1 if number % 2 else -1]:
            begun = time.perf_counter()
            call(key)
            taken[name].append((time.perf_counter() - begun) * 1000)
        forget(place)
    gc.enable()
    p10 = {name: statistics.quantiles(values, n=10)[0] for name, values in taken.items()}
    told = (
        f"{p10['page']:.2f} ms against {p10['bare']:.2f} ms, {rounds} registers of {LEARNERS}, an unexplained absence in each"
    )
    sent = statements(lambda: page(keys[-1]))
    return [
        figure("register.save", p10["page"] / p10["bare"], goal=3, against="a bare unnest upsert of the same rows", detail=told),
        figure(
            "register.save.statements", len(sent), unit="statements", goal=STATEMENTS,
            against="everything that one request sends, but for BEGIN and COMMIT", detail="; ".join(sent),
        ),
    ]  # fmt: skip


def forget(place: Platform) -> None:
    """Let the session be as before: no page shows here what is to be said, and it would grow with every register."""
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("UPDATE login_session SET data = data - '_flashes'")


def statements(call: Callable[[], None]) -> list[str]:
    """What the driver sends during a call, by the first words of each: also what the product's own counter leaves out."""
    sent: list[str] = []
    kept = {name: getattr(psycopg.Cursor, name) for name in ("execute", "executemany")}

    def noted(name: str) -> Callable[..., Any]:
        def run(self: Any, query: Any, *values: Any, **options: Any) -> Any:
            words = " ".join(str(query).split())
            if not words.startswith("BEGIN"):
                sent.append(words[:32])
            return kept[name](self, query, *values, **options)

        return run

    try:
        for name in kept:
            setattr(psycopg.Cursor, name, noted(name))
        call()
    finally:
        for name, method in kept.items():
            setattr(psycopg.Cursor, name, method)
    return sent


def fill(place: Platform, classes: int) -> list[Key]:
    """Make a school of so many classes; returns each with a register of an earlier day, and its learners."""
    place.grow(50, first=10, others=10)
    values = {"classes": classes, "learners": LEARNERS, "today": dt.datetime.now(ZoneInfo("Africa/Johannesburg")).date()}
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in ROWS:
            connection.execute(statement, {name: values[name] for name in values if f"%({name})s" in statement})
        connection.execute("VACUUM ANALYZE")
        return [(row[0], row[1], row[2]) for row in connection.execute(KEYS, {"classes": classes, "learners": LEARNERS})]


def floor(place: Platform) -> Callable[[Key], None]:
    """What saves the 30 marks and nothing else."""
    connection = place.connect(place.superuser)
    cursor = connection.cursor()
    by = UUID(int=1)

    def call(key: Key) -> None:
        said = {"statuses": STATUSES, "reasons": REASONS, "minutes": MINUTES, "notes": NOTES}
        cursor.execute("BEGIN")
        cursor.execute(BARE, {"register": key[1], "learners": key[2], "by": by, **said})
        cursor.execute("COMMIT")

    return call


def request(application: Flask, keys: Sequence[Key]) -> Callable[[Key], None]:
    """What posts the form of a class's register of today; the requests are written beforehand, as a browser would."""
    environs = {key[0]: _environ(key) for key in keys}
    wsgi: Any = application.wsgi_app

    def call(key: Key) -> None:
        status: list[str] = []
        answer: Any = wsgi(environs[key[0]], lambda line, *_: status.append(line))
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if status != ["303 SEE OTHER"]:
            raise SystemExit(f"the register was answered {status}")

    return call


def _environ(key: Key) -> dict[str, Any]:
    body = urlencode([("csrf_token", masked()), ("revision", "0"), ("why", ""), *_fields(key[2])])
    return EnvironBuilder(
        f"/attendance/classes/{key[0]}", method="POST", data=body, content_type="application/x-www-form-urlencoded",
        headers=[("Cookie", f"session={TOKEN}")],
    ).get_environ()  # fmt: skip


def masked() -> str:
    """A token for the session of the cast, under a mask of noughts."""
    return urlsafe_b64encode(bytes(16) + bytes.fromhex(CSRF)).decode()


def _fields(learners: Sequence[UUID]) -> list[tuple[str, str]]:
    """The form's fields, as a browser sends them."""
    found = []
    for number, learner in enumerate(learners):
        found += [
            (f"status-{learner}", STATUSES[number]), (f"reason-{learner}", REASONS[number] or ""),
            (f"minutes-{learner}", str(MINUTES[number] or "")), (f"note-{learner}", ""),
        ]  # fmt: skip
    return found
