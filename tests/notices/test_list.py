"""/schedule-notices/: what a school's managers see of its notices."""

import datetime as dt

import pytest

from tests.notices.arranged import HOUR, NOW, TRILINGUAL, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import XHTML, words

LIST = "/schedule-notices/"
DAY = dt.timedelta(days=1)


def titles(page):
    return [words(th.find(f"{XHTML}a")) for th in page.all("th", scope="row")]


@pytest.fixture
def notices(sql, cast):
    """One notice of each state in one school, and another school's."""
    add_notice(sql, cast.thaba, "Coming one", starts=DAY)
    add_notice(sql, cast.thaba, "Active one", starts=-HOUR, audience="guardians")
    add_notice(sql, cast.thaba, "Past one", starts=-2 * DAY, ends=-DAY)
    add_notice(sql, cast.thaba, "Removed one", starts=-3 * DAY, removed_at=NOW)
    add_notice(sql, cast.karoo, "Another school’s")


def test_a_school_sees_its_own_notices_newest_start_first(browser, cast, notices):
    page = browser.as_(cast.thaba.admin, language="zu").get(LIST)
    assert titles(page) == ["Coming one", "Active one", "Past one", "Removed one"]


@pytest.mark.parametrize("state", ["active", "coming", "past", "removed"])
def test_each_filter_shows_its_state(browser, cast, notices, state):
    page = browser.as_(cast.thaba.admin).get(f"{LIST}?state={state}")
    assert titles(page) == [f"{state.capitalize()} one"]
    assert page.one("a", aria_current="true").get("href") == f"?state={state}"


def test_a_notice_is_over_at_its_end_and_active_from_its_start(browser, cast, sql):
    add_notice(sql, cast.thaba, "Over", starts=-DAY, ends=dt.timedelta(0))
    add_notice(sql, cast.thaba, "Begun", starts=dt.timedelta(0))
    assert titles(browser.as_(cast.thaba.admin).get(f"{LIST}?state=active")) == ["Begun"]


@pytest.mark.parametrize(("reader", "title"), [("en", "Sports day"), ("af", "Sportdag"), ("zu", "Usuku lwezemidlalo")])
def test_titles_are_in_the_readers_language(browser, cast, sql, reader, title):
    add_notice(sql, cast.thaba, TRILINGUAL)
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (reader, cast.thaba.admin.user_id))
    page = browser.as_(cast.thaba.admin, language=reader).get(LIST)
    assert titles(page) == [title]
    assert 'class="chip"' not in page.text


def test_a_title_that_the_reader_does_not_speak_says_so(browser, cast, sql):
    add_notice(sql, cast.thaba, {"en": "Only English"})
    add_notice(sql, cast.thaba, {"en": "Sports day", "af": "Sportdag"})
    page = browser.as_(cast.karoo.admin).get(LIST)
    sql.execute("UPDATE app_user SET language = 'zu' WHERE id = %s", (cast.thaba.admin.user_id,))
    page = browser.as_(cast.thaba.admin).get(LIST)
    assert [a.get("lang") for th in page.all("th", scope="row") for a in th.iter(f"{XHTML}a")] == ["en", "en"]
    assert page.text.count('class="chip"') == 2


def test_a_missing_language_falls_back_to_the_schools_before_english(browser, cast, sql):
    add_notice(sql, cast.karoo, {"en": "Sports day", "af": "Sportdag"})
    sql.execute("UPDATE app_user SET language = 'zu' WHERE id = %s", (cast.karoo.admin.user_id,))
    assert titles(browser.as_(cast.karoo.admin).get(LIST)) == ["Sportdag"]


@pytest.mark.parametrize("search", ["amanzi", "VRYDAG", "until two"])
def test_the_search_finds_words_of_titles_and_messages_in_any_language(browser, cast, sql, search):
    add_notice(sql, cast.thaba, {"en": "Water", "zu": "Amanzi"}, {"en": "Off until two", "zu": "Avaliwe"})
    add_notice(sql, cast.thaba, {"af": "Sport"}, {"af": "Skuif na Vrydag"})
    add_notice(sql, cast.thaba, "Something else")
    assert len(titles(browser.as_(cast.thaba.admin).get(LIST, query_string={"q": search}))) == 1


