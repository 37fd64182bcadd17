"""The places of a text, such as {name}: which there are, what stands in them, and which nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.i18n.catalogue import N_

#: name -> what stands there
PLACES: Mapping[str, str] = {
    "name": N_("The name of who asks"),
    "child": N_("The child’s name; without it ‘your child’"),
    "grade": N_("The grade that they ask for"),
    "date": N_("The day of the next step"),
    "step": N_("The next step"),
    "school": N_("The name of the school"),
    "phone": N_("The school’s phone number"),
    "sender": N_("Who signs, as the settings of marketing say"),
    "form": N_("A link to the enquiry form"),
}
YOUR_CHILD = N_("your child")
_PLACE = re.compile(r"\{([^{}\n]*)\}")


class Filled(NamedTuple):
    """A text with its places filled; `missing` are those for which there was nothing, which still stand there."""

    text: str
    missing: tuple[str, ...]


def places_of(text: str) -> list[str]:
    """What stands in braces in a text, each once, in its order."""
    return list(dict.fromkeys(found.strip() for found in _PLACE.findall(text)))


def unknown_places(text: str) -> list[str]:
    """What stands in braces and is no place that there is."""
    return [place for place in places_of(text) if place not in PLACES]


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values into their places, once: what stands in a value is no place. An empty value is a missing one."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        place = found[1].strip()
        if place not in PLACES:
            return found[0]
        if not values.get(place):
            missing.append(place)
            return f"{{{place}}}"
        return values[place]

    filled = _PLACE.sub(value, text)
    return Filled(filled, tuple(dict.fromkeys(missing)))
