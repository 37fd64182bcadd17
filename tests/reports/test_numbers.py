"""What reports count, against what was counted by hand."""

from __future__ import annotations

import datetime as dt

from app.domain.reporting import Group, bucket
from tests.reports.asking import made, table
from tests.reports.conftest import FRIDAY, MONDAY, SATURDAY

DAY = dt.timedelta(days=1)


def test_attendance_by_class_counts_marks_on_school_days_and_its_rate_is_present_and_late_of_them(browser, cast, week):
    page = made(browser.as_(cast.thaba.admin), "attendance", group="class")
    assert table(page) == [
        ["Class", "Marks", "Present", "Late", "Absent with a reason", "Absent without a reason", "Attendance rate in percent"],
        ["5A", "4", "1", "1", "1", "1", "50%"],
        ["5B", "4", "3", "0", "1", "0", "75%"],
        ["Total", "8", "4", "1", "2", "1", "62,5%"],
    ]
    assert "62,5% attendance: of 8 marks 4 say present and 1 late. 3 say absent, 1 of them without a reason." in page.main
    assert "Registers were saved on 2 of 5 school days." in page.main
    assert "2 marks are left out: their days are no school days." in page.main


def test_attendance_by_learner_is_in_the_order_of_names(browser, cast, week):
    page = made(browser.as_(cast.thaba.admin), "attendance", group="learner")
    assert [row[0] for row in table(page)[1:]] == ["Anele Zulu", "Bongi Mthembu", "Cebo Cele", "Dudu Dube", "Total"]
    assert [row[-1] for row in table(page)[1:]] == ["100%", "0%", "100%", "50%", "62,5%"]


def test_attendance_by_day_week_and_month_puts_days_together(browser, cast, week):
    admin = browser.as_(cast.thaba.admin)
    assert [row[:2] for row in table(made(admin, "attendance", group="day"))[1:]] == [
        ["2 Mar 2026", "4"], ["6 Mar 2026", "4"], ["Total", "8"],
    ]  # fmt: skip
    assert [row[:2] for row in table(made(admin, "attendance", group="week"))[1:]] == [["2 Mar 2026", "8"], ["Total", "8"]]
    assert [row[:2] for row in table(made(admin, "attendance", group="month"))[1:]] == [["March 2026", "8"], ["Total", "8"]]


def test_absences_are_counted_by_reason_with_those_that_have_none_last(browser, cast, week):
    page = made(browser.as_(cast.thaba.admin), "attendance", group="reason")
    assert table(page)[1:] == [["Illness", "2", "66,7%"], ["No reason given", "1", "33,3%"], ["Total", "3", "100%"]]


def test_registers_of_lessons_are_a_report_of_their_own(browser, cast, week):
    week.a_class("Choir", is_register=False)
    week.register("Choir", MONDAY, {"Anele Zulu": "x", "Cebo Cele": "p"}, session=week.lesson("Choir", MONDAY))
    page = made(browser.as_(cast.thaba.admin), "attendance", group="class", registers="lessons")
    assert table(page)[1:] == [["Choir", "2", "1", "0", "0", "1", "50%"], ["Total", "2", "1", "0", "0", "1", "50%"]]


def test_several_classes_can_be_picked(browser, cast, week):
    week.a_class("5C")
    week.register("5C", MONDAY, {"Anele Zulu": "p"})
    picked = [str(week.classes["5A"]), str(week.classes["5C"])]
    page = made(browser.as_(cast.thaba.admin), "attendance", group="class", classes=picked)
    assert [row[:2] for row in table(page)[1:]] == [["5A", "4"], ["5C", "1"], ["Total", "5"]]
    assert "5A, 5C" in page.main


def test_the_gate_counts_scans_days_at_school_and_days_without_a_scan_out(browser, cast, week):
    week.scans("Anele Zulu", MONDAY, ["in", "repeat", "out"])
    week.scans("Anele Zulu", MONDAY + DAY, ["in", "out", "in"], offline=True)
    week.scans("Cebo Cele", MONDAY, ["in"])
    week.scans(None, MONDAY, ["unknown"])
    admin = browser.as_(cast.thaba.admin)
    assert table(made(admin, "gate", group="day")) == [
        ["Day", "Scans in", "Scans out", "Repeated scans", "Recorded offline", "Days at school", "Not scanned out",
         "Unknown cards"],
        ["2 Mar 2026", "2", "1", "1", "0", "2", "1", "1"],
        ["3 Mar 2026", "2", "1", "0", "3", "1", "1", "0"],
        ["Total", "4", "2", "1", "3", "3", "2", "1"],
    ]  # fmt: skip
    by_class = table(made(admin, "gate", group="class"))
    assert by_class[1:3] == [["5A", "3", "2", "1", "3", "2", "1"], ["5B", "1", "0", "0", "0", "1", "1"]]
    by_learner = table(made(admin, "gate", group="learner"))
    assert by_learner[1] == ["Cebo Cele", "–", "1", "0", "0", "0", "1", "1"] or by_learner[2][0] == "Cebo Cele"
    only_b = table(made(admin, "gate", group="day", classes=[str(week.classes["5B"])]))
    assert only_b[1:] == [["2 Mar 2026", "1", "0", "0", "0", "1", "1"], ["Total", "1", "0", "0", "0", "1", "1"]]


