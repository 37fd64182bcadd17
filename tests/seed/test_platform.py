"""What operators find in the demo: nothing of it is empty, and it is made once."""

from __future__ import annotations

from app.access import demo
from app.seed import baseline, platform
from tests.seed.conftest import Place


def test_the_platform_has_schools_runs_invitations_visits_and_notes(empty: Place) -> None:
    said = platform.seed(empty.app)
    assert all(words in said for words in ("2 schools", "1 suspended school", "runs", "invitations", "support visits", "notes"))
    for table in ("onboarding_run", "invitation", "support_visit", "staff_note", "metric", "platform_metric"):
        assert empty.value(f"SELECT count(*) FROM {table}") > 0, table
    assert {row[0] for row in empty.rows("SELECT state FROM school")} == {"active", "pending", "disabled"}


def test_a_second_run_adds_nothing(filled: Place) -> None:
    platform.seed(filled.app)
    assert platform.seed(filled.app) == baseline.KEPT


def test_every_account_with_a_password_is_one_that_production_refuses(filled: Place) -> None:
    platform.seed(filled.app)
    known = {account.email for account in demo.ACCOUNTS} | set(demo.UNLISTED)
    assert {row[0] for row in filled.rows("SELECT email FROM app_user WHERE password_hash IS NOT NULL")} <= known
