"""/audit/<event>: who, what, before and after, and the seal that keeps it as it is."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.access.actor import Actor
from app.audit.record import Target, record
from app.tenancy.doors import acting_for
from tests.access.sweeping import NEVER
from tests.audit.sealed import THABA, add, seal, tampering
from tests.pages import XHTML, words


@pytest.fixture
def admin(browser, cast, sql):
    """An admin, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def changed(app, cast, sql):
    """A change of a learner; returns the address of its event."""
    with acting_for(1) as session:
        record(
            "people.edit", Target("person", cast.thaba.student.person_id), label="Thandeka Zungu",
            before={"phone": None, "photo": True, "classes": ["3A"]}, after={"phone": "<b>082</b>", "photo": False, "classes": ["3B"]},
            by=Actor("user", cast.thaba.admin.user_id, "Naledi Mokoena"),
        )  # fmt: skip
        session.commit()
    return f"/audit/{sql.execute('SELECT id FROM audit_event').fetchone()[0]}"


def fields(page):
    return {words(row[0]): [words(cell) for cell in row[1:]] for row in page.all("tr")[1:] if row[0].tag == f"{XHTML}th"}


def test_it_shows_before_and_after(admin, changed):
    page = admin.get(changed)
    assert page.h1 == "Changed somebody’s details"
    assert fields(page) == {"phone": ["–Nothing", "<b>082</b>"], "photo": ["Yes", "No"], "classes": ['["3A"]', '["3B"]']}
    assert "Naledi Mokoena" in page.main


def test_it_leads_to_everything_of_the_request_about_the_learner_and_by_the_person(admin, cast, changed):
    links = admin.get(changed).links()
    assert links["Everything about this person"] == f"/audit/?about={cast.thaba.student.person_id}"
    assert links["Everything that they did"] == f"/audit/?actor={cast.thaba.admin.user_id}"
    assert "Everything of this request" not in links, "it was done by no request"
    assert admin.get(links["Everything about this person"]).status == 200
    notice = {"title_en": "Sports day", "message_en": "Come.", "starts_at": "2099-03-31T07:30", "audience": "everyone"}
    admin.post("/schedule-notices/new", notice)
    scheduled = admin.get(admin.get("/audit/").links()["Scheduled a notice"])
    of_request = admin.get(scheduled.links()["Everything of this request"])
    assert "Scheduled a notice" in of_request.links()
    assert "Changed somebody’s details" not in of_request.links()


def test_it_names_its_seal_once_it_has_one(admin, changed, sql):
    assert "Waiting" in admin.get(changed).main
    seal()
    (hashed,) = sql.execute("SELECT hash FROM audit_seal").fetchone()
    assert hashed.hex() in admin.get(changed).main


def test_an_event_that_was_not_there_when_its_time_was_sealed_says_so(admin, changed, sql):
    add(THABA, "Another")
    seal()
    with tampering(sql):
        forged = sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " SELECT school_id, gen_random_uuid(), 999, at, xid, action, actor_kind, target_kind, '{}' FROM audit_event ORDER BY seq LIMIT 1"
            " RETURNING id"
        ).fetchone()[0]
    assert "somebody has inserted it" in admin.get(f"/audit/{forged}").main
    assert "somebody has inserted it" not in admin.get(changed).main


def test_what_was_erased_or_does_not_fit_is_said_to_be(admin, changed, sql):
    sql.execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = '7' WHERE field = 'phone:after'")
    with tampering(sql):
        sql.execute("UPDATE audit_value SET value = 'true' WHERE field = 'photo:after'")
        sql.execute("DELETE FROM audit_value WHERE field = 'classes:after'")
    found = fields(admin.get(changed))
    assert found["phone"][1] == "Erased under certificate 7"
    assert found["photo"][1] == "Yes Not what was recorded"
    assert found["classes"][1] == "Missing"


def test_another_schools_event_is_like_one_that_never_was(browser, cast, changed):
    karoo = browser.as_(cast.karoo.admin)
    assert karoo.get(changed).status == karoo.get(f"/audit/{NEVER}").status == karoo.get(f"/audit/{uuid4()}").status == 404


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_it_is_for_owner_and_admin(browser, cast, changed, role):
    assert browser.as_(getattr(cast.thaba, role)).get(changed).status == 403
