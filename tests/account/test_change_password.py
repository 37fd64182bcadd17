"""Changing a password that one knows."""

import pytest

from app.access.passwords import hash_password, link_path
from tests.account.racing import while_the_password_changes

NEW = "'n Haas wat vinnig hardloop"


def change(browser, current="password123", new=NEW):
    return browser.post("/settings/password", {"current": current, "password": new})


def test_the_new_password_opens_the_door_and_the_old_one_does_not(browser, cast, sql):
    someone = browser.as_(cast.karoo.guardian)
    page = change(someone)
    assert (page.status, page.location) == (303, "/settings/password")
    browser.language = "en"
    assert browser.post("/login", {"email": cast.karoo.guardian.email, "password": "password123"}).status == 422
    assert browser.post("/login", {"email": cast.karoo.guardian.email, "password": NEW}).status == 303
    assert sql.execute("SELECT kind, user_id FROM account_mail").fetchall() == [
        ("password_changed", cast.karoo.guardian.user_id)
    ]
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.change_password'").fetchone() == (1,)


def test_other_devices_are_signed_out_and_this_one_is_not(browser, cast):
    browser.post("/login", {"email": cast.multi.email, "password": "password123"})
    here = browser.as_(cast.multi)
    change(here)
    assert here.get("/settings/password").banners == ["Your password is changed. Your other devices are signed out."]
    assert browser.get("/dashboard/").status == 302


def test_a_link_that_was_asked_for_before_sets_no_password_after(browser, cast, sql, settings):
    for email in (cast.multi.email, cast.karoo.guardian.email):
        browser.post("/password/forgot", {"email": email})
    mine, other = (
        link_path(sql.execute("SELECT id FROM password_link WHERE user_id = %s", (one.user_id,)).fetchone()[0], settings.secret)
        for one in (cast.multi, cast.karoo.guardian)
    )
    assert browser.get(mine).status == 200
    change(browser.as_(cast.multi))
    assert browser.get(mine).status == 410
    assert browser.post(mine, {"password": "umvundla omhlophe emfuleni"}).status == 410
    assert browser.get(other).status == 200, "somebody else's"


def test_a_change_that_failed_leaves_the_links(browser, cast, sql):
    browser.post("/password/forgot", {"email": cast.multi.email})
    change(browser.as_(cast.multi), current="something else")
    assert sql.execute("SELECT count(*) FROM password_link WHERE used_at IS NULL").fetchone() == (1,)


def test_of_two_changes_at_once_the_second_does_not_undo_the_first(browser, cast, sql):
    someone, first = browser.as_(cast.multi), hash_password("the first of the two")
    page = while_the_password_changes(sql, cast.multi.user_id, first, lambda: change(someone))
    assert (page.status, page.problems) == (422, ["This is not your current password"])
    assert sql.execute("SELECT password_hash FROM app_user WHERE id = %s", (cast.multi.user_id,)).fetchone() == (first,)


def test_the_current_password_must_be_right(browser, cast, sql):
    page = change(browser.as_(cast.multi), current="something else")
    assert (page.status, page.problems) == (422, ["This is not your current password"])
    assert sql.execute("SELECT count(*) FROM account_mail").fetchone() == (0,)


def test_guessing_the_current_password_is_throttled_with_the_door(browser, cast):
    someone = browser.as_(cast.multi)
    assert [change(someone, current=f"guess {n}").status for n in range(11)] == [422] * 10 + [429]
    assert browser.post("/login", {"email": cast.multi.email, "password": "password123"}).status == 429


@pytest.mark.parametrize(("new", "problem"), [
    ("", "Enter a new password"),
    ("elevenchars", "Use at least 12 characters. A few words together are easy to remember."),
    ("x1" * 65, "Use at most 128 characters."),
    ("Iphasiwedi123", "Many people use this password, so it is easy to guess. Choose another one."),
    ("WAGWOORD1234", "Many people use this password, so it is easy to guess. Choose another one."),
    ("abababababababab", "Many people use this password, so it is easy to guess. Choose another one."),
])  # fmt: skip
def test_what_may_not_be_chosen(browser, cast, new, problem):
    page = change(browser.as_(cast.multi), new=new)
    assert (page.status, page.problems) == (422, [problem])


def test_the_same_password_is_no_change(browser, cast):
    page = change(browser.as_(cast.multi), new="password123")
    assert page.status == 422


def test_the_longest_and_the_shortest_are_fine(browser, cast):
    someone = browser.as_(cast.multi)
    longest = "".join(chr(ord("a") + n % 26) for n in range(128))
    assert change(someone, new=longest).status == 303
    assert change(someone, current=longest, new="kort en goed").status == 303


def test_a_password_manager_knows_the_fields(browser, cast):
    page = browser.as_(cast.multi).get("/settings/password")
    assert {e.get("name"): e.get("autocomplete") for e in page.all("input") if e.get("autocomplete")} == {
        "username": "username", "current": "current-password", "password": "new-password",
    }  # fmt: skip
