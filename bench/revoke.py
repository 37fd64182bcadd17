"""`revoke`: what is taken from somebody is gone at the very next request of each of their open sessions.

The web server runs as a program with several processes. Every person is signed in on many devices, each with a line of its own and
let in a moment ago; then the deed is done by a click of whoever may do it, and each device asks once, right after the answer. A miss
is a device that was let in, a click that failed, and a device of somebody else, or the one that clicked, that was kept out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

import argon2

from app import clock
from app.access.api_tokens import Scope, hash_of, new_token
from app.access.passwords import link_path
from app.ids import uuid7
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure, is_full
from bench.suspend_reach import Visitor
from tests.cast import PASSWORD, Someone, add_person

SCHOOL, OTHER, NAME = 1, 2, "School 1"
MANAGE, HOME, CONSOLE, STAFF = "/schedule-notices/", "/settings/profile", "/operator", "/operator/people"
LEARNERS = "/api/v1/learners?limit=1"
LET_IN, SIGNED_OUT, REFUSED, NO_TOKEN = 200, 302, 403, 401
FULL, REDUCED = 100, 20  # devices a person
AT_ONCE = 16  # devices that ask at the same moment
NEW = "three words together"


class Device(NamedTuple):
    """A session of somebody, and the line of its browser."""

    id: UUID
    visitor: Visitor


class Program(Visitor):
    """A program with a token of the API, on a line of its own."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port)
        self.token = token

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        return super().ask(method, path, body, Authorization=f"Bearer {self.token}", **headers)


@dataclass
class Way:
    """A way to take something away: of whom, by which click (None: it failed), and what their devices are told then.

    `stays` is a page that goes on opening for them all, where only a right is gone; `came_by` is how the devices signed in.
    `devices` are programs that came by a token instead.
    """

    name: str
    whose: Someone
    page: str
    deed: Callable[[Sequence[Device]], bool]
    told: int
    stays: str = ""
    came_by: str = "password"
    devices: Sequence[Device] = ()


