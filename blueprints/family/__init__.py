"""What a family sees: a guardian their own children in every school, a learner themselves."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.family.panels import PANELS
from blueprints.family.routes import pages

area = Area(
    pages,
    navigation=(Entry("family.overview", "house", N_("My family"), Permission.FAMILY_VIEW),),
    panels=PANELS,
    in_school=False,
)
