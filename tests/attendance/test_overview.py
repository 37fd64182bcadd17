"""The day at a glance: what is not taken yet stands first, and everybody sees their own classes."""

import pytest

from tests.attendance.arranged import DAY, TODAY, add_group, enrol, lesson, save
from tests.cast import add_person


def rows(page):
    return [row.find(".//{*}th").find("{*}a").text for row in page.all("tr")[1:]]


def test_a_register_that_is_overdue_stands_before_one_that_is_taken(admin, sql, cast, group, hands):
    late = add_group(sql, cast.thaba, "Grade 6B")
    enrol(sql, cast.thaba, late, add_person(sql, 1, "Late One", "learner", None))
    save(admin, group)
    hands.at("08:09")
    assert rows(admin.get("/attendance/")) == ["Grade 6B", "Grade 5A"]
    assert "Not taken yet" not in admin.get("/attendance/").main
    hands.at("08:10")
    page = admin.get("/attendance/")
    assert "Not taken yet" in page.main
    assert "1 not taken" in page.main


def test_registration_begins_with_the_first_lesson(admin, sql, cast, group, hands):
    lesson(sql, cast.thaba, group.id, "09:00")
    hands.at("09:09")
    assert "Not taken yet" not in admin.get("/attendance/").main
    hands.at("09:10")
    assert "Not taken yet" in admin.get("/attendance/").main


def test_a_teacher_sees_their_own_classes(teacher, sql, cast, group):
    add_group(sql, cast.thaba, "Grade 6B")
    page = teacher.get("/attendance/")
    assert rows(page) == ["Grade 5A"]
    assert "The whole school" not in page.main


def test_a_teacher_without_classes_is_told_whom_to_ask(teacher, sql):
    sql.execute("DELETE FROM class_teacher")
    assert "No class is yours yet" in teacher.get("/attendance/").main


def test_it_counts_the_whole_school_for_the_office(admin, group):
    a, b, *_ = group.learners
    save(admin, group, **{str(a): "absent", str(b): {"status": "absent", "reason": "b"}})
    page = admin.get("/attendance/")
    key = next(e for e in page.all("ul", class_="key"))
    assert " ".join("".join(key.itertext()).split()) == "Present 2 Late 0 Excused 1 Unexplained 1"


def test_an_earlier_day_can_be_looked_at(admin, group):
    save(admin, group, query=f"?day={TODAY - DAY}")
    assert "Taken" in admin.get(f"/attendance/?day={TODAY - DAY}").main
    assert "Taken" not in admin.get("/attendance/").main
    assert admin.get("/attendance/?day=nonsense").status == 404


def test_on_a_day_without_school_nothing_is_overdue(admin, hands):
    hands.at("12:00", TODAY + 4 * DAY)
    page = admin.get("/attendance/")
    assert "it is a weekend" in page.main
    assert "Not taken yet" not in page.main


def test_the_messages_that_wait_are_asked_for_anew(admin, group):
    save(admin, group, **{str(group.student): "absent"})
    part = admin.get("/attendance/", headers={"X-Fragment": "1"}, check=False)
    assert part.status == 200
    assert "Thandeka Zungu" in part.text
    assert "csrf_token" not in part.text


@pytest.mark.parametrize("role", ["guardian", "student", "officer"])
def test_it_is_for_those_who_keep_registers(browser, cast, group, role):
    assert browser.as_(getattr(cast.thaba, role)).get("/attendance/").status == 403


def test_the_dashboard_tells_a_teacher_what_to_take(teacher, group):
    assert "Registers to take today" in teacher.get("/dashboard/").main
    save(teacher, group)
    assert "All your registers of today are taken." in teacher.get("/dashboard/").main


def test_the_dashboard_tells_the_office_how_the_day_stands(admin, group):
    save(admin, group, **{str(group.student): "absent"})
    page = admin.get("/dashboard/")
    assert "Attendance today" in page.main
    assert "1 Unexplained absences" in page.main


def test_the_dashboard_leads_a_guardian_to_the_report(guardian, sql):
    assert "Report an absence" in guardian.get("/dashboard/").main
    sql.execute("UPDATE guardianship SET no_contact = true")
    assert "Tell the school before the register is taken" not in guardian.get("/dashboard/").main
