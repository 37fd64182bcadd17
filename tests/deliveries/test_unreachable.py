"""/schedule-notices/unreachable: whom no mail reaches, and why."""

import pytest

from app.ids import uuid7
from tests.cast import add_person
from tests.deliveries.test_failed import pages_of
from tests.pages import words

LIST = "/schedule-notices/unreachable"
ASKED = f"{LIST}?why=unsubscribed"


def names(page):
    return [words(th) for th in page.all("th", scope="row")]


def unsubscribe(sql, person, school=1):
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) VALUES (%s, %s, %s, '2026-05-04T10:00Z')",
        (school, uuid7(), person),
    )


def test_it_names_who_has_no_working_address_and_why(admin, cast, sql):
    add_person(sql, 1, "Abel Nobody", "guardian", None)
    add_person(sql, 1, "Zodwa Bounced", "staff", "zodwa@example.com")
    add_person(sql, 1, "Young Learner", "learner", None)
    add_person(sql, 1, "Learner Bounced", "learner", "learner@example.com")
    add_person(sql, 2, "Theirs", "guardian", None)
    sql.execute("UPDATE person SET email_flagged_at = '2026-05-03T10:00Z' WHERE name LIKE '%Bounced'")
    page = admin.get(LIST)
    assert names(page) == ["Abel Nobody", "Learner Bounced", "Zodwa Bounced"]
    assert "zodwa@example.com has not worked since 3 May 2026" in page.main
    assert "No address" in page.main


def test_each_can_be_mended_on_the_spot(admin, cast, sql):
    person = add_person(sql, 1, "Abel Nobody", "guardian", None)
    assert f"{LIST}/{person}" in admin.get(LIST).links().values()


def test_who_asked_for_no_email_is_shown_apart_and_cannot_be_mended(admin, cast, sql):
    person = add_person(sql, 1, "Quiet Person", "guardian", "quiet@example.com")
    unsubscribe(sql, person)
    assert "Everyone can be reached" in admin.get(LIST).main
    page = admin.get(ASKED)
    assert names(page) == ["Quiet Person"]
    assert "Asked for no email on 4 May 2026. Only they can subscribe again" in page.main
    assert f"{LIST}/{person}" not in page.links().values()


def test_who_has_both_is_shown_where_something_can_be_done(admin, cast, sql):
    unsubscribe(sql, add_person(sql, 1, "Both", "guardian", None))
    assert names(admin.get(LIST)) == ["Both"]
    assert "Nobody has unsubscribed" in admin.get(ASKED).main


def test_who_is_notified_on_a_device_is_marked(admin, cast, sql):
    person = add_person(sql, 1, "With Phone", "guardian", None)
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (1, %s, %s, 'https://push.example.com/1', 'p', 'a', 'k', 'Chrome/Android')",
        (uuid7(), person),
    )
    assert names(admin.get(LIST)) == ["With PhoneGets notifications on a device"]


def test_who_has_left_is_not_missed(admin, cast, sql):
    for number, email in enumerate((None, "left@example.com")):
        unsubscribe(sql, add_person(sql, 1, f"Gone {number}", "guardian", email))
    sql.execute("UPDATE person SET ended_at = now() WHERE name LIKE 'Gone%'")
    assert "Everyone can be reached" in admin.get(LIST).main
    assert "Nobody has unsubscribed" in admin.get(ASKED).main


@pytest.mark.parametrize("address", [LIST, ASKED])
def test_a_long_list_is_paged_by_name_also_among_namesakes(admin, cast, sql, address):
    for number in range(120):
        person = add_person(
            sql, 1, f"Same ~ & name {number // 60}", "guardian", None if address == LIST else f"p{number}@x.example"
        )
        unsubscribe(sql, person)
    pages = pages_of(admin, address)
    assert [len(names(page)) for page in pages] == [50, 50, 20]
    assert sum(name.endswith("0") for page in pages for name in names(page)) == 60


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_is_there_in_every_language(browser, cast, sql, language):
    add_person(sql, 1, "Abel Nobody", "guardian", None)
    sql.execute("UPDATE app_user SET language = %s", (language,))
    for address in (LIST, ASKED):
        assert browser.as_(cast.thaba.owner, language=language).get(address).status == 200


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not_see_it(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(LIST).status == 403


@pytest.mark.parametrize("wrong", ["?after=x", "?after=a~b", "?after=a~b~c", "?why=tired"])
def test_an_address_that_means_nothing_is_404(admin, wrong):
    assert admin.get(LIST + wrong).status == 404
