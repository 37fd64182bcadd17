"""What the portal itself shows on the dashboard: ways on, and whom to ask at the school."""

from __future__ import annotations

from flask import current_app

from app.access.permissions import Permission
from app.access.who import Who
from app.models.user import Role
from app.web.navigation import Entry
from app.web.page import Pages
from app.web.panels import Panel
from blueprints.portal import queries


def quick_actions(person: Who) -> list[Entry] | None:
    """Where the reader may go from here: every entry of the navigation that is theirs, but the dashboard."""
    pages: Pages = current_app.extensions["pages"]
    entries = [entry for _, group in pages.navigation.allowed(person.permissions) for entry in group]
    return [entry for entry in entries if entry.endpoint != "portal.dashboard"] or None


def contact(_: Who) -> queries.Contact:
    """The school's own contact."""
    return queries.contact()


PANELS = (
    Panel("quick", Permission.DASHBOARD_VIEW, quick_actions, "portal/panel_quick.html", frozenset({Role.OWNER, Role.ADMIN})),
    Panel("contact", Permission.DASHBOARD_VIEW, contact, "portal/panel_contact.html"),
)
