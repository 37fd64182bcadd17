"""Tokens: how programs of a school come in. Owners and admins make them, see what they do, and revoke them."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.tokens import doors, jobs
from blueprints.tokens.routes import pages

area = Area(
    pages,
    navigation=(Entry("tokens.list_tokens", "key-round", N_("API tokens"), Permission.SETTINGS_MANAGE, "settings"),),
    jobs=(jobs.tell_owners,),
    doors=doors.DOORS,
)
