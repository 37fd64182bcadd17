"""A person who is signed in on many devices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.ids import uuid7
from tests.cast import Someone
from tests.conftest import Browser

CHROME = (
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
SignIn = Callable[..., Browser]
Session = Callable[..., UUID]


@pytest.fixture
def add_session(sql: psycopg.Connection[Any]) -> Session:
    """Add a session of somebody; `token` opens it. Columns can be given; without any it is open and acts where they do."""

    def add(someone: Someone, token: str = "", **columns: Any) -> UUID:
        made = uuid7()
        hashed = hashlib.sha256((token or str(made)).encode()).digest()
        sql.execute(
            "INSERT INTO login_session (id, token_hash, user_id, active_school, data, device, address, expires_at) VALUES"
            " (%s, %s, %s, %s, jsonb_build_object('csrf_token', %s::text), %s, '192.0.2.7', now() + interval '1 day')",
            (made, hashed, someone.user_id, someone.school, someone.csrf, CHROME),
        )
        for name, value in columns.items():
            sql.execute(f"UPDATE login_session SET {name} = %s WHERE id = %s", (value, made))
        return made

    return add


@pytest.fixture
def signed_in(app: Any, add_session: Session) -> SignIn:
    """Another browser in which somebody is signed in."""

    def sign_in(someone: Someone, **columns: Any) -> Browser:
        token = str(uuid7())
        add_session(someone, token, **columns)
        other = Browser(app)
        other.someone = someone
        other.client.set_cookie("session", token)
        return other

    return sign_in
