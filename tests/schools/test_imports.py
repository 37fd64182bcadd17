"""/operator/schools/<id>/imports: what was imported into a school, and the card of the console for what stands still."""

import json

from app.ids import uuid7

PAGE = "/operator/schools/1/imports"


def add_import(sql, name, state, *, school=1, error=None, moved="1 minute", counts=None):
    sql.execute(
        "INSERT INTO roster_import (school_id, id, file_name, size, sha256, format, header, mapping, state, done, total, counts,"
        " error, by_name, moved_at) VALUES (%s, %s, %s, 9, 'x', 'csv', '[]', '{}', %s, 40, 120, %s, %s, 'Naledi Mokoena',"
        " now() - %s::interval)",
        (school, uuid7(), name, state, json.dumps(counts or {}), error, moved),
    )


def test_without_imports_it_says_what_will_stand_there(operator):
    page = operator.get(PAGE)
    assert "No imports yet" in page.main
    assert "each import stands here with its state" in page.main


def test_imports_are_listed_with_their_state_the_newest_first(operator, sql):
    add_import(sql, "roster-2025.csv", "done", counts={"add": 100, "wrong": 20})
    add_import(sql, "roster-2026.csv", "failed", error="UniqueViolation 23505 learner_number")
    add_import(sql, "roster-2027.csv", "running")
    page = operator.get(PAGE)
    assert page.main.index("roster-2027.csv") < page.main.index("roster-2026.csv") < page.main.index("roster-2025.csv")
    assert "In progress" in page.main
    assert "40 of 120" in page.main
    assert "20 are wrong" in page.main
    assert "UniqueViolation 23505 learner_number" in page.main
    assert "An import stands still" in page.main


def test_an_import_of_another_school_is_not_listed(operator, sql):
    add_import(sql, "of Karoo", "done", school=2)
    assert "No imports yet" in operator.get(PAGE).main


def test_the_console_names_an_import_that_stands_still_and_leads_to_it(operator, sql):
    add_import(sql, "fine.csv", "running")
    add_import(sql, "slow.csv", "running", moved="11 minutes")
    page = operator.get("/operator")
    assert "The roster import “slow.csv” of Thaba Nkulu Primary stands still." in page.main
    assert "fine.csv" not in page.main
    assert PAGE in page.links().values()


def test_an_import_of_a_suspended_school_waits_and_needs_nobody(operator, sql):
    add_import(sql, "slow.csv", "running", moved="2 hours")
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'active', disabled_at = now() WHERE id = 1")
    assert "slow.csv" not in operator.get("/operator").main
    assert "its imports wait" in operator.get(PAGE).main
