"""Notices: what a school tells its people, in their languages, and when."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.notices import datasets, doors, jobs, panels
from blueprints.notices.api import api
from blueprints.notices.routes import pages

area = Area(
    pages,
    navigation=(Entry("notices.list_notices", "megaphone", N_("Schedule notices"), Permission.NOTICES_MANAGE, "quick"),),
    panels=panels.PANELS,
    jobs=(jobs.send,),
    datasets=datasets.DATASETS,
    doors=doors.DOORS,
)
api_area = Area(api)
