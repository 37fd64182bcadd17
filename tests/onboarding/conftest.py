"""A new school, step by step, as an operator makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Browser
from tests.pages import Page

NEW, RUNS = "/operator/schools/new", "/operator/runs"
TYPED = "kite ember forty dune"
FORM = {
    "name": "Zamani Secondary",
    "timezone": "Africa/Johannesburg",
    "close_time": "17:00",
    "admin_name": "Lindiwe Nkosi",
    "admin_email": "lindiwe@zamani.example",
}
OFFICER = {"officer_name": "Themba Radebe", "officer_email": "themba@zamani.example"}


def run_of(location: str) -> str:
    """The id of the run or the draft that an address names."""
    return location.split("?")[0].removesuffix("/create").rpartition("/")[2]


@pytest.fixture
def operator(browser: Browser, cast) -> Browser:
    """The browser of an operator."""
    return browser.as_(cast.operator)


@pytest.fixture
def review(operator) -> Callable[..., str]:
    """Fill in the form, FORM with what is given; returns the id of the draft, whose review page comes next."""

    def fill(**fields: str) -> str:
        page = operator.post(NEW, FORM | fields)
        assert page.status == 303, page.problems
        return run_of(page.location)

    return fill


@pytest.fixture
def create(operator, review) -> Callable[..., str]:
    """Fill in the form and press 'Create school'; returns the id of the run, of which nothing has been done yet."""

    def make(**fields: str) -> str:
        run = review(**fields)
        page = operator.post(f"{NEW}/{run}/create")
        assert (page.status, page.location) == (303, f"{RUNS}/{run}")
        return run

    return make


@pytest.fixture
def onboard(create, work_off, mailserver) -> Callable[..., str]:
    """Have a school made to its end; returns the id of the run."""

    def make(**fields: str) -> str:
        run = create(**fields)
        work_off()
        return run

    return make


@pytest.fixture
def state_of(sql) -> Callable[[str], str]:
    """The state of a run."""
    return lambda run: sql.execute("SELECT state FROM onboarding_run WHERE id = %s", (run,)).fetchone()[0]


def show(operator: Browser, run: str, only: str = "") -> Page:
    """Press the button of a run's page that shows temporary passwords: for one role, or for all that have none yet."""
    page = operator.get(f"{RUNS}/{run}")
    stamps = {e.get("value") for e in page.tree.iter() if e.get("name") == "stamp"}
    return operator.post(f"{RUNS}/{run}/passwords", {"stamp": stamps.pop(), "only": only})


def shown(page: Page) -> list[str]:
    """The passwords that a page shows."""
    return [e.text or "" for e in page.all("code") if (e.get("id") or "").startswith("password-")]


def rows(sql: Any, statement: str, *values: object) -> list[Any]:
    return list(sql.execute(statement, values).fetchall())
