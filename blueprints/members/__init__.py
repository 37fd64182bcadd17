"""The members of a school: the table of its people and their accounts, and what the school decides about each of them."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.members.datasets import DATASETS
from blueprints.members.moving import pages
from blueprints.members.platform import platform

area = Area(
    pages,
    navigation=(Entry("members.list_people", "users", N_("People and accounts"), Permission.PEOPLE_MANAGE, "settings"),),
    datasets=DATASETS,
)
#: for operators, who act in no school
platform_area = Area(platform, in_school=False)
