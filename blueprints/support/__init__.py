"""Support visits: an operator in a school, with a reason and an end; and what the school sees of them."""

from app.access.permissions import Permission
from app.area import Area
from app.domain.visits import JOBS
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.support.panels import PANELS
from blueprints.support.routes import pages
from blueprints.support.school import visits

area = Area(pages, in_school=False, jobs=JOBS)
school_area = Area(
    visits,
    navigation=(Entry("visits.list_visits", "life-buoy", N_("Support visits"), Permission.SETTINGS_MANAGE, "settings"),),
    panels=PANELS,
)
