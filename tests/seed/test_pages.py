"""No page is empty once the baseline is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.config import Settings
from app.factory import create_app
from app.local.testing import Run
from app.seed import baseline
from app.tenancy.database import db
from blueprints import AREAS
from tests.cast import Cast
from tests.conftest import WORKER


@pytest.fixture(scope="module")
def _cast_template(_cast_template: tuple[Cast, str], test_run: Run, settings: Settings) -> Iterator[tuple[Cast, str]]:
    """The cast's schools filled up by the baseline: what every test of this file starts from."""
    cast, template = _cast_template
    addresses = test_run.copy(f"{WORKER}_cast_sown", of=template)
    app = create_app(AREAS, replace(settings, database_url=addresses.app, platform_database_url=addresses.platform))
    baseline.seed(app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    yield cast, f"{WORKER}_cast_sown"
    test_run.drop(f"{WORKER}_cast_sown")


@pytest.fixture
def in_english(sql) -> None:
    """Everybody reads English, in which these pages are looked at."""
    sql.execute("UPDATE app_user SET language = 'en'")


def test_the_list_of_an_admin_shows_the_notices_of_the_own_school_only(browser, cast) -> None:
    page = browser.as_(cast.thaba.admin, language="zu").get("/schedule-notices/")
    assert "Akukho manzi esikoleni" in page.main
    assert "Iviki lokufunda" in page.main
    assert "Skaakklub" not in page.main


def test_a_guardian_finds_the_active_notices_on_the_dashboard(browser, cast) -> None:
    page = browser.as_(cast.karoo.guardian, language="af").get("/dashboard/")
    assert "Die Aberdeen-bus ry nie" in page.main
    assert "Kantoorure" in page.main
    assert "Personeelvergadering" not in page.main
    assert "Boekweek" not in page.main


def test_a_learner_finds_what_is_for_learners(browser, cast) -> None:
    page = browser.as_(cast.thaba.student, language="zu").get("/dashboard/")
    assert "Ukuzilolonga kwekhwaya" in page.main
    assert "Uhambo lwamabanga 4 no-5" not in page.main


def test_a_reader_of_another_language_gets_the_text_that_there_is(browser, cast) -> None:
    page = browser.as_(cast.multi, language="en").get("/schedule-notices/")
    assert "No water at school" in page.main
    assert "Izikhathi zehhovisi lesikole" in page.main


def test_the_audit_of_a_school_is_not_empty(browser, cast) -> None:
    page = browser.as_(cast.thaba.owner, language="zu").get("/audit/")
    assert page.status == 200
    assert "Akukho manzi esikoleni" in page.main  # by what the notices were called then


def test_the_failed_deliveries_of_a_school_have_reasons_of_every_channel(browser, cast, in_english) -> None:
    page = browser.as_(cast.thaba.admin, language="en").get("/schedule-notices/dead-letters/")
    assert "The mailbox is full." in page.main
    assert "The mail server says that this address does not exist." in page.main
    assert "The push service does not accept our key for this device." in page.main


def test_people_whom_no_mail_reaches_and_who_asked_for_none_are_listed(browser, cast, in_english) -> None:
    page = browser.as_(cast.karoo.admin, language="en").get("/schedule-notices/unreachable")
    assert "karoo.example.com has not worked since" in page.main


def test_a_notice_says_how_it_went_on_each_channel(browser, cast, in_english, sql) -> None:
    ids = dict(sql.execute("SELECT title->>'en', id FROM notice").fetchall())
    page = browser.as_(cast.thaba.admin, language="en").get(f"/schedule-notices/{ids['New times at the gate']}")
    for words in ("Accepted by the push service", "Accepted by the mail server", "Failed", "Given up", "Cannot be reached"):
        assert words in page.main
    page = browser.as_(cast.karoo.admin, language="en").get(f"/schedule-notices/{ids['Consent forms for the choir festival']}")
    assert "SMS was not connected when it was sent" in page.main
