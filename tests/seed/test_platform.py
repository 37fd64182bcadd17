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


def test_the_dates_of_the_demo_do_not_contradict_each_other(filled: Place) -> None:
    platform.seed(filled.app)
    by_id = filled.rows("SELECT id FROM school ORDER BY id")
    assert filled.rows("SELECT id FROM school ORDER BY created_at") == by_id
    assert (
        filled.value("SELECT count(*) FROM onboarding_run r JOIN school s ON s.id = r.school WHERE r.ended_at < s.created_at")
        == 0
    )
    assert (
        filled.value("SELECT count(*) FROM person p JOIN school s ON s.id = p.school_id WHERE p.created_at < s.created_at") == 0
    )
    active = "SELECT count(*) FROM school s JOIN metric m ON m.school_id = s.id AND m.name = 'activity.last' WHERE s.state = 'active'"
    assert filled.value(active) == 2, "people have been there in both schools"


def test_who_used_an_invitation_has_signed_in_since(filled: Place) -> None:
    platform.seed(filled.app)
    used = "SELECT count(*) FROM invitation i JOIN app_user u ON u.email = i.email WHERE i.used_at IS NOT NULL"
    assert filled.value(used) == 6
    assert filled.value(f"{used} AND (u.last_sign_in_at IS NULL OR u.last_sign_in_at < i.used_at)") == 0


def test_an_older_demo_gets_the_sign_ins_that_it_lacks(filled: Place) -> None:
    filled.sql.execute("UPDATE app_user SET last_sign_in_at = NULL, created_at = now() - interval '1 hour'")
    filled.sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE email = 'multi@example.com'")
    platform.seed(filled.app)
    assert (
        filled.value(
            "SELECT count(*) FROM app_user WHERE password_hash IS NOT NULL AND (last_sign_in_at IS NULL OR last_sign_in_at < created_at)"
        )
        == 0
    )
    assert filled.value(
        "SELECT last_sign_in_at > now() - interval '10 minutes' FROM app_user WHERE email = 'multi@example.com'"
    )


def test_every_account_with_a_password_is_one_that_production_refuses(filled: Place) -> None:
    platform.seed(filled.app)
    known = {account.email for account in demo.ACCOUNTS} | set(demo.UNLISTED)
    assert {row[0] for row in filled.rows("SELECT email FROM app_user WHERE password_hash IS NOT NULL")} <= known
