"""/operator/people: who runs the platform, how somebody comes in, and how they go."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.access.actor import Actor
from app.domain import platform_staff
from app.models.user import PlatformRole
from app.tenancy.doors import outside
from blueprints.staff import operations
from tests.cast import PASSWORD
from tests.conftest import Browser
from tests.passkeys.conftest import CONFIRM, prove, unprove

STAFF = "/operator/people"


@pytest.fixture
def superuser(browser, cast, sql) -> Browser:
    """A superuser who has just proven who they are."""
    prove(sql, cast.superuser)
    return browser.as_(cast.superuser, language="en")


def people(sql):
    return dict(
        sql.execute(
            "SELECT email, platform_role || CASE WHEN disabled_at IS NULL THEN '' ELSE ' disabled' END FROM app_user"
            " WHERE platform_role IS NOT NULL"
        ).fetchall()
    )


def events(sql):
    return [
        action
        for (action,) in sql.execute("SELECT action FROM platform_event WHERE action LIKE 'staff.%' ORDER BY seq").fetchall()
    ]


def test_everybody_who_runs_the_platform_is_listed(superuser, sql, cast):
    sql.execute("UPDATE app_user SET last_sign_in_at = '2026-03-02 08:00+00' WHERE id = %s", (cast.operator.user_id,))
    page = superuser.get(STAFF)
    assert page.h1 == "Platform staff"
    assert [row.text.strip() for row in page.all("th", scope="row")] == ["Olive Operator", "Sam Superuser"]
    assert "2026" in page.main
    assert "Never" in page.main
    assert cast.thaba.admin.email not in page.main
    assert not [form for form in page.all("form") if str(cast.superuser.user_id) in (form.get("action") or "")]


def test_the_list_can_be_narrowed(superuser, sql, cast):
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.operator.user_id,))
    assert [row.text.strip() for row in superuser.get(f"{STAFF}?state=disabled").all("th", scope="row")] == ["Olive Operator"]
    assert [row.text.strip() for row in superuser.get(f"{STAFF}?q=SAM").all("th", scope="row")] == ["Sam Superuser"]
    assert "Nobody matches" in superuser.get(f"{STAFF}?q=%25").main
    assert superuser.get(f"{STAFF}?state=nonsense").status == 404


def test_a_colleague_chooses_a_password_with_the_link(superuser, sql, browser, mailserver, work_off):
    page = superuser.post(f"{STAFF}/new", {"name": "New Colleague", "email": "New@umthi.org", "role": "operator"})
    assert page.h1 == "New Colleague runs the platform now"
    assert page.headers["Cache-Control"] == "no-store"
    link = page.one("code", id="link").text
    assert people(sql)["new@umthi.org"] == "operator"
    assert events(sql) == ["staff.invite"]
    work_off()
    (mail,) = mailserver.to("new@umthi.org")
    assert re.search(r"http://localhost/password/reset/\S+", mail.text)[0] == link
    assert "48 hours" in mail.text
    token = link.rpartition("/")[2]
    for table in ("password_link", "account_mail", "outbox", "platform_value"):
        assert sql.execute(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", (f"%{token}%",)).fetchone() is None
    browser.post(link.removeprefix("http://localhost"), {"password": "three words together"})
    assert browser.post("/login", {"email": "new@umthi.org", "password": "three words together"}).status == 303
    assert browser.get("/operator").status == 200


def test_a_password_from_before_opens_nothing_any_more(superuser, sql, cast, browser):
    """Whoever chose it need not be the one who reads the mail of the address."""
    before = browser.as_(cast.nobody)
    assert superuser.post(f"{STAFF}/new", {"name": "x", "email": cast.nobody.email, "role": "superuser"}).status == 200
    assert sql.execute("SELECT count(*) FROM password_link WHERE used_at IS NULL").fetchone() == (1,)
    assert people(sql)[cast.nobody.email] == "superuser"
    assert browser.post("/login", {"email": cast.nobody.email, "password": PASSWORD}).status == 422
    assert before.get("/dashboard/").location.startswith("/login")


def test_who_runs_it_already_is_not_invited(superuser, cast):
    page = superuser.post(f"{STAFF}/new", {"name": "x", "email": cast.operator.email, "role": "superuser"})
    assert page.problems == ["This person runs the platform already. Change them in the list."]


def test_of_two_who_invite_one_new_address_at_once_the_second_is_told(app, cast, sql):
    """As if the first had been first: one account, one link, one event, and a page that says what is."""
    prove(sql, cast.superuser)
    browsers = [Browser(app).as_(cast.superuser, language="en") for _ in range(4)]
    tokens, start = [browser.token() for browser in browsers], threading.Barrier(4)

    def go(browser, token):
        start.wait()
        fields = {"name": "New", "email": "new@umthi.org", "role": "operator", "csrf_token": token}
        return browser.post(f"{STAFF}/new", fields, check=False)

    with ThreadPoolExecutor(4) as threads:
        pages = [future.result(60) for future in [threads.submit(go, *pair) for pair in zip(browsers, tokens, strict=True)]]
    assert sorted(page.status for page in pages) == [200, 422, 422, 422]
    assert all("runs the platform already" in page.problems[0] for page in pages if page.status == 422)
    assert events(sql) == ["staff.invite"]
    assert sql.execute("SELECT count(*) FROM password_link WHERE used_at IS NULL").fetchone() == (1,)


def test_what_is_missing_is_said(superuser):
    page = superuser.post(f"{STAFF}/new", {"name": "", "email": "nobody", "role": "owner"})
    assert page.status == 422
    assert "Enter a name" in page.problems
    assert "Enter an email address in the form name@example.com" in page.problems


def test_roles_change_from_the_next_request_on(superuser, sql, cast, browser):
    operator = browser.as_(cast.operator)
    assert operator.get(STAFF).status == 403
    page = superuser.post(f"{STAFF}/{cast.operator.user_id}/superuser", follow_redirects=True)
    assert page.banners == ["Olive Operator is a superuser now."]
    assert operator.get(STAFF).status == 200
    superuser.post(f"{STAFF}/{cast.operator.user_id}/operator")
    assert operator.get(STAFF).status == 403
    assert events(sql) == ["staff.change_role", "staff.change_role"]


def test_disabled_is_out_at_once_and_comes_back(superuser, sql, cast, browser):
    operator = browser.as_(cast.operator)
    assert operator.get("/operator").status == 200
    page = superuser.post(f"{STAFF}/{cast.operator.user_id}/disable", follow_redirects=True)
    assert page.banners == ["Olive Operator is disabled and signed out everywhere."]
    assert operator.get("/operator").status == 302
    assert browser.post("/login", {"email": cast.operator.email, "password": PASSWORD}).status == 422
    superuser.post(f"{STAFF}/{cast.operator.user_id}/enable")
    assert operator.get("/operator").status == 302, "the old session stays ended"
    assert browser.post("/login", {"email": cast.operator.email, "password": PASSWORD}).status == 303
    assert events(sql) == ["staff.disable", "staff.enable"]


@pytest.mark.parametrize("deed", ["disable", "enable", "operator", "superuser"])
def test_nobody_changes_themselves(superuser, sql, cast, deed):
    page = superuser.post(f"{STAFF}/{cast.superuser.user_id}/{deed}", follow_redirects=True)
    assert page.banners == ["You cannot change your own role or disable yourself. Ask another superuser."]
    assert people(sql)[cast.superuser.email] == "superuser"


@pytest.mark.parametrize("deed", ["disable", "enable", "operator", "superuser"])
def test_who_does_not_run_the_platform_is_left_alone(superuser, sql, cast, deed):
    before = people(sql)
    page = superuser.post(f"{STAFF}/{cast.thaba.admin.user_id}/{deed}", follow_redirects=True)
    assert page.banners == ["This person does not run the platform any more."]
    assert people(sql) == before
    assert sql.execute("SELECT count(*) FROM app_user WHERE disabled_at IS NOT NULL").fetchone() == (0,)


def test_the_last_superuser_stays(app, cast, sql):
    """Only a race, or somebody who was disabled meanwhile, gets here: nobody changes themselves."""
    command = Actor("command", None, "test")
    for deed in (
        lambda: operations.disable(cast.superuser.user_id, by=command),
        lambda: operations.change_role(cast.superuser.user_id, PlatformRole.OPERATOR, by=command),
    ):
        with pytest.raises(platform_staff.LastSuperuser):
            deed()
    assert people(sql)[cast.superuser.email] == "superuser"


def test_of_two_superusers_who_disable_each_other_one_stays(app, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'superuser' WHERE id = %s", (cast.operator.user_id,))
    start, refused = threading.Barrier(2), []

    def go(me, other):
        with app.app_context(), outside():
            start.wait()
            try:
                operations.disable(other.user_id, by=Actor("user", me.user_id, me.name))
            except platform_staff.NoLongerSuperuser:
                refused.append(me)

    pairs = [(cast.operator, cast.superuser), (cast.superuser, cast.operator)]
    threads = [threading.Thread(target=go, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sorted(people(sql).values()) == ["superuser", "superuser disabled"]


def test_what_is_hard_to_take_back_is_asked_on_a_page_of_its_own(superuser, sql, cast):
    links = superuser.get(STAFF).links()
    for link, h1, button in (
        ("Disable…: Olive Operator", "Disable Olive Operator?", "Disable and sign out"),
        ("Make superuser…: Olive Operator", "Make Olive Operator a superuser?", "Make superuser"),
    ):
        page = superuser.get(links[link])
        assert page.h1 == h1
        assert cast.operator.email in page.main
        assert button in page.main
        assert [form.get("action") for form in page.all("form", method="post")][-1] == links[link]
    assert people(sql)[cast.operator.email] == "operator", "asking changes nothing"
    assert events(sql) == []


@pytest.mark.parametrize("deed", ["disable", "superuser"])
def test_who_cannot_be_changed_is_not_even_asked_about(superuser, cast, deed):
    for someone, said in (
        (cast.superuser, "You cannot change your own role or disable yourself. Ask another superuser."),
        (cast.thaba.admin, "This person does not run the platform any more."),
    ):
        page = superuser.get(f"{STAFF}/{someone.user_id}/{deed}", follow_redirects=True)
        assert (page.h1, page.banners) == ("Platform staff", [said])


def test_an_operator_is_told_who_may_do_it(browser, cast):
    operator = browser.as_(cast.operator, language="en")
    for page in (operator.get(STAFF), operator.get(f"{STAFF}/{cast.superuser.user_id}/disable")):
        assert (page.status, page.h1) == (403, "Only a superuser can do this")
        assert "Ask one of them to do it for you, or to make you a superuser." in page.main
        assert page.links()["Operator console"] == "/operator"
    assert browser.as_(cast.nobody).get(STAFF).h1 == "You do not have access to this"


@pytest.mark.parametrize("who", ["operator", "nobody"])
def test_only_superusers_see_it(browser, cast, who):
    someone = browser.as_(getattr(cast, who))
    for path in ("", "/new"):
        assert someone.get(STAFF + path).status == 403
    assert someone.post(f"{STAFF}/{cast.superuser.user_id}/disable").status == 403
    assert browser.as_(cast.thaba.owner).get(STAFF).status == 403


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_speak_the_language_of_their_reader(browser, sql, cast, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.superuser.user_id))
    prove(sql, cast.superuser)
    someone = browser.as_(cast.superuser, language=language)
    for path in ("", "/new"):
        assert someone.get(STAFF + path).status == 200


DEEDS = (f"{STAFF}/new", "{person}/superuser", "{person}/operator", "{person}/disable", "{person}/enable")


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_gives_or_takes_a_role_proves_who_they_are_also_without_a_passkey(superuser, sql, cast, deed):
    unprove(sql, cast.superuser)
    path = deed.format(person=f"{STAFF}/{cast.operator.user_id}")
    said = superuser.post(path, {"email": "new@umthi.org", "name": "New", "role": "operator"})
    assert said.location.startswith(f"{CONFIRM}?next={STAFF}")
    assert events(sql) == []