def test_a_learner_of_two_classes_counts_in_both_and_once_in_the_total(browser, cast, week):
    week.a_class("Choir", is_register=False)
    week.enrol(week.learners["Anele Zulu"], "Choir", MONDAY)
    week.scans("Anele Zulu", FRIDAY, ["in", "out"])
    both = [str(week.classes[name]) for name in ("5A", "Choir")]
    page = made(browser.as_(cast.thaba.admin), "gate", group="class", classes=both)
    assert [row[:3] for row in table(page)[1:]] == [["5A", "1", "1"], ["Choir", "1", "1"], ["Total", "1", "1"]]
    assert "counts in each of them, and once in the total" in page.main


def test_enrolment_adds_up_from_the_start_to_the_end(browser, cast, place):
    place.a_learner("Stays", "5A")
    place.a_learner("Joins", "5A", since=MONDAY + DAY)
    place.a_learner("Leaves", "5A", until=MONDAY + DAY)
    place.a_learner("Visits", "5A", since=MONDAY + DAY, until=MONDAY + 2 * DAY)
    place.a_learner("Gone before", "5A", until=MONDAY - DAY)
    place.a_learner("Comes later", "5A", since=SATURDAY + 2 * DAY)
    place.a_learner("On the last day", "5B", since=SATURDAY + DAY)
    place.enrol(place.a_learner("Waits"), "5B", MONDAY, state="waiting")
    admin = browser.as_(cast.thaba.admin)
    page = made(admin, "enrolment", group="class")
    assert table(page) == [
        ["Class", "At the start", "Joined", "Left", "At the end", "Waiting now", "Places"],
        ["5A", "2", "2", "2", "2", "0", "–"],
        ["5B", "0", "1", "0", "1", "1", "30"],
        ["Total", "2", "3", "2", "3", "1", ""],
    ]
    assert (
        "3 places are taken by 3 learners on 8 Mar 2026. At the start there were 2; since then 3 joined and 2 left."
        in page.main
    )
    days = table(made(admin, "enrolment", group="day"))[1:-1]
    ends, at = [int(row[3]) for row in days], 2
    for _, joined, left, end in days:
        at += int(joined) - int(left)
        assert at == int(end)
    assert ends == [2, 4, 3, 2, 2, 2, 3]
    people = [row[0] for row in table(made(admin, "enrolment", group="learner"))[1:-1]]
    assert sorted(people) == ["Joins", "Leaves", "On the last day", "Stays", "Visits"]


def test_deliveries_are_counted_by_their_end(browser, cast, week):
    at = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
    mother = week.a_guardian("Thandi Zulu", "Anele Zulu", "Cebo Cele")
    week.deliveries(mother, at, "sent", "sent", "dead", "queued", cause="email~permanent~550~5.1.1")
    week.deliveries(week.learners["Dudu Dube"], at, "sent", "demoted", "discarded", channel="push")
    admin = browser.as_(cast.thaba.admin)
    page = made(admin, "delivery", group="channel")
    assert table(page)[1:] == [
        ["Email", "4", "2", "1", "0", "0", "1", "66,7%"],
        ["App notification", "3", "1", "0", "1", "1", "0", "50%"],
        ["Total", "7", "3", "1", "1", "1", "1", "60%"],
    ]
    assert [row[:2] for row in table(made(admin, "delivery", group="class"))[1:]] == [["5A", "4"], ["5B", "7"], ["Total", "7"]]
    only_a = made(admin, "delivery", group="channel", classes=[str(week.classes["5A"])])
    assert [row[:2] for row in table(only_a)[1:]] == [["Email", "4"], ["Total", "4"]]
    assert table(made(admin, "delivery", group="reason"))[1:] == [
        ["The mail server says that this address does not exist.", "1", "100%"], ["Total", "1", "100%"],
    ]  # fmt: skip


def test_a_day_ends_by_the_clock_of_the_school(browser, cast, week):
    person = week.learners["Dudu Dube"]
    week.deliveries(person, dt.datetime(2026, 3, 1, 22, 30, tzinfo=dt.UTC), "sent")  # 00:30 on Monday in Johannesburg
    week.deliveries(person, dt.datetime(2026, 3, 8, 21, 59, tzinfo=dt.UTC), "sent")  # 23:59 on Sunday
    week.deliveries(person, dt.datetime(2026, 3, 1, 21, 59, tzinfo=dt.UTC), "sent")  # before
    week.deliveries(person, dt.datetime(2026, 3, 8, 22, 0, tzinfo=dt.UTC), "sent")  # after
    page = made(browser.as_(cast.thaba.admin), "delivery", group="day")
    assert [row[:2] for row in table(page)[1:]] == [["2 Mar 2026", "1"], ["8 Mar 2026", "1"], ["Total", "2"]]


def test_the_numbers_of_another_school_are_never_counted(browser, cast, week):
    """The same report at the other school finds nothing, and says why."""
    page = made(browser.as_(cast.karoo.admin), "attendance", group="class")
    assert "There is nothing to show" in page.main
    assert "No daily register has been saved in this period" in page.main


def test_a_period_without_a_school_day_says_so(browser, cast, week):
    weekend = {"since": "2026-03-07", "until": "2026-03-08"}
    page = made(browser.as_(cast.thaba.admin), "attendance", group="class", **weekend)
    assert "There is no school day in this period" in page.main


def test_weeks_begin_on_monday_and_months_on_their_first_day():
    assert bucket(SATURDAY + DAY, Group.WEEK) == MONDAY
    assert bucket(SATURDAY, Group.MONTH) == dt.date(2026, 3, 1)
