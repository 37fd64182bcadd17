"""The portal: the dashboard, and switching between schools."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.portal.routes import pages

area = Area(pages, navigation=(Entry("portal.dashboard", "layout-dashboard", N_("Dashboard"), Permission.DASHBOARD_VIEW),))
