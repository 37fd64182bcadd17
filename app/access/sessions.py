"""Sessions are rows. `flask.session`, Flask-Login and Flask-WTF all sit on the one of the request."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin
from psycopg.types.json import Jsonb
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from app import clock
from app.access.api_tokens import Shown, is_api, note_use, shown_by
from app.access.strangers import is_for_strangers
from app.access.visits import end_visits, of_sessions
from app.access.who import Who, look_up, who
from app.config import Settings
from app.models.login import LoginSession
from app.tenancy.reading import looking_up

LIFE = dt.timedelta(days=14)
SEEN_EVERY = dt.timedelta(minutes=5)
CSRF = "csrf_token"
MOST_SAID = 20  # what flash() keeps for the next page


class RowSession(CallbackDict[str, Any], SessionMixin):
    """The row of this request: who is asking, and the little that forms and flash() keep in it."""

    modified = False
    shown: Shown | None = None  # at an address of the API, where a token takes the place of all this

    def __init__(self, who: Who | None, token_hash: bytes, fault: psycopg.Error | None = None) -> None:
        super().__init__(who.data if who else {}, RowSession._touch)
        self.who, self.token_hash, self.fault = who, token_hash, fault

    def _touch(self) -> None:
        self.modified = True


class RowSessions(SessionInterface):
    """Reads the row once a request; writes it when something in it changed, or when it was last seen a while ago."""

    def open_session(self, app: Flask, request: Request) -> RowSession:
        if is_api(request.path):
            return _of_token(request)
        if is_for_strangers(request.path):
            return RowSession(None, b"")
        token = request.cookies.get(cookie_name(app), "")
        token_hash = hash_of(token)
        try:
            return RowSession(look_up(token_hash) if token else None, token_hash)
        except psycopg.OperationalError as fault:  # a page cannot be drawn yet: `refuse_unread` says it when one can
            return RowSession(None, token_hash, fault)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, RowSession) or session.who is None:
            return
        if session.shown:  # a program has no session: all that is kept is when its token was last used
            note_use(session.who, request.remote_addr)
            return
        said = session.get("_flashes", ())
        if len(said) > MOST_SAID:  # of a client that never shows a page
            session["_flashes"] = said[-MOST_SAID:]
        if not session.modified and clock.now() - session.who.seen_at <= SEEN_EVERY:
            return
        with looking_up() as cursor:
            if session.modified:
                cursor.execute(
                    "UPDATE login_session SET data = %s, last_seen_at = now() WHERE token_hash = %s",
                    (Jsonb(dict(session)), session.token_hash),
                )
            else:
                cursor.execute("UPDATE login_session SET last_seen_at = now() WHERE token_hash = %s", (session.token_hash,))


def _of_token(request: Request) -> RowSession:
    """What stands for a session at an address of the API: whoever the token is of, and nothing that lasts."""
    try:
        shown = shown_by(request)
    except psycopg.OperationalError as fault:
        return RowSession(None, b"", fault)
    session = RowSession(shown.who, b"")
    session.shown = shown
    return session


def refuse_unread() -> None:
    """Raise what kept the session from being read: nobody may be taken for a stranger because the database was away."""
    if isinstance(session.fault, psycopg.Error):  # type: ignore[attr-defined]
        raise session.fault  # type: ignore[attr-defined]


class LoginUser(UserMixin):
    """The person as Flask-Login wants them."""

    def __init__(self, who: Who) -> None:
        self.id, self.who = str(who.user_id), who


def init_app(app: Flask) -> None:
    """Make `flask.session` and `flask_login.current_user` answer from the one query."""
    app.session_interface = RowSessions()
    logins = LoginManager(app)
    logins.request_loader(lambda request: LoginUser(asking) if (asking := who()) else None)
    app.after_request(_carry_cookie)


def begin_session(platform: Session, *, user_id: UUID, school_id: int | None) -> LoginSession:
    """Add a session for this device; its new token goes out with the response. Needs `across_schools`."""
    token = secrets.token_urlsafe(32)
    row = LoginSession(
        token_hash=hash_of(token), user_id=user_id, active_school=school_id, expires_at=clock.now() + LIFE,
        data={CSRF: secrets.token_hex(16)}, device=(request.user_agent.string or "")[:200], address=request.remote_addr,
    )  # fmt: skip
    platform.add(row)
    g.session_token = token
    return row


def end_sessions(platform: Session, *, user_id: UUID, but: UUID | None = None) -> None:
    """End every session of a user, at once, except `but`, and the support visits in them. Needs `across_schools`."""
    which = [LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None)]
    if but is not None:
        which.append(LoginSession.id != but)
    end_visits(platform, of_sessions(*which), by=None)
    platform.execute(update(LoginSession).where(*which).values(revoked_at=clock.now()))


def end_session(platform: Session, *, user_id: UUID, session_id: UUID) -> bool:
    """End one session of a user, at once, and the support visit in it; False when it had ended. Needs `across_schools`."""
    which = LoginSession.id == session_id, LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None)
    end_visits(platform, of_sessions(*which), by=None)
    ended = update(LoginSession).where(*which).values(revoked_at=clock.now()).returning(LoginSession.id)
    return platform.execute(ended).first() is not None


def end_sessions_in(platform: Session, *, user_id: UUID, school_id: int, but: UUID | None = None) -> None:
    """End every session of a user that acts in one school, at once, except `but`; others go on. Needs `across_schools`."""
    which = [LoginSession.user_id == user_id, LoginSession.active_school == school_id, LoginSession.revoked_at.is_(None)]
    if but is not None:
        which.append(LoginSession.id != but)
    end_visits(platform, of_sessions(*which), by=None)
    platform.execute(update(LoginSession).where(*which).values(revoked_at=clock.now()))


def end_this_session(platform: Session, session_id: UUID) -> None:
    """End the session of this request on the server, and take its cookie away. Needs `across_schools`."""
    end_visits(platform, of_sessions(LoginSession.id == session_id), by=None)
    platform.execute(update(LoginSession).where(LoginSession.id == session_id).values(revoked_at=clock.now()))
    g.session_token = ""


def forget_in_memory() -> None:
    """Keep what this request still writes to `flask.session` from overwriting the row that an operation has just changed."""
    session.modified = False


def hash_of(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def cookie_name(app: Flask) -> str:
    settings: Settings = app.extensions["settings"]
    return "__Host-session" if settings.is_secure else "session"


def _carry_cookie(response: Response) -> Response:
    """Send the new token, or take away the old cookie."""
    token: str | None = g.pop("session_token", None)
    if token is not None:
        settings: Settings = current_app.extensions["settings"]
        response.set_cookie(
            cookie_name(current_app), token, max_age=int(LIFE.total_seconds()) if token else 0,
            secure=settings.is_secure, httponly=True, samesite="Lax", path="/",
        )  # fmt: skip
    return response
