"""A learner's attendance as a calendar, and the list of those who have been away for ten school days."""

import pytest

from app.domain.attendance import by_day, marks_of, marks_on
from app.tenancy.doors import acting_for
from tests.attendance.arranged import DAY, TODAY, mark, save, school_days, tie
from tests.cast import add_person


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_calendar_says_in_words_what_it_shows(browser, cast, sql, group, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    mark(sql, group, group.student, TODAY)
    page = browser.as_(cast.thaba.teacher, language=language).get(f"/attendance/learners/{group.student}")
    assert len(page.all("table", class_="attended")) == 3
    (cell,) = page.all("td", data_kind="unexplained")
    assert cell.text == "4"
    assert "".join(cell.find("{*}span").itertext()).strip()


def test_it_adds_up_the_days_and_the_reasons(teacher, sql, group):
    for offset, status, reason in ((0, "absent", None), (1, "absent", "b"), (4, "late", None), (5, "present", None)):
        mark(sql, group, group.student, TODAY - offset * DAY, status, reason)
    page = teacher.get(f"/attendance/learners/{group.student}")
    (key,) = page.all("ul", class_="key")
    assert " ".join("".join(key.itertext()).split()) == "Present 1 Late 1 Excused 1 Unexplained 1"
    assert "Illness1 day" in page.main


def test_a_correction_stands_beside_what_was_said_before(teacher, group):
    save(teacher, group, **{str(group.student): "absent"})
    save(teacher, group, seen=1, why="Came at nine", **{str(group.student): {"status": "late", "minutes": 60}})
    page = teacher.get(f"/attendance/learners/{group.student}")
    assert page.main.index("Came at nine") < page.main.index("Not a correction")
    assert "Lerato Dlamini" in page.main


def test_other_years_have_their_own_page(teacher, group):
    assert "2030" in teacher.get(f"/attendance/learners/{group.student}?year=2030").main
    for year in ("2032", "1999", "x"):
        assert teacher.get(f"/attendance/learners/{group.student}?year={year}").status == 404


def test_a_teacher_sees_learners_of_their_classes_only(teacher, admin, sql, group):
    stranger = add_person(sql, 1, "Not Mine", "learner", None)
    assert teacher.get(f"/attendance/learners/{stranger}").status == 404
    assert admin.get(f"/attendance/learners/{stranger}").status == 200


def test_what_others_read_of_a_day_is_the_daily_register(sql, group, app):
    mark(sql, group, group.student, TODAY, "late")
    with acting_for(1):
        assert marks_on([group.student], TODAY)[group.student].status == "late"
        assert list(by_day(marks_of([group.student], TODAY - DAY, TODAY))) == [TODAY]
        assert marks_on(group.learners[:1], TODAY) == {}


def test_ten_school_days_without_a_reason_are_continuous(teacher, sql, cast, group):
    for day in school_days(9):
        mark(sql, group, group.student, day)
    assert "Nobody is continuously absent" in teacher.get("/attendance/continuous").main
    first = school_days(10)[0]
    mark(sql, group, group.student, first)
    sql.execute("UPDATE person SET phone = '+27825550100' WHERE id = %s", (cast.thaba.guardian.person_id,))
    apart = add_person(sql, 1, "No Contact", "guardian", None)
    tie(sql, cast.thaba, apart, group.student, no_contact=True)
    page = teacher.get("/attendance/continuous")
    assert "Thandeka Zungu" in page.main
    assert "19 Feb 2031" in page.main
    assert "Ayanda <Dube>: +27825550100" in page.main
    assert "No Contact" not in page.main


def test_weekends_holidays_and_breaks_do_not_count(admin, sql, group):
    """Ten calendar days in which there was school on six."""
    sql.execute("INSERT INTO day_off (school_id, id, on_date, name) VALUES (1, uuid7(), %s, 'Training')", (TODAY - DAY,))
    for day in [TODAY - number * DAY for number in range(12)]:
        mark(sql, group, group.student, day)
    assert "Nobody is continuously absent" in admin.get("/attendance/continuous").main


@pytest.mark.parametrize(("status", "reason"), [("present", None), ("late", None), ("absent", "b")])
def test_a_day_in_between_that_is_accounted_for_ends_it(admin, sql, group, status, reason):
    for number, day in enumerate(school_days(12)):
        mark(sql, group, group.student, day, *((status, reason) if number == 5 else ("absent", None)))
    assert "Nobody is continuously absent" in admin.get("/attendance/continuous").main


def test_a_day_without_a_register_neither_counts_nor_ends_it(admin, sql, group):
    for number, day in enumerate(school_days(11)):
        if number != 5:
            mark(sql, group, group.student, day)
    assert "Thandeka Zungu" in admin.get("/attendance/continuous").main


def test_a_teacher_sees_the_list_of_their_own_learners(teacher, sql, group):
    for day in school_days(10):
        mark(sql, group, group.student, day)
    sql.execute("DELETE FROM class_teacher")
    assert "Thandeka Zungu" not in teacher.get("/attendance/continuous").main
