"""A forgotten password: the same answer for every address, and a link that works once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.access import passwords
from app.access.accounts import about_accounts
from app.access.passwords import link_path
from tests.conftest import Browser

NEW = "umvundla omhlophe emfuleni"


def ask(browser, email):
    return browser.post("/password/forgot", {"email": email})


@pytest.fixture
def link(browser, cast, sql, settings):
    """The address of a fresh link for the admin of Thaba Nkulu."""
    ask(browser, cast.thaba.admin.email)
    (link_id,) = sql.execute("SELECT id FROM password_link").fetchone()
    return link_path(link_id, settings.secret)


def mails(sql):
    return [kind for (kind,) in sql.execute("SELECT kind FROM account_mail ORDER BY created_at, id")]


def test_every_address_gets_the_same_answer(browser, cast, sql):
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.karoo.teacher.user_id,))
    pages = [ask(browser, email) for email in (cast.thaba.admin.email, "ghost@example.com", cast.karoo.teacher.email)]
    assert [page.status for page in pages] == [200] * 3
    assert len({re.sub(r"[\w.]+@[\w.]+|value=\"[^\"]*\"", "", page.text) for page in pages}) == 1
    assert mails(sql) == ["password_link"]
    assert sql.execute("SELECT count(*), count(DISTINCT user_id) FROM password_link").fetchone() == (1, 1)


def test_an_unknown_address_costs_as_much_work(browser, cast, caplog):
    def statements(email):
        with caplog.at_level("INFO", "umthi.request"):
            ask(browser, email)
        return caplog.records[-1].fields["queries"]

    assert abs(statements(cast.thaba.admin.email) - statements("ghost@example.com")) <= 1, "one to choose whose work is undone"


def test_the_mail_carries_no_secret(browser, link, sql):
    token = link.rpartition("/")[2]
    (rows,) = sql.execute(
        "SELECT string_agg(t::text, ' ') FROM (SELECT l::text t FROM password_link l UNION ALL SELECT m::text FROM account_mail m) x"
    ).fetchone()
    assert token not in rows


def test_a_link_sets_a_password_once(browser, cast, sql, link):
    page = browser.get(link)
    assert (page.status, page.h1) == (200, "Choose a new password")
    page = browser.post(link, page.form() | {"password": NEW})
    assert (page.status, page.location) == (303, "/login?news=password-set")
    assert browser.get("/login?news=password-set").banners == ["Your new password is set. Sign in with it."]
    assert browser.post(link, {"password": NEW + " again"}).status == 410
    assert browser.get(link).h1 == "This link does not work any more"
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": NEW}).status == 303


def test_it_signs_nobody_in_and_ends_every_session(browser, cast, link, sql):
    browser.post(link, {"password": NEW})
    assert browser.client.get_cookie("session") is None
    assert browser.as_(cast.thaba.admin).get("/dashboard/").status == 302
    assert mails(sql) == ["password_link", "password_changed"]
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.reset_password'").fetchone() == (1,)


def test_it_opens_an_account_that_failed_too_often(browser, cast, link):
    for _ in range(10):
        browser.post("/login", {"email": cast.thaba.admin.email, "password": "forgotten"})
    browser.post(link, {"password": NEW})
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": NEW}).status == 303


def test_using_one_link_uses_up_the_others(browser, cast, sql, settings):
    ask(browser, cast.thaba.admin.email)
    ask(browser, cast.thaba.admin.email)
    first, second = (link_path(i, settings.secret) for (i,) in sql.execute("SELECT id FROM password_link ORDER BY id"))
    browser.post(second, {"password": NEW})
    assert browser.get(first).status == 410


def test_looking_at_a_link_does_not_use_it_up(browser, link):
    assert [browser.get(link).status for _ in range(3)] == [200] * 3


def test_a_refused_password_does_not_use_it_up(browser, link):
    page = browser.post(link, {"password": "password123"})
    assert (page.status, page.problems) == (422, ["Use at least 12 characters. A few words together are easy to remember."])
    assert browser.get(link).status == 200


@pytest.mark.parametrize("change", [
    "UPDATE password_link SET expires_at = now()",
    "UPDATE password_link SET used_at = now()",
    "UPDATE app_user SET disabled_at = now()",
])  # fmt: skip
def test_a_link_ends(browser, link, sql, change):
    sql.execute(change)
    page = browser.get(link)
    assert (page.status, page.h1) == (410, "This link does not work any more")
    assert "/password/forgot" in page.links().values()
    assert browser.post(link, {"password": NEW}).status == 410


def test_a_link_that_never_was(browser):
    assert browser.get("/password/reset/" + "A" * 43).status == 410
    assert browser.get("/password/reset/é").status == 410


def test_a_link_lasts_half_an_hour(browser, link, sql):
    (life,) = sql.execute("SELECT round(extract(epoch FROM expires_at - created_at) / 60) FROM password_link").fetchone()
    assert life == 30


def test_asking_too_often_must_wait(browser, cast, sql):
    pages = [ask(browser, cast.thaba.admin.email) for _ in range(6)]
    assert [page.status for page in pages] == [200] * 5 + [429]
    assert pages[-1].one("input", name="email").get("value") == cast.thaba.admin.email
    assert int(pages[-1].headers["Retry-After"]) > 0
    assert [ask(browser, "ghost@example.com").status for _ in range(6)] == [200] * 5 + [429]
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": "password123"}).status == 303


@pytest.mark.parametrize("typed", ["", "nobody", "a b@example.com", "@example.com"])
def test_what_is_no_address_is_said(browser, typed):
    page = ask(browser, typed)
    assert page.status == 422
    assert page.one("input", name="email").get("value") == typed


def test_a_link_can_live_longer(app, cast, sql, settings):
    with about_accounts("a test") as session:
        link = passwords.issue_link(session, cast.operator.user_id, timedelta(hours=48))
        link_id = link.id
    path = link_path(link_id, settings.secret)
    assert app.test_client().get(path).status_code == 200
    assert link_path(link_id, "another secret") != path


def test_of_two_at_once_one_gets_the_link(app, link, sql):
    def use(number):
        return Browser(app).post(link, {"password": f"{NEW} {number}"}, check=False).status

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(use, range(4))) == [303, 410, 410, 410]
    assert sql.execute("SELECT count(*) FROM account_mail WHERE kind = 'password_changed'").fetchone() == (1,)
