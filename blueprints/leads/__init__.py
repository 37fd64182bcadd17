"""Leads: everybody who asks about a place, from the first word to a learner of the school, to the archive or the eraser."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.leads import changing, converting, keeping, merging
from blueprints.leads.datasets import DATASETS
from blueprints.leads.doors import DOORS
from blueprints.leads.jobs import JOBS
from blueprints.leads.leaving import leaving
from blueprints.leads.panels import PANELS
from blueprints.leads.routes import pages

__all__ = ["area", "changing", "converting", "keeping", "leaving_area", "merging"]  # four hold more addresses of `pages`

area = Area(
    pages,
    navigation=(Entry("leads.list_leads", "user-plus", N_("Leads"), Permission.MARKETING_MANAGE, "marketing"),),
    panels=PANELS,
    jobs=JOBS,
    datasets=DATASETS,
)
leaving_area = Area(leaving, doors=DOORS, in_school=False)
