"""The navigation: each area brings its entries, and the permissions of the person choose among them."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.i18n.catalogue import N_

#: the groups of the navigation in their order; the first has no heading
GROUPS = {
    "": "",
    "school": N_("School"),
    "quick": N_("Quick actions"),
    "billing": N_("Billing"),
    "marketing": N_("Marketing"),
    "settings": N_("Settings"),
    "platform": N_("Platform"),
}


class Entry(NamedTuple):
    """One line of the navigation; `label` is a message marked with N_, `group` a key of GROUPS."""

    endpoint: str
    icon: str
    label: str
    permission: Permission
    group: str = ""


class Navigation:
    """Every entry, by group and in the order in which the areas were registered."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def allowed(self, permissions: frozenset[Permission]) -> list[tuple[str, list[Entry]]]:
        """The headings with the entries that these permissions open."""
        open_to = [entry for entry in self.entries if entry.permission in permissions]
        groups = ((heading, [entry for entry in open_to if entry.group == key]) for key, heading in GROUPS.items())
        return [(heading, entries) for heading, entries in groups if entries]
