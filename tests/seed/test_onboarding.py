"""The onboardings of the demo: what the console, the list and the runs' pages have to show from the first day."""

from __future__ import annotations

import pytest

from app.access.actor import Actor, acting_as
from app.seed import onboarding
from app.tenancy.doors import across_schools, outside
from blueprints.onboarding import queries


def top_up(place):
    """As the seed does it; returns how many were added."""
    with place.app.app_context(), outside(), acting_as(Actor("command", None, "seed")), across_schools("test") as session:
        added = onboarding.top_up(session)
        session.commit()
    return added


@pytest.fixture
def topped(filled):
    top_up(filled)
    return filled


def test_each_demo_school_has_a_finished_run_and_two_others_stopped(topped):
    assert topped.rows("SELECT name, state FROM onboarding_run ORDER BY id DESC") == [
        ("Nongoma Combined School", "failed"), ("Zamani Secondary", "partial_failure"), ("Laerskool Karoo", "completed"),
        ("Thaba Nkulu Primary", "completed"),
    ]  # fmt: skip
    assert topped.value("SELECT state FROM school WHERE slug = 'zamani-secondary'") == "pending"
    assert (
        topped.value("SELECT count(*) FROM membership m JOIN school s ON s.id = m.school_id WHERE s.slug = 'zamani-secondary'")
        == 0
    )


def test_a_second_time_adds_nothing_and_leaves_what_became_of_them(topped):
    topped.sql.execute("UPDATE onboarding_run SET state = 'completed' WHERE state = 'partial_failure'")
    assert top_up(topped) == 0
    assert topped.value("SELECT count(*) FROM onboarding_run WHERE state = 'completed'") == 3


def test_finished_runs_know_people_only_by_keys_and_the_accounts_they_gave(topped):
    assert topped.value("SELECT count(*) FROM onboarding_run WHERE state = 'completed' AND admin_email IS NOT NULL") == 0
    assert topped.value("SELECT count(*) FROM onboarding_run WHERE admin_key IS NOT NULL AND admin_user_id IS NOT NULL") == 2
    with topped.app.app_context(), outside(), across_schools("test") as session:
        for (run_id,) in topped.rows("SELECT id FROM onboarding_run WHERE state = 'completed'"):
            accounts = queries.handovers(session, queries.run_of(session, run_id))
            assert [account.state for account in accounts] == ["changed", "changed"]


def test_those_that_stopped_say_why(topped):
    assert topped.rows("SELECT name, attempts, error FROM onboarding_step WHERE state = 'failed' ORDER BY name") == [
        ("admin", 5, "OperationalError 53300"), ("school", 5, "OperationalError 57P03"),
    ]  # fmt: skip
