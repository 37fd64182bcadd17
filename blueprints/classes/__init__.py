"""Classes, when they meet, who is in them, and the calendar of the school."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.classes.datasets import DATASETS
from blueprints.classes.jobs import JOBS
from blueprints.classes.panels import PANELS
from blueprints.classes.rolling import pages

area = Area(
    pages,
    navigation=(
        Entry("classes.list_classes", "users-round", N_("Classes"), Permission.ATTENDANCE_TAKE, "school"),
        # families have no classes of their own to look at; for the others the calendar is a page of the classes
        Entry("classes.show_calendar", "calendar-days", N_("Calendar"), Permission.FAMILY_VIEW, "school"),
    ),
    panels=PANELS,
    jobs=JOBS,
    datasets=DATASETS,
)
