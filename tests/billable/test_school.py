"""/operator/billing/<school>: the learners and days behind a number, by learner number, and on record."""

from __future__ import annotations

import pytest

from tests.billable.arranged import add_class, add_learner, came_on, enrol, enrol_many, freeze
from tests.billable.test_month import rows, tiles
from tests.schools.arranged import events

THABA = 1
MARCH = "/operator/billing/1?month=2026-03"


@pytest.fixture
def march(sql, at):
    """March 2026 is closed with three learners."""
    came_on(sql, THABA, "2026-03-02")
    enrol_many(sql, THABA, 3, "2026-03-30")
    at("2026-04-01 00:20+02:00")
    freeze()


def test_it_lists_the_learners_and_their_days(operator, march):
    page = operator.get(MARCH)
    assert (page.status, page.h1) == (200, "Thaba Nkulu Primary")
    assert [said[0] for said in tiles(page).values()] == ["3", "0", "3"]
    assert rows(page)["N002"] == ["Counted", "March 2026", "2", "30 Mar 2026 until 31 Mar 2026"]
    assert list(rows(page)) == ["N001", "N002", "N003"]


def test_no_learner_is_named(operator, march):
    assert "Ndlovu" not in operator.get(MARCH).text


def test_a_learner_without_a_number_can_be_told_from_another(operator, sql, at):
    came_on(sql, THABA, "2026-03-02")
    learner = add_learner(sql, THABA, None)
    enrol(sql, THABA, learner, add_class(sql, THABA), "2026-03-30", "2026-03-30")
    at("2026-04-01 00:20+02:00")
    freeze()
    assert rows(operator.get(MARCH)) == {f"No number…{learner.hex[-8:]}": ["Counted", "March 2026", "1", "30 Mar 2026"]}


def test_whoever_looks_stands_in_both_logs(operator, sql, march):
    operator.get(MARCH)
    assert events(sql, "billable.look") == (1, 1)
    (kind,) = sql.execute("SELECT actor_kind FROM audit_event WHERE action = 'billable.look'").fetchone()
    assert kind == "operator"


def test_adjustments_come_first_with_the_month_that_they_are_about(operator, sql, march, at):
    enrol(sql, THABA, add_learner(sql, THABA, "Z9"), add_class(sql, THABA, "Late"), "2026-03-31")
    sql.execute("DELETE FROM enrolment WHERE learner_id = (SELECT id FROM learner WHERE number = 'N003')")
    at("2026-05-01 00:20+02:00")
    freeze()
    page = operator.get("/operator/billing/1?month=2026-04")
    assert list(rows(page)) == ["N003", "Z9", "N001", "N002"], "Z9 stands there twice, here once"
    only = operator.get("/operator/billing/1?month=2026-04&kind=adjusted")
    assert rows(only) == {
        "N003": ["Removed", "March 2026", "2", "30 Mar 2026 until 31 Mar 2026"],
        "Z9": ["Added", "March 2026", "1", "31 Mar 2026"],
    }
    counted = operator.get("/operator/billing/1?month=2026-04&kind=counted")
    assert list(rows(counted)) == ["N001", "N002", "Z9"]


def test_a_month_that_goes_on_is_shown_as_it_would_be_today(operator, sql, march, at):
    enrol(sql, THABA, add_learner(sql, THABA, "Z9"), add_class(sql, THABA, "Late"), "2026-03-31")
    enrol(sql, THABA, add_learner(sql, THABA, "Z8"), add_class(sql, THABA, "Soon"), "2026-04-16")
    at("2026-04-15 12:00+02:00")
    page = operator.get("/operator/billing/1")
    assert [said[0] for said in tiles(page).values()] == ["4", "+1", "5"]
    assert "So far, not final" in page.main
    assert list(rows(operator.get("/operator/billing/1?kind=counted"))) == ["N001", "N002", "N003", "Z9"]
    assert rows(operator.get("/operator/billing/1?q=N00"))["N001"][2] == "15"


@pytest.mark.parametrize(("search", "found"), [("N00", 3), ("N002", 1), ("002", 0), ("%", 0)])
def test_a_learner_is_found_by_the_beginning_of_their_number(operator, march, search, found):
    assert len(rows(operator.get("/operator/billing/1", query_string={"month": "2026-03", "q": search}))) == found


@pytest.mark.parametrize("is_frozen", [True, False])
def test_every_learner_stands_on_exactly_one_page(operator, sql, at, is_frozen):
    came_on(sql, THABA, "2026-03-02")
    enrol_many(sql, THABA, 120, "2026-03-01")
    at("2026-04-01 00:20+02:00")
    if is_frozen:
        freeze()
    listed, link = [], "?month=2026-03"
    while link:
        page = operator.get(f"/operator/billing/1{link}")
        listed += list(rows(page))
        link = next((a.get("href") for a in page.all("a") if a.get("rel") == "next"), None)
    assert len(listed) == len(set(listed)) == 120


def test_a_month_before_the_school_came_is_empty(operator, sql, march):
    enrol(sql, THABA, add_learner(sql, THABA, "Old"), add_class(sql, THABA, "Old"), "2025-01-15")
    assert "No billable learners" in operator.get("/operator/billing/1?month=2025-06").main


@pytest.mark.parametrize("school", [99, 2**40])
def test_a_school_that_does_not_exist_is_not_found(operator, school):
    assert operator.get(f"/operator/billing/{school}").status == 404


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_the_operators_language(browser, cast, sql, march, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    assert browser.as_(cast.operator, language=language).get(MARCH).status == 200