class Scene:
    """The place, the people with their devices, and those who act."""

    def __init__(self, here: Delivering, devices: int) -> None:
        self.here, self.sql, self.devices = here, here.sql, devices
        port = _free_port()
        here.settings = here.app.extensions["settings"] = replace(
            here.settings, port=port, public_url=f"http://localhost:{port}"
        )
        self.hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
        self.owner = self.person("owner", SCHOOL, role="owner")
        self.operator = self.person("operator", platform_role="operator")
        self.superuser = self.person("superuser", platform_role="superuser")
        self.bystander = self.person("bystander", SCHOOL)

    def person(self, name: str, *schools: int, role: str = "admin", platform_role: str | None = None) -> Someone:
        """An account that belongs to these schools."""
        one = Someone(f"{name}@example.com", name, role, schools[0] if schools else None, platform_role=platform_role)
        self.sql.execute(
            "INSERT INTO app_user (id, email, name, password_hash, language, theme, mode, platform_role)"
            " VALUES (%s, %s, %s, %s, 'en', 'fynbos', 'auto', %s)",
            (one.user_id, one.email, one.name, self.hashed, platform_role),
        )
        for school in schools:
            one.person_id = add_person(self.sql, school, name, "staff", one.email, "en")
            self.sql.execute(
                "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, uuid7(), %s, %s, %s)",
                (school, one.user_id, one.person_id, role),
            )
        return one

    def device(self, one: Someone, way: str = "password") -> Device:
        """One more device on which somebody is signed in, and has proven lately who they are; `way` is how they came in."""
        made, token = uuid7(), str(uuid7())
        self.sql.execute(
            "INSERT INTO login_session (id, token_hash, user_id, active_school, data, way, stepped_up_at, expires_at) VALUES"
            " (%s, %s, %s, %s, jsonb_build_object('csrf_token', %s::text), %s, now(), now() + interval '1 day')",
            (made, hashlib.sha256(token.encode()).digest(), one.user_id, one.school, one.csrf, way),
        )
        return Device(made, Visitor(self.here.settings.port, token))

    def click(self, one: Someone | Device, path: str, **fields: str) -> bool:
        """A form of somebody's, posted as their page would; whether it was done."""
        visitor = (one if isinstance(one, Device) else self.device(one)).visitor
        visitor.take_token(HOME)
        school = one.school if isinstance(one, Someone) else None
        return visitor.post(path, **({"_school": str(school)} if school else {}), **fields) == 303

    def ways(self) -> Iterator[Way]:
        """Every way, each with somebody of its own."""
        yield self.by_password()
        yield self.by_link()
        yield from self.by_role()
        yield self.by_membership()
        yield from self.by_disabling()
        yield from self.by_sessions()
        yield self.by_passkey()
        yield from self.by_token()
        yield from self.by_suspension()  # last: the school is closed then

    def by_password(self) -> Way:
        one = self.person("changes-password", SCHOOL)
        here = self.device(one)

        def change(_: Sequence[Device]) -> bool:
            return self.click(here, "/settings/password", current=PASSWORD, password=NEW) and _is_in(here, MANAGE)

        return Way("password", one, MANAGE, change, SIGNED_OUT)

    def by_link(self) -> Way:
        one, link = self.person("forgot-password", SCHOOL), uuid7()

        def choose(_: Sequence[Device]) -> bool:
            path = link_path(link, self.here.settings.secret)
            token = path.rpartition("/")[2]
            self.sql.execute(
                "INSERT INTO password_link (id, user_id, token_hash, expires_at) VALUES (%s, %s, %s, now() + interval '1 hour')",
                (link, one.user_id, hashlib.sha256(token.encode()).digest()),
            )
            visitor = Visitor(self.here.settings.port)
            visitor.take_token(path)
            return visitor.post(path, password=NEW) == 303

        return Way("password by a link", one, MANAGE, choose, SIGNED_OUT)

    def by_role(self) -> Iterator[Way]:
        """A role in a school is changed by the statement, for whoever does it writes that; the platform's by a click."""
        one, staff = self.person("changes-role", SCHOOL), self.person("was-superuser", platform_role="superuser")

        def lower(_: Sequence[Device]) -> bool:
            change = "UPDATE membership SET role = 'teacher' WHERE user_id = %s"
            return self.sql.execute(change, (one.user_id,)).rowcount == 1

        yield Way("role", one, MANAGE, lower, REFUSED, "/dashboard/")
        where = f"{STAFF}/{staff.user_id}/operator"
        yield Way("platform role", staff, STAFF, lambda _: self.click(self.superuser, where), REFUSED, CONSOLE)

    def by_membership(self) -> Way:
        one = self.person("leaves", SCHOOL)

        def archive(_: Sequence[Device]) -> bool:
            yesterday = (clock.now() - dt.timedelta(days=1)).date().isoformat()
            return self.click(self.owner, f"/people/{one.person_id}/archive", why="Moved to another town", on=yesterday)

        return Way("membership", one, MANAGE, archive, REFUSED, HOME)

    def by_disabling(self) -> Iterator[Way]:
        staff, one = self.person("is-disabled", platform_role="operator"), self.person("account-disabled", SCHOOL)
        where = f"{STAFF}/{staff.user_id}/disable"
        yield Way("disabling of staff", staff, CONSOLE, lambda _: self.click(self.superuser, where), SIGNED_OUT)

        def disable(_: Sequence[Device]) -> bool:
            return self.sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (one.user_id,)).rowcount == 1

        yield Way("disabling", one, MANAGE, disable, SIGNED_OUT)

    def by_sessions(self) -> Iterator[Way]:
        for name in ("end session", "end all"):
            one = self.person(name.replace(" ", "-"), SCHOOL)
            here = self.device(one)
            deed = self.end_each if name == "end session" else self.end_all
            yield Way(name, one, MANAGE, lambda devices, here=here, deed=deed: deed(here, devices), SIGNED_OUT)  # type: ignore[misc]
        one = self.person("ended-by-operator", SCHOOL)
        where = f"/operator/schools/{SCHOOL}/support/people/{one.person_id}/end-sessions"
        yield Way("end by an operator", one, MANAGE, lambda _: self.click(self.operator, where), SIGNED_OUT)

    def end_each(self, here: Device, devices: Sequence[Device]) -> bool:
        """One after the other, and each asks as soon as it was ended."""
        return all(
            self.click(here, f"/settings/sessions/{device.id}/end") and device.visitor.get(MANAGE)[0] == SIGNED_OUT
            for device in devices
        ) and _is_in(here, MANAGE)

    def end_all(self, here: Device, _: Sequence[Device]) -> bool:
        return self.click(here, "/settings/sessions/end-others") and _is_in(here, MANAGE)

    def by_passkey(self) -> Way:
        """The devices came in by the passkey that is removed on another one."""
        one, passkey = self.person("removes-passkey", SCHOOL), uuid7()
        here = self.device(one)
        self.sql.execute(
            "INSERT INTO passkey (id, user_id, credential_id, public_key, name) VALUES (%s, %s, %s, 'x', 'Phone')",
            (passkey, one.user_id, passkey.bytes),
        )

        def remove(_: Sequence[Device]) -> bool:
            return self.click(here, f"/settings/passkeys/{passkey}/remove") and _is_in(here, MANAGE)

        return Way("passkey removal", one, MANAGE, remove, SIGNED_OUT, came_by="passkey")

    def by_token(self) -> Iterator[Way]:
        """Programs on lines of their own: their token is revoked, or whoever made it leaves the school."""
        one, made, programs = self.programs("makes-token")

        def revoke(_: Sequence[Device]) -> bool:
            return self.click(self.owner, f"/settings/tokens/{made}/revoke")

        yield Way("token", one, LEARNERS, revoke, NO_TOKEN, devices=programs)
        leaver, _, of_leaver = self.programs("leaves-token")

        def archive(_: Sequence[Device]) -> bool:
            yesterday = (clock.now() - dt.timedelta(days=1)).date().isoformat()
            return self.click(self.owner, f"/people/{leaver.person_id}/archive", why="Moved to another town", on=yesterday)

        yield Way("token of somebody who leaves", leaver, LEARNERS, archive, NO_TOKEN, devices=of_leaver)

    def programs(self, name: str) -> tuple[Someone, UUID, list[Device]]:
        """Somebody with a token, its id, and programs that have it."""
        one, made, token = self.person(name, SCHOOL), uuid7(), new_token()
        self.sql.execute(
            "INSERT INTO api_token (school_id, id, membership_id, name, scopes, token_hash, tail, expires_at)"
            " SELECT school_id, %s, id, %s, %s, %s, %s, now() + interval '1 day' FROM membership WHERE user_id = %s",
            (made, name, [Scope.LEARNERS_READ.value], hash_of(token), token[-4:], one.user_id),
        )
        port = self.here.settings.port
        return one, made, [Device(made, Program(port, token)) for _ in range(self.devices)]

    def by_suspension(self) -> Iterator[Way]:
        one, both = self.person("only-here", SCHOOL), self.person("also-elsewhere", SCHOOL, OTHER)
        where = f"/operator/schools/{SCHOOL}"

        def suspend(_: Sequence[Device]) -> bool:
            return self.click(self.operator, f"{where}/suspend", confirm_name=NAME)

        yield Way("suspension", one, MANAGE, suspend, SIGNED_OUT)
        self.click(self.operator, f"{where}/reactivate", confirm_name=NAME)
        yield Way("suspension of one of two schools", both, MANAGE, suspend, REFUSED, HOME)


