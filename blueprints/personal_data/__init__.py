"""A person's data by law: copies, corrections, erasure, consent, breaches; for the office, and for families about their own."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.personal_data import breach_routes, consent_routes, erasure_routes, pack_routes, request_routes
from blueprints.personal_data.datasets import DATASETS
from blueprints.personal_data.family_routes import own
from blueprints.personal_data.jobs import JOBS
from blueprints.personal_data.routes import pages

# each of them holds more addresses of `pages`
__all__ = ["area", "breach_routes", "consent_routes", "erasure_routes", "own_area", "pack_routes", "request_routes"]

area = Area(
    pages,
    navigation=(Entry("personal_data.overview", "file-lock", N_("Personal data"), Permission.PEOPLE_MANAGE, "school"),),
    datasets=DATASETS,
    jobs=JOBS,
)
own_area = Area(own)
