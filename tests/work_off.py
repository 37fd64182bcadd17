"""Doing at once, in the test's own process, what the relay and the workers would do soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.work.relay import claim
from app.work.runner import run_row
from tests.mailserver import MailServer

WorkOff = Callable[..., int]


@pytest.fixture
def mailserver(app: Flask, _mailserver: MailServer):
    """The SMTP server that the application under test sends to, empty."""
    settings = app.extensions["settings"]
    _mailserver.forget()
    app.extensions["settings"] = replace(settings, smtp_url=_mailserver.url)
    yield _mailserver
    app.extensions["settings"] = settings


@pytest.fixture
def work_off(app: Flask, sql: psycopg.Connection[Any]) -> WorkOff:
    """`work_off()` runs the outbox's due rows, and what they lead to, until none is due; returns how many ran.

    With `until`, whatever is due by that moment is made due now first. What a job raises, it raises.
    """

    def run(*, until: dt.datetime | None = None, rounds: int = 50) -> int:
        ran = 0
        for _ in range(rounds):
            if until:
                sql.execute(
                    "UPDATE delivery SET due_at = now() WHERE ended_at IS NULL AND due_at BETWEEN now() AND %s", (until,)
                )
                sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL AND due_at BETWEEN now() AND %s", (until,))
                until = None
            rows = claim(depth=100)
            for row in rows:
                run_row(row.school_id, row.id, row.runs)
            ran += len(rows)
            if not rows:
                return ran
        raise AssertionError(f"work does not end: {ran} rows in {rounds} rounds")

    return run
