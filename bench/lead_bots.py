"""`lead.bots`: programs that fill in the enquiry form, each in its way and stubborn, between people who use it in theirs.

No program may make a lead, and nobody who follows what the page says may be lost or come twice: whoever is quick, slow, sends twice,
makes mistakes, has a browser that fills in every field, or comes from a page that the school forgot to list.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg
from flask import Flask
from werkzeug.test import Client, TestResponse

from app.domain.leads.bots import TOKEN, TRAP
from app.domain.leads.entry import HOLDS, new_entry, sealed
from bench.figure import Figure, figure, is_full
from bench.lead_place import LISTED, OTHER_SLUG, SCHOOL, SLUG, Fields, arrange, sent_by_browser
from bench.platform import log_to_nowhere, platform

BOTS, PEOPLE, FULL_BOTS, FULL_PEOPLE = 260, 100, 500, 200
READING = 3.2  # seconds in which everybody reads the page; programs do not
HERE = "http://localhost"
STUBBORN = 3  # times that a program sends the same


class Browser(NamedTuple):
    """How a browser sends a form: the header that says where from (None: it does not say), as a script's FormData (multipart)
    or by itself, and how it ends a line."""

    name: str
    origin: str | None
    by_script: bool
    line: str


BROWSERS = (
    Browser("Chromium", HERE, by_script=True, line="\r\n"),
    Browser("Firefox", HERE, by_script=False, line="\r\n"),
    Browser("Safari", HERE, by_script=True, line="\r\n"),
    Browser("Tor", "null", by_script=False, line="\r\n"),
    Browser("Lynx", None, by_script=False, line="\n"),
)


@dataclass
class Visitor:
    """Somebody at an address of their own; `page` is what they see."""

    app: Flask
    number: int
    who: str
    browser: Browser
    page: str = ""
    typed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = Client(self.app, TestResponse)
        self.typed = {
            "name": f"Visitor {self.number}", "email": f"{self.who}-{self.number}@example.org",
            "message": f"Is there a place?{self.browser.line}Greetings", **self.typed,
        }  # fmt: skip

    @property
    def language(self) -> str:
        return ("en", "af", "zu")[self.number % 3]

    def opens(self, slug: str = SLUG) -> None:
        self.page = self._ask("GET", f"/s/{slug}/lead?lang={self.language}").text

    def fields(self) -> Fields:
        return sent_by_browser(self.page, self.typed)

    def sends(self, fields: Fields | None = None, *, origin: str | None = "") -> int:
        """The status; what comes back is seen, and a page of thanks is opened."""
        where = self.browser.origin if origin == "" else origin
        answer = self._post(self.fields() if fields is None else fields, {"Origin": where} if where else {})
        self.page = answer.text
        return answer.status_code

    def _post(self, fields: Fields, headers: dict[str, str]) -> TestResponse:
        path = f"/s/{SLUG}/lead?lang={self.language}"
        if self.browser.by_script:
            boundary = "----bench"
            parts = "".join(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
            )
            body, kind = f"{parts}--{boundary}--\r\n", f"multipart/form-data; boundary={boundary}"
        else:
            body, kind = urlencode(fields), "application/x-www-form-urlencoded"
        return self._ask("POST", path, data=body.encode(), content_type=kind, headers=headers)

    def _ask(self, method: str, path: str, **more: object) -> TestResponse:
        address = f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"
        return self.client.open(path, method=method, environ_base={"REMOTE_ADDR": address}, **more)  # type: ignore[arg-type]


Way = Callable[[Visitor], None]


def _again(person: Visitor, tries: int = 3) -> None:
    """Send, read what comes back, and send what the page says once more: what everybody does who wants a place."""
    for _ in range(tries):
        if person.sends() == 303:
            return
        person.typed.pop(TRAP, None)
        time.sleep(0.02)


def _twice(person: Visitor) -> None:
    fields = person.fields()
    person.sends(fields)
    person.sends(fields)


def _mistaken(person: Visitor) -> None:
    right = person.typed["email"]
    person.typed["email"] = "nobody"
    person.sends()
    person.typed["email"] = right
    _again(person)


def _slow(person: Visitor) -> None:
    """The page was opened more than a day ago: what it carries is what it carried then."""
    old = new_entry(SCHOOL, 1)
    token = sealed(person.app.extensions["settings"], old._replace(issued_at=old.issued_at - HOLDS - dt.timedelta(hours=1)))
    person.sends([(name, token if name == TOKEN else value) for name, value in person.fields()])
    _wait_and_send(person)


def _filled_by_a_program(person: Visitor) -> None:
    """A browser that fills in every field, also the one that nobody sees; the page then shows it, and the person empties it."""
    person.sends([(name, "x" if name == TRAP else value) for name, value in person.fields()])
    person.typed[TRAP] = ""
    _again(person)


def _by_another_page(origin: str) -> Way:
    def way(person: Visitor) -> None:
        person.sends([("step", "check"), *((name, text) for name, text in person.typed.items() if text)], origin=origin)
        _wait_and_send(person)

    return way


def _wait_and_send(person: Visitor) -> None:
    time.sleep(READING)
    _again(person)


#: how people use it, after they have read the page
WAYS: tuple[Way, ...] = (_again, _again, _twice, _mistaken, _again, _filled_by_a_program, _again, _again, _again, _again)
#: those who take their time a second time
PATIENT: tuple[Way, ...] = (_slow, _by_another_page(LISTED), _by_another_page("https://forgotten.example"))


def _everything(bot: Visitor) -> None:
    bot.typed[TRAP] = "Cheap watches"
    for _ in range(STUBBORN):
        bot.sends([(name, value or "x") for name, value in bot.fields()])


def _at_once(bot: Visitor) -> None:
    bot.opens()
    fields = bot.fields()
    for _ in range(STUBBORN):
        bot.sends(fields)


def _at_once_with_everything(bot: Visitor) -> None:
    bot.opens()
    bot.sends([(name, value or "x") for name, value in bot.fields()])


def _without_page(bot: Visitor) -> None:
    for _ in range(STUBBORN):
        bot.sends([*bot.typed.items(), ("consent", "y")])


def _forged(bot: Visitor) -> None:
    for token in ("x" * 64, "", "AAAA", "é"):
        bot.sends([(name, token if name == TOKEN else value) for name, value in bot.fields()])


def _bent(bot: Visitor) -> None:
    """The token of our page, with another key or another moment in it."""
    for place in (3, 12, 30, 60):
        bot.sends(
            [
                (name, value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :] if name == TOKEN else value)
                for name, value in bot.fields()
            ]
        )


def _old(bot: Visitor) -> None:
    old = new_entry(SCHOOL, 1)
    token = sealed(bot.app.extensions["settings"], old._replace(issued_at=old.issued_at - dt.timedelta(days=9)))
    fields = [(name, token if name == TOKEN else value) for name, value in bot.fields()]
    for _ in range(STUBBORN):
        bot.sends(fields)


def _in_no_order(bot: Visitor) -> None:
    for order in (sorted(bot.fields()), bot.fields()[::-1]):
        bot.sends(order)


def _too_few(bot: Visitor) -> None:
    wanted = {TOKEN, "name", "email", "message", "consent"}
    bot.sends([(name, value) for name, value in bot.fields() if name in wanted])


def _too_many(bot: Visitor) -> None:
    bot.sends([*bot.fields(), ("website", "https://watches.example"), ("comment", "x")])
    bot.opens()
    bot.sends([*bot.fields(), ("message", "Cheap watches")])


def _copied_page(bot: Visitor) -> None:
    fields = bot.fields()
    for _ in range(STUBBORN):
        bot.sends(fields, origin="https://watches.example")


def _of_another_school(bot: Visitor) -> None:
    bot.opens(OTHER_SLUG)
    bot.sends(bot.fields())


BOT_WAYS: tuple[Way, ...] = (
    _everything, _at_once, _at_once_with_everything, _without_page, _forged, _bent, _old, _in_no_order, _too_few, _too_many,
    _copied_page, _of_another_school,
)  # fmt: skip


def measure() -> list[Figure]:
    """Leads of programs; people without a lead, or with two."""
    place = platform()
    place.grow(2, first=1, others=1)
    arrange(place.superuser)
    app = place.application()
    log_to_nowhere()
    bots, people = (FULL_BOTS, FULL_PEOPLE) if is_full() else (BOTS, PEOPLE)
    visitors = [Visitor(app, n, "person", BROWSERS[n % 5]) for n in range(people)]
    programs = [Visitor(app, people + n, "bot", BROWSERS[n % 5]) for n in range(bots)]
    for visitor in (*visitors, *programs):
        visitor.opens()
    time.sleep(READING)
    used = []
    for visitor in visitors:
        few = len(PATIENT) * 2
        way = PATIENT[visitor.number % len(PATIENT)] if visitor.number < few else WAYS[visitor.number % len(WAYS)]
        used.append(visitor.fields())
        way(visitor)
    for program in programs:
        kind = program.number % (len(BOT_WAYS) + 1)
        if kind < len(BOT_WAYS):
            BOT_WAYS[kind](program)
        else:  # the token of somebody who has sent their enquiry, with other words
            taken = used[-1 - program.number % 20]
            program.sends([(name, program.typed.get(name, value)) for name, value in taken])
    with psycopg.connect(place.superuser) as sql:
        came = [email for (email,) in sql.execute("SELECT email FROM lead")]
        reasons: dict[str, int] = dict(
            sql.execute("SELECT reason, sum(number)::int FROM lead_form_refusal GROUP BY 1").fetchall()
        )
    by_bots = [email for email in came if not email.startswith("person-")]
    lost = [v.typed["email"] for v in visitors if came.count(v.typed["email"]) != 1]
    if by_bots or lost:
        print(f"by bots: {by_bots[:9]}; lost or doubled: {lost[:9]}; {reasons}", file=sys.stderr)
    kinds = len(BOT_WAYS) + 1
    return [
        figure(
            "lead.bots", len(by_bots), unit="leads", goal=0, against=f"{bots} programs of {kinds} kinds, each of them stubborn",
            detail=f"refused: {', '.join(f'{reason} {number}' for reason, number in sorted(reasons.items()))}",
        ),
        figure(
            "lead.bots.lost", len(lost), unit="lost or doubled", goal=0,
            against=f"{people} people with five browsers, with and without JavaScript",
            detail="quick, slow, sent twice, with mistakes, every field filled in by the browser, from a page that is not listed",
        ),
    ]  # fmt: skip
