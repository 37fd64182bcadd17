"""Registers, absences and what families are told of them."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.attendance import datasets, doors, jobs, panels
from blueprints.attendance.api import api
from blueprints.attendance.inquiry_routes import pages

area = Area(
    pages,
    navigation=(
        Entry("attendance.overview", "clipboard-check", N_("Attendance"), Permission.ATTENDANCE_TAKE, "school"),
        Entry("attendance.report_absence", "calendar-x", N_("Report an absence"), Permission.FAMILY_VIEW, "school"),
    ),
    panels=panels.PANELS,
    jobs=(jobs.alert, jobs.follow_up),
    datasets=datasets.DATASETS,
    doors=doors.DOORS,
)
api_area = Area(api)
