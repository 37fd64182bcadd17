"""How people are looked for, below the pages: what counts as a word, and days as they are typed."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.person_search import LONGEST, WORDS, binds, prefixes
from app.i18n.speech import bind, release, speech_for
from app.web.day_field import read


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Thandi Nkosi", ["thandi", "nkosi"]),
        ("O’Reilly", ["oreilly"]),
        ("Elsabé", ["elsabe"]),
        ("082 555 0101", ["0825550101"]),
        ("+27 82 555 0101", ["27825550101"]),
        ("Lindiwe@Example.org", ["lindiwe@example.org"]),
        ("2026/17 nkosi", ["2026", "17", "nkosi"]),
        ("%_'", []),
        ("", []),
    ],
)
def test_what_is_typed_becomes_words(typed, words):
    assert prefixes(typed) == words


def test_a_search_has_a_few_short_words():
    assert len(prefixes("a b c d e f")) == WORDS
    assert len(prefixes("x" * 100)[0]) == LONGEST
    assert binds("a b") == {"word_0": "a", "word_1": "b", "word_2": "", "word_3": ""}


@pytest.fixture(autouse=True)
def _english():
    token = bind(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR"))
    yield
    release(token)


def test_a_day_is_read_as_a_browser_writes_it():
    assert read("2016-02-29") == dt.date(2016, 2, 29)


@pytest.mark.parametrize("typed", ["2015-02-29", "29-02-2016", "1899-01-01", "today", "2016-2-9"])
def test_what_is_no_day_says_how_one_looks(typed):
    with pytest.raises(ValueError, match="Enter a day, like 2027-03-31"):
        read(typed)
