"""Tokens of the JSON API: what they may do, and who stands behind one at this moment.

A token has 256 random bits, of which the database keeps the SHA-256. Token, membership, user and school are read in one
statement a request, so that what was taken away is gone at the next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import secrets
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from flask import Request, session
from sqlalchemy import and_, bindparam, select
from werkzeug.exceptions import Forbidden, Unauthorized

from app import clock
from app.access.permissions import Permission
from app.access.who import TokenUse, Who
from app.i18n.catalogue import N_
from app.models.api_token import ApiToken
from app.models.school import School, SchoolState
from app.models.user import Membership, User
from app.tenancy.reading import LookUp, looking_up

ROOT = "/api/"
PREFIX = "umthi_"
TAIL = 4  # characters of a token that its page shows
USED_EVERY = dt.timedelta(minutes=1)  # how exact 'last used' is
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)
#: the right that making tokens asks for: whoever may make none any more has none that works
MAKING = Permission.SETTINGS_MANAGE


class Scope(StrEnum):
    """What a token may do at most: `things.verb`."""

    LEARNERS_READ = "learners.read"
    GUARDIANS_READ = "guardians.read"
    STAFF_READ = "staff.read"
    CLASSES_READ = "classes.read"
    ATTENDANCE_READ = "attendance.read"
    ATTENDANCE_WRITE = "attendance.write"
    GATE_READ = "gate.read"
    GATE_WRITE = "gate.write"
    NOTICES_READ = "notices.read"
    NOTICES_WRITE = "notices.write"
    DELIVERIES_READ = "deliveries.read"
    AUDIT_READ = "audit.read"


class Meaning(NamedTuple):
    """The right that a scope needs of the token's maker, and what people call it (marked N_): in short, and in full."""

    permission: Permission
    label: str
    hint: str


SCOPES = {
    Scope.LEARNERS_READ: Meaning(
        Permission.PEOPLE_MANAGE, N_("Read learners"), N_("Names, numbers, birth dates and addresses. Never medical notes.")
    ),
    Scope.GUARDIANS_READ: Meaning(
        Permission.PEOPLE_MANAGE, N_("Read parents and guardians"), N_("Names and addresses, and whose guardians they are.")
    ),
    Scope.STAFF_READ: Meaning(Permission.PEOPLE_MANAGE, N_("Read staff"), N_("Names, addresses and roles.")),
    Scope.CLASSES_READ: Meaning(
        Permission.PEOPLE_MANAGE, N_("Read classes"), N_("Classes, their teachers, and who is in them.")
    ),
    Scope.ATTENDANCE_READ: Meaning(
        Permission.ATTENDANCE_TAKE, N_("Read attendance"), N_("Registers, and how each learner stands in them.")
    ),
    Scope.ATTENDANCE_WRITE: Meaning(
        Permission.ATTENDANCE_TAKE, N_("Keep registers"), N_("Save and correct registers. Families hear of absences as ever.")
    ),
    Scope.GATE_READ: Meaning(Permission.GATE_SCAN, N_("Read the gate"), N_("Scans at the gate, and who is on site.")),
    Scope.GATE_WRITE: Meaning(Permission.GATE_SCAN, N_("Scan at the gate"), N_("Send scans, as a turnstile would.")),
    Scope.NOTICES_READ: Meaning(Permission.NOTICES_MANAGE, N_("Read notices"), N_("Every notice, also those to come.")),
    Scope.NOTICES_WRITE: Meaning(
        Permission.NOTICES_MANAGE, N_("Schedule notices"), N_("They go out in the name of whoever made the token.")
    ),
    Scope.DELIVERIES_READ: Meaning(
        Permission.NOTICES_MANAGE, N_("Read deliveries"), N_("What became of each message, without its text.")
    ),
    Scope.AUDIT_READ: Meaning(Permission.AUDIT_VIEW, N_("Read the audit log"), N_("Who did what, once it is sealed.")),
}  # fmt: skip


class Why(StrEnum):
    """Why a token is not let in."""

    MISSING = "token-missing"
    UNKNOWN = "token-unknown"
    REVOKED = "token-revoked"
    EXPIRED = "token-expired"
    ENDED = "token-orphaned"  # its maker is no longer of the school, or their account is disabled
    SUSPENDED = "school-suspended"


class TokenRefused(Unauthorized):
    """Nobody stands behind what was shown: 401."""

    def __init__(self, why: Why) -> None:
        super().__init__()
        self.why = why


class SchoolSuspended(Forbidden):
    """The token is good, and its school is closed."""


