"""/gate/on-site, /gate/late, /gate/today and what is put right by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.gate.arranged import (
    CARD,
    a_scan,
    add_class,
    add_guardian,
    add_learner,
    add_lesson,
    at,
    directions,
    send,
    set_clock,
    state,
)


@pytest.fixture
def now(monkeypatch):
    return set_clock(monkeypatch, at(14, 30))


@pytest.fixture
def officer(browser, cast):
    return browser.as_(cast.multi)


@pytest.fixture
def learner(sql, cast):
    return add_learner(sql, cast.thaba)


def names(page):
    return [row.find(".//{*}th").text for row in page.all("tr") if row.find("{*}th[@scope='row']") is not None]


def test_who_is_on_site_stands_there_by_name_with_class_and_time(officer, cast, sql, learner, now):
    add_learner(sql, cast.thaba, "Anele Zulu", "CARD00000002", None)
    add_class(sql, cast.thaba, "Grade 4A", learner)
    send(officer, [a_scan(at(7, 31)), a_scan(at(7, 40), "CARD00000002")])
    page = officer.get("/gate/on-site")
    assert names(page) == ["Anele Zulu", "Thandi Cele"]
    assert "Grade 4A" in page.main
    assert "2 learners, by the gate" in page.main
    send(officer, [a_scan(at(14))])
    assert names(officer.get("/gate/on-site")) == ["Anele Zulu"]


def test_the_list_is_narrowed_by_class_and_by_words(officer, cast, sql, learner, now):
    other = add_learner(sql, cast.thaba, "Anele Zulu", "CARD00000002", None)
    class_id = add_class(sql, cast.thaba, "Grade 4A", other)
    send(officer, [a_scan(at(7, 31)), a_scan(at(7, 40), "CARD00000002")])
    assert names(officer.get(f"/gate/on-site?class_id={class_id}")) == ["Anele Zulu"]
    assert names(officer.get("/gate/on-site?q=than")) == ["Thandi Cele"]
    assert "Nobody matches" in officer.get("/gate/on-site?q=xyz").main
    assert officer.get("/gate/on-site?class_id=1").status == 404


def test_the_sheet_has_everybody_by_class(officer, cast, sql, learner, now):
    for number in range(60):
        add_learner(sql, cast.thaba, f"Child {number:02}", f"CARD0001{number:04}", None)
    add_class(sql, cast.thaba, "Grade 4A", learner)
    send(officer, [a_scan(at(7), f"CARD0001{number:04}") for number in range(60)] + [a_scan(at(7))])
    assert len(names(officer.get("/gate/on-site"))) == 50
    sheet = officer.get("/gate/on-site?sheet=print")
    assert len(names(sheet)) == 61
    assert [e.text for e in sheet.all("h2")] == ["Grade 4A", "No class"]


def test_after_close_time_nobody_is_on_site_and_nobody_is_late(officer, cast, sql, learner, monkeypatch):
    class_id = add_class(sql, cast.thaba, "Grade 4A", learner)
    add_lesson(sql, cast.thaba, class_id, at(13, 30))
    set_clock(monkeypatch, at(16, 59))
    send(officer, [a_scan(at(7))])
    assert names(officer.get("/gate/late")) == ["Thandi Cele"]
    set_clock(monkeypatch, at(17))
    page = officer.get("/gate/on-site")
    assert "everybody is presumed to have left" in page.main
    assert "1 learner was not scanned out today." in page.main
    assert "The school has closed" in officer.get("/gate/late").main


@pytest.mark.parametrize(("minute", "late"), [(59, []), (60, ["Thandi Cele"])])
def test_late_begins_after_the_last_lesson_and_the_margin(officer, cast, sql, learner, monkeypatch, minute, late):
    class_id = add_class(sql, cast.thaba, "Grade 4A", learner)
    for ends in (at(10), at(13, 30)):
        add_lesson(sql, cast.thaba, class_id, ends)
    set_clock(monkeypatch, at(13) + dt.timedelta(minutes=minute))
    send(officer, [a_scan(at(7))])
    assert names(officer.get("/gate/late")) == late


def test_a_lesson_that_is_cancelled_does_not_count(officer, cast, sql, learner, now):
    class_id = add_class(sql, cast.thaba, "Grade 4A", learner)
    add_lesson(sql, cast.thaba, class_id, at(13, 30))
    add_lesson(sql, cast.thaba, class_id, at(15))
    send(officer, [a_scan(at(7))])
    assert names(officer.get("/gate/late")) == []
    sql.execute("UPDATE class_session SET cancelled_at = now() WHERE ends_at = %s", (at(15),))
    assert names(officer.get("/gate/late")) == ["Thandi Cele"]


def test_who_has_no_lesson_waits_for_the_last_of_the_school_and_without_any_nobody_is_late(officer, cast, sql, learner, now):
    send(officer, [a_scan(at(7))])
    assert "Nobody is late" in officer.get("/gate/late").main
    add_lesson(sql, cast.thaba, add_class(sql, cast.thaba, "Grade 5B"), at(13, 45))
    assert names(officer.get("/gate/late")) == ["Thandi Cele"]


def test_only_the_numbers_of_those_who_may_collect_are_shown(officer, cast, sql, learner, now):
    add_lesson(sql, cast.thaba, add_class(sql, cast.thaba, "Grade 4A", learner), at(13))
    add_guardian(sql, cast.thaba, learner, "Gogo Cele", phone="+27 82 555 0101")
    add_guardian(sql, cast.thaba, learner, "Uncle Nocollect", may_collect=False, phone="+27 82 555 0102")
    add_guardian(sql, cast.thaba, learner, "Father Forbidden", no_contact=True, phone="+27 82 555 0103")
    send(officer, [a_scan(at(7))])
    page = officer.get("/gate/late")
    assert "+27 82 555 0101" in page.main
    assert "0102" not in page.text
    assert "0103" not in page.text
    assert page.all("a", href="tel:+27825550101")


def test_codes_that_are_nobodys_come_first_in_the_scans(officer, learner, now):
    send(officer, [a_scan(at(7), "77-XX"), a_scan(at(8)), a_scan(at(7, 30), day_before())])
    page = officer.get("/gate/today")
    assert page.h1 == "Scans of today"
    order = [row.find("{*}th") for row in page.all("tr") if row.find("{*}th[@scope='row']") is not None]
    assert ["".join(each.itertext()).strip() for each in order] == ["NOBODY", "77-XX", "Thandi Cele2026001"]
    assert names(officer.get("/gate/today?direction=in")) == ["Thandi Cele"]
    assert names(officer.get("/gate/today?q=thandi")) == ["Thandi Cele"]


def day_before():
    return "NOBODY"


def test_the_scans_are_paged_and_none_is_left_out(officer, cast, sql, learner, now):
    sent = [a_scan(at(7) + dt.timedelta(minutes=3 * n)) for n in range(60)] + [a_scan(at(7), f"X{n}") for n in range(45)]
    send(officer, sent)
    first = officer.get("/gate/today")
    following = next(e.get("href") for e in first.all("a") if e.get("rel") == "next")
    second = officer.get("/gate/today" + following)
    assert len(names(first)) == 50
    assert len(names(first)) + len(names(second)) == 100
    assert len(names(officer.get("/gate/today?direction=unknown"))) == 45


def test_another_day_is_asked_for_by_its_date(officer, learner, now):
    send(officer, [a_scan(at(7, day=17))])
    assert "No scans on this day" in officer.get("/gate/today").main
    page = officer.get("/gate/today?day=2026-11-17")
    assert names(page) == ["Thandi Cele"]
    assert officer.get("/gate/today?day=tomorrow").status == 404


def test_a_correction_says_where_the_learner_is_and_stands_in_the_audit(officer, cast, sql, learner, now):
    send(officer, [a_scan(at(7))])
    page = officer.post(f"/gate/learners/{learner}/correct", {"place": "out", "why": "Went home ill"})
    assert page.location == "/gate/on-site"
    assert officer.get(page.location).banners == ["Thandi Cele is not on site any more."]
    assert state(sql, learner) == (False, now)
    assert directions(sql, learner) == ["in", "out"]
    kept = dict(sql.execute("SELECT field, value FROM audit_value v JOIN audit_event e ON e.id = v.event_id WHERE e.action = 'gate.correct'").fetchall())  # fmt: skip
    assert (kept["label"], kept["reason:after"], kept["on_site:after"]) == ("Thandi Cele", '"Went home ill"', "false")
    assert "By hand" in officer.get("/gate/today").main


def test_a_correction_needs_a_place_and_a_reason_and_changes_nothing_that_is_so(officer, sql, learner, now):
    page = officer.post(f"/gate/learners/{learner}/correct", {})
    assert page.problems == ["Choose where the learner is", "Enter a reason: it stands in the audit log"]
    send(officer, [a_scan(at(7))])
    officer.post(f"/gate/learners/{learner}/correct", {"place": "in", "why": "I see her"})
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'gate.correct'").fetchone() == (0,)


def test_an_officer_corrects_nothing_and_nobody_corrects_another_schools(browser, cast, sql, learner, now):
    assert browser.as_(cast.thaba.officer).get(f"/gate/learners/{learner}/correct").status == 403
    assert browser.as_(cast.karoo.admin).get(f"/gate/learners/{learner}/correct").status == 404


def test_cards_are_printed_by_class_and_by_learner(officer, cast, sql, learner, now):
    class_id = add_class(sql, cast.thaba, "Grade 4A", learner)
    assert "Choose whose cards to print" in officer.get("/gate/cards").main
    page = officer.get(f"/gate/cards?class_id={class_id}")
    (card,) = page.all("article", class_="idcard")
    assert card.find("{http://www.w3.org/2000/svg}svg") is not None
    words = "".join(card.itertext())
    assert all(each in words for each in ("Thandi Cele", "2026001", "Thaba Nkulu Primary", "Grade 4A"))
    bare = "".join(officer.get(f"/gate/cards?learner={learner}&show=number").all("article")[0].itertext())
    assert "2026001" in bare
    assert "Thandi" not in bare
    assert officer.get("/gate/cards?q=thandi").all("article")


def test_a_lost_card_is_nobodys_from_then_on(officer, sql, learner, now):
    page = officer.post(f"/gate/learners/{learner}/card", {})
    assert page.location == f"/gate/cards?learner={learner}"
    ((code,),) = sql.execute("SELECT card_code FROM learner WHERE id = %s", (learner,)).fetchall()
    told = send(officer, [a_scan(at(8), CARD), a_scan(at(9), code)]).response.json["scans"]
    assert [one["result"] for one in told] == ["unknown", "in"]
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'gate.new_card'").fetchone() == (1,)


def test_the_margin_is_the_schools_own(officer, sql, now):
    page = officer.post("/gate/settings", {"pickup_minutes": "45"})
    assert page.status == 303
    assert sql.execute("SELECT pickup_minutes FROM school WHERE id = 1").fetchone() == (45,)
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'gate.change_settings'").fetchone() == (1,)
    for wrong in ("", "-1", "241", "soon"):
        page = officer.post("/gate/settings", {"pickup_minutes": wrong})
        assert page.problems == ["Enter a number of minutes from 0 to 240"]


def test_the_dashboard_says_how_many_are_on_site(officer, learner, now):
    assert "On site now" not in [e.text for e in officer.get("/dashboard/").all("h2")]
    send(officer, [a_scan(at(7))])
    assert "Learners on site" in officer.get("/dashboard/").main


def test_scans_can_be_taken_out(officer, learner, now):
    send(officer, [a_scan(at(7)), a_scan(at(8), "77-XX")])
    text = officer.get("/exports/gate.csv").text
    assert "Thandi Cele" in text
    assert "77-XX" in text
    assert CARD not in text


def test_a_suspension_says_that_scans_are_refused(browser, officer, cast, learner, monkeypatch):
    send(officer, [a_scan(dt.datetime.now(dt.UTC))])
    page = browser.as_(cast.operator).get("/operator/schools/1/suspend")
    assert "Scans at the gate are refused. 1 person scanned there in the last 7 days." in page.main
