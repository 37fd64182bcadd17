"""Reports that people build, print and keep."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.reports.datasets import DATASETS
from blueprints.reports.jobs import JOBS
from blueprints.reports.panels import PANELS
from blueprints.reports.routes import pages

area = Area(
    pages,
    navigation=(Entry("reports.list_reports", "chart-column", N_("Reports"), Permission.REPORTS_VIEW, "school"),),
    datasets=DATASETS,
    panels=PANELS,
    jobs=JOBS,
)
