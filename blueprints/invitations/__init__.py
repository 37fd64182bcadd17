"""Invitations: giving people of a school a way to an account of their own."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.invitations.accepting import pages as accepting_pages
from blueprints.invitations.doors import DOORS
from blueprints.invitations.platform import pages

area = Area(pages)
#: it stands among the areas of the platform, where the operators' entry belongs
accepting_area = Area(
    accepting_pages,
    navigation=(Entry("invitations.list_all", "mail-plus", N_("Invitations"), Permission.PLATFORM_OPERATE, "platform"),),
    doors=DOORS,
    in_school=False,
)
