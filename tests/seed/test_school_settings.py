"""The demo schools have accounts in every state, and a logo."""

from __future__ import annotations

from app.seed import platform
from tests.seed.conftest import Place


def test_every_state_of_an_account_is_there(filled: Place) -> None:
    platform.seed(filled.app)
    for school in (1, 2):
        states = filled.rows(
            "SELECT DISTINCT coalesce(m.end_reason, CASE WHEN u.last_sign_in_at IS NULL THEN 'never' ELSE 'signed_in' END)"
            f" FROM membership m JOIN app_user u ON u.id = m.user_id WHERE m.school_id = {school} ORDER BY 1"
        )
        assert [state for (state,) in states] == ["disabled", "moved", "never", "signed_in"]
    assert filled.value("SELECT count(*) FROM school_logo") == 1


def test_whoever_moved_belongs_to_the_other_school(filled: Place) -> None:
    platform.seed(filled.app)
    moved = filled.rows(
        "SELECT count(*) FROM membership m JOIN membership n ON n.user_id = m.user_id AND n.school_id <> m.school_id"
        " AND n.ended_at IS NULL WHERE m.end_reason = 'moved'"
    )
    assert moved == [(2,)]


def test_a_second_run_adds_nothing(filled: Place) -> None:
    platform.seed(filled.app)
    before = filled.value("SELECT count(*) FROM membership"), filled.value("SELECT count(*) FROM app_user")
    platform.seed(filled.app)
    assert (filled.value("SELECT count(*) FROM membership"), filled.value("SELECT count(*) FROM app_user")) == before
