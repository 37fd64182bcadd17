"""The devices of the demo: something to look at on the page of sessions, and nothing that opens a door."""

from __future__ import annotations

from app.seed import devices, platform
from tests.seed.conftest import Place


def test_some_are_open_and_some_are_over_and_none_is_added_twice(filled: Place) -> None:
    assert "8 sessions" in platform.seed(filled.app)
    platform.seed(filled.app)
    assert filled.value("SELECT count(*) FROM login_session") == len(devices.PLANS)
    open_ones = "SELECT count(*) FROM login_session WHERE revoked_at IS NULL AND expires_at > now()"
    assert filled.value(open_ones) == len(devices.PLANS) - 2
    assert filled.value("SELECT count(*) FROM login_session WHERE expires_at < now() AND revoked_at IS NULL") == 1


def test_nobodys_sessions_contradict_their_account(filled: Place) -> None:
    platform.seed(filled.app)
    late = "SELECT count(*) FROM login_session s JOIN app_user u ON u.id = s.user_id WHERE s.created_at > u.last_sign_in_at"
    assert filled.value(f"{late}") == 0
    assert filled.value(f"{late.replace('> u.last_sign_in_at', '< u.created_at')}") == 0
    assert filled.value("SELECT count(*) FROM login_session WHERE last_seen_at NOT BETWEEN created_at AND expires_at") == 0
    assert filled.value("SELECT count(*) FROM login_session WHERE device IS NULL OR address IS NULL") == 0


def test_what_somebody_ended_stays_ended(filled: Place) -> None:
    platform.seed(filled.app)
    filled.sql.execute("UPDATE login_session SET revoked_at = now() WHERE revoked_at IS NULL")
    platform.seed(filled.app)
    assert filled.value("SELECT count(*) FROM login_session WHERE revoked_at IS NULL") == 0
