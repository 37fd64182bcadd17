"""The portal: the dashboard, the status bar, and switching between schools."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.portal.panels import PANELS
from blueprints.portal.progress import progress
from blueprints.portal.routes import pages
from blueprints.portal.switching import switching

area = Area(
    pages,
    navigation=(Entry("portal.dashboard", "layout-dashboard", N_("Dashboard"), Permission.DASHBOARD_VIEW),),
    panels=PANELS,
)
progress_area = Area(progress)
switching_area = Area(switching, in_school=False)
