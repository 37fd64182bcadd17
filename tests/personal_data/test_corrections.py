"""A correction: asked for, made or declined, and whoever asked is told."""

from __future__ import annotations

from tests.personal_data.arranged import a_request
from tests.personal_data.conftest import NAME

WISH = {"field": "known_as", "wanted": "Zo", "reason": "Nobody calls her Zozo"}


def asked(browser, family, sql, **more):
    answer = browser.post(f"{family.own}ask?kind=correction", WISH | more)
    found = sql.execute("SELECT id FROM data_request ORDER BY id DESC LIMIT 1").fetchone()
    return answer, found and found[0]


def test_a_guardian_asks_the_office_accepts_and_the_record_changes(browser, cast, sql, family):
    _, request = asked(browser.as_(cast.thaba.guardian), family, sql)
    browser.as_(cast.thaba.admin).post(f"/people/data/requests/{request}/accept")
    assert sql.execute("SELECT known_as FROM learner WHERE id = %s", (family.learner,)).fetchone() == ("Zo",)
    kept = sql.execute(
        "SELECT v.value FROM audit_value v JOIN audit_event e ON e.id = v.event_id WHERE e.action = 'people.edit'"
        " AND v.field = 'known_as:before'"
    ).fetchall()
    assert kept == [('"Zozo"',)]


def test_the_asker_sees_the_state_and_is_told(browser, cast, sql, family):
    guardian = browser.as_(cast.thaba.guardian, language="en")
    _, request = asked(guardian, family, sql)
    assert "Waits for the school" in guardian.get(family.own).text
    browser.as_(cast.thaba.admin).post(f"/people/data/requests/{request}/decline", {"answer": "The passport says Zozo"})
    page = guardian.get(family.own)
    assert "Declined" in page.text
    assert "The passport says Zozo" in page.text
    told = sql.execute(
        "SELECT t.body_text, t.subject FROM message_text t JOIN message m ON m.id = t.message_id WHERE t.language = 'en'"
        " AND m.person_id = %s AND t.body_text LIKE '%%passport%%'", (cast.thaba.guardian.person_id,)
    ).fetchone()  # fmt: skip
    assert told is not None
    assert NAME not in told[1]


def test_a_decision_is_made_once(browser, cast, sql, family):
    _, request = asked(browser.as_(cast.thaba.guardian), family, sql)
    admin = browser.as_(cast.thaba.admin, language="en")
    admin.post(f"/people/data/requests/{request}/decline", {"answer": "No"})
    page = admin.post(f"/people/data/requests/{request}/accept", follow_redirects=True)
    assert "decided already" in page.text
    assert sql.execute("SELECT known_as FROM learner WHERE id = %s", (family.learner,)).fetchone() == ("Zozo",)


def test_what_cannot_stand_in_the_field_comes_back_with_what_was_typed(browser, cast, sql, family):
    answer, request = asked(
        browser.as_(cast.thaba.guardian, language="en"), family, sql, field="birth_date", wanted="31 March"
    )  # fmt: skip
    assert answer.status == 422
    assert request is None
    assert "31 March" in answer.text


def test_declining_needs_a_reason(browser, cast, sql, family):
    request = a_request(sql, cast.thaba, "correction", family.learner, field="phone", wanted="")
    page = browser.as_(cast.thaba.admin).post(f"/people/data/requests/{request}/decline", {"answer": ""})
    assert page.status == 422


def test_a_number_that_another_learner_has_is_not_taken(browser, cast, sql, family):
    sql.execute("UPDATE learner SET number = '99' WHERE id = %s", (family.other,))
    request = a_request(sql, cast.thaba, "correction", family.learner, field="number", wanted="99")
    page = browser.as_(cast.thaba.admin, language="en").post(
        f"/people/data/requests/{request}/accept", follow_redirects=True
    )  # fmt: skip
    assert "has this learner number" in page.text
    assert sql.execute("SELECT state FROM data_request").fetchone() == ("open",)


def test_an_adults_address_is_corrected_too(browser, cast, sql, family):
    person = cast.thaba.guardian.person_id
    request = a_request(sql, cast.thaba, "correction", person, field="phone", wanted="+27825550199")
    browser.as_(cast.thaba.admin).post(f"/people/data/requests/{request}/accept")
    assert sql.execute("SELECT phone FROM person WHERE id = %s", (person,)).fetchone() == ("+27825550199",)


def test_the_same_is_asked_once_and_can_be_taken_back(browser, cast, sql, family):
    guardian = browser.as_(cast.thaba.guardian)
    _, request = asked(guardian, family, sql)
    asked(guardian, family, sql)
    assert sql.execute("SELECT count(*) FROM data_request").fetchone() == (1,)
    guardian.post(f"/family/data/requests/{request}/withdraw")
    assert sql.execute("SELECT state FROM data_request").fetchone() == ("withdrawn",)
