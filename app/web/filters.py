"""The one filter bar of the product: everything that it says stands in the address, so that it can be kept, sent and paged."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import abort, request

from app.web.links import query
from app.web.paging import BY_MOMENT, Key, NoSuchPlace, read_place

LONGEST = 200  # characters of a search


@dataclass(frozen=True)
class Asked:
    """What the address of a list asks for. `chosen` holds one value a segment, "" for all; `after` is a place of `paging`."""

    chosen: Mapping[str, str]
    search: str
    after: Key | None

    @property
    def is_anything(self) -> bool:
        """Whether something narrows the list: then an empty one means 'nothing matches', not 'nothing yet'."""
        return bool(self.search) or any(self.chosen.values())

    @property
    def pattern(self) -> str:
        """The search for ILIKE … ESCAPE '\\', with no wildcards of its own; "" without a search."""
        literal = re.sub(r"([\\%_])", r"\\\1", self.search)
        return f"%{literal}%" if literal else ""

    def link(self, **changes: str) -> str:
        """The address of the same list with some values changed; from its beginning unless `after` is among them."""
        return "?" + query({**self.chosen, "q": self.search, **changes})


def asked(*, place: Sequence[Callable[[str], object]] = BY_MOMENT, **segments: Collection[str]) -> Asked:
    """The filters of this request: `asked(state=("active", "past"))`. 404 for a value or a place that does not exist."""
    chosen = {name: request.args.get(name, "") for name in segments}
    if any(value and value not in segments[name] for name, value in chosen.items()):
        abort(404)
    try:
        after = read_place(given, place) if (given := request.args.get("after")) else None
    except NoSuchPlace:
        abort(404)
    return Asked(chosen, request.args.get("q", "").strip()[:LONGEST], after)
