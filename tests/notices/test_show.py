"""/schedule-notices/<id>: for managers what became of it, for those whom it is for the notice itself."""

import datetime as dt

import pytest

from app.ids import uuid7
from tests.notices.arranged import HOUR, NOW, TRILINGUAL, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import words

DAY = dt.timedelta(days=1)
FITS = {
    "everyone": {"owner", "admin", "teacher", "officer", "guardian", "student"},
    "staff": {"owner", "admin", "teacher", "officer"},
    "guardians": {"owner", "admin", "guardian"},
    "students": {"owner", "admin", "student"},
}


def path(notice):
    return f"/schedule-notices/{notice}"


def facts(page):
    """What stands beside each term of the page."""
    return {words(dt): words(dd) for dt, dd in zip(page.all("dt"), page.all("dd"), strict=True)}


def counts(page):
    """How many people the bar of the page counts where, by the state that each count leads to."""
    links = [a for a in page.all("a") if "?state=" in a.get("href")]
    return {a.get("href").partition("=")[2]: int(words(a).split()[0]) for a in links if words(a)[0].isdigit()}


@pytest.fixture
def english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.mark.parametrize("audience", FITS)
@pytest.mark.parametrize("role", ["admin", "teacher", "officer", "guardian", "student"])
def test_a_notice_is_read_by_those_whom_it_is_for_and_by_managers(browser, cast, sql, role, audience):
    notice = add_notice(sql, cast.thaba, "Read me", audience=audience)
    page = browser.as_(getattr(cast.thaba, role)).get(path(notice))
    assert page.status == (200 if role in FITS[audience] else 404)


@pytest.mark.parametrize("columns", [{"starts": HOUR}, {"removed_at": NOW}])
def test_what_is_not_out_or_was_removed_is_there_for_managers_only(browser, cast, sql, columns):
    notice = add_notice(sql, cast.thaba, "Hidden", **columns)
    assert browser.as_(cast.thaba.admin).get(path(notice)).status == 200
    assert browser.as_(cast.thaba.guardian).get(path(notice)).status == 404


def test_a_notice_that_is_over_stays_readable_for_those_who_have_the_mail(browser, cast, sql, english):
    notice = add_notice(sql, cast.thaba, "Over", starts=-DAY, ends=-HOUR)
    assert "This notice is over." in browser.as_(cast.thaba.guardian).get(path(notice)).main


@pytest.mark.parametrize("way", ["", "/edit", "/remove"])
def test_another_schools_notice_is_the_same_404_as_one_that_never_was(browser, cast, sql, way):
    theirs = add_notice(sql, cast.karoo, "Theirs")
    answers = [browser.as_(cast.thaba.admin).get(path(key) + way) for key in (theirs, uuid7())]
    assert [answer.status for answer in answers] == [404, 404]
    assert len({len(answer.text) for answer in answers}) == 1


@pytest.mark.parametrize("way", ["edit", "remove", "restore", "test"])
def test_nothing_can_be_done_to_another_schools_notice(browser, cast, sql, way):
    theirs = add_notice(sql, cast.karoo, "Theirs", removed_at=NOW if way == "restore" else None)
    before = sql.execute("SELECT * FROM notice").fetchall()
    assert browser.as_(cast.thaba.admin).post(f"{path(theirs)}/{way}", {"title_en": "Ours"}).status == 404
    assert sql.execute("SELECT * FROM notice").fetchall() == before
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


@pytest.mark.parametrize("way", ["edit", "remove", "restore", "test"])
@pytest.mark.parametrize("role", ["teacher", "guardian"])
def test_only_managers_may_change_it(browser, cast, sql, role, way):
    notice = add_notice(sql, cast.thaba, "Hands off")
    assert browser.as_(getattr(cast.thaba, role)).post(f"{path(notice)}/{way}").status == 403


@pytest.mark.parametrize(("language", "title"), TRILINGUAL.items())
@pytest.mark.parametrize("role", ["admin", "guardian"])
def test_it_speaks_the_readers_language(browser, cast, sql, role, language, title):
    notice, someone = add_notice(sql, cast.thaba, TRILINGUAL), getattr(cast.thaba, role)
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, someone.user_id))
    page = browser.as_(someone, language=language).get(path(notice))
    assert page.h1 == title
    assert page.one("h1").get("lang") is None


def test_a_reader_sees_a_fallback_as_one(browser, cast, sql):
    notice = add_notice(sql, cast.thaba, {"en": "Only English"})
    page = browser.as_(cast.thaba.guardian, language="zu").get(path(notice))
    assert page.one("h1").get("lang") == "en"
    assert page.one("div", class_="prose").get("lang") == "en"
    assert len(page.all("span", class_="chip")) == 1


def test_the_preview_shows_what_the_readers_of_each_language_get(browser, cast, sql, english):
    notice = add_notice(sql, cast.karoo, {"en": "Sports day", "af": "Sportdag"})
    page = browser.as_(cast.karoo.admin).get(path(notice))
    shown = [
        (words(part.findall(".//*[@class='prose']")[0]) and [words(s) for s in part.iter() if s.tag.endswith("strong")])
        for part in page.all("article")
    ]
    assert shown == [["Sportdag"], ["Sports day"], ["Sportdag"]]
    assert "There is no text in isiZulu, so its readers get the one in Afrikaans." in page.main


