"""Medical notes: who may read them, that each reading is written down, and that the log does not say what they say."""

from __future__ import annotations

import pytest

from tests.people.conftest import events

NOTE = "Allergic to bee stings"


@pytest.fixture(autouse=True)
def proven(sql):
    """Everybody has just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")


@pytest.fixture
def noted(owner, cast):
    """The school's student, of whom something is noted; returns the address of the note."""
    path = f"/people/learners/{cast.thaba.student.person_id}/medical"
    assert owner.post(path + "/edit", {"note": NOTE}).status == 303
    return path


def test_the_owner_writes_and_reads_and_both_are_written_down(owner, noted, sql):
    page = owner.get(noted)
    assert NOTE in page.main
    assert events(sql) == ["people.write_medical", "people.read_medical"]


def test_opening_the_form_is_reading_too(owner, noted, sql):
    assert NOTE in owner.get(noted + "/edit").text
    assert events(sql)[-1] == "people.read_medical"


def test_the_log_keeps_that_it_changed_and_not_what_it_says(owner, noted, sql):
    owner.get(noted)
    owner.post(noted + "/edit", {"note": NOTE + " and peanuts"})
    values = sql.execute("SELECT value FROM audit_value").fetchall()
    assert not [value for (value,) in values if value and "bee" in value]


def test_an_empty_note_is_removed(owner, noted, sql):
    owner.post(noted + "/edit", {"note": "  "})
    assert sql.execute("SELECT count(*) FROM medical_note").fetchone() == (0,)
    assert "Nothing is noted." in owner.get(noted).main


def test_nobody_reads_a_note_who_was_not_named(browser, cast, noted, sql):
    before = events(sql)
    for role in ("admin", "teacher", "officer", "guardian", "student"):
        assert browser.as_(getattr(cast.thaba, role)).get(noted).status == 403
    assert [event for event in events(sql)[len(before) :] if event.startswith("people.")] == []
    page = browser.as_(cast.multi, language="en").get(f"/people/{cast.thaba.student.person_id}")
    assert "Medical note" not in page.main


def test_whom_the_owner_names_reads_until_the_owner_says_otherwise(owner, english, cast, noted, sql):
    teacher = english(cast.thaba.teacher)
    owner.post("/people/medical/readers", {"person": str(cast.thaba.teacher.person_id), "reads": "yes"})
    page = teacher.get("/people/medical/")
    assert "Thandeka Zungu" in page.main
    assert NOTE not in page.main
    assert NOTE in teacher.get(noted).main
    owner.post("/people/medical/readers", {"person": str(cast.thaba.teacher.person_id), "reads": "no"})
    assert teacher.get(noted).status == 403
    assert [event for event in events(sql) if event == "people.allow_medical"] == ["people.allow_medical"] * 2


def test_only_the_owner_names_readers(owner, english, cast, sql):
    sql.execute("UPDATE membership SET reads_medical = true WHERE user_id = %s", (cast.thaba.admin.user_id,))
    admin = english(cast.thaba.admin)
    assert admin.get("/people/medical/").status == 200
    assert admin.get("/people/medical/readers").status == 403
    assert admin.post("/people/medical/readers", {"person": str(cast.thaba.admin.person_id), "reads": "yes"}).status == 403
    assert "Naledi Mokoena" in owner.get("/people/medical/readers").main


@pytest.mark.parametrize("who", ["guardian", "student", "nobody", "another school's"])
def test_families_and_strangers_cannot_be_named(owner, cast, who):
    person = {
        "guardian": cast.thaba.guardian.person_id, "student": cast.thaba.student.person_id, "nobody": "x",
        "another school's": cast.karoo.admin.person_id,
    }[who]  # fmt: skip
    assert owner.post("/people/medical/readers", {"person": str(person), "reads": "yes"}).status == 404


def test_another_schools_notes_are_not_found_and_no_reading_is_written_down(owner, cast, sql):
    path = f"/people/learners/{cast.karoo.student.person_id}/medical"
    assert owner.get(path).status == 404
    assert owner.post(path + "/edit", {"note": "x"}).status == 404
    assert owner.get(f"/people/learners/{cast.thaba.guardian.person_id}/medical").status == 404
    assert events(sql) == []


def test_the_list_shows_those_with_a_note_and_a_search_finds_the_others(owner, noted, somebody):
    somebody("Thabo Nkosi")
    assert "Thabo Nkosi" not in owner.get("/people/medical/").main
    assert "Thabo Nkosi" in owner.get("/people/medical/?q=thabo").main
    assert "Thabo Nkosi" in owner.get("/people/medical/?show=all").main
