"""Signing in: the one door, and how it answers those who may not come in."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import argon2
import pytest

from app import clock
from app.access import passwords
from app.access.accounts import about_accounts
from blueprints.account import queries
from tests.account.racing import while_the_password_changes
from tests.cast import PASSWORD
from tests.conftest import Browser

WRONG = "The email address or password is not right. Check both and try again."


def sign_in(browser, email, password=PASSWORD, **fields):
    return browser.post("/login", {"email": email, "password": password, **fields})


def events(sql, action):
    return sql.execute("SELECT count(*) FROM platform_event WHERE action = %s", (action,)).fetchone()[0]


def test_the_right_password_leads_to_the_dashboard(browser, cast, sql):
    page = sign_in(browser, cast.thaba.admin.email)
    assert (page.status, page.location) == (303, "/dashboard/")
    assert "Thaba Nkulu Primary" in browser.get("/dashboard/").text
    assert events(sql, "account.sign_in") == 1


def test_capitals_and_spaces_around_an_address_do_not_matter(browser, cast):
    assert sign_in(browser, f"  {cast.thaba.admin.email.upper()} ").status == 303


@pytest.mark.parametrize(
    "email", ["admin@thaba.example.com", "nobody-at-all@example.com", "disabled@example.com", "no-password@example.com"]
)
def test_whoever_may_not_come_in_gets_the_same_answer(browser, cast, sql, email):
    sql.execute(
        "UPDATE app_user SET email = 'disabled@example.com', disabled_at = now() WHERE id = %s", (cast.karoo.teacher.user_id,)
    )
    sql.execute(
        "UPDATE app_user SET email = 'no-password@example.com', password_hash = NULL WHERE id = %s",
        (cast.karoo.officer.user_id,),
    )
    page = sign_in(browser, email, "not the password" if email.startswith("admin") else PASSWORD)
    assert (page.status, page.problems, page.title) == (422, [WRONG], "Error: Sign in – Umthi")
    assert page.one("input", name="email").get("value") == email
    assert not page.one("input", name="password").get("value")
    assert not page.headers.getlist("Set-Cookie")
    assert events(sql, "account.sign_in_failed") == 1
    assert email not in str(sql.execute("SELECT changes FROM platform_event").fetchall())
    assert (email,) in sql.execute("SELECT value FROM platform_value WHERE field = 'label'").fetchall()


def test_nobody_and_whoever_may_not_come_in_are_verified_as_slowly_as_somebody():
    password_hash = passwords.hash_password("the right password")
    known = SimpleNamespace(password_hash=password_hash, disabled_at=None)
    disabled = SimpleNamespace(password_hash=password_hash, disabled_at=clock.now())
    passwordless = SimpleNamespace(password_hash=None, disabled_at=None)

    def cost(user, password):
        begun = time.thread_time()
        assert not passwords.verify(user, password)
        return time.thread_time() - begun

    def least(user, password="a wrong password"):
        return min(cost(user, password) for _ in range(7))

    somebody = least(known)
    for other in (least(None), least(disabled), least(disabled, "the right password"), least(passwordless)):
        assert 0.5 < other / somebody < 2


def test_empty_fields_are_named(browser, sql):
    page = sign_in(browser, "", "")
    assert (page.status, page.problems) == (422, ["Enter your email address", "Enter your password"])
    assert events(sql, "account.sign_in_failed") == 0


def test_the_eleventh_try_for_an_account_must_wait_and_keeps_the_address(browser, cast, sql):
    for _ in range(10):
        assert sign_in(browser, cast.thaba.admin.email, "wrong").status == 422
    page = sign_in(browser, cast.thaba.admin.email)
    assert page.status == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 900
    assert page.problems == ["Too many tries. Try again in 15 minutes."]
    assert page.one("input", name="email").get("value") == cast.thaba.admin.email
    assert sign_in(browser, cast.thaba.owner.email).status == 303, "another account is not held up"


def test_the_wait_ends_when_the_failures_are_old(browser, cast, sql):
    for _ in range(10):
        sign_in(browser, cast.thaba.admin.email, "wrong")
    sql.execute("UPDATE sign_in_failure SET at = at - interval '15 minutes' WHERE id = (SELECT min(id) FROM sign_in_failure)")
    assert sign_in(browser, cast.thaba.admin.email).status == 303


def test_an_unknown_account_is_throttled_like_a_known_one(browser):
    assert [sign_in(browser, "ghost@example.com", "wrong").status for _ in range(11)] == [422] * 10 + [429]


def test_successes_never_count(browser, cast, sql):
    for _ in range(12):
        assert sign_in(browser, cast.thaba.admin.email).status == 303
        browser.client.delete_cookie("session")
    assert sql.execute("SELECT count(*) FROM sign_in_failure").fetchone() == (0,)


def test_an_address_may_fail_a_hundred_times(browser, cast, sql, app):
    sign_in(browser, "first@example.com", "wrong")
    sql.execute(
        "INSERT INTO sign_in_failure (account_key, address_key, at) SELECT sha256(n::text::bytea), address_key, at FROM sign_in_failure, generate_series(1, 99) n"
    )
    assert sign_in(browser, cast.thaba.admin.email).status == 429
    page = browser.post(
        "/login", {"email": cast.thaba.admin.email, "password": PASSWORD}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert page.status == 303, "from elsewhere the account is open"


def test_who_reads_the_failures_learns_no_address(browser, sql):
    sign_in(browser, "ghost@example.com", "wrong")
    assert "ghost" not in str(
        sql.execute("SELECT account_key, address_key, encode(account_key, 'escape') FROM sign_in_failure").fetchall()
    )


def test_the_token_is_new_and_the_old_session_ends(browser, cast, sql):
    signed_in = browser.as_(cast.multi)
    page = signed_in.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD})
    assert page.status == 303
    assert signed_in.client.get_cookie("session").value != cast.multi.token
    assert browser.as_(cast.multi).get("/dashboard/").status == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser, cast):
    (cookie,) = [c for c in sign_in(browser, cast.thaba.admin.email).headers.getlist("Set-Cookie") if c.startswith("session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_whoever_is_signed_in_is_led_on(browser, cast):
    assert browser.as_(cast.thaba.admin).get("/login").location == "/dashboard/"
    assert browser.as_(cast.thaba.admin).get("/login?next=/settings/profile").location == "/settings/profile"


def test_the_page_behind_the_door_comes_next(browser, cast):
    door = browser.get("/settings/profile?x=1").location
    page = browser.get(door)
    fields = page.form() | {"email": cast.thaba.admin.email, "password": PASSWORD}
    assert browser.post("/login", fields).location == "/settings/profile?x=1"


def test_a_person_with_two_schools_begins_where_they_were_last(browser, cast, sql):
    sign_in(browser, cast.multi.email)
    assert "Thaba Nkulu Primary" in browser.get("/dashboard/").text
    sql.execute(
        "UPDATE login_session SET active_school = 2, last_seen_at = now() + interval '1 second' WHERE user_id = %s",
        (cast.multi.user_id,),
    )
    browser.client.delete_cookie("session")
    sign_in(browser, cast.multi.email)
    assert "Laerskool Karoo" in browser.get("/settings/profile").one("header", id="menu").find(".//{*}strong").text


def test_without_a_past_the_first_school_by_name(browser, cast, sql):
    sql.execute("DELETE FROM login_session")
    sign_in(browser, cast.multi.email)
    assert sql.execute("SELECT active_school FROM login_session").fetchone() == (2,)


def test_a_person_without_a_school_comes_in_too(browser, cast, sql):
    sql.execute("DELETE FROM login_session")
    assert sign_in(browser, cast.nobody.email).status == 303
    assert sql.execute("SELECT active_school FROM login_session").fetchone() == (None,)


def test_an_outdated_hash_is_made_anew(browser, cast, sql):
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    sql.execute("UPDATE app_user SET password_hash = %s WHERE id = %s", (old, cast.thaba.admin.user_id))
    assert sign_in(browser, cast.thaba.admin.email).status == 303
    (new,) = sql.execute("SELECT password_hash FROM app_user WHERE id = %s", (cast.thaba.admin.user_id,)).fetchone()
    assert "m=19456,t=2,p=1" in new
    browser.client.delete_cookie("session")
    assert sign_in(browser, cast.thaba.admin.email).status == 303


def test_the_environment_and_the_demo_accounts_stand_on_the_page(browser, cast):
    page = browser.get("/login")
    assert "Environment: Test. This is not production." in page.text
    demo = page.one("details", class_="demo")
    assert demo.get("open") is None
    for someone in [*cast.thaba.everyone(), *cast.karoo.everyone(), cast.multi, cast.operator, cast.superuser]:
        assert someone.email in page.main
    assert PASSWORD in page.main


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_a_language_link_is_kept_and_keeps_the_way(browser, language):
    page = browser.get(f"/login?language={language}&next=/settings/profile")
    assert page.one("html").get("lang") == language
    assert browser.client.get_cookie("language").value == language
    assert page.form()["next"] == "/settings/profile"
    other = next(a for a in page.all("a", hreflang="af"))
    assert other.get("href") == "?language=af&next=%2Fsettings%2Fprofile"
    assert browser.get("/password/forgot").one("html").get("lang") == language


def test_another_language_is_not_kept(browser):
    browser.get("/login?language=xx")
    assert browser.client.get_cookie("language") is None


def test_twenty_tries_at_once_are_no_way_around(app, sql):
    """Each in a thread of its own, so that they meet in the database."""

    def knock(_):
        return Browser(app).post("/login", {"email": "ghost@example.com", "password": "guess"}, check=False).status

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(knock, range(20)))
    assert sorted(answers) == [422] * 10 + [429] * 10


def test_the_old_password_does_not_overtake_its_change(app, browser, cast, sql):
    sql.execute("DELETE FROM login_session")
    admin, new = cast.thaba.admin, passwords.hash_password("a password of tomorrow")
    browser.get("/login")
    page = while_the_password_changes(sql, admin.user_id, new, lambda: sign_in(browser, admin.email))
    assert (page.status, page.problems) == (422, [WRONG])
    assert sql.execute("SELECT count(*) FROM login_session").fetchone() == (0,)
    assert (events(sql, "account.sign_in"), events(sql, "account.sign_in_failed")) == (0, 1)


def test_a_new_name_in_the_same_moment_keeps_nobody_out(app, cast, sql):
    with about_accounts("a test") as session:
        before = queries.account_at(session, cast.thaba.admin.email)
    sql.execute("UPDATE app_user SET name = 'Naledi M.' WHERE id = %s", (cast.thaba.admin.user_id,))
    with about_accounts("a test") as session:
        assert queries.account_if_still(session, before).name == "Naledi M."
