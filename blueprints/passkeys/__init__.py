"""Passkeys and recovery codes of a person, and what operators decide about the step-up. About people, not schools."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.passkeys.platform import platform
from blueprints.passkeys.platform_settings import platform_settings
from blueprints.passkeys.routes import pages

area = Area(pages, in_school=False)
platform_area = Area(
    platform,
    navigation=(
        Entry("step_up.list_fallbacks", "shield-check", N_("Step-up fallbacks"), Permission.PLATFORM_OPERATE, "platform"),
    ),
    in_school=False,
)
settings_area = Area(
    platform_settings,
    navigation=(
        Entry(
            "platform_settings.change_settings", "settings-2", N_("Platform settings"), Permission.PLATFORM_STAFF, "platform"
        ),
    ),
    in_school=False,
)
