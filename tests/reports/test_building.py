"""Building a report, keeping it, repeating it, taking it along; and who may."""

from __future__ import annotations

import io

import openpyxl
import pytest

from app.i18n.catalogue import catalogue
from tests.reports.asking import WEEK, address, made, rows_of, table
from tests.reports.conftest import FRIDAY, MONDAY, Place


def ask(browser, kind="attendance", **chosen):
    return browser.post(f"/reports/new?kind={kind}", {"registers": "daily", "group": "class", **WEEK, **chosen})


def test_classes_are_picked_from_those_that_there_are(browser, cast, week):
    page = browser.as_(cast.thaba.admin).get("/reports/new")
    boxes = [box.get("value") for box in page.all("input", type="checkbox", name="classes")]
    assert boxes == [str(week.classes["5A"]), str(week.classes["5B"])]
    assert not page.all("input", type="text", name="classes")


@pytest.mark.parametrize("kind", ["attendance", "gate", "enrolment", "delivery"])
def test_each_kind_has_a_form_and_a_page_in_every_language(browser, cast, week, sql, kind):
    for language in ("en", "af", "zu"):
        sql.execute("UPDATE app_user SET language = %s", (language,))
        admin = browser.as_(cast.thaba.admin, language=language)
        groups = [each.get("value") for each in admin.get(f"/reports/new?kind={kind}").one("select", name="group")]
        for group in groups:
            page = made(admin, kind, group=group)
            assert page.status == 200
            admin.get(f"{page.response.request.path}/print")


def test_a_report_needs_days_in_their_order_and_not_too_many(browser, cast, place):
    admin = browser.as_(cast.thaba.admin)
    assert ask(admin, since="", until="").problems == ["Enter the first day", "Enter the last day"]
    assert ask(admin, since="2026-03-09").problems == ["The last day is before the first one"]
    page = ask(admin, since="2020-03-09", classes=[str(place.classes["5B"])])
    assert page.status == 422
    assert page.problems == ["Choose at most two years"]
    (kept,) = [box for box in page.all("input", name="classes") if box.get("checked") is not None]
    assert kept.get("value") == str(place.classes["5B"])


def test_a_term_that_the_school_has_not_entered_is_told(browser, cast, place):
    page = ask(browser.as_(cast.thaba.admin), period="this_term")
    assert (page.status, page.problems) == (
        422, ["Your school has not entered this term yet. Choose another period, or two days."]
    )  # fmt: skip


def test_a_teacher_sees_only_the_classes_that_they_teach(browser, cast, week):
    teacher = browser.as_(cast.thaba.teacher)
    page = made(teacher, "attendance", group="class")
    assert [row[:2] for row in table(page)[1:]] == [["5A", "4"], ["Total", "4"]]
    assert ask(teacher, classes=[str(week.classes["5B"])]).status == 404
    assert ask(teacher, classes=["no-id"]).status == 404


@pytest.mark.parametrize("kind", ["attendance", "gate", "enrolment", "delivery"])
def test_a_teacher_without_a_class_gets_nothing_of_the_school(browser, cast, week, sql, kind):
    sql.execute("DELETE FROM class_teacher")
    teacher = browser.as_(cast.thaba.teacher)
    assert "You do not teach a class yet" in teacher.get("/reports/new").main
    page = made(teacher, kind, group="day")
    assert "You do not teach a class, so there is nothing" in page.main


def test_a_report_of_a_class_that_a_teacher_no_longer_teaches_is_gone_for_them(browser, cast, week, sql):
    teacher = browser.as_(cast.thaba.teacher)
    mine = address(teacher, "attendance", group="learner")
    assert teacher.get(mine).status == 200
    sql.execute("DELETE FROM class_teacher")
    for path in (mine, f"{mine}.csv", f"{mine}/print"):
        assert teacher.get(path).status == 404
    assert teacher.post(f"{mine}/repeat").status == 404


def test_a_teacher_does_not_see_what_others_made(browser, cast, week):
    theirs = address(browser.as_(cast.thaba.admin), "attendance", group="class", classes=[str(week.classes["5A"])])
    teacher = browser.as_(cast.thaba.teacher)
    assert teacher.get(theirs).status == 404
    assert theirs not in teacher.get("/reports/").text
    assert theirs in browser.as_(cast.thaba.owner).get("/reports/").text


def test_another_schools_report_is_answered_like_one_that_never_was(browser, cast, week):
    theirs = address(browser.as_(cast.thaba.admin), "attendance", group="class")
    other = browser.as_(cast.karoo.admin)
    for path in (theirs, f"{theirs}.csv", f"{theirs}.xlsx", f"{theirs}/print", f"{theirs}/progress", f"{theirs}/remove"):
        assert other.get(path).status == 404
    for deed in ("repeat", "retry", "save", "remove"):
        assert other.post(f"{theirs}/{deed}", {"name": "Mine"}).status == 404
    assert ask(other, classes=[str(week.classes["5A"])]).status == 404


