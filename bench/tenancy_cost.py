"""`tenancy.point`, `tenancy.list`: a whole transaction with both walls against a hand-written `WHERE school_id`.

The comparator is Flask-SQLAlchemy as it comes, with a role above row-level security. Client and server share one core, so that a time is
the work of both; the ways are shuffled in blocks in one process, and one of them is measured twice as a control.
`python -m bench.tenancy_cost` prints every way.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import Session

from app.models.person import Person
from app.tenancy import database as tenancy
from app.tenancy import session as wall
from app.tenancy.database import sqlalchemy_url
from app.tenancy.doors import acting_for
from bench.figure import Figure, figure, is_full
from bench.platform import Platform, platform

GOAL = 1.10
BLOCK, SETTLE = 25, 10
PEOPLE = """
INSERT INTO person (school_id, id, kind, name, sort_key, created_at)
SELECT s, md5('q' || s || '-' || n)::uuid, 'learner', 'F' || n, lpad((n * 7919 %% %(each)s)::text, 6, '0'), now()
FROM generate_series(1, %(schools)s::int) s, generate_series(1, %(each)s::int) n
"""
MINE = Person.school_id == bindparam("school")
COLUMNS = (Person.id, Person.name, Person.sort_key, Person.kind)
POINT = select(Person).where(Person.id == bindparam("person"))
LIST = select(*COLUMNS).order_by(Person.sort_key, Person.id).limit(50)
ENTITIES = select(Person).order_by(Person.sort_key, Person.id).limit(50)
LISTENERS = (
    (Session, "do_orm_execute", wall._add_criteria),
    (Session, "before_attach", wall._stamp),
    (Session, "before_flush", wall._check_all),
)
HAND, TUNED, WALLED, DATABASE, AGAIN = "by hand", "by hand, our engine", "both walls", "database wall alone", "by hand again"
Way = Callable[[int, UUID], Any]
Key = tuple[int, UUID]


class Work(NamedTuple):
    """What is done: a statement, and whether it finds one row."""

    statement: Any
    one: bool = False


WORKS = {"point": Work(POINT, one=True), "list": Work(LIST), "entities": Work(ENTITIES)}
Found = dict[str, dict[str, float]]
"""work -> way -> microseconds, p10."""


def measure() -> list[Figure]:
    """The cost of both walls for one row by its key, and for a sorted list of 50."""
    found = times(*size(), works=("point", "list"))
    return [_figure(f"tenancy.{work}", taken, size()) for work, taken in found.items()]


def size() -> tuple[int, int, int]:
    """Schools, people of each, and rounds."""
    return (2_000, 500, 60) if is_full() else (200, 100, 20)


def times(schools: int, each: int, rounds: int, *, works: Iterable[str] = tuple(WORKS)) -> Found:
    """Fill a platform and time every way of these works on it."""
    on_one_core()
    place = platform()
    known = build(place, schools, each)
    app = Flask("walled")
    tenancy.init_app(app, app_url=place.addresses.app, platform_url=place.addresses.platform)
    return {work: _p10(_ways(place, app, WORKS[work]), known, rounds) for work in works}


def on_one_core() -> None:
    """Keep this process, and the server that it starts, on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def build(place: Platform, schools: int, each: int) -> list[Key]:
    """Fill the schools; returns one person of every school."""
    place.grow(schools, first=1, others=1)
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(PEOPLE, {"schools": schools, "each": each})
        connection.execute("VACUUM ANALYZE person")
        rows = connection.execute("SELECT school_id, id FROM person WHERE name = 'F7'").fetchall()
    return [(school, person) for school, person in rows]


def _ways(place: Platform, app: Flask, work: Work) -> dict[str, tuple[Flask, Way]]:
    stock_app, stock = _plain(place)
    tuned_app, tuned = _plain(place, connect_args={"autocommit": True})
    with tuned_app.app_context():
        tenancy.keep_prepared(tuned.engine)
        event.listen(tuned.engine, "begin", lambda connection: tenancy._send(connection, "BEGIN"))
    return {
        HAND: (stock_app, _by_hand(stock, work)),
        TUNED: (tuned_app, _by_hand(tuned, work)),
        WALLED: (app, _walled(work)),
        DATABASE: (app, _walled(work)),
        AGAIN: (stock_app, _by_hand(stock, work)),
    }


def _by_hand(plain: SQLAlchemy, work: Work) -> Way:
    """As one writes it without walls: Flask-SQLAlchemy's session and a WHERE."""
    statement = work.statement.where(MINE)

    def run(school: int, person: UUID) -> Any:
        result = plain.session.execute(statement, {"school": school, "person": person})
        found = result.one() if work.one else result.all()
        plain.session.remove()
        return found

    return run


def _walled(work: Work) -> Way:
    def run(school: int, person: UUID) -> Any:
        with acting_for(school) as session:
            result = session.execute(work.statement, {"person": person})
            return result.one() if work.one else result.all()

    return run


def _plain(place: Platform, **options: Any) -> tuple[Flask, SQLAlchemy]:
    """Flask-SQLAlchemy as it comes, as a role above row-level security."""
    app, plain = Flask("plain"), SQLAlchemy()
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(place.superuser)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    plain.init_app(app)
    return app, plain


def _p10(ways: dict[str, tuple[Flask, Way]], known: list[Key], rounds: int) -> dict[str, float]:
    """Microseconds of each way, the ways shuffled in each round."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in random.sample(list(ways), len(ways)):
            app, run = ways[way]
            with _standing(way), app.app_context():
                for key in known[:SETTLE]:
                    run(*key)
                gc.collect()
                for key in random.sample(known, BLOCK):
                    start = time.perf_counter()
                    run(*key)
                    taken[way].append((time.perf_counter() - start) * 1e6)
    return {way: statistics.quantiles(samples, n=10)[0] for way, samples in taken.items()}


@contextmanager
def _standing(way: str) -> Iterator[None]:
    """With the ORM wall for the one way that has it."""
    if way != WALLED:
        for listener in LISTENERS:
            event.remove(*listener)
    yield
    if way != WALLED:
        for listener in LISTENERS:
            event.listen(*listener)


def _figure(name: str, found: dict[str, float], scale: tuple[int, int, int]) -> Figure:
    told = ", ".join(f"{way} {found[way]:.0f} µs" for way in (WALLED, HAND, TUNED, DATABASE))
    return figure(
        name, found[WALLED] / found[HAND], goal=GOAL, against="Flask-SQLAlchemy as it comes, WHERE by hand",
        detail=f"{told}; against our engine {found[WALLED] / found[TUNED]:.2f}, control {found[AGAIN] / found[HAND]:.2f};"
        f" {scale[0]} schools of {scale[1]}, one core, p10",
    )  # fmt: skip


if __name__ == "__main__":
    for work, ways in times(*size()).items():
        print(f"\n{work}")
        for way, p10 in ways.items():
            print(f"  {way:20} {p10:6.0f} µs  {p10 / ways[HAND]:5.2f} by hand  {p10 / ways[TUNED]:5.2f} by hand on our engine")
