"""`signin.time`: what the time and the body of a refused sign-in tell about an account: nothing.

The kinds of account are tried in turn, in one process, each with a wrong password, and for the known ones with accounts of their
own each time, so that the throttle (10 failures an account) never speaks. CPU time is compared, which other processes do not
disturb, and the time on the clock is said beside it.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
from flask import Flask
from werkzeug.test import Client

from app.access.passwords import hash_password
from bench.figure import Figure, figure, is_full
from bench.platform import log_to_nowhere, platform

KINDS = ("known", "unknown", "disabled", "suspended")
SUSPENDED = 2
ALLOWED = 0.1
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SHIFTING = re.compile(r'name="csrf_token" value="[^"]*"|\w+\d+@example\.com')
USERS = """
INSERT INTO app_user (id, email, name, password_hash, theme, mode, disabled_at)
SELECT md5(%(kind)s || n)::uuid, %(kind)s || n || '@example.com', 'Lerato Dlamini', %(hash)s, 'fynbos', 'auto',
    CASE %(kind)s WHEN 'disabled' THEN now() END
FROM generate_series(1, %(number)s) n
"""
MEMBERS = """
INSERT INTO membership (school_id, id, user_id, person_id, role)
SELECT %(school)s, md5('m' || %(kind)s || n)::uuid, md5(%(kind)s || n)::uuid, md5('p' || %(school)s || '-1')::uuid, 'teacher'
FROM generate_series(1, %(number)s) n
"""


class Tried:
    """What a wrong password of one kind of account cost each time: seconds of CPU and of the clock, and what was answered."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.clock: list[float] = []
        self.bodies: set[str] = set()


def measure() -> list[Figure]:
    """The widest gap between the medians of two kinds of account, and how many other answers than the usual one there were."""
    log_to_nowhere()
    rounds = 400 if is_full() else 120
    place = platform()
    place.grow(SUSPENDED, first=10, others=10)
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        _populate(sql, rounds + 1)
        tried = try_all(place.application(), rounds, sql)
    medians = {kind: statistics.median(of.cpu) for kind, of in tried.items()}
    clocks = {kind: statistics.median(of.clock) for kind, of in tried.items()}
    gap = max(medians.values()) / min(medians.values()) - 1
    bodies = set[str]().union(*(of.bodies for of in tried.values()))
    said = ", ".join(f"{kind} {1000 * medians[kind]:.1f} ms ({1000 * clocks[kind]:.1f} on the clock)" for kind in KINDS)
    return [
        figure(
            "signin.time", gap, goal=ALLOWED, against="the quickest kind of account", detail=f"{rounds} tries each, CPU: {said}"
        ),
        figure("signin.time.bodies", len(bodies) - 1, unit="other answers", goal=0, against="status and body of the first"),
    ]


def try_all(app: Flask, rounds: int, sql: psycopg.Connection[Any]) -> dict[str, Tried]:
    """Every kind in turn, in an order that moves on each round."""
    knock = knocker(app)
    tried, numbers = {kind: Tried() for kind in KINDS}, count(1)
    for kind in KINDS:  # what the first ones pay for alone
        knock(f"{kind}{next(numbers)}@example.org")
    for number in range(1, rounds + 1):
        for step in range(len(KINDS)):
            kind = KINDS[(number + step) % len(KINDS)]
            started, began = time.process_time(), time.perf_counter()
            answer = knock(f"{kind}{number}@example.com")
            tried[kind].cpu.append(time.process_time() - started)
            tried[kind].clock.append(time.perf_counter() - began)
            tried[kind].bodies.add(SHIFTING.sub("", answer))
        sql.execute("DELETE FROM sign_in_failure")  # an address may fail a hundred times
    return tried


def knocker(app: Flask) -> Callable[[str], str]:
    """What gives the answer to a wrong password for an address."""
    client = Client(app.wsgi_app)
    page = client.get("/login", headers={"Host": "localhost"}).get_data(as_text=True)
    found = TOKEN.search(page)
    assert found, "no token on /login"

    def knock(email: str) -> str:
        form = {"csrf_token": found[1], "email": email, "password": "not the password of anybody"}
        answer = client.post("/login", data=form, headers={"Host": "localhost"})
        return f"{answer.status}\n{answer.get_data(as_text=True)}"

    return knock


def _populate(sql: psycopg.Connection[Any], number: int) -> None:
    """Accounts of every kind but the unknown, all with the same password; the people of the second school, which is suspended."""
    hashed = hash_password("a password of the benchmark")
    for kind, school in _schools():
        values = {"kind": kind, "number": number, "hash": hashed, "school": school}
        sql.execute(USERS, values)
        sql.execute(MEMBERS, values)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = %s", (SUSPENDED,))
    sql.execute("ANALYZE")


def _schools() -> Iterator[tuple[str, int]]:
    yield from (("known", 1), ("disabled", 1), ("suspended", SUSPENDED))
