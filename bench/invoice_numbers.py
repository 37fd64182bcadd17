"""`invoice.numbers`: invoices finalised in many threads at once, some of them rolled back; their numbers have no gap and no double.

The value is how many numbers are missing, given twice, or not followed by the next one of the series.
"""

from __future__ import annotations

import datetime as dt
from random import Random
from threading import Barrier, Thread

import psycopg
from flask import Flask
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.access.actor import Actor
from app.domain.billing import accounts, invoices
from app.domain.billing.invoices import Line
from app.tenancy.doors import across_schools, outside
from bench.figure import Figure, figure
from bench.platform import log_to_nowhere, platform

SCHOOL, THREADS, FINALISED, ROLLED_BACK = 1, 20, 200, 0.3
BY = Actor("command", None, "bench")


class Undone(Exception):
    """What rolls a transaction back."""


def measure() -> list[Figure]:
    """Numbers that are missing or doubled."""
    log_to_nowhere()
    place = platform()
    place.grow(1, first=1, others=1)
    application = place.application()
    with application.app_context(), outside(), across_schools("bench", routine=True) as session:
        accounts.open_account(session, SCHOOL, "The school's office", by=BY)
        session.commit()
    together, undone, errors = Barrier(THREADS), [0] * THREADS, [0] * THREADS
    threads = [Thread(target=_work, args=(application, n, together, undone, errors)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(place.superuser) as connection:
        rows = connection.execute("SELECT number FROM invoice WHERE number IS NOT NULL").fetchall()
        (following,) = connection.execute("SELECT next FROM number_series").fetchone() or (0,)
    numbers = sorted(int(number.rpartition("-")[2]) for (number,) in rows)
    missing = len(set(range(1, FINALISED + 1)) - set(numbers))
    doubled = len(numbers) - len(set(numbers))
    wrong = missing + doubled + (following != FINALISED + 1) + sum(errors)
    told = f"{len(numbers)} finalised in {THREADS} threads, {sum(undone)} more rolled back"
    return [figure("invoice.numbers", wrong, unit="failures", goal=0, against="1 to 200 without a gap", detail=told)]


def _work(application: Flask, number: int, together: Barrier, undone: list[int], errors: list[int]) -> None:
    """One thread: its share of the invoices, and between them some that are rolled back."""
    chance, left = Random(number), FINALISED // THREADS
    with application.app_context():
        together.wait()
        while left:
            rolls_back = chance.random() < ROLLED_BACK
            try:
                _finalise(rolls_back=rolls_back)
                left -= 1
            except Undone:
                undone[number] += 1
            except PoolTimeout:  # no connection was free for it: nothing was begun
                continue
            except Exception:
                errors[number] += 1
                left -= 1


def _finalise(*, rolls_back: bool) -> None:
    with outside(), across_schools("bench", routine=True) as session:
        made = invoices.draft(session, SCHOOL, [Line({"en": "A month"}, 10_000)], by=BY)
        invoices.finalise(session, SCHOOL, made.id, today=dt.date(2026, 3, 2), by=BY)
        if rolls_back:
            raise Undone
        session.commit()
