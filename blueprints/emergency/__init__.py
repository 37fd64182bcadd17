"""Emergency broadcasts: told to everybody at once, with a live board of who has been reached and who is safe."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.emergency.datasets import DATASETS
from blueprints.emergency.doors import DOORS, LINK_DOORS
from blueprints.emergency.link import link
from blueprints.emergency.panels import PANELS
from blueprints.emergency.rollups import ROLLUPS
from blueprints.emergency.routes import pages

area = Area(
    pages,
    navigation=(Entry("emergency.list_emergencies", "siren", N_("Emergency"), Permission.EMERGENCY_SEND, "school"),),
    datasets=DATASETS,
    panels=PANELS,
    rollups=ROLLUPS,
    doors=DOORS,
)
link_area = Area(link, doors=LINK_DOORS, in_school=False)
