"""Follow-ups: templates in three languages, and the outbox from which a person sends. Nothing goes out by itself."""

from app.access.permissions import Permission
from app.area import Area
from app.domain.follow_ups import making
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.follow_ups.datasets import DATASETS
from blueprints.follow_ups.jobs import JOBS
from blueprints.follow_ups.outbox_routes import pages
from blueprints.follow_ups.template_routes import templates

# `making` hears of stages from the moment on that it is imported
__all__ = ["area", "making", "templates_area"]

area = Area(
    pages,
    navigation=(Entry("follow_ups.list_items", "send", N_("Follow-up outbox"), Permission.MARKETING_MANAGE, "marketing"),),
    datasets=DATASETS,
    jobs=JOBS,
)
templates_area = Area(templates)
