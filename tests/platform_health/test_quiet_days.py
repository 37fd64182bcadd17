"""After how many days of school a school has gone quiet is a setting."""

from __future__ import annotations

import pytest

from app.config import BadSettings, Settings

ENVIRONMENT = {
    "UMTHI_ENV": "test", "UMTHI_HOME": "/nowhere", "DATABASE_URL": "postgresql://a/b",
    "UMTHI_PLATFORM_DATABASE_URL": "postgresql://c/b",
}  # fmt: skip


@pytest.mark.parametrize(("given", "days"), [("", 14), ("1", 1), ("21", 21), ("365", 365)])
def test_it_is_fourteen_unless_said_otherwise(given, days):
    assert Settings.from_environment(ENVIRONMENT | {"UMTHI_QUIET_DAYS": given}).quiet_days == days


@pytest.mark.parametrize("given", ["0", "-1", "366", "two", "1.5", " 7", "٧x"])
def test_what_is_no_number_of_days_is_refused(given):
    with pytest.raises(BadSettings, match=r"UMTHI_QUIET_DAYS is .* a number of school days from 1 to 365"):
        Settings.from_environment(ENVIRONMENT | {"UMTHI_QUIET_DAYS": given})
