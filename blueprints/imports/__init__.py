"""Roster imports: a file of learners and guardians, looked at before it changes anything."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.imports.datasets import DATASETS
from blueprints.imports.doors import DOORS
from blueprints.imports.jobs import JOBS
from blueprints.imports.needs import TRIAGE
from blueprints.imports.routes import pages

area = Area(
    pages,
    navigation=(Entry("imports.list_imports", "upload", N_("Import learners"), Permission.PEOPLE_MANAGE, "school"),),
    datasets=DATASETS,
    jobs=JOBS,
    triage=TRIAGE,
    doors=DOORS,
)
