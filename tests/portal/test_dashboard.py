"""/dashboard/: what each person sees first, and that it never fails."""

import datetime as dt
import logging

import pytest

from app.web import panels
from tests.notices.arranged import HOUR, NOW, TRILINGUAL, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import XHTML, words

DASHBOARD = "/dashboard/"
DAY = dt.timedelta(days=1)
ROLES = ["owner", "admin", "teacher", "officer", "guardian", "student"]


def test_the_bare_address_leads_here_and_a_stranger_on_to_the_door(browser, cast):
    for someone, then in ((browser.as_(cast.thaba.admin), ""), (browser, "/login?next=/dashboard/")):
        page = someone.get("/")
        assert (page.status, page.location) == (302, DASHBOARD)
        assert someone.get(page.location).location == then


def titles(page):
    return [words(h3) for article in page.all("article") for h3 in article.iter(f"{XHTML}h3")]


def figures(page):
    """What each number of the overview links to, and the number."""
    return {p.find(f"{XHTML}a").get("href"): words(p.find(f"{XHTML}strong")) for p in page.all("p", class_="figure")}


@pytest.fixture
def speak(sql):
    """Choose a person's language: `speak(someone, "zu")`."""
    return lambda someone, language: sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, someone.user_id))


@pytest.mark.parametrize("language", ["en", "af", "zu"])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_dashboard_in_every_language(browser, cast, speak, role, language):
    someone = getattr(cast.thaba, role)
    speak(someone, language)
    page = browser.as_(someone, language=language).get(DASHBOARD)
    assert page.status == 200
    assert "Thaba Nkulu Primary" in page.main
    assert someone.name in page.main


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("owner", {"everyone", "staff"}), ("admin", {"everyone", "staff"}), ("teacher", {"everyone", "staff"}),
        ("officer", {"everyone", "staff"}), ("guardian", {"everyone", "guardians"}), ("student", {"everyone", "students"}),
    ],
)  # fmt: skip
def test_each_role_reads_what_is_for_it(browser, cast, sql, role, seen):
    for audience in ("everyone", "staff", "guardians", "students"):
        add_notice(sql, cast.thaba, audience, audience=audience)
    assert set(titles(browser.as_(getattr(cast.thaba, role)).get(DASHBOARD))) == seen


def test_only_active_notices_of_the_own_school_are_shown_urgent_ones_first(browser, cast, sql):
    add_notice(sql, cast.thaba, "Coming", starts=HOUR)
    add_notice(sql, cast.thaba, "Over", starts=-DAY, ends=-HOUR)
    add_notice(sql, cast.thaba, "Removed", removed_at=NOW)
    add_notice(sql, cast.karoo, "Another school’s")
    add_notice(sql, cast.thaba, "Newer", starts=-HOUR)
    add_notice(sql, cast.thaba, "Urgent", starts=-DAY, urgent=True)
    add_notice(sql, cast.thaba, "Older", starts=-2 * DAY)
    assert titles(browser.as_(cast.thaba.guardian).get(DASHBOARD)) == ["Urgent", "Newer", "Older"]


@pytest.mark.parametrize(("language", "title"), [("en", "Sports day"), ("af", "Sportdag"), ("zu", "Usuku lwezemidlalo")])
def test_notices_are_in_the_readers_language(browser, cast, sql, speak, language, title):
    add_notice(sql, cast.thaba, TRILINGUAL)
    speak(cast.thaba.guardian, language)
    page = browser.as_(cast.thaba.guardian, language=language).get(DASHBOARD)
    assert titles(page) == [title]
    assert not page.all("span", class_="chip")


def test_a_notice_in_another_language_says_so_and_is_marked_for_screen_readers(browser, cast, sql):
    add_notice(sql, cast.thaba, {"en": "Only English"})
    page = browser.as_(cast.thaba.guardian, language="zu").get(DASHBOARD)
    assert [div.get("lang") for div in page.all("div", class_="prose")] == ["en"]
    assert len(page.all("span", class_="chip")) == 1


def test_a_message_keeps_its_paragraphs_and_is_text(browser, cast, sql):
    add_notice(sql, cast.thaba, "<b>Hello</b>", "One\n\n<script>alert(1)</script>\nstill two")
    page = browser.as_(cast.thaba.guardian).get(DASHBOARD)
    paragraphs = [words(p) for p in page.one("div", class_="prose").iter(f"{XHTML}p")]
    assert paragraphs == ["One", "<script>alert(1)</script> still two"]
    assert titles(page) == ["<b>Hello</b>"]


def test_beyond_ten_notices_it_says_that_there_are_more(browser, cast, sql):
    for number in range(11):
        add_notice(sql, cast.karoo, f"Notice {number}")
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.karoo.guardian.user_id,))
    page = browser.as_(cast.karoo.guardian).get(DASHBOARD)
    assert len(titles(page)) == 10
    assert "There are more notices" in page.main


