"""How tests ask for a report and read it."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.conftest import Browser
from tests.pages import XHTML, Page, words

WEEK = {"period": "own", "since": "2026-03-02", "until": "2026-03-08"}


def made(browser: Browser, kind: str, **chosen: Any) -> Page:
    """The page of a report on the week of the tests."""
    return browser.get(address(browser, kind, **chosen))


def address(browser: Browser, kind: str, **chosen: Any) -> str:
    """The address of such a report, once it is asked for."""
    answer = browser.post(f"/reports/new?kind={kind}", {"registers": "daily", **WEEK, **chosen})
    assert answer.status == 303, (answer.status, answer.is_html and answer.problems)
    return answer.location


def table(page: Page) -> list[list[str]]:
    """The table of a report: its headings, its rows, its totals."""
    (found,) = [each for each in page.all("table") if "report" in (each.get("class") or "").split()]
    rows = [row for row in found.iter(XHTML + "tr") if "running-head" not in (row.get("class") or "")]
    return [[words(cell) for cell in row if cell.tag in (XHTML + "th", XHTML + "td")] for row in rows]


def rows_of(answer: Page) -> list[list[str]]:
    """The rows of a CSV."""
    return list(csv.reader(io.StringIO(answer.text)))
