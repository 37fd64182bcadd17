"""Passwords: how they are kept, which may be chosen, and the links that set one."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.sessions import hash_of
from app.config import Settings
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.login import PasswordLink
from app.models.user import User

SHORTEST, LONGEST = 12, 128
LINK_LIFE = dt.timedelta(minutes=30)
COMMON = Path(__file__).with_name("common_passwords.txt")
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # argon2id; OWASP's least
# What is verified where there is nothing to verify, so that an unknown address takes as long as a known one.
DUMMY = HASHER.hash(secrets.token_urlsafe())


class HasPassword(Protocol):
    """What `verify` needs to know of a user."""

    @property
    def password_hash(self) -> str | None: ...

    @property
    def disabled_at(self) -> dt.datetime | None: ...


def hash_password(password: str) -> str:
    """What the database keeps of a password."""
    return HASHER.hash(_normal(password))


def verify(user: HasPassword | None, password: str) -> bool:
    """Whether this is the password of a user who may sign in; takes the same time for everybody, and for nobody."""
    known = user.password_hash if user and not user.disabled_at and len(password) <= LONGEST else None
    try:
        HASHER.verify(known or DUMMY, _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def has_died(temporary_until: dt.datetime | None) -> bool:
    """Whether a password was temporary and its time is over: then it opens nothing, not even the page that changes it."""
    return temporary_until is not None and temporary_until <= clock.now()


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's: then it is made anew at the next sign-in."""
    return HASHER.check_needs_rehash(password_hash)


def problem_with(password: str) -> str | None:
    """Why a password may not be chosen, as a message to be translated; None when it may."""
    if len(password) < SHORTEST:
        return N_("Use at least 12 characters. A few words together are easy to remember.")
    if len(password) > LONGEST:
        return N_("Use at most 128 characters.")
    plain = _normal(password).casefold()
    if plain in _common() or len(set(plain)) < 4:
        return N_("Many people use this password, so it is easy to guess. Choose another one.")
    return None


def issue_link(session: Session, user_id: UUID, life: dt.timedelta = LINK_LIFE) -> PasswordLink:
    """Add a single-use link that sets this user's password, good for `life`. Needs the platform's session."""
    link_id = uuid7()
    settings: Settings = current_app.extensions["settings"]
    token_hash = hash_of(_token(link_id, settings.secret))
    link = PasswordLink(id=link_id, user_id=user_id, token_hash=token_hash, expires_at=clock.now() + life)
    session.add(link)
    return link


def link_path(link_id: UUID, secret: str) -> str:
    """The address of a link on this site. Its token is made of the id and the secret, so that it is stored nowhere."""
    return f"/password/reset/{_token(link_id, secret)}"


def user_of_link(session: Session, token: str) -> UUID | None:
    """Whose password an open link sets; None when it was used, is too old or never was. Needs the platform's session."""
    return session.scalar(
        select(PasswordLink.user_id)
        .join(User, User.id == PasswordLink.user_id)
        .where(
            PasswordLink.token_hash == hash_of(token),
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > clock.now(),
            User.disabled_at.is_(None),
        )
    )


def redeem(session: Session, token: str) -> UUID | None:
    """Use up a link, and every other that its user still has. Returns whose it was, None when it does not hold (any more).

    Of two at once one gets it: the user's row decides. Needs the platform's session.
    """
    user_id = user_of_link(session, token)
    if user_id is None:
        return None
    # The user before the links, as a change of password does it: two that lock in another order could wait for each other.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    return user_id if hash_of(token) in use_up_links(session, user_id) else None


def use_up_links(session: Session, user_id: UUID) -> set[bytes]:
    """Let no link set this user's password any more. Returns the token hashes of those that were unused until now.

    Needs the platform's session.
    """
    unused = PasswordLink.user_id == user_id, PasswordLink.used_at.is_(None)
    used_up = update(PasswordLink).where(*unused).values(used_at=clock.now()).returning(PasswordLink.token_hash)
    return set(session.scalars(used_up))


def _token(link_id: UUID, secret: str) -> str:
    digest = hmac.digest(secret.encode(), b"password link" + link_id.bytes, "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _normal(password: str) -> str:
    """The same password, whichever way a keyboard writes ê."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split("\n"))
