"""Tokens, and programs that ask with them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from werkzeug.test import TestResponse

from app import clock
from app.access.api_tokens import Scope, hash_of, new_token
from app.ids import uuid7
from tests.cast import Someone

EVERYTHING = tuple(Scope)
ROOT = "/api/v1"


def add_token(
    sql: psycopg.Connection[Any], someone: Someone, scopes: Iterable[str] = EVERYTHING, *, token: str | None = None,
    days: float = 30, revoked: bool = False, name: str = "Timetable",
) -> tuple[str, UUID]:  # fmt: skip
    """A token that somebody of a school has made, and its id."""
    token, made, now = token or new_token(), uuid7(), clock.now()
    sql.execute(
        "INSERT INTO api_token (school_id, id, membership_id, name, scopes, token_hash, tail, expires_at, revoked_at)"
        " SELECT school_id, %s, id, %s, %s, %s, %s, %s, %s FROM membership WHERE user_id = %s AND school_id = %s",
        (
            made, name, list(scopes), hash_of(token), token[-4:], now + dt.timedelta(days=days), now if revoked else None,
            someone.user_id, someone.school,
        ),
    )  # fmt: skip
    return token, made


class Program:
    """Asks the API with a token, or without one; holds every answer to what every answer must be."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client, self.token = app.test_client(), token

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.client.open(path if path.startswith("/") else f"{ROOT}/{path}", method=method, headers=headers, **options)
        check(answer)
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.ask("GET", path, **options)

    def post(self, path: str, said: object, **options: Any) -> TestResponse:
        return self.ask("POST", path, data=json.dumps(said), content_type="application/json", **options)

    def put(self, path: str, said: object, **options: Any) -> TestResponse:
        return self.ask("PUT", path, data=json.dumps(said), content_type="application/json", **options)


def check(answer: TestResponse) -> None:
    """No cookie, no way for pages of others, JSON or nothing; and what went wrong is told as RFC 9457 says."""
    assert "Set-Cookie" not in answer.headers
    assert not [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]  # noqa: SIM118
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)[:200]
        said = answer.get_json(force=True)
        assert {"type", "title", "status", "detail"} <= said.keys()
        assert said["status"] == answer.status_code
        assert said["type"].startswith("/api/v1/problems#")
    elif answer.status_code == 304:
        assert answer.get_data() == b""
    else:
        assert answer.is_json or not answer.data
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    if answer.status_code == 429:
        assert int(answer.headers["Retry-After"]) > 0


def name_of(answer: TestResponse) -> str:
    """The name of the problem that an answer tells."""
    return str(answer.get_json(force=True)["type"]).partition("#")[2]


def faults(answer: TestResponse) -> dict[str, str]:
    """Place to detail, of what is wrong with the values."""
    return {each.get("pointer") or each["parameter"]: each["detail"] for each in answer.get_json(force=True)["errors"]}
