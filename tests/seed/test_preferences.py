"""How people chose to be reached, and that an instance of before gets all that is new, once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.seed import baseline
from tests.seed.conftest import Place

NEW = ("storm", "library-books", "gate-times", "heat", "choir-forms", "drop-off")
#: mail to somebody who had unsubscribed, or whose address had been refused
AGAINST = """
SELECT count(*) FROM delivery d JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id
JOIN person p ON p.school_id = d.school_id AND p.id = d.person_id
LEFT JOIN contact_preference c ON c.school_id = d.school_id AND c.person_id = d.person_id
WHERE d.channel = 'email' AND (p.email_flagged_at < d.created_at OR NOT m.urgent AND c.unsubscribed_at < d.created_at)
"""


@pytest.mark.parametrize("school", [1, 2])
def test_guardians_put_email_first_keep_quiet_at_night_or_have_unsubscribed(seeded: Place, school: int) -> None:
    email_first, quiet, left, devices = seeded.rows(
        "SELECT count(*) FILTER (WHERE NOT push), count(quiet_from), count(unsubscribed_at),"
        " (SELECT count(*) FROM push_subscription WHERE school_id = %s) FROM contact_preference WHERE school_id = %s",
        school, school,
    )[0]  # fmt: skip
    assert (email_first, quiet, left) == (31, 7, 5)
    assert devices == 0  # a notice that somebody sends here must not knock at a real push service
    assert seeded.value("SELECT max(unsubscribed_at) < now() FROM contact_preference")


def test_no_school_keeps_quiet(seeded: Place) -> None:
    """A notice that somebody sends in the demo at night goes out at once."""
    assert seeded.value("SELECT count(*) FROM school WHERE quiet_from IS NOT NULL") == 0


def test_the_accounts_that_everybody_tries_are_reached_at_once(seeded: Place) -> None:
    bothered = seeded.rows(
        "SELECT DISTINCT m.role FROM contact_preference c JOIN membership m ON m.school_id = c.school_id AND m.person_id = c.person_id"
        " WHERE c.quiet_from IS NOT NULL OR c.unsubscribed_at IS NOT NULL"
    )
    assert not bothered


def test_most_guardians_have_a_phone_that_a_gateway_takes_and_some_have_none(seeded: Place) -> None:
    without, all_of_them = seeded.rows("SELECT count(*) - count(phone), count(*) FROM person WHERE kind = 'guardian'")[0]
    assert (without, all_of_them) == (70, 800)


def test_no_mail_went_to_who_had_unsubscribed_or_to_a_refused_address(seeded: Place) -> None:
    assert seeded.value(AGAINST) == 0


def test_no_push_went_to_who_puts_email_first_unless_it_was_urgent(seeded: Place) -> None:
    assert not seeded.rows(
        "SELECT d.id FROM delivery d JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id JOIN contact_preference c"
        " ON c.school_id = d.school_id AND c.person_id = d.person_id WHERE d.channel = 'push' AND NOT c.push AND NOT m.urgent"
    )


def test_quiet_hours_moved_the_first_try_and_only_that(seeded: Place) -> None:
    """The one who works at night is mailed at 13:00, when the rest has been mailed at 07:15."""
    times = seeded.rows(
        "SELECT DISTINCT (a.at AT TIME ZONE 'Africa/Johannesburg')::time, m.urgent FROM attempt a"
        " JOIN delivery d ON d.school_id = a.school_id AND d.id = a.delivery_id JOIN message m ON m.school_id = d.school_id AND m.id = d.message_id"
        " JOIN contact_preference c ON c.school_id = d.school_id AND c.person_id = d.person_id WHERE c.quiet_from = '06:00'"
    )
    assert {urgent or at == dt.time(13) for at, urgent in times} == {True}
    assert {urgent for _, urgent in times} == {True, False}


def test_an_instance_of_before_gets_what_is_new_once(empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = baseline.PLANS
    before = tuple(replace(plan, notices=tuple(each for each in plan.notices if each.key not in NEW)) for plan in plans)
    with monkeypatch.context() as patched:
        patched.setattr(baseline, "PLANS", before)
        baseline.seed(empty.app)
    for table in ("contact_preference", "progress"):
        empty.sql.execute(f"DELETE FROM {table}")
    assert empty.value("SELECT count(*) FROM notice") == 26
    assert baseline.seed(empty.app) == "82 contact preferences, 6 notices"
    assert empty.value(AGAINST) == 0
    assert empty.value("SELECT count(*) FROM attempt WHERE event = 'bounced' AND at < now()") == 2
    assert empty.value("SELECT count(*) FROM contact_preference WHERE unsubscribed_at > now()") == 0
    assert baseline.seed(empty.app) == "kept, nothing added"


def test_whoever_has_chosen_before_keeps_that(filled: Place) -> None:
    filled.sql.execute("DELETE FROM contact_preference WHERE unsubscribed_at IS NULL AND NOT push OR school_id = 1")
    filled.sql.execute("UPDATE contact_preference SET id = uuid7(), push = false")
    kept = filled.rows("SELECT * FROM contact_preference ORDER BY id")
    baseline.seed(filled.app)
    assert set(kept) <= set(filled.rows("SELECT * FROM contact_preference"))
