"""The audit log: what was done in the school, by whom and when; and for operators, in all of them and on the platform."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.audit import jobs, platform
from blueprints.audit.datasets import DATASETS
from blueprints.audit.routes import pages

area = Area(
    pages,
    navigation=(Entry("audit.list_events", "scroll-text", N_("Audit log"), Permission.AUDIT_VIEW, "settings"),),
    datasets=DATASETS,
    jobs=jobs.JOBS,
)
platform_area = Area(
    platform.pages,
    navigation=(
        Entry(
            "platform_audit.list_events", "scroll-text", N_("Audit of the platform"), Permission.PLATFORM_OPERATE, "platform"
        ),
    ),
    in_school=False,
)
