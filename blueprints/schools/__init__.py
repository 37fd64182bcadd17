"""The schools of the platform: the list, and an operator's pages about each."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.schools.finding import SOURCES
from blueprints.schools.panels import PANELS
from blueprints.schools.rollups import CLASSES, STATES
from blueprints.schools.supporting import pages

area = Area(
    pages,
    navigation=(Entry("schools.list_schools", "school", N_("Schools"), Permission.PLATFORM_OPERATE, "platform"),),
    panels=PANELS,
    search=SOURCES,
    rollups=(STATES, CLASSES),
    in_school=False,
)
