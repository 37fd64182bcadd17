"""Referrals: the codes of families, which enquiries came by them, and what the school gives for it."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.referrals.datasets import DATASETS
from blueprints.referrals.family_routes import family
from blueprints.referrals.panels import PANELS
from blueprints.referrals.routes import pages

area = Area(
    pages,
    navigation=(Entry("referrals.list_referrals", "gift", N_("Referrals"), Permission.MARKETING_MANAGE, "marketing"),),
    datasets=DATASETS,
)
family_area = Area(family, panels=PANELS)
