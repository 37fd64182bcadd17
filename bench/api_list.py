"""`api.list`: CPU of 50 notices as JSON for a program against the same list as a page for a person, interleaved."""

from __future__ import annotations

import datetime as dt
import gc
import json
import statistics

import psycopg
from werkzeug.test import EnvironBuilder

from app import clock
from app.access.api_tokens import Scope, hash_of, new_token
from app.ids import uuid7
from bench.calls import Application, Call, caller, cpu
from bench.figure import Figure, figure, is_full
from bench.page_list import PATH
from bench.platform import PEOPLE, log_to_nowhere, platform

LIST = "/api/v1/notices?limit=50"
TIMES = 20  # calls in a row; a token may make 600 a minute, so its count begins anew each time


def measure() -> list[Figure]:
    """The ratio of the two (p10 of CPU); both come with everything: who asks, both walls, the count, and what is left."""
    log_to_nowhere()
    place = platform()
    place.grow(2_000 if is_full() else 300)
    product = place.application()
    page = caller(product.wsgi_app, f"session={PEOPLE['en'][0]}", PATH)
    taken: dict[str, list[float]] = {"page": [], "list": []}
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        program = asker(product.wsgi_app, add_token(sql), LIST)
        if (found := len(json.loads(program())["data"])) != 50:
            raise SystemExit(f"{LIST}: {found} rows")
        for _ in range(40 if is_full() else 20):
            for name, call in (("page", page), ("list", program)):
                sql.execute("DELETE FROM api_allowance")
                gc.collect()
                taken[name].append(cpu(call, TIMES))
    p10 = {name: statistics.quantiles(values, n=10)[0] for name, values in taken.items()}
    told = f"{p10['list']:.2f} ms against {p10['page']:.2f} ms"
    return [figure("api.list", p10["list"] / p10["page"], goal=1.0, against="the page of the same rows", detail=told)]


def add_token(sql: psycopg.Connection[tuple[object, ...]]) -> str:
    """A token of an admin of school 1."""
    token = new_token()
    sql.execute(
        "INSERT INTO api_token (school_id, id, membership_id, name, scopes, token_hash, tail, expires_at)"
        " SELECT school_id, %s, id, 'Bench', %s, %s, %s, %s FROM membership WHERE school_id = 1 AND role = 'admin' LIMIT 1",
        (uuid7(), [Scope.NOTICES_READ.value], hash_of(token), token[-4:], clock.now() + dt.timedelta(days=1)),
    )
    return token


def asker(app: Application, token: str, path: str) -> Call:
    """What asks with a token, as `caller` does with a cookie."""
    environ = EnvironBuilder(path, headers={"Authorization": f"Bearer {token}"}).get_environ()
    return caller(lambda given, start: app(given | environ, start), "", path)
