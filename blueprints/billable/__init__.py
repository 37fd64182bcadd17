"""Billable learners of every school by month: a count, without amounts."""

from app.access.permissions import Permission
from app.area import Area
from app.domain.billable import SO_FAR
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.billable.jobs import JOBS
from blueprints.billable.panels import PANELS
from blueprints.billable.routes import pages

area = Area(
    pages,
    navigation=(Entry("billable.show_month", "calculator", N_("Billable learners"), Permission.PLATFORM_OPERATE, "platform"),),
    panels=PANELS,
    jobs=JOBS,
    rollups=(SO_FAR,),
    in_school=False,
)
