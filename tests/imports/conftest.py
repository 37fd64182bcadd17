"""A roster on its way through the pages of an import."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

HEADER = "learner_number,first_name,last_name,known_as,birth_date,class,guardian_name,guardian_relation,guardian_email,guardian_phone,guardian_language"
THABO = "1001,Thabo,Nkosi,,2016-03-04,4A,Anna Nkosi,mother,anna@example.com,082 555 0101,zu"
LEBO = "1002,Lebo,Mokoena,Lee,2015-01-31,4B,Peter Mokoena,father,peter@example.com,0825550102,en"
Upload = Callable[..., Any]


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    """A CSV of these rows."""
    return "\r\n".join([header, *rows, ""]).encode()


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.multi)  # who reads English


@pytest.fixture
def upload(admin) -> Upload:
    """Upload a file as the admin; returns the page that answers."""

    def send(content: bytes, name: str = "roster.csv", by=None):
        return (by or admin).post("/imports/", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")

    return send


class Import:
    """An import under way."""

    def __init__(self, browser, address: str, work_off) -> None:
        self.browser, self.address, self.work_off = browser, address, work_off

    @property
    def id(self) -> str:
        return self.address.rpartition("/")[2]

    def show(self, **query: str):
        return self.browser.get(self.address, query_string=query)

    def check(self, **columns: str):
        """Accept the columns as they were guessed, but for those given, and have the rows checked."""
        form = self.browser.get(f"{self.address}/columns").form(f"{self.address}/columns") | columns
        answer = self.browser.post(f"{self.address}/columns", form)
        self.work_off()
        return answer

    def press(self, deed: str, data: dict[str, Any] | None = None):
        answer = self.browser.post(f"{self.address}/{deed}", data)
        self.work_off()
        return answer


@pytest.fixture
def begin(upload, admin, work_off) -> Callable[..., Import]:
    """Upload rows and have them checked."""

    def start(content: bytes, name: str = "roster.csv", *, check: bool = True, by=None) -> Import:
        answer = upload(content, name, by)
        assert answer.status == 303, answer.main
        made = Import(by or admin, answer.location.rpartition("/")[0], work_off)
        if check:
            made.check()
        return made

    return start


@pytest.fixture
def rows(sql):
    """Rows of a query of the first school."""

    def ask(query: str, *values):
        return sql.execute(query, values).fetchall()

    return ask
