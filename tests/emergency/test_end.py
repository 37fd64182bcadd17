"""The end of an emergency, all clear or false alarm: told to the same people by all channels, once."""

from __future__ import annotations

import pytest

from app.domain import rollups
from app.tenancy.doors import across_schools
from tests.cast import add_person
from tests.domain.counting import rebuild
from tests.emergency.arranged import LIST, NEW, add_emergency, draft, the_one
from tests.lifecycle.conftest import Lifecycle
from tests.platform_health.arranged import PATH, items, part

ENDS = {"all_clear": ("The danger is over", "emergency.all_clear"), "cancelled": ("It was a false alarm", "emergency.cancel")}


def given(page):
    return page.form()


@pytest.mark.parametrize("how", ENDS)
def test_the_same_people_are_told_and_nobody_else(admin, cast, sql, work_off, mailserver, how):
    admin.post(NEW, draft(audience="families"))
    work_off()
    first = {mail.to for mail in mailserver.mails}
    mailserver.forget()
    add_person(sql, 1, "Came Later", "guardian", "later@example.com")
    path = f"{LIST}{the_one(sql)}/end?how={how}"
    page = admin.get(path)
    assert page.h1 == ENDS[how][0]
    answer = admin.post(path, given(page))
    assert (answer.status, answer.location) == (303, f"{LIST}{the_one(sql)}")
    work_off()
    assert {mail.to for mail in mailserver.mails} == first
    assert cast.thaba.student.email not in first
    assert sql.execute("SELECT ended_how, ended_by, ended_at IS NOT NULL FROM emergency").fetchone() == (
        how, "Naledi Mokoena", True,
    )  # fmt: skip
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = %s", (ENDS[how][1],)).fetchone() == (1,)
    assert "Who knows that it is over" in admin.get(answer.location).main


def test_it_is_told_once_however_often_somebody_presses(admin, sql, work_off, mailserver):
    admin.post(NEW, draft())
    clear, cancel = (f"{LIST}{the_one(sql)}/end?how={how}" for how in ENDS)
    form = given(admin.get(clear))
    admin.post(clear, form)
    for path in (clear, cancel):
        page = admin.post(path, form)
        assert page.location == f"{LIST}{the_one(sql)}"
        assert admin.get(page.location).banners[-1].startswith("This emergency is over")
    assert sql.execute("SELECT count(*) FROM message").fetchone() == (2,)
    assert sql.execute("SELECT ended_how FROM emergency").fetchone() == ("all_clear",)


def test_without_the_password_it_goes_on(admin, browser, cast, sql):
    path = f"{LIST}{add_emergency(sql, cast.thaba)}/end"
    form = given(admin.get(path))
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    assert admin.get(path).location.startswith("/settings/confirm?next=")
    page = admin.post(path, form)
    assert page.status == 422
    assert "nothing was sent" in page.main
    assert sql.execute("SELECT ended_at FROM emergency").fetchone() == (None,)


def test_it_needs_words_and_an_end_that_there_is(admin, cast, sql):
    path = f"{LIST}{add_emergency(sql, cast.thaba)}/end"
    empty = {name: "" for name in given(admin.get(path)) if name[:5] in ("title", "messa")}
    assert admin.post(path, empty).problems == ["Enter a title", "Enter a message"]
    assert admin.get(f"{path}?how=never").status == 404


def test_it_goes_out_in_quiet_hours_too(admin, sql, work_off, mailserver):
    admin.post(NEW, draft())
    work_off()
    mailserver.forget()
    sql.execute("UPDATE school SET quiet_from = '00:00', quiet_until = '23:59'")
    path = f"{LIST}{the_one(sql)}/end"
    admin.post(path, given(admin.get(path)))
    work_off()
    assert len(mailserver.mails) == 7


def test_afterwards_the_dashboard_is_calm(admin, browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    emergency = add_emergency(sql, cast.thaba)
    end = "UPDATE emergency SET ended_at = now() - %s::interval, ended_how = 'all_clear', ended_by = 'A', end_message_id = message_id"
    sql.execute(end, ("1 hour",))
    page = browser.as_(cast.thaba.guardian).get("/dashboard/")
    assert "Danger over" in page.main
    assert "I have seen this" not in page.main
    assert "alarm" not in next(e for e in page.all("section") if e.get("aria-labelledby") == "panel-emergency").get("class")
    assert "The danger is over since" in browser.as_(cast.thaba.guardian).get(f"{LIST}{emergency}/message").main
    sql.execute(end, ("25 hours",))
    assert "Fire in the kitchen" not in browser.as_(cast.thaba.guardian).get("/dashboard/").main


def test_where_everybody_stood_at_the_end_is_what_the_board_shows_for_good(admin, browser, cast, sql):
    emergency, guardian = add_emergency(sql, cast.thaba), cast.thaba.guardian.person_id
    people, marks = (
        f"{LIST}{emergency}/people",
        "SELECT acknowledged_by FROM emergency_person WHERE acknowledged_at IS NOT NULL",
    )
    sql.execute("UPDATE person SET phone = '+27825550177' WHERE id = %s", (guardian,))
    assert "+27825550177" in admin.get(people).main, "somebody may have to phone them"
    admin.post(people, {"person": str(guardian), "deed": "mark"})
    token = browser.as_(cast.thaba.teacher).get(f"{LIST}{emergency}/message").form()
    sql.execute("UPDATE emergency SET ended_at = now(), ended_how = 'all_clear', ended_by = 'A', end_message_id = message_id")
    over = "This emergency is over"
    for person, deed in ((cast.thaba.teacher.person_id, "mark"), (guardian, "take_back")):
        admin.post(people, {"person": str(person), "deed": deed})
        page = admin.get(people)
        assert page.banners[-1].startswith(over)
    assert not [e for e in page.all("input") if e.get("type") == "checkbox"], "nobody can be ticked"
    assert "Mark the ticked as safe" not in page.main
    assert "+27825550177" not in page.main, "nobody has to be phoned any more"
    browser.as_(cast.thaba.teacher).post(f"{LIST}{emergency}/message", token)
    page = browser.as_(cast.thaba.teacher).get(f"{LIST}{emergency}/message")
    assert "Thank you" not in " ".join(page.banners), "nobody is thanked for what was not written down"
    assert "I have seen this" not in page.main
    assert len(sql.execute(marks).fetchall()) == 1


def test_a_suspension_says_that_one_goes_on_and_stops_it(browser, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    lifecycle = Lifecycle(browser, cast, sql)
    assert "1 emergency is going on" in lifecycle.operator.get("/operator/schools/1/suspend").text
    lifecycle.suspend(cast.thaba)
    admin = browser.as_(cast.thaba.admin)
    for path in (NEW, f"{LIST}{emergency}/end"):
        assert admin.client.post(path).headers["Location"].startswith("/login")
    assert sql.execute("SELECT count(*) FROM emergency").fetchone() == (1,)


def test_the_platform_counts_those_of_24_hours(browser, cast, sql):
    def said():
        return items(part(browser.as_(cast.operator).get(PATH), "signals"))["Emergency broadcasts in 24 hours"]

    add_emergency(sql, cast.thaba)
    add_emergency(sql, cast.karoo)
    old = add_emergency(sql, cast.karoo)
    sql.execute("UPDATE emergency SET created_at = now() - interval '25 hours' WHERE id = %s", (old,))
    rebuild()
    assert said() == "2"
    sql.execute("UPDATE emergency SET created_at = now() - interval '25 hours' WHERE school_id = 1")
    with across_schools("the test of a rollup", routine=True) as session:
        rollups.refresh(session, [1])
        session.commit()
    assert said() == "1"
