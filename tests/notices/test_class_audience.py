"""A notice for a class: whom it reaches, who sees it, and that the preview says so beforehand."""

from __future__ import annotations

import pytest

from app.domain.deliveries import progress, recipients
from app.domain.reach import reach, reachable
from app.tenancy.doors import acting_for
from app.tenancy.reading import reading
from tests.cast import add_person
from tests.classes.arranged import add_class, day, enrol, insert, teach
from tests.notices.arranged import add_notice
from tests.pages import words

TYPED = {"title_en": "Outing", "message_en": "Bring water.", "starts_at": "2026-01-01T08:00", "audience": "class"}


@pytest.fixture(autouse=True)
def _in_english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute("UPDATE school SET writes_to_students = true")


@pytest.fixture
def group(cast, sql):
    """The student of the cast, with the guardian, in a class of the teacher; and others who have little to do with it."""
    made, other = add_class(sql, cast.thaba, "Grade 3B"), add_class(sql, cast.thaba, "Grade 3C")
    teach(sql, cast.thaba, made)
    for name, place, tie in (
        ("Gone", {"ends_on": day(-1)}, {}),
        ("Coming", {"starts_on": day(1)}, {}),
        ("Waiting", {"state": "waiting"}, {}),
        ("Elsewhere", {"class": other}, {}),
        ("Apart", {}, {"no_contact": True}),
        ("Deaf", {}, {"hears_notices": False}),
    ):
        learner = add_person(sql, cast.thaba.id, f"Learner {name}", "learner", None)
        guardian = add_person(sql, cast.thaba.id, f"Guardian {name}", "guardian", f"{name.lower()}@x.example")
        enrol(sql, cast.thaba, place.pop("class", made), learner, **place)
        insert(sql, "guardianship", cast.thaba, guardian_id=guardian, learner_id=learner, **tie)
    enrol(sql, cast.thaba, made, cast.thaba.student.person_id)
    insert(sql, "guardianship", cast.thaba, guardian_id=cast.thaba.guardian.person_id, learner_id=cast.thaba.student.person_id)
    return made


def theirs(cast):
    return {one.name for one in (cast.thaba.student, cast.thaba.guardian, cast.thaba.teacher)}


def test_it_reaches_learners_guardians_and_teachers_of_the_class_and_the_preview_said_so(
    browser, cast, sql, group, mailserver, work_off
):
    with acting_for(cast.thaba.id), reading() as cursor:
        promised = reach(cursor, class_id=group)["class"]
    with acting_for(cast.thaba.id):
        listed = reachable(audience="class", channel=None, urgent=False, way="email", limit=100, class_id=group)
    browser.as_(cast.thaba.admin).post("/schedule-notices/new", TYPED | {"class_id": str(group)})
    work_off()
    (message,) = sql.execute("SELECT message_id FROM notice").fetchone()
    found = {row[0] for row in sql.execute("SELECT p.name FROM delivery d JOIN person p ON p.id = d.person_id").fetchall()}
    assert found == theirs(cast) == {person.name for person in listed}
    assert promised.reached == promised.email == 3
    with acting_for(cast.thaba.id):
        assert {person.person for person in recipients(message, limit=100)} == theirs(cast)
        assert progress(message).people == promised.people


def test_a_notice_for_a_class_needs_one(browser, cast, sql, group):
    foreign = add_class(sql, cast.karoo)
    for given in ("", str(foreign), "3B"):
        page = browser.as_(cast.thaba.admin).post("/schedule-notices/new", TYPED | {"class_id": given})
        assert (page.status, page.problems) == (422, ["Choose a class"])
    browser.as_(cast.thaba.admin).post("/schedule-notices/new", TYPED | {"audience": "staff", "class_id": str(group)})
    assert sql.execute("SELECT audience, class_id FROM notice").fetchall() == [("staff", None)]


def test_those_whom_it_is_for_see_it_and_nobody_else(browser, cast, sql, group):
    notice = add_notice(sql, cast.thaba, "Outing of the class", audience="class", class_id=group)
    for someone in (cast.thaba.student, cast.thaba.guardian, cast.thaba.teacher):
        assert "Outing of the class" in browser.as_(someone).get("/dashboard/").main
        assert browser.as_(someone).get(f"/schedule-notices/{notice}").h1 == "Outing of the class"
    assert "Outing of the class" not in browser.as_(cast.thaba.officer).get("/dashboard/").main
    assert browser.as_(cast.thaba.officer).get(f"/schedule-notices/{notice}").status == 404


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE guardianship SET no_contact = true",
        "UPDATE guardianship SET hears_notices = false",
        "UPDATE enrolment SET ends_on = starts_on",
    ],
)
def test_whoever_has_no_more_to_do_with_the_class_does_not_see_it(browser, cast, sql, group, change):
    notice = add_notice(sql, cast.thaba, "Outing of the class", audience="class", class_id=group)
    sql.execute(change)
    assert "Outing of the class" not in browser.as_(cast.thaba.guardian).get("/dashboard/").main
    assert browser.as_(cast.thaba.guardian).get(f"/schedule-notices/{notice}").status == 404


def test_managers_see_for_which_class_it_is_and_keep_it_in_an_edit(browser, cast, sql, group):
    notice = add_notice(sql, cast.thaba, "Outing of the class", audience="class", class_id=group)
    admin = browser.as_(cast.thaba.admin)
    assert "Grade 3B" in admin.get("/schedule-notices/").main
    assert "Grade 3B" in admin.get(f"/schedule-notices/{notice}").links()
    form = admin.get(f"/schedule-notices/{notice}/edit").form()
    assert form["class_id"] == str(group)
    assert "Nothing was changed." in admin.get(admin.post(f"/schedule-notices/{notice}/edit", form).location).banners


def test_the_list_of_whom_it_reaches_asks_for_a_class(browser, cast, sql, group):
    admin = browser.as_(cast.thaba.admin)
    assert not admin.get("/schedule-notices/reach?audience=class").all("th", scope="row")
    page = admin.get(f"/schedule-notices/reach?audience=class&class_id={group}&way=email")
    assert {words(th) for th in page.all("th", scope="row")} == theirs(cast)
    foreign = add_class(sql, cast.karoo)
    assert admin.get(f"/schedule-notices/reach?audience=class&class_id={foreign}").status == 404


def test_while_it_is_written_the_hint_counts_the_class(browser, cast, group):
    admin = browser.as_(cast.thaba.admin)
    headers = {"X-Fragment": "1"}
    chosen = admin.client.get(f"/schedule-notices/reach?audience=class&class_id={group}", headers=headers).json
    assert chosen["class"].startswith("For 3 people.")
    assert "one class" in admin.client.get("/schedule-notices/reach?audience=class", headers=headers).json["class"]
