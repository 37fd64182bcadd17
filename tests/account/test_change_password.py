"""Changing a password that one knows."""

import pytest

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
