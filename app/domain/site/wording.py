"""Texts that a school writes by language, and which of them somebody gets to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Said(NamedTuple):
    """A text, and the language in which it is: '' and '' where there is none at all."""

    text: str
    language: str


def said(texts: Mapping[str, str], language: str, order: Iterable[str]) -> Said:
    """A text in `language` or, where it was not written in it, in the first one of `order` that has it.

    `order` are the languages of the site, the first being its own. Whoever shows the text marks its language (`lang`) where it
    is not that of the page.
    """
    for code in (language, *order):
        if texts.get(code):
            return Said(texts[code], code)
    return Said("", "")


def missing(texts: Mapping[str, str], order: Iterable[str]) -> tuple[str, ...]:
    """The languages of the site in which a text was not written."""
    return tuple(code for code in order if not texts.get(code))
