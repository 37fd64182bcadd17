"""The end of a year: what would become of the classes, doing it, and undoing it."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.classes import classes_for
from app.tenancy.doors import acting_for, outside
from blueprints.classes.years import name_in
from tests.classes.arranged import add_class, add_learner, day, deeds, enrol, insert, spells, teach, today

YEAR = today().year


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def learners(cast, sql):
    """A learner in each of Grade RA, Grade 6B and Grade 7A, and all of them in the choir."""
    choir = add_class(sql, cast.thaba, "Choir", grade=None, is_register=False)
    teach(sql, cast.thaba, choir)
    found = {}
    for grade, letter in (("R", "A"), ("6", "B"), ("7", "A")):
        learner = add_learner(sql, cast.thaba, f"Learner of {grade}")
        enrol(sql, cast.thaba, add_class(sql, cast.thaba, f"Grade {grade}{letter}", grade=grade), learner)
        enrol(sql, cast.thaba, choir, learner)
        found[grade] = learner
    return found


def state(sql):
    """Everything that a promotion changes."""
    return (
        sql.execute("SELECT name, year, ended_at IS NULL FROM class_group ORDER BY year, sort_key").fetchall(),
        sql.execute("SELECT learner_id, class_id, ends_on FROM enrolment ORDER BY 1, 2").fetchall(),
        sql.execute("SELECT id, status, left_on FROM learner ORDER BY 1").fetchall(),
    )


def dates(last, first):
    return {"last_day": last.isoformat(), "first_day": first.isoformat()}


def test_the_preview_says_what_becomes_of_each_class_and_changes_nothing(admin, sql, learners):
    before = state(sql)
    page = admin.get(f"/classes/year/{YEAR}")
    assert page.h1 == f"End of {YEAR}"
    assert "Go up Grade 1A" in page.main
    assert "Go up Grade 7B" in page.main
    assert "Leave the school" in page.main
    assert "Made anew, without learners Choir" in page.main
    assert "2 learners go up. 1 learner leaves." in page.main
    assert state(sql) == before


def test_everybody_goes_up_and_the_last_grade_leaves_once_the_last_day_is_over(admin, sql, learners, work_off):
    last, first = today(), day(30)
    admin.post(f"/classes/year/{YEAR}", dates(last, first))
    assert [row[0] for row in spells(sql, learners["R"])] == ["Choir", "Grade RA", "Grade 1A"]
    assert spells(sql, learners["6"])[-1] == ("Grade 7B", "active", first, None)
    assert sql.execute("SELECT count(*) FROM class_group WHERE year = %s AND ended_at IS NULL", (YEAR,)).fetchone() == (4,)
    assert sql.execute("SELECT count(*) FROM learner WHERE status = 'left'").fetchone() == (0,)
    work_off(until=dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert sql.execute("SELECT count(*) FROM class_group WHERE year = %s AND ended_at IS NULL", (YEAR,)).fetchone() == (0,)
    assert sql.execute("SELECT id, left_on FROM learner WHERE status = 'left'").fetchall() == [(learners["7"], last)]
    assert deeds(sql) == ["classes.roll_over"]


def test_subjects_keep_their_teachers_and_registers_do_not(admin, cast, sql, learners):
    admin.post(f"/classes/year/{YEAR}", dates(day(-1), day(30)))
    found = sql.execute(
        "SELECT c.name FROM class_teacher t JOIN class_group c ON c.id = t.class_id WHERE c.year = %s", (YEAR + 1,)
    ).fetchall()
    assert found == [("Choir",)]


@pytest.mark.parametrize("last", [-1, 5])
def test_an_undo_puts_everything_back(admin, sql, learners, last):
    before = state(sql)
    admin.post(f"/classes/year/{YEAR}", dates(day(last), day(30)))
    (done,) = sql.execute("SELECT id FROM roll_over").fetchone()
    assert "This was done" in admin.get(f"/classes/year/{YEAR}").main
    admin.post(f"/classes/year/undo/{done}")
    assert state(sql) == before
    assert deeds(sql) == ["classes.roll_over", "classes.undo_roll_over"]
    admin.post(f"/classes/year/undo/{done}")  # a second time changes nothing
    assert len(deeds(sql)) == 2
    admin.post(f"/classes/year/{YEAR}", dates(day(last), day(30)))  # and it can be done anew
    assert len(deeds(sql)) == 3


def test_an_undone_promotion_does_not_end_the_classes_later(admin, sql, learners, work_off):
    admin.post(f"/classes/year/{YEAR}", dates(today(), day(30)))
    (done,) = sql.execute("SELECT id FROM roll_over").fetchone()
    admin.post(f"/classes/year/undo/{done}")
    before = state(sql)
    work_off(until=dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert state(sql) == before


def test_it_is_not_undone_once_a_register_of_the_new_classes_was_taken(admin, cast, sql, learners):
    admin.post(f"/classes/year/{YEAR}", dates(day(-1), today()))
    (new,) = sql.execute("SELECT id FROM class_group WHERE name = 'Grade 1A'").fetchone()
    insert(sql, "register", cast.thaba, class_id=new, on_date=today(), saved_name="Lerato Dlamini")
    (done,) = sql.execute("SELECT id FROM roll_over").fetchone()
    before = state(sql)
    answer = admin.post(f"/classes/year/undo/{done}")
    assert "cannot be undone" in admin.get(answer.location).banners[0]
    assert state(sql) == before


def test_a_year_is_promoted_once(admin, sql, learners):
    for _ in range(2):
        answer = admin.post(f"/classes/year/{YEAR}", dates(today(), day(30)))
    assert "promoted already" in admin.get(answer.location).banners[0]
    assert sql.execute("SELECT count(*) FROM roll_over").fetchone() == (1,)


def test_a_class_of_the_new_year_that_is_there_already_is_used(admin, cast, sql, learners):
    there = add_class(sql, cast.thaba, "Grade 7B", grade="7", year=YEAR + 1)
    assert "There is a class of this name already" in admin.get(f"/classes/year/{YEAR}").main
    admin.post(f"/classes/year/{YEAR}", dates(today(), day(30)))
    (found,) = sql.execute(
        "SELECT class_id FROM enrolment WHERE learner_id = %s AND ends_on IS NULL", (learners["6"],)
    ).fetchone()
    assert found == there
    (done,) = sql.execute("SELECT id FROM roll_over").fetchone()
    admin.post(f"/classes/year/undo/{done}")
    assert sql.execute("SELECT count(*) FROM class_group WHERE id = %s", (there,)).fetchone() == (1,)


def test_the_first_day_comes_after_the_last(admin, sql, learners):
    page = admin.post(f"/classes/year/{YEAR}", dates(today(), today()))
    assert page.status == 422
    assert page.problems == ["The first day must be after the last day in the old classes, and within a year of it"]


def test_a_year_without_classes_is_not_there(admin, cast, sql):
    add_class(sql, cast.karoo)
    assert admin.get(f"/classes/year/{YEAR}").status == 404


@pytest.mark.parametrize(
    ("old", "grade", "to", "new"),
    [
        ("Grade 3B", "3", "4", "Grade 4B"),
        ("Graad RA", "R", "1", "Graad 1A"),
        ("R", "R", "1", "1"),
        ("Grade 10C (10)", "10", "11", "Grade 11C (10)"),
        ("Class of 2013", "3", "4", "Class of 2013"),
        ("Proteas", "5", "6", "Proteas"),
    ],
)
def test_a_name_goes_up_with_its_grade(old, grade, to, new):
    assert name_in(old, grade, to) == new


def test_the_classes_of_this_year_come_before_those_that_are_made_for_the_next(app, cast, sql):
    for name, year in (("Grade 9Z", YEAR), ("Grade 1A", YEAR + 1), ("Grade 2B", YEAR - 1)):
        add_class(sql, cast.thaba, name, year=year)
    with app.app_context(), outside(), acting_for(1):
        assert [each.year for each in classes_for(None, None, today())] == [YEAR, YEAR - 1, YEAR + 1]
