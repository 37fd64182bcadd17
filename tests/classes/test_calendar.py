"""/classes/calendar: the month, terms, and days of the school’s own."""

from __future__ import annotations

import pytest

from tests.classes.arranged import deeds, insert

TERM = {"name": "Term 3", "starts_on": "2026-07-21", "ends_on": "2026-09-23"}


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


def test_a_month_shows_school_days_holidays_and_breaks(admin, cast, sql):
    insert(sql, "term", cast.thaba, **TERM)
    insert(sql, "day_off", cast.thaba, on_date="2026-08-14", name="Usuku lwezemidlalo")
    page = admin.get("/classes/calendar?month=2026-08")
    assert page.all("h2", id="month")[0].text == "August 2026"
    kinds = [(cell.get("class") or "").split()[0] for cell in page.all("td") if cell.get("class")]
    assert kinds.count("school") == 21 - 2  # the tenth is a holiday, the fourteenth a day off
    assert "National Women’s Day" in page.main
    assert "Usuku lwezemidlalo" in page.main
    assert "19 school days this month" in page.main


def test_everybody_of_the_school_reads_it_and_managers_alone_change_it(browser, cast):
    for someone in (cast.thaba.teacher, cast.thaba.officer, cast.thaba.guardian, cast.thaba.student):
        page = browser.as_(someone).get("/classes/calendar")
        assert page.status == 200
        assert "Add a term" not in page.main
        assert browser.as_(someone).get("/classes/calendar/terms/new").status == 403


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "soon", "2026-8"])
def test_what_is_no_month_is_not_there(admin, month):
    assert admin.get(f"/classes/calendar?month={month}").status == 404


def test_terms_are_entered_changed_and_removed(admin, sql):
    admin.post("/classes/calendar/terms/new", TERM)
    (term,) = sql.execute("SELECT id FROM term").fetchone()
    path = f"/classes/calendar/terms/{term}"
    form = admin.get(f"{path}/edit").form()
    assert form["starts_on"] == "2026-07-21"
    admin.post(f"{path}/edit", form)
    admin.post(f"{path}/edit", {**form, "ends_on": "2026-09-25"})
    admin.post(f"{path}/remove")
    assert sql.execute("SELECT count(*) FROM term").fetchone() == (0,)
    assert deeds(sql) == ["calendar.add_term", "calendar.edit_term", "calendar.remove_term"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": ""}, "Enter a name"),
        ({"ends_on": "2026-07-01"}, "The last day must not be before the first, and within a year of it"),
        ({"starts_on": "2026-09-01", "ends_on": "2026-12-01"}, "These days overlap those of another term"),
    ],
)
def test_a_term_that_cannot_be_is_refused(admin, cast, sql, changes, problem):
    insert(sql, "term", cast.thaba, **TERM)
    page = admin.post(
        "/classes/calendar/terms/new", {"name": "Term 4", "starts_on": "2026-10-06", "ends_on": "2026-12-09", **changes}
    )
    assert (page.status, page.problems) == (422, [problem])


def test_days_of_the_schools_own_are_entered_changed_and_removed(admin, sql):
    typed = {"on_date": "2026-08-15", "name": "Open day", "kind": "open"}
    admin.post("/classes/calendar/days/new", typed)
    assert admin.post("/classes/calendar/days/new", typed).problems == ["Something is entered for this day already"]
    (day,) = sql.execute("SELECT id FROM day_off").fetchone()
    path = f"/classes/calendar/days/{day}"
    form = admin.get(f"{path}/edit").form()
    assert form["kind"] == "open"
    admin.post(f"{path}/edit", {**form, "kind": "closed"})
    admin.post(f"{path}/remove")
    assert deeds(sql) == ["calendar.add_day", "calendar.edit_day", "calendar.remove_day"]


def test_what_another_school_entered_is_not_there(admin, cast, sql):
    term = insert(sql, "term", cast.karoo, **TERM)
    off = insert(sql, "day_off", cast.karoo, on_date="2026-08-14", name="Basaar")
    for path in (f"terms/{term}", f"days/{off}"):
        assert admin.get(f"/classes/calendar/{path}/edit").status == 404
        assert admin.post(f"/classes/calendar/{path}/remove").status == 404
    assert "Basaar" not in admin.get("/classes/calendar?month=2026-08").main
