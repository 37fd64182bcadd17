"""/operator/schools/<id>/imports: what was imported into a school."""

from app.ids import uuid7

PAGE = "/operator/schools/1/imports"


def add_import(sql, cast, label, state, *, school=1, kind="import", message=None):
    people = {1: cast.thaba.admin.person_id, 2: cast.karoo.admin.person_id}
    sql.execute(
        "INSERT INTO progress (school_id, id, person_id, kind, subject, label, url, state, done, total, message, ended_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, '/', %s, 40, 120, %s, CASE WHEN %s <> 'running' THEN now() END)",
        (school, uuid7(), people[school], kind, uuid7(), label, state, message, state),
    )


def test_without_imports_it_says_what_will_stand_there(operator):
    page = operator.get(PAGE)
    assert "No imports yet" in page.main
    assert "each import stands here with its state" in page.main


def test_imports_are_listed_with_their_state_the_newest_first(operator, cast, sql):
    add_import(sql, cast, "roster-2025.csv", "done")
    add_import(sql, cast, "roster-2026.csv", "failed", message="The header is not the one that we know.")
    add_import(sql, cast, "roster-2027.csv", "running")
    page = operator.get(PAGE)
    assert page.main.index("roster-2027.csv") < page.main.index("roster-2026.csv") < page.main.index("roster-2025.csv")
    assert "In progress" in page.main
    assert "40 of 120" in page.main
    assert "The header is not the one that we know." in page.main


def test_other_work_and_other_schools_are_not_listed(operator, cast, sql):
    add_import(sql, cast, "An export", "done", kind="export")
    add_import(sql, cast, "of Karoo", "done", school=2)
    assert "No imports yet" in operator.get(PAGE).main
