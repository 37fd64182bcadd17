"""From which campaign somebody comes: the utm_… of an address, cleaned and bounded wherever they are carried on."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from app.domain.leads.bots import UTM

LONGEST = 100
#: what the school would see reversed, hidden or not at all; a line break and a joiner (ZWJ, ZWNJ) are writing
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
_SEEN = "\n\t\u200c\u200d"


def utm_of(given: Mapping[str, str]) -> dict[str, str]:
    """The five parameters of a campaign, of an address or a form; '' for those that it does not have."""
    return {name: clean(given.get(name, ""), LONGEST) for name in UTM}


def clean(text: str, longest: int) -> str:
    """A value that was carried along, without what nobody sees, on one line, cut off at `longest`."""
    return " ".join(visible(text).split())[:longest]


def visible(text: str) -> str:
    """A text without what nobody sees."""
    return "".join(letter for letter in text if letter in _SEEN or unicodedata.category(letter) not in _UNSEEN)
