"""/gate/: the officer's page, with the script and without it."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain import rollups
from app.tenancy.doors import across_schools, outside
from app.web.assets import asset
from tests.gate.arranged import a_scan, add_class, add_guardian, add_learner, at, send, set_clock, state


@pytest.fixture
def now(monkeypatch):
    return set_clock(monkeypatch, at(9))


@pytest.fixture
def learner(sql, cast):
    return add_learner(sql, cast.thaba)


def scan(officer, code):
    form = officer.get("/gate/").form("/gate/")
    page = officer.post("/gate/", form | {"code": code})
    return officer.get(page.location) if page.status == 303 else page


def test_without_the_script_it_is_a_form_and_a_page_with_the_answer(browser, cast, sql, learner, now):
    add_class(sql, cast.thaba, "Grade 4A", learner)
    page = scan(browser.as_(cast.multi), "2026001")
    assert page.h1 == "Gate"
    assert all(word in page.main for word in ("In", "Thandi Cele", "Grade 4A", "09:00"))
    assert "May collect" not in page.main
    assert state(sql, learner) == (True, now)


def test_going_out_names_who_may_collect_and_warns_without_a_name(browser, cast, sql, learner, now, monkeypatch):
    add_guardian(sql, cast.thaba, learner, "Gogo Cele", relation="grandparent")
    add_guardian(sql, cast.thaba, learner, "Uncle Nocollect", may_collect=False)
    add_guardian(sql, cast.thaba, learner, "Father Forbidden", no_contact=True)
    officer = browser.as_(cast.thaba.officer)
    scan(officer, "2026001")
    set_clock(monkeypatch, at(14))
    page = scan(officer, "2026001")
    assert "Gogo Cele" in page.main
    assert "Nocollect" not in page.text
    assert "Forbidden" not in page.text
    assert page.all("p", class_="guarded")


def test_already_in_is_said_in_so_many_words(browser, cast, learner, now):
    officer = browser.as_(cast.multi)
    scan(officer, "2026001")
    page = scan(officer, "2026001")
    assert "Already in" in page.main
    assert [e.get("data-sound") for e in page.all("div") if e.get("data-sound")] == ["again"]


def test_an_unknown_code_is_shown_as_it_was_read(browser, cast, now):
    page = scan(browser.as_(cast.thaba.officer), "<b>77</b>")
    assert "<b>77</b>" in page.main


def test_a_form_sent_twice_is_one_scan(browser, cast, sql, learner, now):
    officer = browser.as_(cast.thaba.officer)
    form = officer.get("/gate/").form("/gate/") | {"code": "2026001"}
    officer.post("/gate/", form)
    officer.post("/gate/", form)
    assert sql.execute("SELECT count(*) FROM gate_scan").fetchone() == (1,)


def test_an_empty_form_says_what_to_do(browser, cast, now):
    page = browser.as_(cast.multi).post("/gate/", {"code": ""})
    assert (page.status, page.problems) == (422, ["Scan a card, or enter the learner number"])
    page = browser.as_(cast.multi).post("/gate/", {"code": "manual:out"})
    assert page.problems == ["This is no code of a card. Enter the learner number instead."]


def test_the_answer_to_another_schools_scan_is_not_found(browser, cast, sql, now):
    add_learner(sql, cast.karoo)
    mine = a_scan(now)
    send(browser.as_(cast.karoo.officer), [mine])
    officer = browser.as_(cast.thaba.officer)
    assert officer.get(f"/gate/?scan={mine['id']}").status == 404
    assert officer.get("/gate/?scan=nonsense").status == 404


def test_the_page_may_use_the_camera_and_no_other_may(browser, cast, now):
    officer = browser.as_(cast.thaba.officer)
    assert officer.get("/gate/").headers.getlist("Permissions-Policy") == [
        "camera=(self), geolocation=(), microphone=(), payment=()"
    ]
    assert officer.get("/gate/on-site").headers.getlist("Permissions-Policy") == [
        "camera=(), geolocation=(), microphone=(), payment=()"
    ]


def test_the_script_is_small(browser, cast):
    assert len(browser.get(asset("gate.js"), buffered=True).text) <= 8192


def test_the_page_that_a_device_keeps_has_nobodys_data(browser, cast, learner):
    officer, stranger = browser.as_(cast.thaba.officer).get("/gate/offline"), browser.get("/gate/offline")
    assert officer.h1
    for secret in (cast.thaba.officer.name, cast.thaba.officer.email, "Thandi", cast.thaba.name, "csrf_token"):
        assert secret not in officer.text
    assert stranger.status == 200


def test_after_close_time_it_says_so_and_still_scans(browser, cast, sql, learner, monkeypatch):
    set_clock(monkeypatch, at(17, 0))
    officer = browser.as_(cast.multi)
    assert "everybody is presumed to have left" in officer.get("/gate/").main
    scan(officer, "2026001")
    assert state(sql, learner) == (True, at(17))


def test_a_raised_visit_is_needed_for_an_operator(browser, cast, now):
    assert browser.as_(cast.operator).get("/gate/").status == 403


def test_the_worker_answers_the_gate_only_and_only_without_a_connection(browser):
    worker = browser.get("/sw.js").text
    assert 'pathname === "/gate/"' in worker
    assert len(worker) <= 8192


def test_scans_count_as_the_schools_last_gate_activity(app, browser, cast, sql, learner, now):
    send(browser.as_(cast.thaba.officer), [a_scan(at(8))])
    with outside(), across_schools("test", routine=True) as session:
        rollups.refresh(session, [1, 2])
        session.commit()
    found = sql.execute("SELECT school_id, number, moment FROM metric WHERE name = 'gate.last' ORDER BY 1").fetchall()
    assert found == [(1, 1, at(8)), (2, 0, None)]
    assert at(8).tzinfo
    assert dt.timedelta(0) == at(8) - found[0][2]
    shown = browser.as_(cast.operator).get("/operator/schools/1/progress")
    assert "Last gate activity" in shown.main
