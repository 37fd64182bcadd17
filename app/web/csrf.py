"""One CSRF token a page: the session's secret under a new mask each time, so that a compressed page leaks nothing (BREACH).

Flask-WTF signs its token anew for every page, which is the costliest thing in the frame of a page; forms use this one through
their Meta, and every unsafe request is checked here once, form or no form. A stranger's secret is in a cookie of its own.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from flask import Flask, Response, abort, current_app, g, request, session
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.csrf.core import CSRF

from app.access.gate import access_of
from app.access.sessions import CSRF as FIELD
from app.access.strangers import is_for_strangers
from app.access.who import who
from app.config import Settings

HEADER = "X-CSRF-Token"
SAFE = {"GET", "HEAD", "OPTIONS"}
SIZE = 16


def init_app(app: Flask) -> None:
    """Check every unsafe request, and give strangers their cookie."""
    app.before_request(protect)
    app.after_request(_carry_cookie)


def token() -> str:
    """A token for this page."""
    mask = os.urandom(SIZE)
    return urlsafe_b64encode(mask + _xor(mask, bytes.fromhex(_secret() or _new_secret()))).decode()


def holds(given: str) -> bool:
    """Whether a token was made for this session, or for this stranger's browser."""
    secret = _secret()
    try:
        raw = urlsafe_b64decode(given)
    except (Error, ValueError):
        return False
    if len(raw) != 2 * SIZE or not secret:
        return False
    return hmac.compare_digest(_xor(raw[:SIZE], raw[SIZE:]), bytes.fromhex(secret))


def protect() -> None:
    """Refuse an unsafe request that did not come from one of our pages. Runs before every request."""
    if request.method in SAFE or request.endpoint is None:
        return
    if not access_of(current_app, request.endpoint).csrf:
        return
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin != request.host_url.rstrip("/") and not _is_public(origin):
        abort(400, "origin")
    if not holds(request.headers.get(HEADER) or request.form.get(FIELD, "")):
        abort(400, "csrf")


def _is_public(origin: str | None) -> bool:
    """Behind a proxy that ends TLS the browser's origin is the public address."""
    settings: Settings = current_app.extensions["settings"]
    return origin == settings.public_url


def _secret() -> str:
    if who() is not None:
        return str(session.get(FIELD, ""))
    fresh: str = g.get("visitor", "")
    given = fresh or request.cookies.get(_cookie(), "")
    return given if len(given) == 2 * SIZE and all(c in "0123456789abcdef" for c in given) else ""


def _new_secret() -> str:
    g.visitor = secrets.token_hex(SIZE)
    return str(g.visitor)


def _cookie() -> str:
    settings: Settings = current_app.extensions["settings"]
    return "__Host-visitor" if settings.is_secure else "visitor"


def _carry_cookie(response: Response) -> Response:
    if (visitor := g.pop("visitor", None)) and not is_for_strangers(request.path):
        settings: Settings = current_app.extensions["settings"]
        response.set_cookie(_cookie(), visitor, secure=settings.is_secure, httponly=True, samesite="Lax", path="/")
    return response


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


class MaskedCSRF(CSRF):
    """The same token for WTForms. `protect` has judged it already; a form only carries it."""

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return token()

    def validate_csrf_token(self, form: FlaskForm, field: Field) -> None:
        if not holds(field.data or ""):
            raise ValidationError("csrf")
