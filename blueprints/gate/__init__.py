"""The gate: scans, who is on site, cards."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.gate import cards, datasets, doors, panels, rollups  # noqa: F401  the cards are addresses of the gate too
from blueprints.gate.api import api
from blueprints.gate.receiving import receiving
from blueprints.gate.routes import pages

area = Area(
    pages,
    navigation=(Entry("gate.scan_page", "scan-line", N_("Gate"), Permission.GATE_SCAN, "school"),),
    panels=panels.PANELS,
    datasets=datasets.DATASETS,
    rollups=rollups.ROLLUPS,
    doors=doors.DOORS,
)
scans_area = Area(receiving)
api_area = Area(api)
