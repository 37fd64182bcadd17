"""Before Flask: a public page that is kept, and still is what the website shows, goes out for one statement.

The statement decides in every process for itself, with nothing told from one to the other: what was published, taken offline or
suspended shows HOLDS seconds later at most. In between, when many ask at once, nobody asks the database. All else goes on to
Flask, which draws it and keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.access.strangers import is_for_strangers
from app.config import Environment, Settings
from app.domain.site.standing import Mark, mark_of
from app.web import request_log
from app.web.front import Wsgi
from blueprints.public_site.kept import Shelf

SHELF = "public_site.shelf"  # in `Flask.extensions`
ROUTE = "public_site.kept"  # what the log calls it
HOLDS = 0.1  # seconds: shorter than anybody goes from one window to another
MOST = 1_000  # websites of which a process knows that


class Marks:
    """How websites stand, as the database said at most `holds` seconds ago."""

    def __init__(self, flask: Flask, holds: float) -> None:
        self.flask, self.holds = flask, holds
        self._known: dict[str, tuple[Mark | None, float]] = {}

    def of(self, slug: str) -> tuple[Mark | None, int]:
        """The mark of the website of the school with this slug, and how many statements that took.

        Raises psycopg's and SQLAlchemy's errors where nobody can say.
        """
        known, now = self._known.get(slug), time.monotonic()
        if known and now - known[1] < self.holds:
            return known[0], 0
        with self.flask.app_context():
            mark = mark_of(slug)
        if self.holds:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[slug] = mark, now
        return mark, 1


def put_before(flask: Flask, application: Wsgi) -> Wsgi:
    """The application with its kept pages before it."""
    shelf = flask.extensions[SHELF] = Shelf()
    settings: Settings = flask.extensions["settings"]
    marks = Marks(flask, 0 if settings.environment is Environment.TEST else HOLDS)

    def warm(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if (
            not is_for_strangers(environ["PATH_INFO"])
            or environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or (page := shelf.get((environ.get("HTTP_HOST", ""), environ["PATH_INFO"]))) is None
        ):
            return application(environ, start_response)
        begun, slug = time.perf_counter(), environ["PATH_INFO"].split("/", 3)[2]
        try:
            mark, asked = marks.of(slug)
        except (psycopg.Error, SQLAlchemyError):  # the page of the fault is drawn by those who draw pages
            return application(environ, start_response)
        if not page.holds(mark, clock.now()):
            return application(environ, start_response)
        answer = page.answer(environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", ""))
        request_id = request_log.id_for(environ.get("HTTP_X_REQUEST_ID", ""))
        start_response(answer.status, [*answer.headers, ("X-Request-Id", request_id)])
        request_log.note(request_id, environ["REQUEST_METHOD"], ROUTE, int(answer.status[:3]), asked, begun)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    return warm
