"""A word on the dashboard of parents and guardians, while the school takes enquiries."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.leads.asking import place_in
from app.models.user import Role
from app.tenancy.scope import current_school_id
from app.web.panels import Panel


class Invitation(NamedTuple):
    """The school that asks its families to pass the word on."""

    school: str


def load(_: Who) -> Invitation | None:
    """None while the form of the school is closed."""
    place = place_in(current_school_id())
    return Invitation(place.school) if place and place.is_open else None


PANELS = (
    Panel(
        "referrals", Permission.FAMILY_VIEW, load, "referrals/panel.html", roles=frozenset({Role.GUARDIAN.value}),
    ),
)  # fmt: skip
