"""The step-up: saying once more who one is."""

import pytest

from app.access import step_up
from app.access.proofs import Proofs
from app.access.step_up import Way
from tests.cast import PASSWORD

CONFIRM = "/settings/confirm"


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin)


def fresh(sql, someone):
    query = "SELECT stepped_up_at > now() - interval '1 minute' FROM login_session WHERE user_id = %s"
    return sql.execute(query, (someone.user_id,)).fetchone()[0]


def events(sql, action):
    return sql.execute("SELECT actor_id FROM platform_event WHERE action = %s", (action,)).fetchall()


def test_a_stranger_signs_in_first(browser):
    assert browser.get(CONFIRM).location == f"/login?next={CONFIRM}"


def test_the_right_password_counts_and_leads_on(admin, cast, sql):
    page = admin.post(CONFIRM, {"password": PASSWORD, "next": "/audit/?area=other"})
    assert (page.status, page.location) == (303, "/audit/?area=other")
    assert fresh(sql, cast.thaba.admin)
    assert events(sql, "account.step_up") == [(cast.thaba.admin.user_id,)]


def test_it_holds_for_this_session_only(admin, cast, sql):
    sql.execute(
        "INSERT INTO login_session (id, token_hash, user_id, data, expires_at)"
        " SELECT gen_random_uuid(), 'x'::bytea, user_id, data, expires_at FROM login_session WHERE user_id = %s",
        (cast.thaba.admin.user_id,),
    )
    admin.post(CONFIRM, {"password": PASSWORD})
    query = "SELECT count(*), count(stepped_up_at) FROM login_session WHERE user_id = %s"
    assert sql.execute(query, (cast.thaba.admin.user_id,)).fetchone() == (2, 1)


@pytest.mark.parametrize(("password", "said"), [("", "Enter your password"), ("wrong", "This is not your current password")])
def test_a_wrong_password_is_said_at_the_field_and_never_shown_again(admin, cast, sql, password, said):
    page = admin.post(CONFIRM, {"password": password, "next": "/audit/"})
    assert (page.status, page.problems) == (422, [said])
    assert page.form(CONFIRM)["next"] == "/audit/"
    assert 'value="wrong"' not in page.text
    assert fresh(sql, cast.thaba.admin) is None
    assert len(events(sql, "account.step_up_failed")) == (1 if password else 0)


def test_it_is_throttled_by_the_user_whatever_strangers_do_at_the_door(admin, browser, cast):
    for _ in range(11):
        browser.post("/login", {"email": cast.thaba.admin.email, "password": "x"})
    for _ in range(10):
        assert admin.post(CONFIRM, {"password": "wrong"}).status == 422
    page = admin.post(CONFIRM, {"password": PASSWORD})
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0


def test_who_has_just_proven_themselves_is_led_on(admin, cast):
    admin.post(CONFIRM, {"password": PASSWORD})
    assert admin.get(f"{CONFIRM}?next=/audit/").location == "/audit/"


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/nowhere", "/logout"])
def test_it_leads_to_pages_of_ours_only(admin, target):
    assert admin.post(CONFIRM, {"password": PASSWORD, "next": target}).location == "/dashboard/"


def test_another_way_joins_the_page_for_whom_it_is_offered(app, admin, cast, monkeypatch):
    ways = dict(app.extensions["step_up_ways"])
    monkeypatch.setitem(app.extensions, "step_up_ways", ways)
    step_up.register(app, Way("planted", "web/nobody_here.html", lambda person, _: person.role == "owner"))
    proofs = Proofs(passkeys=0, codes=0, has_password=True, is_bound=False, fallback_until=None)
    names = [way.name for way in step_up.ways_for(app, _who(role="owner"), proofs)]
    assert names == ["password", "planted"]
    assert [way.name for way in step_up.ways_for(app, _who(role="admin"), proofs)] == ["password"]
    assert admin.get(CONFIRM).status == 200


class _who:  # noqa: N801  stands for a Who, of which a way asks the role
    def __init__(self, role):
        self.role = role