def measure() -> list[Figure]:
    """Misses over all ways, and how long after the click the slowest device had been told."""
    number = FULL if is_full() else REDUCED
    misses, slowest, asked = dict[str, int](), list[float](), 0
    with Delivering.place_with(0, 0) as here:
        scene = Scene(here, number)
        here.sink()
        here.words["web"] = ("web", "--processes", "3")
        here.revive()
        here.until(lambda: _answers(scene))
        for way in scene.ways():
            misses[way.name], seconds = _try_out(scene, way)
            slowest.append(seconds)
            asked += number
    if found := {name: missed for name, missed in misses.items() if missed}:
        print(f"misses: {found}", file=sys.stderr)
    return [
        figure(
            "revoke", sum(misses.values()), unit="misses", goal=0, against="none at the next request of any open session",
            detail=f"{len(misses)} ways ({', '.join(misses)}), {number} open sessions each, {asked} asked right after the click; "
            f"all were told after {1000 * statistics.median(slowest):.0f} ms, at worst {1000 * max(slowest):.0f} ms",
        )
    ]  # fmt: skip


def _try_out(scene: Scene, way: Way) -> tuple[int, float]:
    """Let all devices in, take it away, ask each: misses, and the seconds until the last one was told."""
    devices = list(way.devices) or [scene.device(way.whose, way.came_by) for _ in range(scene.devices)]
    bystanders = [scene.device(scene.bystander) for _ in range(3)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        before = list(threads.map(lambda device: device.visitor.get(way.page)[0], devices))
        done = way.deed(devices)
        begun = time.perf_counter()
        after = list(threads.map(lambda device: device.visitor.get(way.page)[0], devices))
        seconds = time.perf_counter() - begun
        kept = list(threads.map(lambda device: device.visitor.get(way.stays)[0], devices)) if way.stays else []
    closed = way.name.startswith("suspension")
    others = sum(not _is_in(device, MANAGE) for device in bystanders) if not closed else 0
    missed = [
        before.count(LET_IN) != len(before),
        not done,
        len(after) - after.count(way.told),
        kept.count(LET_IN) - len(kept),
        others,
    ]
    if any(missed):
        print(f"{way.name}: {missed}, {set(before)}, {set(after)}, {set(kept)}", file=sys.stderr)
    return sum(abs(int(each)) for each in missed), seconds


def _is_in(device: Device, page: str) -> bool:
    return device.visitor.get(page)[0] == LET_IN


def _answers(scene: Scene) -> bool:
    try:
        return Visitor(scene.here.settings.port).get("/healthz")[0] == LET_IN
    except OSError:
        return False
