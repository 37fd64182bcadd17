"""Who may do what: the product's own promise, held against the one table in code."""

import pytest

from app.access.permissions import GRANTS, PLATFORM_GRANTS, Permission, permissions_of
from app.models.user import PlatformRole, Role

EVERYONE = set(Role)
#: permission -> (roles in a school, roles of the platform)
PROMISED = {
    Permission.DASHBOARD_VIEW: (EVERYONE, set()),
    Permission.NOTICES_READ: (EVERYONE, set()),
    Permission.NOTICES_MANAGE: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.AUDIT_VIEW: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.EXPORTS_VIEW: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.SETTINGS_MANAGE: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.PEOPLE_MANAGE: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.MEDICAL_READ: ({Role.OWNER}, set()),
    Permission.ATTENDANCE_TAKE: ({Role.OWNER, Role.ADMIN, Role.TEACHER}, set()),
    Permission.REPORTS_VIEW: ({Role.OWNER, Role.ADMIN, Role.TEACHER}, set()),
    Permission.GATE_SCAN: ({Role.OWNER, Role.ADMIN, Role.OFFICER}, set()),
    Permission.EMERGENCY_SEND: ({Role.OWNER, Role.ADMIN, Role.OFFICER}, set()),
    Permission.FAMILY_VIEW: ({Role.GUARDIAN, Role.STUDENT}, set()),
    Permission.BILLING_VIEW: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.BILLING_MANAGE: ({Role.OWNER}, set()),
    Permission.MARKETING_MANAGE: ({Role.OWNER}, set()),
    Permission.SITE_MANAGE: ({Role.OWNER, Role.ADMIN}, set()),
    Permission.PLATFORM_STAFF: (set(), {PlatformRole.SUPERUSER}),
    Permission.PLATFORM_OPERATE: (set(), {PlatformRole.OPERATOR, PlatformRole.SUPERUSER}),
}


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_with_those_to_whom_it_was_promised(permission):
    school, platform = PROMISED[permission]
    assert {role for role in Role if permission in GRANTS[role]} == school
    assert {role for role in PlatformRole if permission in PLATFORM_GRANTS[role]} == platform


def test_nobody_has_nothing():
    assert permissions_of(None, None) == frozenset()


@pytest.mark.parametrize("role", list(Role))
def test_a_platform_role_comes_on_top_of_a_school_role(role):
    assert permissions_of(role, PlatformRole.OPERATOR) == GRANTS[role] | PLATFORM_GRANTS[PlatformRole.OPERATOR]
