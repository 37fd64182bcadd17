"""What the tests of suspension arrange: a school that an operator suspends and brings back, on its own pages."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cast import Cast, SchoolCast
from tests.conftest import Browser
from tests.pages import Page


class Lifecycle:
    """An operator at the two pages."""

    def __init__(self, browser: Browser, cast: Cast, sql: psycopg.Connection[Any]) -> None:
        self.operator, self.sql = browser.as_(cast.operator), sql

    def suspend(self, school: SchoolCast, name: str | None = None) -> Page:
        return self._do("suspend", school, name)

    def reactivate(self, school: SchoolCast, name: str | None = None) -> Page:
        return self._do("reactivate", school, name)

    def _do(self, deed: str, school: SchoolCast, name: str | None) -> Page:
        typed = school.name if name is None else name
        return self.operator.post(f"/operator/schools/{school.id}/{deed}", {"confirm_name": typed})

    def state(self, school: SchoolCast) -> str:
        (state,) = self.sql.execute("SELECT state FROM school WHERE id = %s", [school.id]).fetchone() or ("",)
        return str(state)

    def was_suspended(self, school: SchoolCast, *, hours: float) -> None:
        """As if the suspension had begun so many hours before it did, and everything before it earlier by as much."""
        by = {"school": school.id, "by": f"{hours} hours"}
        for statement in (
            "UPDATE school SET disabled_at = disabled_at - %(by)s::interval WHERE id = %(school)s",
            "UPDATE message SET created_at = created_at - %(by)s::interval WHERE school_id = %(school)s",
            "UPDATE delivery SET created_at = created_at - %(by)s::interval, due_at = due_at - %(by)s::interval,"
            " give_up_at = give_up_at - %(by)s::interval WHERE school_id = %(school)s",
        ):
            self.sql.execute(statement, by)


@pytest.fixture
def lifecycle(browser: Browser, cast: Cast, sql: psycopg.Connection[Any]) -> Lifecycle:
    return Lifecycle(browser, cast, sql)
