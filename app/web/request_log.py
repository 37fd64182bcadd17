"""One JSON line a request: what was asked, by whom (as ids), how long it took. Never an address, token, name or message."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from typing import TextIO

from flask import Flask, Response, g, request

from app import clock
from app.access.who import who
from app.tenancy import counting

log = logging.getLogger("umthi.request")
_as_json = json.JSONEncoder(default=str).encode
_GIVEN = re.compile(r"[\w-]{8,64}", re.ASCII)


class JsonLines(logging.Formatter):
    """A line of JSON for each record; the fields of a request or a job come in `record.fields`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": clock.now().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
        }
        fields = getattr(record, "fields", None)
        line |= fields if isinstance(fields, dict) else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = traceback.format_tb(record.exc_info[2])  # where, not what: a message may repeat what people wrote
        return _as_json(line)


def configure(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send every log line as JSON to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line says them; to ask costs a tenth
    logging._srcfile = None  # nor where it was logged: the manual's own way to save looking
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it names each of its own parts


def init_app(app: Flask) -> None:
    """Give each request an id (a proxy's own is kept if it is harmless) and log it when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of this request: in the log, on the audit's events, and on the page of a fault."""
    return str(g.request_id)


def id_for(given: str) -> str:
    """The id of a request: what a proxy gave it, if that is harmless, else a new one."""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def note(request_id: str, method: str, route: str, status: int, queries: int, begun: float) -> None:
    """Log a request of a stranger that was answered before Flask; `begun` is of `time.perf_counter`."""
    fields = {
        "request": request_id, "method": method, "route": route, "status": status,
        "ms": round((time.perf_counter() - begun) * 1000, 1), "queries": queries, "school": None, "user": None,
    }  # fmt: skip
    log.info("request", extra={"fields": fields})


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = id_for(given)
    g.begun = time.perf_counter()
    counting.start()


def _end(response: Response) -> Response:
    person = who()
    response.headers["X-Request-Id"] = request_id()
    fields = {
        "request": request_id(),
        "method": request.method,
        "route": request.endpoint,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.begun) * 1000, 1),
        "queries": counting.total(),
        "school": person and person.school_id,
        "user": person and person.user_id,
    }
    log.info("request", extra={"fields": fields})
    return response