@pytest.mark.parametrize("search", ["%", "_", "en", '"', "\\", "message"])
def test_the_search_takes_words_not_wildcards_nor_what_the_database_keeps_around_them(browser, cast, sql, search):
    add_notice(sql, cast.thaba, {"zu": "Amanzi"}, "Avaliwe")
    page = browser.as_(cast.thaba.admin).get(LIST, query_string={"q": search})
    assert titles(page) == []
    assert "Clear the filters" in page.text or page.one("html").get("lang") == "zu"


def test_older_pages_reach_every_notice_once_also_those_that_start_together(browser, cast, sql):
    for number in range(120):
        add_notice(sql, cast.thaba, f"Notice {number}", starts=dt.timedelta(minutes=-(number // 40)))
    reader, seen, address = browser.as_(cast.thaba.admin), [], ""
    while address is not None:
        page = reader.get(LIST + address)
        seen.append(titles(page))
        older = page.all("a", rel="next")
        address = older[0].get("href") if older else None
    assert [len(part) for part in seen] == [50, 50, 20]
    assert len({title for part in seen for title in part}) == 120


def test_paging_keeps_the_filters(browser, cast, sql):
    for number in range(60):
        add_notice(sql, cast.thaba, f"Notice {number}")
    page = browser.as_(cast.thaba.admin).get(f"{LIST}?state=active&q=notice")
    assert page.one("a", rel="next").get("href").startswith("?state=active&q=notice&after=")


def test_failures_are_counted_once_it_was_sent(browser, cast, sql):
    message = add_sent_message(sql, cast.thaba, sent=3, dead=1)
    add_notice(sql, cast.thaba, "Sent one", message_id=message)
    add_notice(sql, cast.thaba, "Other", starts=DAY)
    rows = [[words(td) for td in tr.iter(f"{XHTML}td")][4] for tr in browser.as_(cast.thaba.admin).get(LIST).all("tr")[1:]]
    assert rows == ["–Asikathunyelwa", "1"]


def test_an_empty_list_says_what_to_do(browser, cast):
    page = browser.as_(cast.thaba.admin).get(LIST)
    assert "/schedule-notices/new" in page.links().values()
    assert browser.as_(cast.thaba.admin).get(f"{LIST}?state=past").all("a", href=LIST)


@pytest.mark.parametrize(
    "wrong",
    [
        "?state=lost",
        "?after=yesterday",
        "?after=2026-01-01~x",
        "?after=2026-01-01T00:00:00~00000000-0000-0000-0000-000000000000",
    ],
)
def test_an_address_that_means_nothing_is_404(browser, cast, wrong):
    assert browser.as_(cast.thaba.admin).get(LIST + wrong).status == 404


def test_what_people_wrote_is_text(browser, cast, sql):
    add_notice(sql, cast.thaba, {"zu": "<script>alert(1)</script>"})
    page = browser.as_(cast.thaba.admin, language="zu").get(f"{LIST}?q=<script>")
    assert titles(page) == ["<script>alert(1)</script>"]
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("admin", 200), ("teacher", 403), ("officer", 403), ("guardian", 403), ("student", 403)],
)
def test_who_may_see_the_list(browser, cast, role, status):
    assert browser.as_(getattr(cast.thaba, role)).get(LIST).status == status
    assert (LIST in browser.as_(getattr(cast.thaba, role)).get("/dashboard/").text) == (status == 200)


def test_the_list_costs_two_queries_however_long(browser, cast, sql, caplog):
    for number in range(60):
        add_notice(sql, cast.thaba, f"Notice {number}")
    with caplog.at_level("INFO", "umthi.request"):
        browser.as_(cast.thaba.admin).get(LIST)
    assert caplog.records[-1].fields["queries"] <= 2
