"""Marketing for the owner: the figures of the month and what is due, what happened by period and source, and the settings."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.marketing.datasets import DATASETS
from blueprints.marketing.routes import pages

area = Area(
    pages,
    navigation=(Entry("marketing.hub", "target", N_("Marketing"), Permission.MARKETING_MANAGE, "marketing"),),
    datasets=DATASETS,
)