def test_what_people_wrote_is_text(browser, cast, sql):
    notice = add_notice(sql, cast.thaba, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>\n\n{{ 7*7 }}")
    for someone in (cast.thaba.admin, cast.thaba.guardian):
        page = browser.as_(someone).get(path(notice))
        assert page.h1 == "<script>alert(1)</script>"
        assert "<img src=x onerror=alert(1)>" in page.main
        assert "{{ 7*7 }}" in page.main


def test_times_are_by_the_schools_clock(browser, cast, sql, english):
    sql.execute("UPDATE school SET timezone = 'America/New_York' WHERE id = 1")
    notice = add_notice(sql, cast.thaba, "Clock")
    sql.execute("UPDATE notice SET starts_at = '2026-07-01T03:30Z', ends_at = '2026-12-01T04:30Z' WHERE id = %s", (notice,))
    found = facts(browser.as_(cast.thaba.admin).get(path(notice)))
    assert (found["Starts"], found["Ends"]) == ("30 Jun 2026, 23:30", "30 Nov 2026, 23:30")


def test_managers_see_how_many_were_queued_accepted_and_failed_and_why(browser, cast, sql, english):
    message = add_sent_message(sql, cast.thaba, queued=2, sent=3, dead=1)
    notice = add_notice(sql, cast.thaba, "Sent", message_id=message)
    page = browser.as_(cast.thaba.admin).get(path(notice))
    assert counts(page) == {"queued": 2, "by_email": 3, "failed": 1, "unreachable": 7}  # the cast has got nothing
    assert "For 13 people" in page.main
    assert [words(th) for th in page.all("th", scope="row")] == ["dead 0"]


def test_what_is_under_way_is_asked_for_anew_and_what_is_over_is_not(browser, cast, sql, english):
    for states, stops in (({"queued": 1}, 0), ({"sent": 1, "dead": 1}, 1)):
        notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, **states))
        page = browser.as_(cast.thaba.admin).get(path(notice))
        (part,) = [div for div in page.all("div") if div.get("data-poll")]
        assert (part.get("data-poll"), part.get("data-every")) == (f"{path(notice)}?part=deliveries", "3000")
        assert len([e for e in part.iter() if e.get("data-poll-stop") is not None]) == stops
        assert ("Refresh" in [words(a) for a in page.all("a")]) is not bool(stops)


def test_who_waits_for_the_morning_is_not_asked_for_every_three_seconds(browser, cast, sql, english):
    notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, queued=2))
    sql.execute("UPDATE delivery SET ended_at = NULL, due_at = '2099-01-01T04:00Z'")
    add_sent_message(sql, cast.thaba, deferred=1)  # of another notice: it counts for nothing here
    page = browser.as_(cast.thaba.admin).get(path(notice))
    assert "2 wait for the end of quiet hours, the first until 1 Jan 2099, 06:00." in page.main
    assert [e for e in page.tree.iter() if e.get("data-poll-stop") is not None]


def test_the_part_comes_alone_to_the_script_and_once_while_it_is_the_same(browser, cast, sql, english):
    notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, queued=1))
    admin, script = browser.as_(cast.thaba.admin), {"X-Fragment": "1"}
    first = admin.get(path(notice), check=False, headers=script)
    assert (first.status, "<h1" in first.text, "csrf_token" in first.text) == (200, False, False)
    again = {**script, "If-None-Match": first.headers["ETag"]}
    assert admin.get(path(notice), check=False, headers=again).status == 304
    sql.execute("UPDATE delivery SET state = 'sent', ended_at = now()")
    changed = admin.get(path(notice), check=False, headers=again)
    assert (changed.status, "data-poll-stop" in changed.text) == (200, True)
    assert browser.as_(cast.thaba.guardian).get(path(notice), headers=script).h1 == "Sent"  # no part for those who only read


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"starts": HOUR}, "It goes out on"), ({}, "It is going out now."), ({"ends": -HOUR / 2}, "It was over before it could be sent"),
        ({"removed_at": NOW}, "It was removed before it was sent"),
    ],
)  # fmt: skip
def test_before_it_is_sent_the_page_says_what_will_happen(browser, cast, sql, english, columns, says):
    assert says in browser.as_(cast.thaba.admin).get(path(add_notice(sql, cast.thaba, "When", **columns))).main


def test_before_it_is_sent_each_number_of_the_page_leads_to_its_people(browser, cast, sql, english):
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE id = %s", (cast.thaba.teacher.person_id,))
    notice = add_notice(sql, cast.thaba, "Soon", starts=HOUR, channel="sms", audience="staff")
    admin = browser.as_(cast.thaba.admin)
    page = admin.get(path(notice))
    found = facts(page)
    assert (found["For whom"], found["Email"], found["Cannot be reached"]) == (
        "5 people",
        "4",
        "1 has an address that does not work",
    )
    assert "SMS is not connected: this goes by app notification or email instead." in page.main
    people = admin.get(page.links()["1 has an address that does not work"])
    assert [words(th) for th in people.all("th", scope="row")] == [cast.thaba.teacher.name]


def test_guardians_see_nothing_of_deliveries(browser, cast, sql, english):
    message = add_sent_message(sql, cast.thaba, sent=3, dead=1)
    page = browser.as_(cast.thaba.guardian).get(path(add_notice(sql, cast.thaba, "Sent", message_id=message)))
    assert "Failed" not in page.main
    assert "dead 0" not in page.text


def test_the_page_costs_few_queries(browser, cast, sql, caplog):
    message = add_sent_message(sql, cast.thaba, sent=30, dead=30)
    notice = add_notice(sql, cast.thaba, "Sent", message_id=message)
    with caplog.at_level("INFO", "umthi.request"):
        for someone, most in ((cast.thaba.admin, 6), (cast.thaba.guardian, 2)):
            browser.as_(someone).get(path(notice))
            assert caplog.records[-1].fields["queries"] <= most
