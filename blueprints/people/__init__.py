"""People of a school: learners, their guardians, staff; families, medical notes, and records of one person that become one."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.people import pairing, tying
from blueprints.people.datasets import DATASETS
from blueprints.people.finding import SOURCES
from blueprints.people.medical import medical
from blueprints.people.panels import PANELS
from blueprints.people.routes import pages

__all__ = ["area", "medical_area", "pairing", "tying"]  # the last two hold more addresses of `pages`

area = Area(
    pages,
    navigation=(Entry("people.list_people", "users-round", N_("People"), Permission.PEOPLE_MANAGE, "school"),),
    panels=PANELS,
    datasets=DATASETS,
    search=SOURCES,
)
medical_area = Area(
    medical,
    navigation=(Entry("medical.list_medical", "heart-pulse", N_("Medical notes"), Permission.MEDICAL_READ, "school"),),
)
