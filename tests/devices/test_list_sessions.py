"""/settings/sessions: every device on which a person is signed in."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from tests.devices.conftest import FIREFOX

PATH = "/settings/sessions"


def rows(page, label="open"):
    """The texts of the rows of a list of the page."""
    (section,) = [each for each in page.all("section") if each.get("aria-labelledby") == label] or [None]
    if section is None:
        return []
    return [" ".join("".join(item.itertext()).split()) for item in section.iter("{http://www.w3.org/1999/xhtml}li")]


def test_a_device_is_told_in_words_with_place_way_and_school(browser, cast, add_session):
    add_session(cast.multi, device=FIREFOX, address="198.51.100.4", way="passkey", active_school=2)
    page = browser.as_(cast.multi).get(PATH)
    here, other = rows(page)
    assert here.startswith("Another browser This device In use now Signed in with a password · since ")
    assert here.endswith("works in Thaba Nkulu Primary")
    assert other.startswith("Firefox on Linux Last seen ")
    assert "Signed in with a passkey · since " in other
    assert "Network address 198.51.100.4 · works in Laerskool Karoo" in other
    assert "many people may share it" in page.main, "an address is not a place"


@pytest.mark.parametrize(("way", "words"), [("recovery", "a recovery code"), ("link", "by a link"), ("new", "another way")])
def test_the_way_of_signing_in_is_told(browser, cast, add_session, way, words):
    add_session(cast.multi, way=way)
    assert words in rows(browser.as_(cast.multi).get(PATH))[1]


def test_those_that_were_seen_last_come_first_and_this_one_before_all(browser, cast, add_session):
    for hours in (5, 1, 3):
        add_session(cast.multi, address=f"192.0.2.{hours}", last_seen_at=clock.now() - dt.timedelta(hours=hours))
    found = rows(browser.as_(cast.multi).get(PATH))
    assert "This device" in found[0]
    assert [each.partition("Network address ")[2].split()[0] for each in found[1:]] == ["192.0.2.1", "192.0.2.3", "192.0.2.5"]


def test_with_a_single_device_there_is_nothing_to_end(browser, cast):
    page = browser.as_(cast.multi).get(PATH)
    assert len(rows(page)) == 1
    assert "You are signed in on no other device." in page.main
    assert "Sign out everywhere else…" not in page.main


def test_a_session_of_somebody_else_is_not_there(browser, cast, add_session):
    add_session(cast.thaba.admin, device=FIREFOX)
    assert "Firefox" not in browser.as_(cast.multi).get(PATH).main


def test_a_suspended_school_is_not_named(browser, cast, sql, add_session):
    add_session(cast.multi, active_school=2)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    assert "Karoo" not in browser.as_(cast.multi).get(PATH).text


def test_the_last_five_that_ended_are_told_with_when_and_whether_they_ran_out(browser, cast, add_session):
    for days in range(1, 7):
        add_session(cast.multi, address=f"192.0.2.{days}", revoked_at=clock.now() - dt.timedelta(days=days))
    add_session(cast.multi, address="192.0.2.99", expires_at=clock.now() - dt.timedelta(hours=1))
    page = browser.as_(cast.multi).get(PATH)
    ended = rows(page, "ended")
    assert [each.rpartition(" ")[2] for each in ended] == [f"192.0.2.{n}" for n in (99, 1, 2, 3, 4)]
    assert "Ran out " in ended[0]
    assert all("Signed out " in each for each in ended[1:])
    assert len(rows(page)) == 1


def test_what_was_revoked_after_it_ran_out_ran_out(browser, cast, add_session):
    now = clock.now()
    add_session(cast.multi, expires_at=now - dt.timedelta(hours=2), revoked_at=now - dt.timedelta(hours=1))
    assert "Ran out " in rows(browser.as_(cast.multi).get(PATH), "ended")[0]


def test_many_are_paged_and_none_is_left_out(browser, cast, add_session):
    for minutes in range(60):
        add_session(cast.multi, address=f"192.0.2.{minutes}", last_seen_at=clock.now() - dt.timedelta(minutes=minutes))
    someone = browser.as_(cast.multi)
    first = someone.get(PATH)
    assert "60 other devices" in first.main
    second = someone.get(PATH + first.links()["Seen before"])
    seen = rows(first)[1:] + rows(second)
    assert len({each.partition("Network address ")[2].split()[0] for each in seen}) == len(seen) == 60
    assert "This device" not in second.main


def test_operators_and_those_without_a_school_have_the_page_too(browser, cast):
    for someone in (cast.nobody, cast.operator, cast.superuser, cast.thaba.student):
        assert browser.as_(someone).get(PATH).status == 200