class ScopeMissing(Forbidden):
    """The token was not made for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope


class MakerMayNot(Forbidden):
    """Whoever made the token may not do this themselves any more."""


class Shown(NamedTuple):
    """What came with a request of the API: who stands behind it, or why nobody does."""

    who: Who | None
    why: Why | None


class _Found(NamedTuple):
    """A token with its membership, user and school."""

    token_id: UUID
    token: str
    scopes: list[str]
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    ended_at: dt.datetime | None
    role: str
    person_id: UUID
    reads_medical: bool
    user_id: UUID
    name: str
    email: str
    disabled_at: dt.datetime | None
    must_change: bool
    school_id: int
    school: str
    state: str
    timezone: str
    school_language: str
    money: str
    currency: str


_LOOK_UP = LookUp(
    select(
        ApiToken.id.label("token_id"), ApiToken.name.label("token"), ApiToken.scopes, ApiToken.expires_at, ApiToken.revoked_at,
        ApiToken.last_used_at, Membership.ended_at, Membership.role, Membership.person_id, Membership.reads_medical,
        User.id.label("user_id"), User.name, User.email, User.disabled_at,
        User.password_temporary_until.is_not(None).label("must_change"), School.id.label("school_id"),
        School.name.label("school"), School.state, School.timezone, School.language.label("school_language"), School.money,
        School.currency,
    )
    .join(Membership, and_(Membership.school_id == ApiToken.school_id, Membership.id == ApiToken.membership_id))
    .join(User, User.id == Membership.user_id)
    .join(School, School.id == ApiToken.school_id)
    .where(ApiToken.token_hash == bindparam("token_hash")),
    _Found,
)  # fmt: skip


def new_token() -> str:
    """A token that nobody had before; it is shown once, and only `hash_of` it is kept."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def is_api(path: str) -> bool:
    """Whether an address is the API's: there cookies mean nothing, and every answer is JSON."""
    return path.startswith(ROOT)


def shown_by(request: Request) -> Shown:
    """Who stands behind the token of a request, now. No cookie is looked at."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    if not token or scheme.lower() != "bearer":
        return Shown(None, Why.MISSING)
    if not _TOKEN.fullmatch(token):
        return Shown(None, Why.UNKNOWN)
    with looking_up() as cursor:
        found = _LOOK_UP.all(cursor, token_hash=hash_of(token))
    if not found:
        return Shown(None, Why.UNKNOWN)
    why = _why_not(found[0], clock.now())
    return Shown(None, why) if why else Shown(_who(found[0]), None)


def demand(scope: Scope) -> None:
    """End this request unless it showed a token that holds, has the scope, and whose maker may do this themselves, now.

    Raises TokenRefused, SchoolSuspended, ScopeMissing or MakerMayNot.
    """
    shown: Shown = session.shown or Shown(None, Why.MISSING)  # type: ignore[attr-defined]
    person = shown.who
    if person is None or person.token is None:
        raise SchoolSuspended if shown.why is Why.SUSPENDED else TokenRefused(shown.why or Why.MISSING)
    if not {MAKING, SCOPES[scope].permission} <= person.permissions:
        raise MakerMayNot
    if scope not in person.token.scopes:
        raise ScopeMissing(scope)


def note_use(person: Who, address: str | None) -> None:
    """Write down that a token was used, and from which network, at most once in USED_EVERY."""
    token = person.token
    if token is None or (token.last_used_at and clock.now() - token.last_used_at <= USED_EVERY):
        return
    with looking_up() as cursor:
        cursor.execute(
            "UPDATE api_token SET last_used_at = %s, last_used_from = %s WHERE school_id = %s AND id = %s",
            (clock.now(), network_of(address), person.school_id, token.id),
        )


def network_of(address: str | None) -> str | None:
    """The network of an address (/24, /48), which tells where a program runs and not which machine it is."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _why_not(found: _Found, now: dt.datetime) -> Why | None:
    if found.revoked_at:
        return Why.REVOKED
    if found.expires_at <= now:
        return Why.EXPIRED
    if found.ended_at or found.disabled_at:
        return Why.ENDED
    return None if found.state == SchoolState.ACTIVE else Why.SUSPENDED


def _who(found: _Found) -> Who:
    """The maker, in the school of the token and nowhere else, without whatever they may do on the platform."""
    token = TokenUse(found.token_id, found.token, frozenset(found.scopes), found.expires_at, found.last_used_at)
    return Who(
        session_id=found.token_id, user_id=found.user_id, name=found.name, email=found.email, language="en", theme="fynbos",
        mode="auto", platform_role=None, data={}, seen_at=clock.now(), schools=1, role=found.role, person_id=found.person_id,
        school_id=found.school_id, school=found.school, timezone=found.timezone, school_language=found.school_language,
        money=found.money, currency=found.currency, waits=False, must_change=found.must_change, stepped_up_at=None,
        acts_in=found.school_id, reads_medical=found.reads_medical, visit=None, visit_over=None, token=token,
    )  # fmt: skip
