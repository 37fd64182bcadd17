"""`suspend.reach`: from the click on 'Suspend school' to the last request that any door still let in.

The web server, a worker, the relay and a mail server run as programs. Somebody stands at every door and knocks without end: pages,
fragments, exports, forms, signing in, links of mails, devices, a batch that is being sent, work that is filed all the time. What was
let in too late is a miss; so is a door that stays shut when the school is back, and leaving by the link of a mail if it ever fails.
"""

from __future__ import annotations

import http.client
import json
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import argon2

from app.delivery import keys
from app.delivery.publish import Text, send_message
from app.delivery.receipts import device_token
from app.delivery.unsubscribing import unsubscribe_link
from app.domain.invitations import invite, link_path
from app.ids import uuid7
from app.tenancy.doors import across_schools, acting_for
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure, is_full
from tests.cast import PASSWORD, Someone, add_person
from tests.contact.arranged import subscription

SCHOOL, OTHER, NAME = 1, 2, "School 1"
SIGNED_IN, LATER = 1.0, 5.0  # seconds: for who is signed in, and for jobs and public pages
PEOPLE, SLOW = 3000, 0.004  # of the school, and seconds of the mail server a text: there is always a batch to disturb
PAUSE = 0.05  # seconds between two knocks at a door
OLD = "https://fcm.googleapis.com/fcm/send/"
LAST_RUN = "SELECT extract(epoch FROM max(done_at)) FROM outbox WHERE school_id = %s AND job = %s"
TEXTS = {"en": Text("A test", "Nothing happens.")}


@dataclass
class Door:
    """Somebody who knocks: `knock` says whether they were let in. `never_shut`: it stays open for a closed school."""

    name: str
    limit: float
    knock: Callable[[], bool]
    pause: float = PAUSE
    never_shut: bool = False
    let_in: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def stand(self, until: threading.Event) -> None:
        while not until.is_set():
            begun = time.time()
            (self.let_in if self.knock() else self.refused).append(begun)
            time.sleep(self.pause)

    def misses(self, click: float) -> int:
        """Those who came through too late, or were kept out of what never shuts."""
        if self.never_shut:
            return len(self.refused)
        return sum(begun > click + self.limit for begun in self.let_in) + (not any(begun > click for begun in self.refused))

    def last(self, click: float) -> float:
        """Seconds from the click to the last who was let in."""
        return max([begun - click for begun in self.let_in if begun > click], default=0.0)


class Visitor:
    """A browser without a screen: one line to the server, cookies, forms."""

    def __init__(self, port: int, token: str = "") -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.cookies = {"session": token} if token else {}
        self.csrf = ""

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Status and body of an answer."""
        given = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        self.line.request(method, path, body or None, given)
        answer = self.line.getresponse()
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                cookie, _, held = value.partition(";")[0].partition("=")
                self.cookies[cookie] = held
        return answer.status, answer.read().decode("utf-8", "replace")

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self.ask("GET", path, **headers)

    def take_token(self, path: str) -> None:
        """Remember the token of a page with a form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path)[1])
        self.csrf = found[1] if found else ""

    def post(self, path: str, **fields: str) -> int:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode({"csrf_token": self.csrf, **fields}), **form)[0]


