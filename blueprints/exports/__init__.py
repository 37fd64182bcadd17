"""Exports: what a school has, taken out as a file."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.exports.jobs import JOBS
from blueprints.exports.routes import pages

area = Area(
    pages,
    navigation=(Entry("exports.list_exports", "download", N_("Exports"), Permission.EXPORTS_VIEW, "settings"),),
    jobs=JOBS,
)
