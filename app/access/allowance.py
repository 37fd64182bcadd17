"""How many requests a token of the API may make: counted in PostgreSQL, so that all web processes count together.

Redis has no part in it. The table is UNLOGGED, so a request waits for no write to the disk. Where it cannot be written (a
database that is being only read for a while), each process counts by itself until it can.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
from typing import NamedTuple
from uuid import UUID

import psycopg
from flask import Flask, Response, g, request
from werkzeug.exceptions import TooManyRequests

from app import clock
from app.access.who import who
from app.tenancy.reading import looking_up

QUOTA = 600  # requests a token may make in a window
WINDOW = dt.timedelta(minutes=1)
SECONDS = int(WINDOW.total_seconds())
MOST_LOCALLY = 10_000  # tokens that a process counts by itself
#: the two headers as draft-ietf-httpapi-ratelimit-headers-10 writes them
POLICY = f'"token";q={QUOTA};w={SECONDS}'
_SPEND = """
INSERT INTO api_allowance AS a (token_id, since, used) VALUES (%(token)s, %(now)s, 1)
ON CONFLICT (token_id) DO UPDATE SET
    since = CASE WHEN a.since <= %(begin)s THEN %(now)s ELSE a.since END,
    used = CASE WHEN a.since <= %(begin)s THEN 1 ELSE a.used + 1 END
RETURNING since, used
"""
log = logging.getLogger(__name__)
_counted: dict[UUID, tuple[dt.datetime, int]] = {}


class Allowance(NamedTuple):
    """What is left of a window: `left` requests, `seconds` until there are QUOTA again; `is_over`: this one was too many."""

    left: int
    seconds: int
    is_over: bool


class OverLimit(TooManyRequests):
    """The token has used its allowance up; `wait` is for how many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


def init_app(app: Flask) -> None:
    """Count each request that a token makes, before its rights are asked for, and say in each answer what is left."""
    app.before_request(count)
    app.after_request(_tell)


def count() -> None:
    """Spend one request of the token that asks, if one does. Raises OverLimit."""
    person = who()
    if person is None or person.token is None or request.endpoint is None:
        return
    g.allowance = spend(person.token.id)
    if g.allowance.is_over:
        raise OverLimit(g.allowance.seconds)


def spend(token_id: UUID) -> Allowance:
    """Count one request of a token; what is left of its window then."""
    now = clock.now()
    try:
        with looking_up() as cursor:
            cursor.execute(_SPEND, {"token": token_id, "now": now, "begin": now - WINDOW})
            since, used = cursor.fetchone() or (now, 1)
    except psycopg.Error as fault:
        log.warning("allowances are counted in this process alone: %s", type(fault).__name__)
        since, used = _spend_here(token_id, now)
    return Allowance(max(0, QUOTA - used), max(1, math.ceil((since + WINDOW - now).total_seconds())), used > QUOTA)


def _spend_here(token_id: UUID, now: dt.datetime) -> tuple[dt.datetime, int]:
    if len(_counted) > MOST_LOCALLY:
        _counted.clear()
    since, used = _counted.get(token_id, (now, 0))
    since, used = (now, 1) if since <= now - WINDOW else (since, used + 1)
    _counted[token_id] = since, used
    return since, used


def _tell(response: Response) -> Response:
    allowance: Allowance | None = g.pop("allowance", None)
    if allowance:
        response.headers["RateLimit-Policy"] = POLICY
        response.headers["RateLimit"] = f'"token";r={allowance.left};t={allowance.seconds}'
    return response
