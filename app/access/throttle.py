"""How often somebody may fail: counted in PostgreSQL, so that neither a restart nor a second web process forgets."""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import math
from collections.abc import Iterable
from typing import NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.config import Settings
from app.models.login import SignInFailure

WINDOW = dt.timedelta(minutes=15)


class Limit(NamedTuple):
    """How many failures within WINDOW are borne for one account, and for one network address."""

    name: str
    account: int
    address: int


SIGN_IN = Limit("sign-in", 10, 100)
STEP_UP = Limit("step-up", 10, 100)  # an account is a user who is signed in: nobody else can use it up for them
PASSKEY = Limit("passkey", 100, 100)  # nobody can guess one: what is counted is the work
FORGOTTEN = Limit("forgotten", 5, 100)
RESET = Limit("password link from a school", 5, 60)  # an account is a user, an address their school, and every link counts
INVITING = Limit("inviting", 30, 60)  # an account is who invites, an address is their school, and every invitation counts
GATEWAY_TEST = Limit("gateway test", 10, 100)  # an account is a school here, and every try counts


class TooManyTries(Exception):
    """The limit is reached; `wait` is for how many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"wait {wait} s")
        self.wait = wait

    @property
    def minutes(self) -> int:
        """The wait as a person reads it, rounded up."""
        return math.ceil(self.wait / 60)


def count_try(session: Session, limit: Limit, *, account: str, address: str) -> int:
    """Count a try as failed before it is looked at, and return its number for `forgive`. Raises TooManyTries instead.

    Counted first and under a lock, so that a hundred tries at once are no way around. Commit before the password is verified:
    that takes long, and nothing may wait for it. Needs `about_accounts`.
    """
    account_key, address_key = _key(limit, "account", account), _key(limit, "address", _network(address))
    for lock in sorted(int.from_bytes(key[:8], signed=True) for key in (account_key, address_key)):
        session.execute(select(func.pg_advisory_xact_lock(lock)))
    now = clock.now()
    mine = or_(SignInFailure.account_key == account_key, SignInFailure.address_key == address_key)
    session.execute(delete(SignInFailure).where(mine, SignInFailure.at <= now - WINDOW))
    frees = [
        _free_again(session, SignInFailure.account_key == account_key, limit.account),
        _free_again(session, SignInFailure.address_key == address_key, limit.address),
    ]
    if waits := [free - now for free in frees if free]:
        raise TooManyTries(max(1, math.ceil(max(waits).total_seconds())))
    made = insert(SignInFailure).values(account_key=account_key, address_key=address_key, at=now)
    return session.execute(made.returning(SignInFailure.id)).scalar_one()


def refused_now(session: Session, limit: Limit, accounts: Iterable[str]) -> frozenset[str]:
    """Those of these accounts that have failed too often and may not try at the moment. Needs `across_schools`."""
    keys = {_key(limit, "account", account): account for account in accounts}
    many = (
        select(SignInFailure.account_key)
        .where(SignInFailure.account_key.in_(keys), SignInFailure.at > clock.now() - WINDOW)
        .group_by(SignInFailure.account_key)
        .having(func.count() >= limit.account)
    )
    return frozenset(keys[key] for key in session.scalars(many))


def forgive(session: Session, number: int) -> None:
    """Take a try back: it was no failure. Needs `about_accounts`."""
    session.execute(delete(SignInFailure).where(SignInFailure.id == number))


def forgive_account(session: Session, limit: Limit, account: str) -> None:
    """Take back every failure of an account: its owner has proven themselves otherwise. Needs `about_accounts`."""
    session.execute(delete(SignInFailure).where(SignInFailure.account_key == _key(limit, "account", account)))


def _free_again(session: Session, of: ColumnElement[bool], limit: int) -> dt.datetime | None:
    """When the oldest failure that fills the limit leaves the window; None while there is room."""
    newest = select(SignInFailure.at).where(of).order_by(SignInFailure.at.desc())
    at = session.scalar(newest.offset(limit - 1).limit(1))
    return at + WINDOW if at else None


def _key(limit: Limit, kind: str, value: str) -> bytes:
    """A keyed hash: who reads the table learns no address."""
    settings: Settings = current_app.extensions["settings"]
    return hmac.digest(settings.secret.encode(), f"{limit.name}\0{kind}\0{value.lower()}".encode(), "sha256")


def _network(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them: the network counts."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
