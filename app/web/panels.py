"""Panels of the dashboard, the console and the health page: areas bring them, permissions and roles choose, and one that fails
does not fail the page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.tenancy.database import db
from app.tenancy.scope import scope_or_none

log = logging.getLogger(__name__)
DASHBOARD, CONSOLE, HEALTH = "dashboard", "console", "health"


class Panel(NamedTuple):
    """`load` returns what `template` shows as `panel`, or None when there is nothing to say.

    Shown to those who hold `permission` and, where `roles` names some, have one of these roles. `wide` takes a whole row; what
    is `first` stands above all others. `board` is where it stands: the school's dashboard, the operator's console, or the
    platform's health page. On these two `load` is called inside the page's `across_schools`.
    """

    name: str
    permission: Permission
    load: Callable[[Who], Any]
    template: str
    roles: frozenset[str] = frozenset()
    wide: bool = False
    board: str = DASHBOARD
    first: bool = False


class Drawn(NamedTuple):
    """A panel with its content; `failed` when loading it raised."""

    panel: Panel
    content: Any
    failed: bool


def draw(panels: Iterable[Panel], person: Who, board: str = DASHBOARD) -> list[Drawn]:
    """The panels of a board for this person, in their order. A fault is logged and shown in its own place."""
    drawn = []
    for panel in panels:
        if (
            panel.board != board
            or panel.permission not in person.permissions
            or (panel.roles and person.role not in panel.roles)
        ):
            continue
        try:
            content, failed = panel.load(person), False
        except Exception:
            log.exception("panel %s failed", panel.name)
            if scope_or_none():
                db.session.rollback()  # for the next panel, which reads in the same transaction
            content, failed = None, True
        if content is not None or failed:
            drawn.append(Drawn(panel, content, failed))
    return drawn