@pytest.mark.parametrize("role", ["officer", "guardian", "student"])
def test_others_are_turned_away(browser, cast, place, role):
    assert browser.as_(getattr(cast.thaba, role)).get("/reports/").status == 403


def test_a_report_is_saved_repeated_and_removed_and_the_log_says_so(browser, cast, week, sql):
    admin = browser.as_(cast.thaba.admin)
    first = address(admin, "attendance", group="class")
    assert admin.post(f"{first}/save", {"name": ""}).problems == ["Enter a name"]
    assert admin.post(f"{first}/save", {"name": "For the  governing body"}).status == 303
    week.register("5A", MONDAY.replace(day=3), {"Anele Zulu": "p"})
    again = admin.post(f"{first}/repeat").location
    page = admin.get(again)
    assert again != first
    assert page.h1 == "For the governing body"
    assert table(page)[-1][1] == "9"
    assert table(admin.get(first))[-1][1] == "8"
    listed = admin.get("/reports/")
    assert [listed.main.count(words) for words in ("Saved reports", "Made lately")] == [2, 1]
    assert admin.get(f"{first}/remove").h1 == "Remove this report?"
    assert admin.post(f"{first}/remove").status == 422
    assert admin.post(f"{first}/remove", {"sure": "1"}).location == "/reports/"
    assert admin.get(first).status == 404
    deeds = [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY id").fetchall()]
    assert deeds == ["reports.run", "reports.save", "reports.run", "reports.remove"]


def test_repeated_a_relative_period_moves_with_the_day(browser, cast, week, sql):
    admin = browser.as_(cast.thaba.admin)
    first = address(admin, "gate", group="day", period="this_month")
    sql.execute(
        "UPDATE report SET choice = jsonb_set(choice, '{scope}', choice->'scope' ||"
        ' \'{"since": "2025-01-01", "until": "2025-01-31"}\')'
    )
    again = admin.post(f"{first}/repeat").location
    since = dict(sql.execute("SELECT id::text, choice->'scope'->>'since' FROM report").fetchall())
    assert since[first.rpartition("/")[2]] == "2025-01-01"
    assert since[again.rpartition("/")[2]] > "2026-01-01"


def test_a_csv_has_the_headers_of_the_reader_and_no_formula(browser, cast, place: Place, sql):
    place.a_learner("=HYPERLINK(1) Zulu", "5A")
    place.register("5A", FRIDAY, {"=HYPERLINK(1) Zulu": "p"})
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="learner")
    answer = admin.get(f"{report}.csv")
    assert rows_of(answer)[1] == ["'=HYPERLINK(1) Zulu", "", "1", "1", "0", "0", "0", "100.0"]
    assert rows_of(answer)[0][0] == "Learner"
    assert "thaba-attendance-learner-2026-03-02-2026-03-08.csv" in answer.headers["Content-Disposition"]
    assert admin.get(f"{report}.csv?bom=1").text.startswith("\ufeff")
    sql.execute("UPDATE app_user SET language = 'af'")
    assert rows_of(admin.get(f"{report}.csv"))[0][0] == catalogue("af").gettext("Learner") == "Leerder"
    actions = [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY id").fetchall()]
    assert actions.count("reports.download") == 3


def test_a_workbook_has_real_days_and_numbers(browser, cast, week):
    admin = browser.as_(cast.thaba.admin)
    answer = admin.client.get(f"{address(admin, 'attendance', group='day')}.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.values)
    assert rows[0][:2] == ("Day", "Marks")
    assert (rows[1][0].date(), rows[1][1], rows[1][-1]) == (MONDAY, 4, 75)


def test_on_paper_every_sheet_says_whose_report_it_is(browser, cast, week):
    admin = browser.as_(cast.thaba.admin)
    page = admin.get(f"{address(admin, 'attendance', group='class')}/print")
    head = next(row for row in page.all("tr") if row.get("class") == "running-head")
    text = "".join(head.itertext())
    assert "Thaba Nkulu Primary · Attendance by class · 2 Mar 2026 – 8 Mar 2026 · Made" in text
    assert page.all("thead")[0] in set(page.one("table").iter())


def test_a_chart_says_the_same_in_a_sentence(browser, cast, week):
    page = made(browser.as_(cast.thaba.admin), "attendance", group="day")
    picture = next(each for each in page.tree.iter() if each.get("role") == "img")
    assert picture.get("aria-labelledby") == "chart-of chart-says"
    assert "From 50% (6 Mar 2026) to 75% (2 Mar 2026)." in page.main


def test_the_dashboard_shows_the_last_days_to_those_who_run_the_school(browser, cast, week, monkeypatch):
    assert "Attendance of the last days" not in browser.as_(cast.thaba.admin).get("/dashboard/").main
    week.sql.execute("UPDATE attendance_mark SET on_date = current_date")
    assert "70% of all marks" in browser.as_(cast.thaba.admin).get("/dashboard/").main
    assert "Attendance of the last days" not in browser.as_(cast.thaba.teacher).get("/dashboard/").main
