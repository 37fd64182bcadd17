"""The dashboard's panel of people: how many there are, and what is missing."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.web.panels import Panel
from blueprints.people import queries


class Overview(NamedTuple):
    """How many are here, and how many of them lack something; each number has its list."""

    learners: int
    guardians: int
    staff: int
    without_guardian: int
    without_address: int


def overview(_: Who) -> Overview | None:
    """The people of the school; None while there are no learners, for then there is nothing to look after."""
    counts = queries.counts()
    if "learner" not in counts:
        return None
    number = {kind: count.number for kind, count in counts.items()}
    return Overview(
        number.get("learner", 0), number.get("guardian", 0), number.get("staff", 0),
        sum(count.without_guardian for count in counts.values()), sum(count.without_address for count in counts.values()),
    )  # fmt: skip


PANELS = (Panel("people", Permission.PEOPLE_MANAGE, overview, "people/panel.html"),)
