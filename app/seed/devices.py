"""Devices on which people of the demo are or were signed in. Nobody knows their tokens, so that they open nothing."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.sessions import LIFE, hash_of
from app.models.login import LoginSession
from app.models.school import School
from app.models.user import Role, User
from app.seed.accounts import OF_PLATFORM
from app.seed.karoo import KAROO
from app.seed.known import known_id
from app.seed.thaba import THABA

KIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
PHONE = f"Mozilla/5.0 (Linux; Android 14; SM-A155F) {KIT} Mobile Safari/537.36"
SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 13; SM-A047F) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Mobile Safari/537.36"
)
OFFICE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Safari/537.36 Edg/126.0.0.0"
LAPTOP = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
LIBRARY = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


class Plan(NamedTuple):
    """A session: of whom, on what and from where (addresses that are kept for examples).

    `since`, `seen` and `ended` are how long ago it began, was seen last and was ended (None: it goes on or ran out).
    """

    email: str
    device: str
    address: str
    since: dt.timedelta
    seen: dt.timedelta
    ended: dt.timedelta | None = None


def _of(role: Role) -> str:
    return f"{role.value}@{THABA.host}"


_HOURS, _DAYS = dt.timedelta(hours=1), dt.timedelta(days=1)
PLANS = (  # the newest of each person is their last sign-in (app.seed.accounts.LAST_SEEN)
    Plan(_of(Role.ADMIN), OFFICE, "192.0.2.14", 21 * _HOURS, 20 * _HOURS),
    Plan(_of(Role.ADMIN), PHONE, "198.51.100.73", 2 * _DAYS, 26 * _HOURS),
    Plan(_of(Role.ADMIN), LIBRARY, "203.0.113.9", 9 * _DAYS, 8 * _DAYS, 7 * _DAYS),
    Plan(_of(Role.ADMIN), SAMSUNG, "198.51.100.21", 40 * _DAYS, 27 * _DAYS),
    Plan(_of(Role.OWNER), LAPTOP, "192.0.2.30", 51 * _HOURS, 49 * _HOURS),
    Plan(_of(Role.GUARDIAN), SAMSUNG, "198.51.100.140", 98 * _HOURS, 97 * _HOURS),
    Plan(f"{Role.ADMIN.value}@{KAROO.host}", OFFICE, "203.0.113.44", 21 * _HOURS, 19 * _HOURS),
    Plan(OF_PLATFORM[0].email, LAPTOP, "203.0.113.80", 6 * _HOURS, 5 * _HOURS),
)


def top_up(session: Session) -> int:
    """Add the sessions that are missing; returns how many. Needs `across_schools`; commits nothing."""
    people = select(User).where(User.email.in_({plan.email for plan in PLANS}))
    users = {user.email: user for user in session.scalars(people)}
    schools = dict(session.execute(select(School.slug, School.id).where(School.slug.in_((THABA.slug, KAROO.slug)))).all())
    ids = [known_id("login session", number) for number in range(len(PLANS))]
    there = set(session.scalars(select(LoginSession.id).where(LoginSession.id.in_(ids))))
    at = {THABA.host: schools.get(THABA.slug), KAROO.host: schools.get(KAROO.slug)}
    now, added = clock.now(), 0
    for session_id, plan in zip(ids, PLANS, strict=True):
        if session_id in there or (user := users.get(plan.email)) is None:
            continue
        began = min(now - plan.since, user.last_sign_in_at or now)  # nobody has signed in since they last did
        session.add(
            LoginSession(
                id=session_id, token_hash=hash_of(secrets.token_urlsafe(32)), user_id=user.id, device=plan.device,
                active_school=at.get(plan.email.partition("@")[2]), address=plan.address, created_at=began,
                last_seen_at=began + plan.since - plan.seen, expires_at=began + LIFE,
                revoked_at=began + plan.since - plan.ended if plan.ended else None,
            )
        )  # fmt: skip
        added += 1
    return added
