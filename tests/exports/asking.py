"""Asking for exports as people do, and a dataset in the middle of which something happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind, datasets_of
from tests.conftest import Browser
from tests.pages import Page

HALF = 1_100  # rows before and after what happens
Event = Callable[[], object]


def ask(browser: Browser, dataset: str = "deliveries", **fields: str) -> str:
    """The address of an export that somebody has just asked for."""
    page = browser.post(f"/exports/new/{dataset}", {"format": "csv", "language": "en", **fields})
    assert page.status == 303, page.problems
    assert page.location
    return page.location


def prove(sql: psycopg.Connection[Any]) -> None:
    """Everybody has just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")


def state_of(sql: psycopg.Connection[Any]) -> str:
    """How the only export stands."""
    ((state,),) = sql.execute("SELECT state FROM export").fetchall()
    return str(state)


def with_an_event(app: Flask, sql: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, event: Event) -> str:
    """The name of a dataset of 2,200 numbers, in the middle of which `event` happens, once, while a worker writes it."""
    happened: list[None] = []

    def rows(*_: object) -> Iterator[tuple[object, ...]]:
        yield from ((number,) for number in range(HALF))
        if not happened and sql.execute("SELECT FROM export WHERE state = 'running'").fetchone() is not None:
            happened.append(None)
            event()
        yield from ((number,) for number in range(HALF))

    made = Dataset("eventful", "Eventful", Permission.PEOPLE_MANAGE, (Column("n", "Number", Kind.INTEGER),), rows)
    monkeypatch.setitem(datasets_of(app), made.name, made)
    return made.name


def shown(page: Page) -> str:
    """The words of a page without those of its frame."""
    return " ".join(page.main.split())
