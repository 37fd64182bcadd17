"""A write that is sent twice is done once: its answer is stored with what it changed, under the program's `Idempotency-Key`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request
from sqlalchemy import func, select

from app.access.who import asking
from app.models.api_token import ApiAnswer
from app.tenancy.database import db
from app.web.api.answering import KIND
from app.web.api.asking import LONGEST
from app.web.api.problems import ApiProblem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


def repeatable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a write be sent again with the same key: it is answered as the first time, and nothing is changed anew.

    For views whose changes are committed with the answer. Of two at the same moment the second waits for the first.
    """

    @wraps(view)
    def once(**values: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(**values)
        if not 0 < len(key) <= LONGEST or not key.isprintable():
            raise ApiProblem("bad-request", f"An {HEADER} has 1 to {LONGEST} printable characters.")
        token, digest = asking().token, _digest()
        token_id = token.id if token else None
        lock = int.from_bytes(hashlib.sha256(f"{token_id}\0{key}".encode()).digest()[:8], signed=True)
        db.session.execute(select(func.pg_advisory_xact_lock(lock)))
        before = db.session.scalars(select(ApiAnswer).where(ApiAnswer.token_id == token_id, ApiAnswer.key == key)).one_or_none()
        if before:
            return _again(before, digest)
        response = view(**values)
        if response.status_code < 400:
            db.session.add(
                ApiAnswer(
                    token_id=token_id, key=key, digest=digest, status=response.status_code,
                    body=response.get_data(as_text=True), location=response.headers.get("Location"),
                )
            )  # fmt: skip
        return response

    return once


def _again(before: ApiAnswer, digest: bytes) -> Response:
    if before.digest != digest:
        raise ApiProblem("key-reused")
    response = Response(before.body, before.status, {REPLAYED: "true"}, mimetype=KIND)
    if before.location:
        response.headers["Location"] = before.location
    return response


def _digest() -> bytes:
    """What tells this request from others."""
    text = f"{request.method}\0{request.full_path}\0".encode()
    return hashlib.sha256(text + request.get_data()).digest()
