"""What the console shows of the schools: those that were made last."""

from __future__ import annotations

from app.access.permissions import Permission
from app.access.who import Who
from app.tenancy.database import db
from app.web.panels import CONSOLE, Panel
from blueprints.schools import queries
from blueprints.schools.queries import Recent


def recent(_: Who) -> list[Recent]:
    """The newest schools; inside the console's `across_schools`."""
    return queries.newest(db.session())


PANELS = (Panel("recent_schools", Permission.PLATFORM_OPERATE, recent, "schools/panel_recent.html", board=CONSOLE),)
