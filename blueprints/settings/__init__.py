"""The school's own settings: how and when it writes to people, and by whose service."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.settings.datasets import DATASETS
from blueprints.settings.doors import DOORS, LOGO_DOORS
from blueprints.settings.routes import pages
from blueprints.settings.showing import shown

area = Area(
    pages,
    navigation=(Entry("settings.show_school", "settings", N_("School"), Permission.SETTINGS_MANAGE, "settings"),),
    datasets=DATASETS,
    doors=DOORS,
)
shown_area = Area(shown, in_school=False, doors=LOGO_DOORS)
