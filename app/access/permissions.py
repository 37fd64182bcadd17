"""Who may do what: one enum, one table of roles. `docs/operations.md` prints it, and a test compares the two."""

from __future__ import annotations

from enum import StrEnum

from app.models.user import PlatformRole, Role


class Permission(StrEnum):
    """`area.verb`: what a route asks for."""

    DASHBOARD_VIEW = "dashboard.view"
    NOTICES_READ = "notices.read"
    NOTICES_MANAGE = "notices.manage"
    AUDIT_VIEW = "audit.view"
    EXPORTS_VIEW = "exports.view"
    SETTINGS_MANAGE = "settings.manage"
    PEOPLE_MANAGE = "people.manage"
    MEDICAL_READ = "medical.read"
    ATTENDANCE_TAKE = "attendance.take"
    GATE_SCAN = "gate.scan"
    EMERGENCY_SEND = "emergency.send"
    REPORTS_VIEW = "reports.view"
    FAMILY_VIEW = "family.view"
    BILLING_VIEW = "billing.view"
    BILLING_MANAGE = "billing.manage"
    MARKETING_MANAGE = "marketing.manage"
    SITE_MANAGE = "site.manage"
    PLATFORM_OPERATE = "platform.operate"
    PLATFORM_STAFF = "platform.staff"


_EVERYONE = frozenset({Permission.DASHBOARD_VIEW, Permission.NOTICES_READ})
_ADMIN = _EVERYONE | {
    Permission.NOTICES_MANAGE,
    Permission.AUDIT_VIEW,
    Permission.EXPORTS_VIEW,
    Permission.SETTINGS_MANAGE,
    Permission.PEOPLE_MANAGE,
    Permission.ATTENDANCE_TAKE,
    Permission.GATE_SCAN,
    Permission.EMERGENCY_SEND,
    Permission.REPORTS_VIEW,
    Permission.BILLING_VIEW,
    Permission.SITE_MANAGE,
}

#: what a membership gives in its school
GRANTS: dict[str, frozenset[Permission]] = {
    Role.OWNER: _ADMIN | {Permission.MEDICAL_READ, Permission.BILLING_MANAGE, Permission.MARKETING_MANAGE},
    Role.ADMIN: _ADMIN,
    Role.TEACHER: _EVERYONE | {Permission.ATTENDANCE_TAKE, Permission.REPORTS_VIEW},
    Role.OFFICER: _EVERYONE | {Permission.GATE_SCAN, Permission.EMERGENCY_SEND},
    Role.GUARDIAN: _EVERYONE | {Permission.FAMILY_VIEW},
    Role.STUDENT: _EVERYONE | {Permission.FAMILY_VIEW},
}
#: what running the platform gives, in no school
PLATFORM_GRANTS: dict[str, frozenset[Permission]] = {
    PlatformRole.OPERATOR: frozenset({Permission.PLATFORM_OPERATE}),
    PlatformRole.SUPERUSER: frozenset({Permission.PLATFORM_OPERATE, Permission.PLATFORM_STAFF}),
}
NOTHING: frozenset[Permission] = frozenset()


def permissions_of(role: str | None, platform_role: str | None) -> frozenset[Permission]:
    """Everything that a school role and a platform role, either of which may be None, allow together."""
    ours = GRANTS[role] if role else NOTHING
    return ours | PLATFORM_GRANTS[platform_role] if platform_role else ours
