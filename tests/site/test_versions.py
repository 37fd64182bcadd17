"""What a version is compared with: the one before it, however old, or the one that was chosen."""

from __future__ import annotations

import pytest

from tests.pages import words
from tests.site.arranged import a_block, a_document, a_page, add_site, add_version


def worded(number):
    return a_document(
        a_page("home", "", a_block("text", "welcome", heading={"en": "Welcome"}, text={"en": f"Words {number}."}))
    )


@pytest.fixture
def shown(browser, cast, sql):
    """Opens a version of a website that was published 103 times."""
    add_site(sql, cast.thaba, worded(1))
    for number in range(2, 104):
        add_version(sql, cast.thaba, number, worded(number))
    reader = browser.as_(cast.thaba.owner)
    return lambda path: reader.get(f"/site/versions/{path}")


def compared(page):
    """The heading of the comparison, and the version that its list has chosen."""
    (chosen,) = [option.get("value") for option in page.all("option") if option.get("selected") is not None]
    return next(words(h2) for h2 in page.all("h2") if "different" in words(h2)), chosen


@pytest.mark.parametrize(("path", "other"), [
    ("2", 1), ("3", 2), ("103", 102), ("103?with=1", 1), ("2?with=3", 3), ("1?with=2", 2),
    ("3?with=3", 2), ("3?with=104", 2), ("3?with=-1", 2), ("3?with=x", 2), ("3?with=99999999999", 2),
])  # fmt: skip
def test_a_version_is_compared_with_the_one_before_it_or_the_one_chosen(shown, path, other):
    page = shown(path)
    assert compared(page) == (f"What is different from version {other}", str(other))
    assert f"Words {other}." in page.main
    assert "It is the first version" not in page.main


def test_the_first_version_has_none_before_it(shown):
    page = shown("1")
    assert "It is the first version" in page.main
    numbers = [int(option.get("value") or 0) for option in page.all("option")]
    assert numbers == list(range(103, 3, -1))
