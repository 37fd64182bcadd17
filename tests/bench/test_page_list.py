"""What `page.list` compares are four ways to the same bytes: a page that has moved on without its floor shows here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from app.local.testing import Run
from app.tenancy.database import db
from bench import floor, page_list
from bench.platform import Platform

NAME = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_bench"


@pytest.fixture
def place(test_run: Run) -> Iterator[Platform]:
    """A few schools on the server of the tests."""
    addresses = test_run.copy(NAME)
    made = Platform(test_run, addresses, test_run.as_superuser(addresses))
    made.grow(3, first=60, others=2)
    with made.open:
        yield made
    test_run.drop(NAME)


def compared(place: Platform) -> set[str]:
    product = place.application()
    with product.app_context():
        for engine in db.engines.values():
            place.open.callback(engine.dispose)
    return set(page_list.variants(place, product))


def test_the_page_its_floors_and_the_usual_way_give_the_same_bytes(place):
    assert compared(place) == {"en", "af", "zu"}


def test_a_floor_that_stayed_behind_is_told(place, monkeypatch):
    """Planted: an icon of the page that the floor does not draw."""
    monkeypatch.setattr(floor, "icon", lambda *_: "<svg></svg>")
    with pytest.raises(SystemExit, match="bare differs"):
        compared(place)
