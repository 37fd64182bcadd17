"""What did not arrive: messages that failed, people whom no mail reaches, and how both are mended."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.deliveries.doors import DOORS
from blueprints.deliveries.routes import pages

area = Area(
    pages,
    navigation=(Entry("deliveries.list_failed", "mail-x", N_("Failed deliveries"), Permission.NOTICES_MANAGE, "quick"),),
    doors=DOORS,
)
