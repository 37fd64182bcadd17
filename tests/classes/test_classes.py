"""/classes/: the list, one class, its name, its teachers, its end."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.classes.arranged import add_class, add_learner, add_lesson, day, deeds, enrol, spells, teach, today

NEW = {"name": "Grade 4A", "year": str(today().year), "grade": "4", "capacity": "30", "is_register": "y"}


def test_the_list_counts_learners_and_places(browser, cast, sql):
    group = add_class(sql, cast.thaba, "Grade 3B", capacity=25)
    enrol(sql, cast.thaba, group, add_learner(sql, cast.thaba, "Aviwe Dlamini"))
    teach(sql, cast.thaba, group)
    page = browser.as_(cast.thaba.admin).get("/classes/")
    assert page.h1 == "Classes"
    assert "Lerato Dlamini" in page.main
    assert "Grade 3B" in page.links()


def test_classes_stand_in_the_order_of_their_grades(browser, cast, sql):
    for name in ("Grade 10A", "Grade 2A", "Grade RA"):
        add_class(sql, cast.thaba, name)
    page = browser.as_(cast.thaba.admin).get("/classes/")
    assert page.main.index("Grade RA") < page.main.index("Grade 2A") < page.main.index("Grade 10A")


@pytest.mark.parametrize(
    ("query", "shown"), [("q=lerato", "Choir"), ("q=grade", "Grade 3B"), ("grade=3", "Grade 3B"), ("state=ended", "Old")]
)
def test_the_list_is_narrowed_by_word_grade_and_state(browser, cast, sql, query, shown):
    add_class(sql, cast.thaba, "Grade 3B")
    teach(sql, cast.thaba, add_class(sql, cast.thaba, "Choir", grade=None))
    add_class(sql, cast.thaba, "Old", grade="5", ended_at="now()")
    links = browser.as_(cast.thaba.admin).get(f"/classes/?{query}").links()
    assert {name for name in ("Grade 3B", "Choir", "Old") if name in links} == {shown}


def test_a_teacher_sees_their_own_classes_alone_and_changes_none(browser, cast, sql):
    mine, other = add_class(sql, cast.thaba, "Grade 3B"), add_class(sql, cast.thaba, "Grade 3C")
    teach(sql, cast.thaba, mine)
    enrol(sql, cast.thaba, mine, add_learner(sql, cast.thaba, "Aviwe Dlamini"))
    teacher = browser.as_(cast.thaba.teacher)
    page = teacher.get("/classes/")
    assert "Grade 3B" in page.links()
    assert "Grade 3C" not in page.main
    shown = teacher.get(f"/classes/{mine}")
    assert "Aviwe Dlamini" in shown.main
    assert "Enrol learners" not in shown.main
    missing, foreign = teacher.get(f"/classes/{uuid7()}"), teacher.get(f"/classes/{other}")
    assert missing.status == foreign.status == 404
    assert teacher.get(f"/classes/{mine}/edit").status == 403


def test_a_class_of_another_school_is_not_there(browser, cast, sql):
    foreign = add_class(sql, cast.karoo)
    assert browser.as_(cast.thaba.admin).get(f"/classes/{foreign}").status == 404


def test_a_new_class_leads_to_its_page(browser, cast, sql):
    answer = browser.as_(cast.thaba.admin).post("/classes/new", NEW)
    page = browser.as_(cast.thaba.admin).get(answer.location)
    assert page.h1 == "Grade 4A"
    assert "0 of 30 places" in page.main
    assert deeds(sql) == ["classes.create"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, "Enter a name"),
        ({"name": "grade 3b"}, "There is a class of this name in this year already"),
        ({"grade": "14"}, "Choose a grade"),
        ({"year": "1999"}, "Choose a year"),
        ({"capacity": "0"}, "Enter a number of places from 1 to 2 000, or leave it empty"),
        ({"capacity": "²"}, "Enter a number of places from 1 to 2 000, or leave it empty"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(browser, cast, sql, changes, problem):
    add_class(sql, cast.thaba, "Grade 3B")
    page = browser.as_(cast.thaba.admin).post("/classes/new", NEW | changes)
    assert page.status == 422
    assert [" ".join(text.split()) for text in page.problems] == [problem]
    assert page.form()["capacity"] == changes.get("capacity", "30")


def test_an_edit_is_written_down_with_what_changed(browser, cast, sql):
    group = add_class(sql, cast.thaba, "Grade 3B", capacity=25)
    admin = browser.as_(cast.thaba.admin)
    form = admin.get(f"/classes/{group}/edit").form()
    assert form["capacity"] == "25"
    admin.post(f"/classes/{group}/edit", {**form, "name": "Grade 3C", "capacity": ""})
    assert sql.execute("SELECT name, sort_key, capacity FROM class_group").fetchone() == ("Grade 3C", "grade 0003c", None)
    admin.post(f"/classes/{group}/edit", admin.get(f"/classes/{group}/edit").form())
    assert deeds(sql) == ["classes.edit"]


def test_a_class_that_ends_lets_everybody_go_and_one_that_opens_again_takes_them_back(browser, cast, sql):
    group, other = add_class(sql, cast.thaba, "Grade 3B"), add_class(sql, cast.thaba, "Grade 3C")
    stays, went = add_learner(sql, cast.thaba, "Aviwe Dlamini"), add_learner(sql, cast.thaba, "Bandile Zuma")
    for learner in (stays, went):
        enrol(sql, cast.thaba, group, learner)
    add_lesson(sql, cast.thaba, group, day(3))
    admin = browser.as_(cast.thaba.admin)
    assert admin.get(f"/classes/{group}/end").h1 == "End this class?"
    admin.post(f"/classes/{group}/end")
    assert spells(sql, stays) == [("Grade 3B", "active", day(-30), today())]
    assert sql.execute("SELECT count(*) FROM class_session").fetchone() == (0,)
    enrol(sql, cast.thaba, other, went, starts_on=day(1))
    admin.post(f"/classes/{group}/reopen")
    assert spells(sql, stays) == [("Grade 3B", "active", day(-30), None)]
    assert spells(sql, went)[0] == ("Grade 3B", "active", day(-30), today())
    assert deeds(sql) == ["classes.end", "classes.reopen"]


def test_teachers_are_chosen_from_the_staff(browser, cast, sql):
    group = add_class(sql, cast.thaba)
    admin, path = browser.as_(cast.thaba.admin), f"/classes/{group}/teachers"
    page = admin.get(f"{path}?q=lerato")
    assert "Lerato Dlamini" in page.main
    assert "Naledi Mokoena" not in page.main
    admin.post(path, {"person": str(cast.thaba.teacher.person_id)})
    admin.post(path, {"person": str(cast.thaba.teacher.person_id)})  # a second time changes nothing
    admin.post(path, {"person": str(cast.thaba.guardian.person_id)})  # no staff
    assert "Lerato Dlamini" in admin.get(f"/classes/{group}").main
    assert sql.execute("SELECT count(*) FROM class_teacher").fetchone() == (1,)
    admin.post(path, {"remove": str(cast.thaba.teacher.person_id)})
    assert sql.execute("SELECT count(*) FROM class_teacher").fetchone() == (0,)
    assert deeds(sql) == ["classes.add_teacher", "classes.remove_teacher"]


def test_officers_and_families_have_no_classes(browser, cast):
    for someone in (cast.thaba.officer, cast.thaba.guardian, cast.thaba.student):
        assert browser.as_(someone).get("/classes/").status == 403


def test_the_dashboard_of_a_teacher_shows_the_classes_of_today(browser, cast, sql):
    group = add_class(sql, cast.thaba, "Grade 3B")
    teach(sql, cast.thaba, group)
    choir = add_class(sql, cast.thaba, "Choir", grade=None, is_register=False)
    teach(sql, cast.thaba, choir)
    add_lesson(sql, cast.thaba, choir, today(), "14:00", room="Hall")
    page = browser.as_(cast.thaba.teacher).get("/dashboard/")
    assert "My classes today" in page.main
    assert "14:00–15:00 · Hall" in page.main
    assert "Grade 3B" in page.main
    assert "My classes today" not in browser.as_(cast.thaba.admin).get("/dashboard/").main
