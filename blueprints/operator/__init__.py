"""The operator's console: the platform as a whole. It acts for no school, so its requests enter none."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.operator.needs import TRIAGE
from blueprints.operator.rollups import ROLLUPS
from blueprints.operator.routes import pages

area = Area(
    pages,
    navigation=(Entry("operator.console", "radar", N_("Operator console"), Permission.PLATFORM_OPERATE, "platform"),),
    triage=TRIAGE,
    rollups=ROLLUPS,
    in_school=False,
)
