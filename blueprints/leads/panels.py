"""The dashboard's panel of leads: who is new, who waits for an answer, and what is due today."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.classes import today_here
from app.models.lead import Stage
from app.web.panels import Panel
from blueprints.leads import queries


class Overview(NamedTuple):
    """How many leads are new, have something due today, and are overdue; each number has its list."""

    new: int
    today: int
    overdue: int


def overview(_: Who) -> Overview | None:
    """The leads of the school; None while nobody has ever asked."""
    counts = queries.counts(today_here())
    if not counts:
        return None
    new = counts[Stage.NEW].number if Stage.NEW in counts else 0
    return Overview(new, sum(each.today for each in counts.values()), sum(each.overdue for each in counts.values()))


PANELS = (Panel("leads", Permission.MARKETING_MANAGE, overview, "leads/panel.html"),)