class Scene:
    """The place, the people, and who knocks where."""

    def __init__(self, here: Delivering) -> None:
        self.here, self.sql = here, here.sql
        here.settings = here.app.extensions["settings"] = replace(here.settings, port=_free_port())
        here.settings = here.app.extensions["settings"] = replace(
            here.settings, public_url=f"http://localhost:{here.settings.port}"
        )
        self.hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
        self.admin, self.clerk = self.person("admin", SCHOOL), self.person("clerk", SCHOOL)
        self.reader, self.both, self.switcher = (
            self.person("reader", SCHOOL),
            *(self.person(who, SCHOOL, OTHER) for who in ("both", "switcher")),
        )
        self.operator = self.person("operator", platform_role="operator")
        self.visiting = self.person("visiting", platform_role="operator")
        self.guardian = add_person(self.sql, SCHOOL, "A guardian", "guardian", "guardian@example.com")
        here.sink(slow=SLOW)

    def person(self, name: str, *schools: int, platform_role: str | None = None) -> Someone:
        """An account with a session, and admin of these schools."""
        one = Someone(f"{name}@example.com", name, "admin", schools[0] if schools else None, platform_role=platform_role)
        self.sql.execute(
            "INSERT INTO app_user (id, email, name, password_hash, language, theme, mode, platform_role)"
            " VALUES (%s, %s, %s, %s, 'en', 'fynbos', 'auto', %s)",
            (one.user_id, one.email, one.name, self.hashed, platform_role),
        )
        for school in schools:
            person = add_person(self.sql, school, name, "staff", one.email, "en")
            self.sql.execute(
                "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, uuid7(), %s, %s, 'admin')",
                (school, one.user_id, person),
            )
        self.sql.execute(
            "INSERT INTO login_session (id, token_hash, user_id, active_school, data, expires_at) VALUES"
            " (uuid7(), sha256(convert_to(%s, 'UTF8')), %s, %s, jsonb_build_object('csrf_token', %s::text), now() + interval '1 day')",
            (one.token, one.user_id, one.school, one.csrf),
        )
        return one

    def sign_in_anew(self) -> None:
        """As they were before the suspension."""
        self.sql.execute("UPDATE login_session SET revoked_at = NULL")
        for one, school in ((self.both, SCHOOL), (self.switcher, OTHER), (self.visiting, SCHOOL)):
            self.sql.execute("UPDATE login_session SET active_school = %s WHERE user_id = %s", (school, one.user_id))
        self.sql.execute("DELETE FROM support_visit")
        self.sql.execute(
            "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at)"
            " SELECT %s, uuid7(), user_id, id, 'Visiting', 'A question', now() + interval '30 min' FROM login_session WHERE user_id = %s",
            (SCHOOL, self.visiting.user_id),
        )

    def visitor(self, one: Someone | None = None) -> Visitor:
        return Visitor(self.here.settings.port, one.token if one else "")

    def invitation(self) -> str:
        """The path of an invitation to the school that nobody has used."""
        person = add_person(self.sql, SCHOOL, "Somebody new", "staff", f"new-{uuid7()}@example.com")
        with self.here.app.app_context(), across_schools("bench", routine=True) as session:
            made = invite(session, school_id=SCHOOL, person_id=person, role="teacher", email="new@example.com", by="bench")
            session.commit()
            return link_path(made.id)

    def doors(self) -> list[Door]:
        """Everybody who knocks, at every door that there is."""
        return [*self.signed_in(), *self.public()]

    def signed_in(self) -> list[Door]:
        admin, reader, both, visiting, clerk, switcher = map(
            self.visitor, (self.admin, self.reader, self.both, self.visiting, self.clerk, self.switcher)
        )
        switcher.take_token("/settings/profile")
        clerk.take_token("/dashboard/")
        door = self.visitor()
        door.take_token("/login")

        def page(who: Visitor, path: str, **headers: str) -> Callable[[], bool]:
            return lambda: who.get(path, **headers)[0] == 200

        def sign_in() -> bool:
            return door.post("/login", email=self.clerk.email, password=PASSWORD) == 303

        def switch() -> bool:
            """From the other school into this one, and back again."""
            came = switcher.post("/portal/select-school/", school=str(SCHOOL)) == 303
            switcher.post("/portal/select-school/", school=str(OTHER))
            return came

        def write() -> bool:
            return clerk.post("/settings/notifications/unsubscribe", _school=str(SCHOOL)) == 303

        return [
            Door("page", SIGNED_IN, page(admin, "/schedule-notices/")),
            Door("export", SIGNED_IN, page(reader, "/exports/deliveries.csv")),
            Door("fragment", SIGNED_IN, page(self.visitor(self.reader), "/progress", **{"X-Fragment": "1"})),
            Door("page of two schools", SIGNED_IN, page(both, "/schedule-notices/")),
            Door("support visit", SIGNED_IN, page(visiting, "/schedule-notices/")),
            Door("form", SIGNED_IN, write),
            Door("switch of school", SIGNED_IN, switch),
            Door("sign-in", SIGNED_IN, sign_in),
        ]

    def public(self) -> list[Door]:
        settings = self.here.settings
        with self.here.app.app_context():
            leave = "/" + unsubscribe_link(settings, SCHOOL, self.guardian).partition("://")[2].partition("/")[2]
        invitation, back, leaving, device = self.invitation(), self.visitor(), self.visitor(), self.visitor()
        invited = self.visitor()
        back.take_token(leave)
        renewal, held = subscription(), uuid7()
        self.sql.execute("DELETE FROM push_subscription")
        self.sql.execute(
            "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
            " VALUES (%s, %s, %s, %s, 'p', 'a', 'k', 'Chrome/Android')",
            (SCHOOL, held, self.guardian, f"{OLD}0"),
        )
        renewal["tokens"] = [device_token(settings, SCHOOL, held)]
        sql = self.here.connect()

        def renew() -> bool:
            """The answer is always the same: the row says whether it was heard."""
            renewal["endpoint"] = f"{OLD}{uuid7()}"
            device.ask("POST", "/push/renewals", json.dumps(renewal), **{"Content-Type": "application/json"})
            found = sql.execute("SELECT endpoint FROM push_subscription WHERE id = %s", (held,)).fetchone()
            return found == (renewal["endpoint"],)

        return [
            Door("back by link", LATER, lambda: back.post(f"{leave}/undo") == 303),
            Door(
                "leave by link",
                LATER,
                lambda: leaving.ask("POST", leave, "List-Unsubscribe=One-Click")[0] == 200,
                never_shut=True,
            ),
            Door("invitation", LATER, lambda: invited.get(invitation)[0] == 200),
            Door("device", LATER, renew),
        ]


