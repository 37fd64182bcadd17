"""No page is empty once the baseline is there."""

from __future__ import annotations

from flask import Flask

from app.seed import baseline


def test_the_list_of_an_admin_shows_the_notices_of_the_own_school_only(app: Flask, browser, cast) -> None:
    baseline.seed(app)
    page = browser.as_(cast.thaba.admin, language="zu").get("/schedule-notices/")
    assert "Akukho manzi esikoleni" in page.main
    assert "Iviki lokufunda" in page.main
    assert "Skaakklub" not in page.main


def test_a_guardian_finds_the_active_notices_on_the_dashboard(app: Flask, browser, cast) -> None:
    baseline.seed(app)
    page = browser.as_(cast.karoo.guardian, language="af").get("/dashboard/")
    assert "Die Aberdeen-bus ry nie" in page.main
    assert "Kantoorure" in page.main
    assert "Personeelvergadering" not in page.main
    assert "Boekweek" not in page.main


def test_a_learner_finds_what_is_for_learners(app: Flask, browser, cast) -> None:
    baseline.seed(app)
    page = browser.as_(cast.thaba.student, language="zu").get("/dashboard/")
    assert "Ukuzilolonga kwekhwaya" in page.main
    assert "Uhambo lwamabanga 4 no-5" not in page.main


def test_a_reader_of_another_language_gets_the_text_that_there_is(app: Flask, browser, cast) -> None:
    baseline.seed(app)
    page = browser.as_(cast.multi, language="en").get("/schedule-notices/")
    assert "No water at school" in page.main
    assert "Izikhathi zehhovisi lesikole" in page.main


def test_the_audit_of_a_school_is_not_empty(app: Flask, browser, cast) -> None:
    baseline.seed(app)
    page = browser.as_(cast.thaba.owner, language="zu").get("/audit/")
    assert page.status == 200
    assert "Akukho manzi esikoleni" in page.main  # by what the notices were called then
