"""The step-up: before something far-reaching a person proves anew who they are, and that holds for ten minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, abort, redirect, request, session, url_for
from sqlalchemy import update
from sqlalchemy.orm import Session

from app import clock
from app.access.accounts import about_accounts
from app.access.next_page import safe_next
from app.access.proofs import Proofs, Required, proofs_of, required
from app.access.who import Who, asking
from app.models.login import LoginSession
from app.tenancy.doors import outside

FRESH = dt.timedelta(minutes=10)
REASON = "step-up"
_WAYS = "step_up_ways"
_BEGINS = "may_begin"  # in the session: since when a password opens the page that adds the first passkey


class Way(NamedTuple):
    """A way to prove oneself on the page `account.confirm`: its part of that page, and to whom it is offered.

    The template is given the page's `form` and `onward`; the route that it posts to proves, and then calls `note`.
    """

    name: str
    template: str
    is_offered: Callable[[Who, Proofs], bool]


def register(app: Flask, way: Way) -> None:
    """Make a way known; the page shows them in the order of registration."""
    app.extensions.setdefault(_WAYS, {})[way.name] = way


def ways_for(app: Flask, person: Who, proofs: Proofs) -> list[Way]:
    """Every way that is open to this person, who has these proofs."""
    ways: dict[str, Way] = app.extensions.get(_WAYS, {})
    return [way for way in ways.values() if way.is_offered(person, proofs)]


def proofs_now(person: Who) -> Proofs:
    """What this person can prove themselves by at the moment."""
    with outside(), about_accounts(REASON) as platform:
        return proofs_of(platform, person.user_id)


def is_fresh(person: Who) -> bool:
    """Whether this person has proven themselves within FRESH, in this session."""
    return person.stepped_up_at is not None and clock.now() - person.stepped_up_at <= FRESH


def demand_step_up(*, back: str | None = None) -> None:
    """Lead somebody who has not proven themselves lately to the page where they do, and afterwards to `back`.

    For views. `back` is an address of ours that can be asked for with GET; None is the one of this request.
    """
    if not is_fresh(asking()):
        here = request.full_path.rstrip("?") if request.method == "GET" else request.path
        abort(redirect(url_for("account.confirm", next=safe_next(back or here)), 303))


def demand_of_staff(*, back: str | None = None) -> None:
    """`demand_step_up` on a page of those who run the platform: of whoever has a passkey, and of all where everybody has to."""
    with outside(), about_accounts(REASON) as platform:
        asks = required(platform) is Required.EVERYBODY or proofs_of(platform, asking().user_id).passkeys
    if asks:
        demand_step_up(back=back)


def demand_of_holders(*, back: str) -> None:
    """`demand_step_up` of whoever has a passkey or has to have one, on a page where a password was asked of nobody before."""
    proofs = proofs_now(asking())
    if proofs.passkeys or proofs.is_bound:
        demand_step_up(back=back)


def demand_to_add(proofs: Proofs, *, back: str) -> None:
    """`demand_step_up` on the page that adds a passkey; for the first one a password does, also where it is not enough."""
    if proofs.password_is_enough or not proofs.may_begin:
        demand_step_up(back=back)
    elif not (is_fresh(asking()) or begins()):
        abort(redirect(url_for("account.confirm", next=safe_next(back), first="yes"), 303))


def begins() -> bool:
    """Whether this session has shown a password lately for adding the first passkey."""
    try:
        since = dt.datetime.fromisoformat(session.get(_BEGINS, ""))
    except ValueError:
        return False
    return clock.now() - since <= FRESH


def let_begin() -> None:
    """Let this session add the first passkey: that, and nothing else, is open by a password where a passkey has to be."""
    session[_BEGINS] = clock.now().isoformat()


def note(platform: Session, person: Who) -> None:
    """Write down that the person of this session has just proven who they are. Needs `across_schools`."""
    mine = LoginSession.id == person.session_id
    platform.execute(update(LoginSession).where(mine).values(stepped_up_at=clock.now()))
