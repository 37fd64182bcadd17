"""/settings/people/<id>: what an owner or an admin decides about one membership, and what never."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.access import throttle
from app.domain import memberships
from app.ids import uuid7
from tests.conftest import Browser

PEOPLE = "/settings/people"
DASHBOARD = "/dashboard/"
pytestmark = pytest.mark.usefixtures("stepped_up")


@pytest.fixture
def admin(browser, cast) -> Browser:
    """An admin of both schools who acts in the first one."""
    return browser.as_(cast.multi, language="en")


@pytest.fixture
def owner(browser, cast, sql) -> Browser:
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return browser.as_(cast.thaba.owner, language="en")


def at(someone, deed="") -> str:
    return f"{PEOPLE}/{someone.person_id}" + (f"/{deed}" if deed else "")


def membership(sql, someone, school=1):
    return sql.execute(
        "SELECT role, end_reason FROM membership WHERE user_id = %s AND school_id = %s", (someone.user_id, school)
    ).fetchone()


def events(sql, school=1):
    return [action for (action,) in sql.execute("SELECT action FROM audit_event WHERE school_id = %s ORDER BY seq", (school,))]


def open_sessions(sql, someone):
    query = "SELECT count(*) FROM login_session WHERE user_id = %s AND revoked_at IS NULL"
    return sql.execute(query, (someone.user_id,)).fetchone()[0]


def second_owner(sql, someone):
    sql.execute("UPDATE membership SET role = 'owner' WHERE user_id = %s AND school_id = 1", (someone.user_id,))


def test_the_page_says_what_a_school_can_do_and_what_it_cannot(admin, cast):
    page = admin.get(at(cast.thaba.teacher))
    assert page.h1 == "Account of Lerato Dlamini"
    assert "The account belongs to the person, not to the school." in page.main
    assert not page.all("input", name="email")
    assert not page.all("input", name="password")


@pytest.mark.parametrize("deed", ["role", "disable"])
def test_risky_deeds_ask_anew_who_it_is(admin, cast, sql, deed):
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    for answer in (admin.get(at(cast.thaba.teacher, deed)), admin.post(at(cast.thaba.teacher, deed), {"role": "officer"})):
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/settings/confirm")
    assert membership(sql, cast.thaba.teacher) == ("teacher", None)


def test_a_new_role_holds_at_the_next_click_and_ends_what_is_open(admin, browser, cast, sql):
    teacher = browser.as_(cast.thaba.teacher)
    assert teacher.get("/attendance/").status == 200
    page = admin.post(at(cast.thaba.teacher, "role"), {"role": "officer"}, follow_redirects=True)
    assert page.banners == ["Lerato Dlamini has another role now."]
    assert membership(sql, cast.thaba.teacher) == ("officer", None)
    assert open_sessions(sql, cast.thaba.teacher) == 0
    assert teacher.get("/attendance/", check=False).location.startswith("/login")
    assert events(sql) == ["members.change_role"]
    values = dict(sql.execute("SELECT field, value FROM audit_value").fetchall())
    assert (values["role:before"], values["role:after"], values["label"]) == ('"teacher"', '"officer"', "Lerato Dlamini")


def test_saving_the_same_role_changes_nothing(admin, cast, sql):
    page = admin.post(at(cast.thaba.teacher, "role"), {"role": "teacher"}, follow_redirects=True)
    assert page.banners == ["Nothing was different, so nothing was saved."]
    assert events(sql) == []


@pytest.mark.parametrize("role", ["guardian", "owner", "superuser", ""])
def test_an_admin_gives_no_role_that_was_not_offered(admin, cast, sql, role):
    page = admin.post(at(cast.thaba.teacher, "role"), {"role": role})
    assert (page.status, page.problems) == (422, ["Choose a role"])
    assert membership(sql, cast.thaba.teacher) == ("teacher", None)


def test_only_owners_decide_about_owners(admin, owner, cast, sql):
    second_owner(sql, cast.thaba.teacher)
    page = admin.post(at(cast.thaba.teacher, "role"), {"role": "teacher"})
    assert page.problems == ["Only an owner of the school decides about its owners."]
    page = admin.post(at(cast.thaba.teacher, "disable"), follow_redirects=True)
    assert page.banners == ["Only an owner of the school decides about its owners."]
    assert membership(sql, cast.thaba.teacher) == ("owner", None)
    assert owner.post(at(cast.thaba.teacher, "role"), {"role": "admin"}).status == 303
    assert membership(sql, cast.thaba.teacher) == ("admin", None)


def test_the_last_owner_stays_whoever_asks(owner, cast, sql):
    said = "A school needs an owner, and this is the only one. Make somebody else an owner first."
    assert owner.post(at(cast.thaba.owner, "role"), {"role": "admin"}).problems == [said]
    assert membership(sql, cast.thaba.owner) == ("owner", None)
    assert owner.post(at(cast.thaba.teacher, "role"), {"role": "owner"}).status == 303
    done = owner.post(at(cast.thaba.owner, "role"), {"role": "admin"})
    assert (done.status, done.location) == (303, DASHBOARD)
    assert membership(sql, cast.thaba.owner) == ("admin", None)
    assert open_sessions(sql, cast.thaba.owner) == 1, "the one in which it was done"


def _two_at_once(app, cast, sql, deeds):
    """Both owners do their deed at the same moment; returns how many owners are left."""
    second_owner(sql, cast.thaba.teacher)
    browsers = [Browser(app).as_(one, language="en") for one in (cast.thaba.owner, cast.thaba.teacher)]
    tokens, start = [browser.token() for browser in browsers], threading.Barrier(2)

    def go(browser, token, deed):
        start.wait()
        path, values = deed
        return browser.post(path, values | {"csrf_token": token}, check=False).status

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(go, *each) for each in zip(browsers, tokens, deeds, strict=True)]
        [future.result(60) for future in running]
    query = "SELECT count(*) FROM membership WHERE school_id = 1 AND role = 'owner' AND ended_at IS NULL"
    return sql.execute(query).fetchone()[0]


def archived(someone):
    return f"/people/{someone.person_id}/archive", {"on": "2026-03-02", "why": "They have left"}


OF_TWO = [
    lambda one, other: [(at(other, "role"), {"role": "admin"}), (at(one, "role"), {"role": "admin"})],
    lambda one, other: [(at(one, "role"), {"role": "admin"}), (at(other, "role"), {"role": "admin"})],
    lambda one, other: [(at(other, "disable"), {}), (at(one, "disable"), {})],
    lambda one, other: [(at(one, "role"), {"role": "admin"}), (at(one, "disable"), {})],
    lambda one, other: [archived(other), archived(one)],
    lambda one, other: [archived(other), (at(other, "role"), {"role": "admin"})],
]


@pytest.mark.parametrize("deeds", OF_TWO)
@pytest.mark.parametrize("_time", range(3))
def test_of_two_owners_who_go_at_once_one_stays(app, cast, sql, deeds, _time):
    assert _two_at_once(app, cast, sql, deeds(cast.thaba.owner, cast.thaba.teacher)) >= 1


def test_without_the_lock_both_would_go(app, cast, sql, monkeypatch):
    """The guard is seen to fail: each looks before the other has committed, and none is left."""
    both, found = threading.Barrier(2), memberships.keep_an_owner
    without = lambda session, school_id: set(  # noqa: E731
        session.scalars(
            memberships.select(memberships.Membership.id).where(
                memberships.Membership.role == "owner", memberships.Membership.ended_at.is_(None)
            )
        )
    )

    def and_wait(owners, *, but):
        found(owners, but=but)
        both.wait(30)

    monkeypatch.setattr("blueprints.members.operations.hold_owners", without)
    monkeypatch.setattr("blueprints.members.operations.keep_an_owner", and_wait)
    deeds = OF_TWO[1](cast.thaba.owner, cast.thaba.teacher)
    assert _two_at_once(app, cast, sql, deeds) == 0


def test_disabled_is_out_at_the_next_click_and_comes_back_as_before(admin, browser, cast, sql):
    officer = browser.as_(cast.thaba.officer)
    assert officer.get("/gate/").status == 200
    page = admin.get(at(cast.thaba.officer, "disable"))
    assert page.h1 == "Disable the account of Sipho Ndlovu?"
    page = admin.post(at(cast.thaba.officer, "disable"), page.form(), follow_redirects=True)
    assert page.banners == ["The account of Sipho Ndlovu no longer opens the school."]
    assert membership(sql, cast.thaba.officer) == ("officer", "disabled")
    assert officer.get("/gate/", check=False).location.startswith("/login")
    assert sql.execute("SELECT disabled_at FROM app_user WHERE id = %s", (cast.thaba.officer.user_id,)).fetchone() == (None,)
    page = admin.post(at(cast.thaba.officer, "enable"), follow_redirects=True)
    assert page.banners == ["The account of Sipho Ndlovu opens the school again."]
    assert membership(sql, cast.thaba.officer) == ("officer", None)
    assert events(sql) == ["members.disable", "members.enable"]


def test_who_belongs_elsewhere_too_stays_signed_in_there(owner, browser, cast, sql):
    there = uuid7()
    sql.execute(
        "INSERT INTO login_session (id, token_hash, user_id, active_school, data, expires_at)"
        " VALUES (%s, sha256(%s), %s, 2, '{}', now() + interval '1 day')",
        (there, there.bytes, cast.multi.user_id),
    )
    owner.post(at(cast.multi, "disable"))
    assert membership(sql, cast.multi) == ("admin", "disabled")
    assert membership(sql, cast.multi, 2) == ("admin", None)
    left = sql.execute("SELECT id FROM login_session WHERE user_id = %s AND revoked_at IS NULL", (cast.multi.user_id,))
    assert left.fetchall() == [(there,)]


def test_nobody_disables_themselves(admin, cast, sql):
    page = admin.post(at(cast.multi, "disable"), follow_redirects=True)
    assert page.banners == ["You cannot disable yourself. Ask somebody else who runs the school."]
    assert membership(sql, cast.multi) == ("admin", None)


def test_who_is_disabled_gets_no_invitation_instead(admin, cast, sql):
    admin.post(at(cast.thaba.officer, "disable"))
    page = admin.post(at(cast.thaba.officer, "invite"), {"role": "officer"}, follow_redirects=True)
    assert page.banners == ["The account of this person is disabled. Enable it again instead of sending an invitation."]
    assert admin.get(f"{PEOPLE}/invite?who={cast.thaba.officer.person_id}").h1 == "Nobody to invite"


def test_an_open_invitation_ends_with_the_account(admin, cast, sql, invited):
    invited(cast.thaba.officer.person_id, cast.thaba, role="officer", email=cast.thaba.officer.email)
    admin.post(at(cast.thaba.officer, "disable"))
    assert sql.execute("SELECT revoked_at IS NOT NULL FROM invitation").fetchall() == [(True,)]


@pytest.mark.parametrize("deed", ["enable", "disable"])
def test_the_second_of_two_is_told(admin, cast, sql, deed):
    if deed == "disable":
        admin.post(at(cast.thaba.officer, "disable"))
    page = admin.post(at(cast.thaba.officer, deed), follow_redirects=True)
    assert "somebody else may have been quicker" in page.banners[0]


def test_a_link_goes_to_the_persons_own_address_and_nowhere_else(admin, cast, sql, mailserver, work_off):
    sql.execute("UPDATE person SET email = 'thief@example.org' WHERE id = %s", (cast.thaba.teacher.person_id,))
    page = admin.post(at(cast.thaba.teacher, "password-link"), follow_redirects=True)
    assert page.banners == ["A link to choose a new password is on its way to Lerato Dlamini’s own address."]
    work_off()
    assert mailserver.to("thief@example.org") == []
    (letter,) = mailserver.to(cast.thaba.teacher.email)
    assert "/password/" in letter.text
    assert "/password/" not in page.text, "the school never sees the link"
    assert events(sql) == ["members.mail_password_link"]


def test_links_are_mailed_a_few_times_and_not_without_end(admin, owner, cast, sql, monkeypatch):
    monkeypatch.setattr(throttle, "RESET", throttle.Limit("password link from a school", 2, 60))
    for browser in (admin, owner):
        browser.post(at(cast.thaba.teacher, "password-link"))
    page = admin.post(at(cast.thaba.teacher, "password-link"), follow_redirects=True)
    assert page.banners == ["Enough links were sent. Try again in 15 minutes."]
    assert sql.execute("SELECT count(*) FROM password_link").fetchone() == (2,)
    assert events(sql) == ["members.mail_password_link"] * 2


def test_no_link_for_an_account_that_the_platform_closed(admin, cast, sql):
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    page = admin.post(at(cast.thaba.teacher, "password-link"), follow_redirects=True)
    assert "The platform has closed the account" in page.banners[0]
    assert sql.execute("SELECT count(*) FROM password_link").fetchone() == (0,)


def test_people_of_another_school_are_nobody(admin, cast):
    for deed in ("", "role", "disable", "move"):
        assert admin.get(at(cast.karoo.teacher, deed)).status == 404
    for deed in ("role", "disable", "enable", "password-link", "move"):
        assert admin.post(at(cast.karoo.teacher, deed), {"role": "officer"}).status == 404


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_decide_nothing(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    for deed in ("role", "disable", "enable", "password-link", "move"):
        assert someone.post(at(cast.thaba.admin, deed), {"role": "officer"}).status == 403


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_speak_the_language_of_their_reader(browser, sql, cast, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    someone = browser.as_(cast.thaba.admin, language=language)
    for deed in ("", "role", "disable", "move"):
        assert someone.get(at(cast.thaba.teacher, deed)).status == 200
