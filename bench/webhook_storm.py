"""`webhook.storm`: each event ten times, shuffled, at eight clients, PostgreSQL crashes in the middle of it; then what came of it is
counted. And the six events of a payment's life in each of their 720 orders: the end has to be the same.

The web server, the relay and the workers are the programs themselves. A client does what a provider does: what is not answered with
2xx it sends again.
"""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import queue
import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Flask

from app.delivery.inbox import receive
from app.delivery.signatures import HEADER, sign
from app.domain.webhooks.processing import process
from app.tenancy.doors import across_schools
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure
from bench.webhook_place import AMOUNT, PROVIDER, arrange, event, issue

EVENTS, COPIES, CLIENTS, SLOWEST = 1000, 10, 8, 100.0
PATIENCE = 240.0  # seconds after the last letter, in which everything has to be acted on
LIFE = ("pending", "failed", "pending", "succeeded", "reversed", "succeeded")
AFTER = """
SELECT (SELECT count(*) FROM webhook_event), (SELECT count(*) FROM webhook_effect WHERE state = 'done'),
    (SELECT count(*) FROM payment WHERE state = 'succeeded' AND amount = %(amount)s),
    (SELECT count(*) FROM ledger_transaction WHERE kind = 'payment'), (SELECT count(*) FROM webhook_watermark)
"""
# What is left of a payment's life: its state, its invoice's, and what stands in each book because of it.
ENDS = """
SELECT p.reference, p.state, p.amount, i.state, i.paid, array_agg(b.book || ' ' || b.amount ORDER BY b.book)
FROM payment p JOIN invoice i ON i.school_id = p.school_id AND i.id = p.invoice_id
LEFT JOIN LATERAL (
    SELECT e.book, sum(e.amount) AS amount FROM ledger_transaction t
    JOIN ledger_entry e ON e.school_id = t.school_id AND e.transaction_id = t.id
    WHERE t.school_id = p.school_id AND t.payment_id = p.id GROUP BY e.book HAVING sum(e.amount) <> 0
) b ON true
WHERE p.reference LIKE 'life_%%' GROUP BY p.school_id, p.id, i.state, i.paid
"""


