"""Every route says who may open it: `@allow(permission)`, `@signed_in`, `@by_token(scope)` or `@public("why")`.

One judge asks, before the view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from blinker import signal
from flask import Flask, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access import api_tokens
from app.access.api_tokens import Scope
from app.access.permissions import Permission
from app.access.who import Who, who

View = TypeVar("View", bound=Callable[..., Any])
#: what a person with a temporary password may open beside what is public: the page that changes it, sign-out, the language
CHANGE = "account.change_password"
OPEN_WITH_TEMPORARY = frozenset({CHANGE, "account.sign_out", "account.language"})
turned_away = signal("access.turned_away")
"""Sent when a signed-in person lacks the right; `who` and `permission` go along. The audit subscribes."""


class UndeclaredRoute(Exception):
    """A route that does not say who may open it: the application does not start."""


@dataclass(frozen=True)
class Access:
    """What a route declares. `csrf` is False only for machines that bring their own proof (and why says which).

    `scope` is of the API's routes, which know tokens alone: no cookie opens them, so none needs to be guarded.
    """

    permission: Permission | None = None
    why_public: str = ""
    csrf: bool = True
    scope: Scope | None = None


def allow(permission: Permission) -> Callable[[View], View]:
    """Open to those who hold `permission` where they act: a stranger is led to sign-in, anyone else gets 403."""
    return _mark(Access(permission))


def signed_in(view: View) -> View:
    """Open to everyone who is signed in, in a school or not."""
    return _mark(Access())(view)


def by_token(scope: Scope) -> Callable[[View], View]:
    """Open to programs whose token has `scope`, as long as its maker holds the right behind it; to nobody else."""
    return _mark(Access(scope=scope, csrf=False))


def public(why: str, *, csrf: bool = True) -> Callable[[View], View]:
    """Open to everybody, for the reason given. `csrf=False` exempts its posts from the token."""
    return _mark(Access(why_public=why, csrf=csrf))


def access_of(app: Flask, endpoint: str) -> Access:
    """What the route behind an endpoint declares. Raises UndeclaredRoute."""
    access = getattr(app.view_functions[endpoint], "access", None)
    if not isinstance(access, Access):
        raise UndeclaredRoute(f"{endpoint} says neither @allow nor @signed_in, @by_token nor @public")
    return access


def refuse_undeclared(app: Flask) -> None:
    """Raise UndeclaredRoute unless every route declares its access."""
    for endpoint in app.view_functions:
        access_of(app, endpoint)


def judge() -> Response | None:
    """Let the request through or end it: 401 for a stranger, 403 without the right. Runs before every view.

    Whoever has a temporary password is led to the page that changes it, from everywhere; what is no page gets 403.
    """
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access.why_public:
        return None
    if access.scope:
        api_tokens.demand(access.scope)
        return None
    person = who()
    if person is None or person.token:  # a token opens what was made for tokens, and no page
        abort(401)
    if person.must_change:
        return _lead_to_change(request.endpoint)
    if access.permission:
        _demand(person, access.permission)
    return None


def demand(permission: Permission) -> None:
    """End the request of somebody who lacks one more right, known only inside the view: 401 for a stranger, 403 for others."""
    _demand(who() or abort(401), permission)


def _lead_to_change(endpoint: str) -> Response | None:
    if endpoint in OPEN_WITH_TEMPORARY:
        return None
    if request.method not in ("GET", "HEAD"):
        abort(403)
    return redirect(url_for(CHANGE))


def _demand(person: Who, permission: Permission) -> None:
    if permission not in person.permissions:
        turned_away.send(current_app._get_current_object(), who=person, permission=permission)  # type: ignore[attr-defined]
        abort(403)


def _mark(access: Access) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return decorate
