"""Leads and templates of Thaba Nkulu, and its owner's browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from app.access.actor import Actor, acting_as
from app.domain.leads.records import NewLead, add_lead, lead_for_change
from app.i18n.speech import speaking, speech_for
from app.models.follow_up import FollowUpTemplate
from app.models.lead import Lead, Source
from app.tenancy.doors import acting_for, outside
from tests.cast import Cast
from tests.conftest import Browser

EMAIL = "lindiwe@example.org"
SUBJECT = {"en": "Welcome, {name}", "zu": "Siyakwamukela, {name}"}
BODY = {"en": "Dear {name}\n\nThank you for asking about {child}.\n\n{sender}", "zu": "Sawubona {name}\n\n{sender}"}


@pytest.fixture(autouse=True)
def _in_english(sql: psycopg.Connection[Any], cast: Cast) -> None:
    """The people of both schools read English here."""
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def owner(browser: Browser, cast: Cast) -> Browser:
    """The browser of the owner of Thaba Nkulu."""
    return browser.as_(cast.thaba.owner, language="en")


@pytest.fixture
def at_school(app: Flask, cast: Cast) -> Callable[..., Any]:
    """`with at_school() as session:` works in Thaba Nkulu as its owner, and commits at the end."""

    @contextmanager
    def stay(school: int = 1) -> Iterator[Any]:
        by = Actor("user", cast.thaba.owner.user_id, cast.thaba.owner.name)
        voice = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
        with outside(), acting_for(school) as session, acting_as(by), speaking(voice):
            yield session
            session.commit()

    return stay


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The owner of Thaba Nkulu."""
    return Actor("user", cast.thaba.owner.user_id, cast.thaba.owner.name)


@pytest.fixture
def lead(at_school: Callable[..., Any], by: Actor) -> Callable[..., UUID]:
    """`lead(name=…)` is the id of a new lead; whoever hears of new leads has heard of it."""

    def make(**values: Any) -> UUID:
        given = {"name": "Lindiwe Nkosi", "source": Source.FORM, "language": "en", "email": EMAIL, "child_name": "Zanele"}
        with at_school():
            return add_lead(NewLead(**(given | values)), by=by).id

    return make


@pytest.fixture
def template(at_school: Callable[..., Any]) -> Callable[..., UUID]:
    """`template(stage="contacted")` is the id of a template in use since yesterday."""

    def make(
        *, occasion: str = "stage", stage: str | None = "new", days: int = 0, subject: Mapping[str, str] = SUBJECT,
        body: Mapping[str, str] = BODY, since: dt.timedelta = dt.timedelta(days=1), name: str = "First answer",
    ) -> UUID:  # fmt: skip
        with at_school() as session:
            row = FollowUpTemplate(
                name=name, occasion=occasion, stage=stage, days=days, subject=dict(subject), body=dict(body),
                active_at=dt.datetime.now(dt.UTC) - since, updated_by="Nomvula",
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    return make


@pytest.fixture
def change(at_school: Callable[..., Any]) -> Callable[..., None]:
    """`change(lead_id, lambda lead: …)` does something with a held lead."""

    def do(lead_id: UUID, what: Callable[[Lead], object]) -> None:
        with at_school():
            held = lead_for_change(lead_id)
            assert held is not None
            what(held)

    return do


@pytest.fixture
def items(sql: psycopg.Connection[Any]) -> Callable[..., list[tuple[Any, ...]]]:
    """`items("state", "dropped")` are these columns of every follow-up, the oldest first."""

    def read(*columns: str) -> list[tuple[Any, ...]]:
        return sql.execute(f"SELECT {', '.join(columns)} FROM follow_up ORDER BY created_at, id").fetchall()

    return read


@pytest.fixture
def waiting(lead: Callable[..., UUID], template: Callable[..., UUID], sql: psycopg.Connection[Any]) -> Callable[..., UUID]:
    """`waiting()` is the id of a follow-up to approve; what it is given describes its lead."""

    def make(**values: Any) -> UUID:
        if sql.execute("SELECT 1 FROM follow_up_template").fetchone() is None:
            template()
        made = lead(**values)
        row = sql.execute("SELECT id FROM follow_up WHERE lead_id = %s", (made,)).fetchone()
        assert row
        return row[0]

    return make
