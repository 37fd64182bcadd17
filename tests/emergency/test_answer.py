"""Saying 'I have seen this': on the dashboard, on the page, and by the link of a mail, which says nothing by being opened."""

from __future__ import annotations

import re

import pytest

from tests.emergency.arranged import LIST, NEW, add_emergency, draft, the_one
from tests.notices.population import connect

LINK = re.compile(r"http://localhost(/emergency/seen/\S+)")


@pytest.fixture
def link(admin, cast, work_off, mailserver):
    """The link in the guardian's mail."""
    admin.post(NEW, draft())
    work_off()
    mail = next(mail for mail in mailserver.mails if mail.to == cast.thaba.guardian.email)
    return LINK.search(mail.text)[1]


def answered(sql):
    return sql.execute("SELECT person_id, acknowledged_by FROM emergency_person WHERE acknowledged_at IS NOT NULL").fetchall()


@pytest.mark.parametrize("role", ["owner", "teacher", "officer", "guardian", "student"])
def test_the_dashboard_says_it_first_to_everybody_whom_it_is_for(browser, cast, sql, role):
    someone = getattr(cast.thaba, role)
    sql.execute("UPDATE app_user SET language = 'en'")
    emergency = add_emergency(sql, cast.thaba)
    page = browser.as_(someone).get("/dashboard/")
    panels = [e for e in page.all("section") if "panel" in (e.get("class") or "").split()]
    assert panels[0].get("aria-labelledby") == "panel-emergency"
    assert "alarm" in panels[0].get("class")
    page = browser.as_(someone).post(f"{LIST}{emergency}/message", page.form(f"{LIST}{emergency}/message"))
    assert (page.status, page.location) == (303, "/dashboard/")
    assert answered(sql) == [(someone.person_id, None)]
    page = browser.as_(someone).get("/dashboard/")
    assert "You are known to be safe since" in page.main
    assert "I have seen this" not in page.main


def test_whom_it_is_not_for_sees_nothing_of_it(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    emergency = add_emergency(sql, cast.thaba)
    sql.execute("DELETE FROM emergency_person WHERE person_id = %s", (cast.thaba.guardian.person_id,))
    guardian = browser.as_(cast.thaba.guardian)
    assert "Fire in the kitchen" not in guardian.get("/dashboard/").main
    assert guardian.get(f"{LIST}{emergency}/message").status == 404
    assert guardian.post(f"{LIST}{emergency}/message").status == 404
    assert "Fire in the kitchen" not in browser.as_(cast.karoo.owner).get("/dashboard/").main


def test_the_page_says_it_in_the_readers_language(admin, browser, cast, sql):
    admin.post(NEW, draft())
    sql.execute("UPDATE app_user SET language = 'af' WHERE id = %s", (cast.thaba.guardian.user_id,))
    guardian = browser.as_(cast.thaba.guardian)
    assert guardian.get(f"{LIST}{the_one(sql)}/message").h1 == "Die skool word ontruim"
    assert "Die skool word ontruim" in guardian.get("/dashboard/").main


def test_answering_twice_is_one_answer_and_one_event(browser, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    guardian = browser.as_(cast.thaba.guardian)
    for _ in range(2):
        guardian.post(f"{LIST}{emergency}/message")
    assert sql.execute("SELECT actor_kind FROM audit_event WHERE action = 'emergency.acknowledge'").fetchall() == [("user",)]


def test_the_link_of_a_mail_answers_only_by_its_button(browser, cast, sql, link):
    page = browser.get(f"{link}?language=en")
    assert (page.status, page.h1) == (200, "The school is being evacuated")
    assert browser.client.head(link).status_code == 200
    assert answered(sql) == [], "programs that look through mail open every link"
    page = browser.post(f"{link}?language=en", page.form())
    assert (page.status, page.location) == (303, f"{link}?language=en")
    assert answered(sql) == [(cast.thaba.guardian.person_id, None)]
    page = browser.get(page.location)
    assert f"knows that {cast.thaba.guardian.name} has seen this" in page.main
    assert "I have seen this" not in page.main
    assert sql.execute("SELECT actor_kind FROM audit_event WHERE action = 'emergency.acknowledge'").fetchall() == [("visitor",)]


def test_the_link_needs_our_token_to_answer_and_leads_nowhere_when_it_is_not_ours(browser, sql, link):
    assert browser.post(link, token=False).status == 400
    assert browser.get(f"{link[:-2]}AA").status == 404
    assert browser.post("/emergency/seen/" + "x" * 48).status == 404
    assert answered(sql) == []


def test_the_page_of_the_link_is_in_the_readers_own_language(browser, cast, sql, link):
    sql.execute("UPDATE person SET language = 'af' WHERE id = %s", (cast.thaba.guardian.person_id,))
    page = browser.get(link)
    assert (page.h1, page.one("html").get("lang") if page.all("html") else "af") == ("Die skool word ontruim", "af")
    assert browser.get(f"{link}?language=zu").h1 == "Abantu bayakhishwa esikoleni"


def test_the_link_of_a_suspended_school_says_so_and_changes_nothing(browser, cast, sql, link):
    token = browser.get(f"{link}?language=en").form()
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'active', disabled_at = now() WHERE id = 1")
    assert browser.get(link).status == 403
    assert browser.post(link, token).status == 403
    assert answered(sql) == []


def test_the_link_of_somebody_who_has_left_leads_nowhere(browser, cast, sql, link):
    token = browser.get(f"{link}?language=en").form()
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (cast.thaba.guardian.person_id,))
    assert browser.get(link).status == 404
    assert browser.post(link, token).status == 404
    assert answered(sql) == []


def test_a_text_message_has_the_link_too(admin, cast, sql, work_off, mailserver, gateway, app):
    connect(sql, 1, "sms")
    admin.post(NEW, draft())
    assert sql.execute("SELECT channel FROM message").fetchone() == ("sms",)


def test_a_mail_that_is_no_emergency_keeps_its_own_link(admin, mailserver, work_off):
    texts = {"title_en": "Sports day", "message_en": "On Friday.", "starts_at": "2026-01-01T08:00", "urgent": "y"}
    admin.post("/schedule-notices/new", {**texts, "audience": "guardians"})
    work_off()
    assert "/schedule-notices/" in mailserver.mails[0].text
    assert "/emergency/seen/" not in mailserver.mails[0].text
