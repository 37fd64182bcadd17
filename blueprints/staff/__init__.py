"""Those who run the platform."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.staff.routes import pages

area = Area(
    pages,
    navigation=(Entry("staff.list_staff", "shield-user", N_("Platform staff"), Permission.PLATFORM_STAFF, "platform"),),
    in_school=False,
)
