"""The leads of the baseline: every stage and language, something due and overdue, a pair of duplicates, one unsubscribed."""

from __future__ import annotations

from app.domain.leads.stages import STAGES
from app.seed import baseline
from tests.seed.conftest import Place


def test_the_demo_school_has_leads_in_every_stage_and_language(seeded: Place) -> None:
    assert dict(seeded.rows("SELECT stage, count(*) FROM lead GROUP BY stage")).keys() == STAGES.keys()
    assert {code for (code,) in seeded.rows("SELECT DISTINCT language FROM lead")} == {"en", "af", "zu"}
    assert seeded.value("SELECT count(*) FROM lead WHERE school_id = 1") == 13
    assert seeded.value("SELECT count(*) FROM lead WHERE school_id = 2") == 0


def test_some_are_due_one_is_overdue_one_is_there_twice_and_one_unsubscribed(seeded: Place) -> None:
    today = "(now() AT TIME ZONE 'Africa/Johannesburg')::date"
    assert seeded.value(f"SELECT count(*) FROM lead WHERE next_due_on = {today}") == 2
    assert seeded.value(f"SELECT count(*) FROM lead WHERE next_due_on < {today}") == 1
    assert seeded.rows("SELECT count(*) FROM lead WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > 1") == [(2,)]
    assert seeded.value("SELECT count(*) FROM lead WHERE unsubscribed_at IS NOT NULL") == 1


def test_the_enrolled_one_leads_to_a_family_of_the_school(seeded: Place) -> None:
    (row,) = seeded.rows(
        "SELECT l.name = g.name, l.child_name = c.name FROM lead l JOIN person g ON g.id = l.guardian_id JOIN person c ON c.id = l.learner_id"
    )
    assert row == (True, True)


def test_what_happened_stands_in_its_order_and_fits_the_lead(seeded: Place) -> None:
    assert (
        seeded.value(
            "SELECT count(*) FROM lead_event e JOIN lead l ON l.id = e.lead_id WHERE e.at < l.created_at OR e.at > now()"
        )
        == 0
    )
    last = (
        "SELECT count(*) FROM lead l WHERE stage <> 'new' AND stage <> (SELECT details ->> 'after' FROM lead_event e"
        " WHERE e.lead_id = l.id AND kind = 'stage' ORDER BY at DESC, id DESC LIMIT 1)"
    )
    assert seeded.value(last) == 0
    assert seeded.rows("SELECT array_agg(name ORDER BY id) = array_agg(name ORDER BY created_at, id) FROM lead") == [(True,)]


def test_an_instance_without_leads_gets_them_and_one_with_some_is_left_alone(filled: Place) -> None:
    filled.sql.execute("SET session_replication_role = replica")  # the ledger of rewards lets nothing go
    filled.sql.execute("TRUNCATE lead CASCADE")
    filled.sql.execute("SET session_replication_role = origin")
    assert "13 leads" in baseline.seed(filled.app)
    assert "13 leads" not in baseline.seed(filled.app)
    assert filled.value("SELECT count(*) FROM lead") == 13
