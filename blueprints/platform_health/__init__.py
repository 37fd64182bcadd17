"""The health of the platform, and what schools send by month."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.platform_health.panels import PANELS
from blueprints.platform_health.routes import pages

area = Area(
    pages,
    navigation=(Entry("platform_health.show", "activity", N_("Health"), Permission.PLATFORM_OPERATE, "platform"),),
    panels=PANELS,
    in_school=False,
)
