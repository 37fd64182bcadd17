"""A form that is open, and a stranger who fills it in as a browser would: what the page carries, in its order."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from app import clock
from app.ids import uuid7
from tests.cast import SchoolCast
from tests.conftest import Browser
from tests.pages import XHTML, Page

ASKS = {
    "email": "optional", "phone": "optional", "child_name": "optional", "child_grade": "optional", "child_birth_date": "off",
    "message": "optional",
}  # fmt: skip
GOOD = {"name": "Palesa Mahlangu", "email": "palesa@example.org", "child_name": "Karabo", "message": "Is there a place?"}
HERE = "/s/thaba/lead?lang=en"


def open_form(sql: psycopg.Connection[Any], school: SchoolCast, **more: Any) -> None:
    """Let a school take enquiries, with a first text of consent."""
    values = {
        "school_id": school.id, "id": uuid7(), "is_open": True, "fields": ASKS, "wordings": {}, "origins": [], "min_seconds": 3,
        "per_address": 20,
    } | more  # fmt: skip
    values = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in values.items()}
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    sql.execute(f"INSERT INTO lead_form ({columns}) VALUES ({marks})", list(values.values()))
    sql.execute(
        "INSERT INTO lead_consent_text (school_id, id, version, texts, by_name) VALUES (%s, %s, 1, %s, 'Naledi')",
        (school.id, uuid7(), json.dumps({code: f"You may keep this ({code})." for code in ("en", "af", "zu")})),
    )


class Stranger:
    """Somebody without a session, with a clock that can be put forward."""

    def __init__(self, browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str = HERE) -> None:
        self.browser, self.path = browser, path
        self._patch, self._ahead = monkeypatch, dt.timedelta()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += dt.timedelta(seconds=seconds)
        ahead = self._ahead
        self._patch.setattr(clock, "now", lambda: dt.datetime.now(dt.UTC) + ahead)

    def opens(self, path: str | None = None, **headers: str) -> Page:
        """The empty form."""
        return self.browser.get(path or self.path, headers=headers)

    def fills(self, page: Page, **said: str) -> list[tuple[str, str]]:
        """What a browser sends of a page: every field in its order, with what is typed in place of what stands there."""
        form = next(f for f in page.all("form") if f.get("method") == "post")
        sent = []
        for e in form.iter():
            name = e.get("name")
            if name is None:
                continue
            if e.get("type") == "checkbox":
                if said.get(name, "y"):
                    sent.append((name, "y"))
                continue
            typed = (e.text or "").removeprefix("\n") if e.tag == XHTML + "textarea" else e.get("value", "")
            sent.append((name, said.get(name, typed)))
        return sent

    def sends(self, fields: list[tuple[str, str]], path: str | None = None, **headers: str) -> Page:
        """A post of these fields, in their order."""
        options = {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded", "headers": headers}
        page = Page(self.browser.client.post(path or self.path, **options))
        return page.check() if page.is_html and page.text else page

    def asks(self, seconds: float = 20, **said: str) -> Page:
        """The whole way: open, take some time, send."""
        page = self.opens()
        self.wait(seconds)
        return self.sends(self.fills(page, **{**GOOD, **said}))


@pytest.fixture
def form(sql: psycopg.Connection[Any], cast: Any) -> None:
    """The form of Thaba is open."""
    open_form(sql, cast.thaba)


@pytest.fixture
def stranger(browser: Browser, form: None, monkeypatch: pytest.MonkeyPatch) -> Stranger:
    """Somebody who opens the form of Thaba."""
    return Stranger(browser, monkeypatch)


def leads(sql: psycopg.Connection[Any], columns: str = "name, email, phone") -> list[tuple[Any, ...]]:
    """What stands in the table, the oldest first."""
    return sql.execute(f"SELECT {columns} FROM lead ORDER BY id").fetchall()


def refused(sql: psycopg.Connection[Any]) -> dict[str, int]:
    """What was counted, by reason."""
    return dict(sql.execute("SELECT reason, sum(number)::int FROM lead_form_refusal GROUP BY 1").fetchall())