def test_times_are_by_the_schools_clock(browser, cast, sql):
    sql.execute("UPDATE school SET timezone = 'Pacific/Auckland', language = 'en' WHERE id = 1")
    notice = add_notice(sql, cast.thaba, "Clock")
    sql.execute("UPDATE notice SET starts_at = '2026-01-15T22:30Z' WHERE id = %s", (notice,))
    assert "16 Jan 2026, 11:30" in browser.as_(cast.thaba.guardian).get(DASHBOARD).main


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_managers_see_what_needs_them_and_each_number_leads_to_what_it_counts(browser, cast, sql, role):
    message = add_sent_message(sql, cast.thaba, sent=1, dead=2)
    add_notice(sql, cast.thaba, "Sent", message_id=message)
    add_notice(sql, cast.thaba, "Coming", starts=HOUR)
    add_notice(sql, cast.karoo, "Another school’s")
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.teacher.person_id,))
    reader = browser.as_(getattr(cast.thaba, role))
    seen = figures(reader.get(DASHBOARD))
    assert seen == {
        "/schedule-notices/?state=active": "1", "/schedule-notices/?state=coming": "1",
        "/schedule-notices/dead-letters/": "2", "/schedule-notices/unreachable": "1",
    }  # fmt: skip
    for address, number in seen.items():
        assert len(reader.get(address).all("th", scope="row")) == int(number)


def test_what_is_new_stands_before_what_stays(browser, cast):
    for someone, expected in (
        (cast.thaba.admin, ["panel-overview", "panel-mine", "panel-quick", "panel-contact", "panel-people"]),
        (cast.thaba.guardian, ["panel-mine", "panel-contact"]),
    ):
        page = browser.as_(someone).get(DASHBOARD)
        assert [h2.get("id") for h2 in page.all("main")[0].iter(f"{XHTML}h2")] == expected


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_do_not_see_what_they_cannot_open(browser, cast, role):
    page = browser.as_(getattr(cast.thaba, role)).get(DASHBOARD)
    assert figures(page) == {}
    assert not [a for a in page.links().values() if a.startswith("/schedule-notices")]


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_a_dashboard_opens(browser, cast, sql, role):
    add_notice(sql, cast.thaba, "Linked")
    reader = browser.as_(getattr(cast.thaba, role))
    for address in reader.get(DASHBOARD).links().values():
        if address.startswith("/"):
            assert reader.get(address).status == 200, address


def test_everyone_sees_the_schools_contact(browser, cast, sql):
    sql.execute("UPDATE school SET contact_address = E'Main Road 1\nThaba' WHERE id = 1")
    for role in ROLES:
        links = browser.as_(getattr(cast.thaba, role)).get(DASHBOARD).links()
        assert links["kantoor@thaba.example.com"] == "mailto:kantoor@thaba.example.com"
        assert links["+27 36 555 0101"] == "tel:+27365550101"


def test_a_school_without_a_contact_says_whom_to_ask(browser, cast, sql):
    sql.execute("UPDATE school SET contact_email = NULL, contact_phone = NULL, language = 'en' WHERE id = 1")
    assert "Ask its administrator" in browser.as_(cast.thaba.guardian).get(DASHBOARD).main


def test_nothing_at_all_says_how_to_make_sample_data_outside_production(browser, cast, sql):
    assert "flask --app wsgi seed baseline" in browser.as_(cast.thaba.admin).get(DASHBOARD).main
    assert "seed baseline" not in browser.as_(cast.thaba.guardian).get(DASHBOARD).main
    add_notice(sql, cast.thaba, "Over", starts=-DAY, ends=-HOUR)
    assert "seed baseline" not in browser.as_(cast.thaba.admin).get(DASHBOARD).main


def test_an_operator_is_led_to_the_console(browser, cast):
    for someone in (cast.operator, cast.superuser):
        page = browser.as_(someone).get(DASHBOARD)
        assert (page.status, page.location) == (302, "/operator")


def test_a_person_without_a_membership_is_told_what_to_do(browser, cast):
    page = browser.as_(cast.nobody).get(DASHBOARD)
    assert (page.status, page.h1) == (200, "No school membership")
    assert cast.nobody.email in page.main


def test_a_stranger_is_led_to_sign_in(browser):
    assert browser.get(DASHBOARD).location == "/login?next=/dashboard/"


def test_one_panel_that_fails_does_not_take_the_page_with_it(browser, cast, sql, caplog):
    sql.execute("ALTER TABLE delivery RENAME TO delivery_gone")
    add_notice(sql, cast.thaba, "Still here")
    try:
        page = browser.as_(cast.thaba.admin).get(DASHBOARD)
    finally:
        sql.execute("ALTER TABLE delivery_gone RENAME TO delivery")
    assert page.status == 200
    assert titles(page) == ["Still here"]
    assert len(page.all("section", class_="panel card wide")) == 2
    assert [r.levelno for r in caplog.records if r.name == panels.__name__] == [logging.ERROR]


def test_a_dashboard_costs_a_query_a_panel_however_much_there_is(browser, cast, sql, caplog):
    def queries():
        for someone in (cast.thaba.admin, cast.thaba.guardian):
            browser.as_(someone).get(DASHBOARD)
            yield caplog.records[-1].fields["queries"]

    with caplog.at_level("INFO", "umthi.request"):
        empty = tuple(queries())
        for number in range(30):
            add_notice(sql, cast.thaba, f"Notice {number}", message_id=None)
        assert tuple(queries()) == empty == (16, 7)
