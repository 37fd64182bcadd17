"""Failed deliveries of all schools, and what an operator does about them."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.recovery.jobs import carry_on
from blueprints.recovery.routes import pages

area = Area(
    pages,
    navigation=(
        Entry("recovery.list_dead", "mail-x", N_("Failed deliveries of all schools"), Permission.PLATFORM_OPERATE, "platform"),
    ),
    jobs=(carry_on,),
    in_school=False,
)
