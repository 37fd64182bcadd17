"""What is held about somebody, to look through."""

from __future__ import annotations

from app.ids import uuid7
from tests.personal_data.conftest import EMAIL, NAME, PHONE

PLANTED = """
CREATE TABLE planted_wish (school_id int NOT NULL REFERENCES school (id), id uuid NOT NULL, learner_id uuid NOT NULL, wish text,
    PRIMARY KEY (school_id, id), FOREIGN KEY (school_id, learner_id) REFERENCES learner (school_id, id));
ALTER TABLE planted_wish ENABLE ROW LEVEL SECURITY;
ALTER TABLE planted_wish FORCE ROW LEVEL SECURITY;
CREATE POLICY school ON planted_wish TO umthi_app USING (school_id = nullif(current_setting('app.school_id', true), '')::int);
CREATE POLICY platform ON planted_wish TO umthi_platform USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON planted_wish TO umthi_app, umthi_platform;
"""


def test_the_page_tells_section_by_section_what_is_held(browser, cast, family):
    page = browser.as_(cast.thaba.owner, language="en").get(family.page)
    assert page.status == 200
    for word in (NAME, EMAIL, PHONE, "Zozo", "Grade 5B", "She had a fever", "Zodwa has the flu", "Peanut allergy"):
        assert word in page.text, word
    assert "Lungile Elsewhere" not in page.text


def test_a_medical_note_is_only_named_to_those_who_may_not_read_it(browser, cast, family):
    page = browser.as_(cast.thaba.admin, language="en").get(family.page)
    assert "Peanut allergy" not in page.text
    assert "A medical note is held as well" in page.text


def test_looking_is_written_down(browser, cast, family, sql):
    browser.as_(cast.thaba.admin).get(family.page)
    found = sql.execute("SELECT target_id FROM audit_event WHERE action = 'personal_data.look'").fetchall()
    assert found == [(str(family.learner),)]


def test_a_table_that_came_yesterday_is_found(browser, cast, family, sql):
    sql.execute(PLANTED)
    try:
        sql.execute("INSERT INTO planted_wish VALUES (1, %s, %s, 'To see the sea')", (uuid7(), family.learner))
        assert "To see the sea" in browser.as_(cast.thaba.admin).get(family.page).text
    finally:
        sql.execute("DROP TABLE planted_wish")


def test_another_schools_person_is_not_there(browser, cast):
    page = browser.as_(cast.thaba.admin).get(f"/people/{cast.karoo.student.person_id}/data/")
    assert page.status == 404


def test_a_teacher_may_not_look(browser, cast, family):
    assert browser.as_(cast.thaba.teacher).get(family.page).status == 403
