"""What support visits show on the owner's dashboard: that somebody of the platform is in the school right now."""

from __future__ import annotations

from app.access.permissions import Permission
from app.access.who import Who
from app.models.user import Role
from app.web.panels import Panel
from blueprints.support import queries


def visit(_: Who) -> list[queries.VisitRow] | None:
    """The visits that are going on now; nothing to say when there are none."""
    return queries.open_visits() or None


PANELS = (
    Panel(
        "visit", Permission.SETTINGS_MANAGE, visit, "support/panel_visit.html", frozenset({Role.OWNER}), wide=True
    ),
)  # fmt: skip
