"""Posters, flyers and social cards with a code that leads to the school: made from its words, its logo and a theme."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.promotion.datasets import DATASETS
from blueprints.promotion.routes import pages

area = Area(
    pages,
    navigation=(
        Entry("promotion.list_assets", "image", N_("Posters and cards"), Permission.MARKETING_MANAGE, "marketing"),
    ),
    datasets=DATASETS,
)  # fmt: skip
