"""Who looks after leads in the tests, and what stands in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row

from app.access.actor import Actor, acting_as
from app.tenancy.doors import acting_for, outside
from tests.cast import Cast
from tests.conftest import Browser
from tests.leads.arranged import a_lead

BASE = "/marketing/leads"
BY = Actor("user", None, "Nomvula Khumalo")


@pytest.fixture
def owner(browser: Browser, cast: Cast) -> Browser:
    """The owner of Thaba Nkulu, in English."""
    return browser.as_(cast.thaba.owner, language="en")


@pytest.fixture(autouse=True)
def _in_english(app: Any, sql: Any, cast: Cast) -> None:
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))


@pytest.fixture
def lead(sql: Any, cast: Cast) -> Callable[..., UUID]:
    """Makes a lead of Thaba Nkulu: `lead("Anna", email=None)`."""
    return lambda *name, **more: a_lead(sql, cast.thaba, *name, **more)


@pytest.fixture
def row(sql: Any) -> Callable[[UUID], dict[str, Any]]:
    """A lead as it stands in the database."""

    def read(lead_id: UUID) -> dict[str, Any]:
        with sql.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute("SELECT * FROM lead WHERE id = %s", (lead_id,)).fetchone()
        assert found
        return dict(found)

    return read


@pytest.fixture
def events(sql: Any) -> Callable[[UUID], list[tuple[str, dict[str, Any]]]]:
    """The history of one lead: kind and details, the oldest first."""
    return lambda lead_id: sql.execute(
        "SELECT kind, details FROM lead_event WHERE lead_id = %s ORDER BY at, id", (lead_id,)
    ).fetchall()


@pytest.fixture
def here(app: Any) -> Callable[[], Any]:
    """Acts for Thaba Nkulu as its owner; commits at the end."""

    @contextmanager
    def acting() -> Iterator[Any]:
        with outside(), acting_for(1) as session, acting_as(BY):
            yield session
            session.commit()

    return acting
