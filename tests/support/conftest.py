"""An operator in a school: begun, raised, and what both logs say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tests.cast import Cast, Someone
from tests.conftest import Browser

REASON = "The office cannot find the notice about the sports day."
BEGIN = "/operator/schools/{}/visit"
Visiting = Callable[..., Browser]


@pytest.fixture
def operator(cast: Cast) -> Someone:
    """The operator as somebody who acts in Thaba Nkulu: the forms of a visit carry its number."""
    return replace(cast.operator, school=cast.thaba.id)


@pytest.fixture
def visiting(browser: Browser, operator: Someone, sql: psycopg.Connection[Any]) -> Visiting:
    """A browser in which the operator visits Thaba Nkulu; `raised=True` after a step-up that let them change things."""

    def visit(*, raised: bool = False) -> Browser:
        someone = browser.as_(operator)
        page = someone.post(BEGIN.format(operator.school), {"reason": REASON, "_school": ""})
        assert (page.status, page.location) == (303, "/dashboard/"), page.text
        if raised:
            raise_rights(sql)
        return someone

    return visit


def raise_rights(sql: psycopg.Connection[Any]) -> None:
    """Let the open visit change things, without the password that costs time."""
    sql.execute("UPDATE support_visit SET raised_at = now() WHERE ended_at IS NULL")


def prove(sql: psycopg.Connection[Any], someone: Someone) -> None:
    """Let somebody have proven just now who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE user_id = %s", (someone.user_id,))


def logs(sql: psycopg.Connection[Any], action: str) -> tuple[list[Any], list[Any]]:
    """What the school's log and the platform's say of an action: kind of actor, actor, target's kind, and the values."""
    values = "SELECT jsonb_object_agg(field, value) FROM {0}_value v WHERE v.event_id = e.id"
    query = "SELECT actor_kind, actor_id, target_kind, (" + values + ") FROM {0}_event e WHERE action = %s ORDER BY seq"
    return tuple(sql.execute(query.format(log), (action,)).fetchall() for log in ("audit", "platform"))  # type: ignore[return-value]