class Clients:
    """Eight lines of a provider, which send letters until none is left; `waits` are the seconds of each letter from
    when it was first sent until it was answered with 2xx: what is sent again has waited all the while."""

    def __init__(self, port: int, secret: str, letters: Sequence[bytes]) -> None:
        self.port, self.secret, self.letters = port, secret, queue.SimpleQueue[bytes]()
        for letter in letters:
            self.letters.put(letter)
        self.waits: list[float] = []
        self.wrong: list[int] = []
        self.again = 0  # letters that were sent more than once
        self.turn = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(CLIENTS)]

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with suppress(queue.Empty):
            while True:
                letter, begun, tries = self.letters.get_nowait(), time.perf_counter(), 1
                while not self.send(line, letter, begun):
                    line.close()
                    time.sleep(0.2)
                    tries += 1
                with self.turn:
                    self.again += tries > 1

    def send(self, line: http.client.HTTPConnection, letter: bytes, begun: float) -> bool:
        """Whether it was taken, which was first tried at `begun`. What is refused for good is `wrong`, and not sent again."""
        try:
            header = sign(letter, self.secret, at=dt.datetime.now(dt.UTC))
            line.request("POST", f"/webhooks/{PROVIDER}", letter, {HEADER: header, "Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200:
            self.waits.append(time.perf_counter() - begun)
        elif answer.status < 500:
            self.wrong.append(answer.status)
        return answer.status < 500


def measure() -> list[Figure]:
    """Events without exactly one effect, ends that differ, and how long an answer takes."""
    with Delivering.place_with(0, durable=True) as here:
        settings = replace(here.settings, port=_free_port())
        here.settings = here.app.extensions["settings"] = replace(settings, public_url=f"http://localhost:{settings.port}")
        secret = arrange(here.app)
        clients, counted = storm(here, secret)
        missed = sum(abs(number - EVENTS) for number in counted) + len(clients.wrong)
        ends = lives(here.app, here, secret)
    waits = sorted(clients.waits)
    p95 = 1000 * waits[int(len(waits) * 0.95)]
    if missed or len(ends) != 1:
        print(
            f"events, effects, payments, bookings, watermarks: {counted}; refused: {clients.wrong[:9]}; {ends}", file=sys.stderr
        )
    return [
        figure(
            "webhook.storm", missed + len(ends) - 1, unit="failures", goal=0, against=f"exactly {EVENTS} effects, one end",
            detail=f"{len(waits)} of {EVENTS * COPIES} letters were taken: {EVENTS} events {COPIES} times each, shuffled, {CLIENTS} clients, one crash "
            f"of PostgreSQL, {clients.again} letters sent again; the {len(LIFE)} events of a life, of one amount and one invoice, in each order",
        ),
        figure(
            "webhook.storm.p95", p95, unit="ms", goal=SLOWEST, against=f"{CLIENTS} clients at once",
            detail=f"{len(waits)} letters, each from when it was first sent, {clients.again} of them sent again; the middle one after "
            f"{1000 * waits[len(waits) // 2]:.1f} ms; the workers act on them meanwhile",
        ),
    ]  # fmt: skip


def storm(here: Delivering, secret: str) -> tuple[Clients, tuple[int, ...]]:
    """Send it all, crash in the middle, wait until all is acted on; what there is of everything then."""
    now, dice = dt.datetime.now(dt.UTC), random.Random(7)
    made = [event(f"evt_{n}", "payment.succeeded", now, payment=f"pay_{n}") for n in range(EVENTS)]
    letters = made * COPIES
    dice.shuffle(letters)
    clients = Clients(here.settings.port, secret, letters)
    here.start("relay", "worker 1", "web")
    here.until(lambda: _answers(here.settings.port))
    for thread in clients.threads:
        thread.start()
    while len(clients.waits) < len(letters) // 3 and any(thread.is_alive() for thread in clients.threads):
        time.sleep(0.01)
    here.place.run.restart()
    while any(thread.is_alive() for thread in clients.threads):
        here.revive()
        time.sleep(0.05)
    deadline = time.monotonic() + PATIENCE
    while _open(here) and time.monotonic() < deadline:
        here.revive()
        time.sleep(0.2)
    with here.connect() as sql:
        counted = tuple(int(number) for number in sql.execute(AFTER, {"amount": AMOUNT}).fetchone() or ())
    for name in ("web", "relay", "worker 1"):
        here.words.pop(name)
        here.kill(name)
    return clients, counted


def lives(app: Flask, here: Delivering, secret: str) -> set[Any]:
    """Each order of the six events of a life, acted on as they come; the different ends that they lead to: one, if all is well."""
    orders = list(itertools.permutations(range(len(LIFE))))
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    bills = issue(app, len(orders))
    with app.app_context():
        for place, (order, (number, total)) in enumerate(zip(orders, bills, strict=True)):
            for step in order:
                at = now + dt.timedelta(seconds=step)
                letter = event(
                    f"evt_life_{place}_{step}",
                    f"payment.{LIFE[step]}",
                    at,
                    payment=f"life_{place}",
                    amount=total,
                    invoice=number,
                )
                _hand_in(app, secret, letter, here)
    with here.connect() as sql:
        ends = [(state, amount, bill, paid, tuple(books)) for _, state, amount, bill, paid, books in sql.execute(ENDS)]
    return set(ends) | ({("lost", len(orders) - len(ends))} if len(ends) != len(orders) else set())


def _hand_in(app: Flask, secret: str, letter: bytes, here: Delivering) -> None:
    """Through the door, and at once what a worker would do."""
    now = dt.datetime.now(dt.UTC)
    settings = app.extensions["settings"]
    receive(PROVIDER, header=sign(letter, secret, at=now), body=letter, settings=settings, now=now)
    with across_schools("bench", routine=True) as session:
        from_now = session.connection().exec_driver_sql("SELECT id FROM webhook_event ORDER BY id DESC LIMIT 1").scalar_one()
        process(session, from_now, now=now)
        session.commit()


def _open(here: Delivering) -> bool:
    try:
        with here.connect() as sql:
            return bool(sql.execute("SELECT 1 FROM webhook_event WHERE state = 'stored' LIMIT 1").fetchone())
    except OSError:
        return True


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()
