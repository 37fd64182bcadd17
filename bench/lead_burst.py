"""`lead.burst`: an open day on the radio. 200 people a second send the enquiry form, for half a minute, while Redis is away.

The web server is the program itself. Everybody has an address and a line of their own; one in ten clicks twice, and whoever gets no
answer sends the same once more. Afterwards each must have exactly one lead.
"""

from __future__ import annotations

import datetime as dt
import http.client
import queue
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

from app.domain.leads.asking import place_of, view_of
from app.domain.leads.bots import CARRIED, CONSENT, TOKEN, expected
from app.domain.leads.entry import new_entry, sealed
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure, is_full
from bench.lead_place import SLUG, arrange

RATE, SECONDS, FULL_SECONDS = 200, 3, 30
CLIENTS, TRIES = 48, 6
ASKED = dt.timedelta(minutes=1)  # ago: so long everybody has had the page open
AFTER = (
    "SELECT count(*)::int, count(DISTINCT email)::int, (SELECT count(*)::int FROM lead_event WHERE kind = 'created') FROM lead"
)


class Crowd:
    """Those who send: each letter goes out at its moment, or as soon after it as a line is free."""

    def __init__(self, port: int, letters: list[str]) -> None:
        self.port, self.waiting = port, queue.SimpleQueue[tuple[int, str]]()
        for number, letter in enumerate(letters):
            self.waiting.put((number, letter))
        self.begun = 0.0
        self.waits: list[float] = []
        self.statuses: dict[int, int] = {}
        self.again = 0
        self.turn = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(CLIENTS)]

    def run(self) -> None:
        with suppress(queue.Empty):
            while True:
                number, letter = self.waiting.get_nowait()
                due = self.begun + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                status, tries = 0, 0
                while status == 0 and tries < TRIES:
                    tries += 1
                    status = self.send(number, letter)
                if number % 10 == 0:
                    self.send(number, letter)
                with self.turn:
                    self.waits.append(time.perf_counter() - due)
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                    self.again += tries > 1

    def send(self, number: int, letter: str) -> int:
        """The status, 0 without an answer."""
        address = f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{1 + (number & 255) % 254}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(address, 0))
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}"}
            line.request("POST", f"/s/{SLUG}/lead?lang=en", letter, {**headers, "Host": f"localhost:{self.port}"})
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()
        return answer.status


def measure() -> list[Figure]:
    """Enquiries that are not exactly one lead."""
    number = RATE * (FULL_SECONDS if is_full() else SECONDS)
    with Delivering.place_with(0) as here:
        settings = replace(here.settings, port=_free_port())
        here.settings = here.app.extensions["settings"] = replace(settings, public_url=f"http://localhost:{settings.port}")
        arrange(here.place.superuser, (1,))
        here.redis.kill()
        here.start("web")
        here.until(lambda: _answers(here.settings.port))
        crowd = Crowd(here.settings.port, _letters(here, number))
        crowd.begun = time.perf_counter() + 0.2
        for thread in crowd.threads:
            thread.start()
        for thread in crowd.threads:
            thread.join()
        took = time.perf_counter() - crowd.begun
        with here.connect() as sql:
            rows, people, begun = sql.execute(AFTER).fetchone() or (0, 0, 0)
    lost, doubled = number - people, rows - people + abs(begun - rows)
    waits = sorted(crowd.waits)
    if lost or doubled:
        print(f"{rows} leads of {people} people, {begun} beginnings, answers {crowd.statuses}", file=sys.stderr)
    p95 = 1000 * waits[int(len(waits) * 0.95)]
    return [
        figure(
            "lead.burst", lost + doubled, unit="lost or doubled", goal=0, against=f"{RATE} enquiries a second, Redis away",
            detail=f"{number} people in {took:.0f} s, one in ten sent twice, {crowd.again} had no answer and sent again; lost {lost}, "
            f"doubled {doubled}; half were answered after {1000 * waits[len(waits) // 2]:.0f} ms, 95 of 100 after {p95:.0f} ms",
        )
    ]  # fmt: skip


def _letters(here: Delivering, number: int) -> list[str]:
    """What the browsers of so many people send, each with the token of a page that it opened a minute ago."""
    with here.app.app_context():
        place = place_of(SLUG)
        assert place is not None
        names = expected(view_of(place, "en"))
    made = []
    for each in range(number):
        entry = new_entry(1, 1)
        said = {
            TOKEN: sealed(here.settings, entry._replace(issued_at=entry.issued_at - ASKED)), "name": f"Visitor {each}",
            "email": f"visitor-{each}@example.org", "message": "Is there a place?", CONSENT: "y",
        }  # fmt: skip
        made.append(urlencode([(name, said.get(name, "")) for name in names]))
    assert names[: len(CARRIED)] == list(CARRIED)
    return made


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()
