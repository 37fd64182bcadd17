"""The lists behind the dashboard's numbers: who has no working address, and which mails did not arrive."""

import pytest

from tests.cast import add_person
from tests.notices.arranged import NOW, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import words

WITHOUT, FAILED = "/schedule-notices/unreachable", "/schedule-notices/dead-letters/"


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin, language="en")


def names(page):
    return [words(th) for th in page.all("th", scope="row")]


def pages_of(reader, address):
    """Every page of a list, from the first on."""
    at, query = [], ""
    while query is not None:
        at.append(reader.get(address + query))
        following = at[-1].all("a", rel="next")
        query = following[0].get("href") if following else None
    return at


def test_it_names_who_has_no_working_address_and_why(admin, cast, sql):
    add_person(sql, 1, "Abel Nobody", "guardian", None)
    add_person(sql, 1, "Zodwa Bounced", "staff", "zodwa@example.com")
    add_person(sql, 1, "Young Learner", "learner", None)
    add_person(sql, 2, "Theirs", "guardian", None)
    sql.execute("UPDATE person SET email_flagged_at = '2026-05-03T10:00Z' WHERE name = 'Zodwa Bounced'")
    page = admin.get(WITHOUT)
    assert names(page) == ["Abel Nobody", "Zodwa Bounced"]
    assert "Address not working since 3 May 2026" in page.main
    assert "No address" in page.main


def test_who_has_left_is_not_missed(admin, cast, sql):
    add_person(sql, 1, "Gone Away", "guardian", None)
    sql.execute("UPDATE person SET ended_at = now() WHERE name = 'Gone Away'")
    assert "Everyone can be reached" in admin.get(WITHOUT).main


def test_a_long_list_is_paged_by_name_also_among_namesakes(admin, cast, sql):
    for number in range(120):
        add_person(sql, 1, f"Same ~ & name {number // 60}", "guardian", None)
    pages = pages_of(admin, WITHOUT)
    assert [len(names(page)) for page in pages] == [50, 50, 20]
    assert sum(name.endswith("0") for page in pages for name in names(page)) == 60


def test_it_shows_the_notices_whose_mails_failed_newest_first(admin, cast, sql):
    for school in (cast.thaba, cast.karoo):
        add_notice(sql, school, f"Of {school.slug}", message_id=add_sent_message(sql, school, sent=1, dead=2))
    page = admin.get(FAILED)
    assert names(page) == ["Of thaba", "Of thaba"]
    assert "dead 0" in page.main
    assert "dead 1" in page.main


def test_failures_of_tests_and_of_long_ago_are_not_counted(admin, cast, sql):
    add_sent_message(sql, cast.thaba, dead=1)  # of no notice
    old = add_sent_message(sql, cast.thaba, dead=1)
    add_notice(sql, cast.thaba, "Long ago", message_id=old)
    sql.execute("UPDATE delivery SET ended_at = now() - interval '31 days' WHERE message_id = %s", (old,))
    assert "Everything arrived" in admin.get(FAILED).main


def test_many_failures_are_paged(admin, cast, sql):
    add_notice(sql, cast.thaba, "Bad day", message_id=add_sent_message(sql, cast.thaba, dead=70))
    sql.execute("UPDATE delivery SET ended_at = %s", (NOW,))
    assert [len(names(page)) for page in pages_of(admin, FAILED)] == [50, 20]


@pytest.mark.parametrize("address", [WITHOUT, FAILED])
@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_they_are_there_in_every_language(browser, cast, sql, address, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    assert browser.as_(cast.thaba.owner, language=language).get(address).status == 200


@pytest.mark.parametrize("address", [WITHOUT, FAILED])
@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not_see_them(browser, cast, address, role):
    assert browser.as_(getattr(cast.thaba, role)).get(address).status == 403


@pytest.mark.parametrize("wrong", ["?after=x", "?after=a~b", "?after=a~b~c"])
def test_an_address_that_means_nothing_is_404(admin, wrong):
    assert admin.get(WITHOUT + wrong).status == 404
    assert admin.get(FAILED + wrong).status == 404