def measure() -> list[Figure]:
    """Misses over all doors and rounds, and for each door the longest time in which it still let somebody in."""
    rounds = 10 if is_full() else 3
    misses, taken, told = 0, dict[str, float](), list[float]()
    with Delivering.place_with(0, 0) as here:
        scene = Scene(here)
        here.populate(SCHOOL, PEOPLE)
        keys.make(here.settings)
        here.start("relay", "worker 1", "worker urgent", "web")
        here.until(lambda: _answers(scene))
        for _ in range(rounds):
            scene.sign_in_anew()
            missed, last, answered = one_round(scene)
            misses += missed
            told.append(answered)
            taken = {name: max(seconds, taken.get(name, 0.0)) for name, seconds in last.items()}
    detail = ", ".join(f"{name} {1000 * seconds:.0f} ms" for name, seconds in sorted(taken.items(), key=lambda one: -one[1]))
    return [
        figure(
            "suspend.reach", misses, unit="misses", goal=0, against=f"{SIGNED_IN:g} s signed in, {LATER:g} s jobs and public pages",
            detail=f"{rounds} suspensions, {len(taken)} doors; the last who was let in after the click: {detail}; the click was answered "
            f"after {1000 * statistics.median(told):.0f} ms, at worst {1000 * max(told):.0f} ms",
        )
    ]  # fmt: skip


def one_round(scene: Scene) -> tuple[int, dict[str, float], float]:
    """Suspend in the midst of it all, look, bring back, look again: misses, the last of each door, seconds of the click."""
    here, enough = scene.here, threading.Event()
    for _ in range(3):
        here.publish(SCHOOL)
    doors = scene.doors()
    operator = scene.visitor(scene.operator)
    operator.take_token("/settings/profile")
    threads = [threading.Thread(target=door.stand, args=(enough,)) for door in doors]
    threads.append(threading.Thread(target=_file_work, args=(here, enough)))
    for thread in threads:
        thread.start()
    here.until(lambda: len(here.accepted()) > 20 and all(door.let_in for door in doors))
    time.sleep(1)
    click = time.time()
    status = operator.post(f"/operator/schools/{SCHOOL}/suspend", confirm_name=NAME)
    answered = time.time() - click
    time.sleep(LATER + 2)
    enough.set()
    for thread in threads:
        thread.join()
    missed = {door.name: door.misses(click) for door in doors if door.misses(click)}
    misses = sum(missed.values()) + (status != 303)
    last = {door.name: door.last(click) for door in doors if not door.never_shut}
    last |= _jobs(scene, click)
    misses += sum(last[name] > LATER for name in ("batch", "fan-out"))
    misses += operator.post(f"/operator/schools/{SCHOOL}/reactivate", confirm_name=NAME) != 303
    scene.sign_in_anew()
    misses += sum(not door.knock() for door in scene.doors())
    here.forget()
    if misses:
        print(f"{misses} misses: {missed}, {last}, answered {status} after {answered:.1f} s", file=sys.stderr)
    return misses, last, answered


def _jobs(scene: Scene, click: float) -> dict[str, float]:
    """When the last mail of the school left, and when its last new message was taken on, after the click."""
    mails = max((line.at for line in scene.here.accepted() if f".{SCHOOL}@" in line.id), default=click)
    (run,) = scene.sql.execute(LAST_RUN, (SCHOOL, "delivery.fan_out")).fetchone() or (None,)
    return {"batch": max(0.0, mails - click), "fan-out": max(0.0, float(run or click) - click)}


def _file_work(here: Delivering, enough: threading.Event) -> None:
    """New messages of the school without end, to one person: whoever suspends it, somebody is always about to send."""
    while not enough.is_set():
        with here.app.app_context(), acting_for(SCHOOL) as session:
            send_message(audience="guardians", texts=TEXTS, url="/x", urgent=True, due=None, person_id=_somebody(here))
            session.commit()
        time.sleep(0.2)


def _somebody(here: Delivering) -> Any:
    """Somebody of the school."""
    with here.connect() as sql:
        (person,) = sql.execute(
            "SELECT id FROM person WHERE school_id = %s AND ended_at IS NULL LIMIT 1", (SCHOOL,)
        ).fetchone() or (None,)
    return person


def _answers(scene: Scene) -> bool:
    try:
        return scene.visitor().get("/healthz")[0] == 200
    except OSError:
        return False
