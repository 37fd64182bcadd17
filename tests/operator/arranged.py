"""A platform with something to look at on the console."""

from __future__ import annotations

from typing import Any

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast
from tests.domain.counting import rebuild
from tests.notices.sent import add_sent_message

READY = "UPDATE provider SET condition = 'ready', detail = NULL, checked_at = now(), last_success_at = now()"


def add_dead(sql: psycopg.Connection[Any], school: SchoolCast, number: int = 1) -> None:
    """So many failed deliveries of a school, counted."""
    add_sent_message(sql, school, dead=number)
    rebuild()


def add_run(sql: psycopg.Connection[Any], *, state: str = "partial_failure", school: int | None = None) -> None:
    """An onboarding run that stopped."""
    run = uuid7()
    sql.execute(
        "INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language, school, started_at, ended_at)"
        " VALUES (%s, %s, 'Umlazi High', 'umlazihigh', 'Africa/Johannesburg', '17:00', 'en', %s, now(), now())",
        (run, state, school),
    )
    sql.execute(
        "INSERT INTO onboarding_step (run_id, position, name, state, error) VALUES (%s, 1, 'admin', 'failed', 'OperationalError')",
        (run,),
    )


def all_is_well(sql: psycopg.Connection[Any]) -> None:
    """Everything works, everybody was heard of, and it is counted."""
    sql.execute(READY)
    rebuild()
    sql.execute(
        "INSERT INTO platform_metric (name, moment) VALUES ('rollups.refreshed', now())"
        " ON CONFLICT (name) DO UPDATE SET moment = now()"
    )
