"""The dashboard's panel for families: how the day of their children at this school stands."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.i18n.speech import Speech, speech
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.web.panels import Panel
from blueprints.family import queries
from blueprints.family.queries import Belonging, Child


class Today(NamedTuple):
    """The children of the reader at the school where they act."""

    here: Belonging
    children: list[Child]
    is_over: bool
    voice: Speech


def today(person: Who) -> Today | None:
    """Their day; None for whoever has no child here."""
    if person.person_id is None or person.role is None:
        return None
    school, now = db.session.get_one(School, current_school_id()), clock.now()
    here = Belonging(
        school.id, school.name, person.role, person.person_id, ZoneInfo(str(school.timezone)), school.close_time,
        school.money, school.currency,
    )  # fmt: skip
    children = queries.children(here, now)
    over = now.astimezone(here.timezone).time() >= here.close_time
    return Today(here, children, over, speech()) if children else None


PANELS = (Panel("family", Permission.FAMILY_VIEW, today, "family/panel.html", wide=True),)
