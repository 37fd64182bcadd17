"""What the console shows of billable learners: how many there are this month so far."""

from __future__ import annotations

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.billable import LEARNERS
from app.domain.metrics import Number, of_platform
from app.tenancy.database import db
from app.web.panels import CONSOLE, Panel


def so_far(_: Who) -> Number | None:
    """The number of all schools, each in the month of its own clock; None while nobody has counted. Inside `across_schools`."""
    return of_platform(db.session(), LEARNERS).get(LEARNERS)


PANELS = (Panel("billable", Permission.PLATFORM_OPERATE, so_far, "billable/panel.html", board=CONSOLE),)
