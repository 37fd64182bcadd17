"""Below /settings/people: the invitations of those who have no account yet, and what an owner or an admin can do about them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.access import throttle
from app.domain.invitations import token_of
from tests.conftest import Browser

PEOPLE = "/settings/people"


@pytest.fixture
def admin(browser, cast) -> Browser:
    """Somebody who manages the first school and reads English."""
    return browser.as_(cast.multi, language="en")


@pytest.fixture
def owner(browser, cast, sql) -> Browser:
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return browser.as_(cast.thaba.owner, language="en")


def rows(sql):
    return sql.execute(
        "SELECT p.name, i.role, i.revoked_at IS NOT NULL FROM invitation i JOIN person p ON p.id = i.person_id ORDER BY i.id"
    ).fetchall()


def events(sql):
    return [action for (action,) in sql.execute("SELECT action FROM audit_event ORDER BY seq").fetchall()]


def test_one_is_invited_and_the_link_is_shown_this_once(admin, sql, cast, browser, newcomer, mailserver, work_off):
    person = newcomer("Bongi Zulu", "staff", "bongi@example.org")
    page = admin.get(f"{PEOPLE}/{person}/invite")
    assert page.h1 == "Invite Bongi Zulu"
    assert "Owner" not in page.main, "only an owner makes owners"
    done = admin.post(f"{PEOPLE}/{person}/invite", {"role": "officer"})
    assert (done.status, done.h1) == (200, "The invitation is on its way")
    assert done.headers["Cache-Control"] == "no-store"
    (made,) = sql.execute("SELECT id FROM invitation").fetchone()
    link = done.one("code", id="link").text
    assert link == f"http://localhost/invitations/{token_of(made)}"
    assert token_of(made) not in admin.get(PEOPLE).text
    assert rows(sql) == [("Bongi Zulu", "officer", False)]
    assert events(sql) == ["invitations.invite"]
    work_off()
    assert link in mailserver.to("bongi@example.org")[0].text
    assert browser.get(link.removeprefix("http://localhost")).h1 == "Welcome to Thaba Nkulu Primary"


def test_sent_again_the_first_link_is_dead(admin, sql, cast, browser, newcomer, invited, link):
    person = newcomer()
    old = invited(person, cast.thaba)
    page = admin.get(f"{PEOPLE}/{person}/invite")
    assert "that one works no longer" in page.main
    admin.post(f"{PEOPLE}/{person}/invite", page.form())
    assert rows(sql) == [("Lindiwe Nkosi", "guardian", True), ("Lindiwe Nkosi", "guardian", False)]
    assert events(sql) == ["invitations.resend"]
    assert browser.get(link(old)).status == 410


def test_it_goes_to_the_address_as_it_is_now(admin, sql, cast, newcomer, invited):
    person = newcomer()
    invited(person, cast.thaba)
    sql.execute("UPDATE person SET email = 'new@example.org' WHERE id = %s", (person,))
    admin.post(f"{PEOPLE}/{person}/invite", {"role": "guardian"})
    assert sql.execute("SELECT email FROM invitation ORDER BY id").fetchall() == [
        ("lindiwe@example.org",),
        ("new@example.org",),
    ]


def test_revoked_from_the_list(admin, sql, cast, browser, newcomer, invited, link):
    person = newcomer()
    made = invited(person, cast.thaba)
    page = admin.post(f"{PEOPLE}/{person}/revoke", follow_redirects=True)
    assert page.banners == ["The invitation of Lindiwe Nkosi is taken back. Its link works no longer."]
    assert browser.get(link(made)).status == 410
    assert events(sql) == ["invitations.revoke"]
    again = admin.post(f"{PEOPLE}/{person}/revoke", follow_redirects=True)
    assert again.banners == ["There is no invitation that could be taken back: it was used, or somebody was quicker."]


def test_an_admin_makes_no_owner_and_an_owner_does(admin, owner, sql, cast, newcomer, invited):
    person = newcomer("Bongi Zulu", "staff", "bongi@example.org")
    page = admin.post(f"{PEOPLE}/{person}/invite", {"role": "owner"})
    assert (page.status, page.problems) == (422, ["Choose a role"])
    assert rows(sql) == []
    assert "Owner" in owner.get(f"{PEOPLE}/{person}/invite").main
    assert owner.post(f"{PEOPLE}/{person}/invite", {"role": "owner"}).status == 200
    assert rows(sql) == [("Bongi Zulu", "owner", False)]
    for act in ("invite", "revoke"):
        page = admin.post(f"{PEOPLE}/{person}/{act}", {"role": "teacher"}, follow_redirects=True)
        assert page.banners == ["Only an owner of the school can invite an owner."]
    assert rows(sql) == [("Bongi Zulu", "owner", False)]


@pytest.mark.parametrize("role", ["guardian", "superuser", ""])
def test_a_role_fits_what_somebody_is(admin, sql, newcomer, role):
    person = newcomer("Bongi Zulu", "staff", "bongi@example.org")
    assert admin.post(f"{PEOPLE}/{person}/invite", {"role": role}).problems == ["Choose a role"]
    assert rows(sql) == []


def test_who_has_signed_in_needs_no_invitation(admin, sql, cast):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    address = f"{PEOPLE}/{cast.thaba.teacher.person_id}/invite"
    for page in (admin.get(address, follow_redirects=True), admin.post(address, {"role": "teacher"}, follow_redirects=True)):
        assert page.banners == ["This person has signed in already and needs no invitation."]
    assert rows(sql) == []


def test_without_an_address_nobody_is_invited(admin, sql, newcomer):
    person = newcomer(email=None)
    assert "Add one first." in admin.get(f"{PEOPLE}/{person}/invite").main
    page = admin.post(f"{PEOPLE}/{person}/invite", {"role": "guardian"}, follow_redirects=True)
    assert page.banners == ["There is no address that works to send an invitation to. Add one first."]


def test_all_of_a_kind_are_one_deed_with_a_preview(admin, sql, cast, newcomer, invited, mailserver, work_off):
    for number in range(7):
        newcomer(f"Guardian {number}", email=f"g{number}@example.org")
    newcomer("Nobody’s address", email=None)
    invited(newcomer("Waits Already", email="waits@example.org"), cast.thaba)
    preview = admin.get(f"{PEOPLE}/invite?kind=guardian")
    assert preview.h1 == "Invite 7 people?"
    assert "1 has an invitation that still works" in preview.main
    assert "1 has no address that works" in preview.main
    assert len(rows(sql)) == 1, "a preview does nothing"
    page = admin.post(f"{PEOPLE}/invite", preview.form(), follow_redirects=True)
    assert page.banners == ["7 invitations are on their way."]
    assert events(sql) == ["invitations.invite_many"]
    assert {role for _, role, _ in rows(sql)} == {"guardian"}
    again = admin.get(f"{PEOPLE}/invite?kind=guardian")
    assert again.h1 == "Nobody to invite"
    work_off()
    assert len(mailserver.mails) == 8


def test_the_chosen_ones_get_the_role_that_was_chosen(admin, sql, newcomer):
    one, two, three = (newcomer(name, "staff", f"{name}@example.org") for name in ("ann", "ben", "cat"))
    preview = admin.get(f"{PEOPLE}/invite?who={one}&who={two}")
    assert preview.h1 == "Invite 2 people?"
    assert "ann@example.org" in preview.main
    admin.post(f"{PEOPLE}/invite", {"who": [str(one), str(two)], "role": "officer"})
    assert rows(sql) == [("ann", "officer", False), ("ben", "officer", False)]
    assert admin.post(f"{PEOPLE}/invite", {"who": [str(three)], "role": "owner"}).problems == ["Choose a role"]


def test_nobody_chosen_is_said(admin):
    page = admin.get(f"{PEOPLE}/invite?chosen=1", follow_redirects=True)
    assert page.banners == ["Choose the people to invite, each with the box before their name."]


@pytest.mark.parametrize("query", ["who=nonsense", "kind=robots", "kind=learner"])
def test_what_nobody_can_choose_is_not_found(admin, query):
    assert admin.get(f"{PEOPLE}/invite?{query}").status == 404


def test_people_of_another_school_are_nobody(admin, sql, cast, newcomer):
    other = newcomer("Anna Botha", email="anna@example.org", school=cast.karoo)
    for path in (f"{other}/invite", f"{other}/revoke"):
        assert admin.post(f"{PEOPLE}/{path}", {"role": "guardian"}).status == 404
    assert admin.get(f"{PEOPLE}/invite?who={other}").h1 == "Nobody to invite"
    admin.post(f"{PEOPLE}/invite", {"who": str(other), "role": "teacher"})
    assert rows(sql) == []


def test_somebody_new_is_added_and_invited(admin, sql, mailserver, work_off):
    page = admin.post(f"{PEOPLE}/new", {"name": "Bongi van der Merwe", "email": "Bongi@Example.org", "role": "teacher"})
    assert page.h1 == "The invitation is on its way"
    assert rows(sql) == [("Bongi van der Merwe", "teacher", False)]
    assert events(sql) == ["people.add", "invitations.invite"]
    assert sql.execute("SELECT kind, sort_key FROM person WHERE email = 'bongi@example.org'").fetchone() == (
        "staff",
        "van der merwe bongi",
    )
    page = admin.post(f"{PEOPLE}/new", {"name": "Other", "email": "bongi@example.org", "role": "teacher"})
    assert page.problems == ["Bongi van der Merwe has this address. Invite them from the list."]


def test_of_two_admins_who_add_one_address_at_once_the_second_is_told(app, sql, cast):
    browsers = [Browser(app).as_(someone, language="en") for someone in (cast.multi, cast.thaba.owner) * 2]
    tokens, start = [browser.token() for browser in browsers], threading.Barrier(4)

    def go(browser, token):
        start.wait()
        fields = {"name": "Bongi", "email": "bongi@example.org", "role": "teacher", "csrf_token": token}
        return browser.post(f"{PEOPLE}/new", fields, check=False)

    with ThreadPoolExecutor(4) as threads:
        pages = [future.result(60) for future in [threads.submit(go, *pair) for pair in zip(browsers, tokens, strict=True)]]
    assert sorted(page.status for page in pages) == [200, 422, 422, 422]
    assert rows(sql) == [("Bongi", "teacher", False)]
    assert sql.execute("SELECT count(*) FROM person WHERE email = 'bongi@example.org'").fetchone() == (1,)


def test_of_two_who_invite_one_person_at_once_both_get_the_same_link(app, sql, cast, newcomer):
    person = newcomer()
    browsers = [Browser(app).as_(someone, language="en") for someone in (cast.multi, cast.thaba.owner)]
    tokens, start = [browser.token() for browser in browsers], threading.Barrier(2)

    def go(browser, token):
        start.wait()
        return browser.post(f"{PEOPLE}/{person}/invite", {"role": "guardian", "csrf_token": token}, check=False)

    with ThreadPoolExecutor(2) as threads:
        pages = [future.result(60) for future in [threads.submit(go, *pair) for pair in zip(browsers, tokens, strict=True)]]
    assert [page.status for page in pages] == [200, 200]
    assert [revoked for _, _, revoked in rows(sql)].count(False) == 1


def test_nobody_invites_without_end(admin, owner, sql, cast, newcomer, monkeypatch):
    """The link that is shown could be opened to learn something about any address: so there is a limit, a person's and a school's."""
    monkeypatch.setattr(throttle, "INVITING", throttle.Limit("inviting", 2, 3))
    add = lambda browser, number: browser.post(  # noqa: E731
        f"{PEOPLE}/new", {"name": "Somebody", "email": f"s{number}@example.org", "role": "teacher"}
    )
    assert [add(admin, number).status for number in range(3)] == [200, 200, 429]
    said = "You have invited many people in a short time. Try again in 15 minutes."
    refused = add(admin, 4)
    assert (refused.problems, refused.form()["email"]) == ([said], "s4@example.org")
    assert int(refused.headers["Retry-After"]) <= 900
    person = newcomer()
    page = admin.post(f"{PEOPLE}/{person}/invite", {"role": "guardian"}, follow_redirects=True)
    assert page.banners == [said]
    assert add(owner, 5).status == 200
    assert add(owner, 6).status == 429, "the school has had its share"
    assert sql.execute("SELECT count(*) FROM person WHERE name = 'Somebody'").fetchone() == (3,)
    assert len(rows(sql)) == 3


def test_who_runs_the_platform_is_invited_like_anybody(admin, cast, sql):
    """A school does not learn from it who that is."""
    page = admin.post(f"{PEOPLE}/new", {"name": "Olive", "email": cast.operator.email, "role": "teacher"})
    assert (page.status, page.h1) == (200, "The invitation is on its way")


def test_what_is_missing_of_somebody_new_is_said(admin):
    page = admin.post(f"{PEOPLE}/new", {"name": "", "email": "nonsense"})
    assert page.status == 422
    assert set(page.problems) == {"Enter a name", "Enter an email address in the form name@example.com", "Choose a role"}


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_see_none_of_it(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    for path in ("", "/new", "/invite", f"/{cast.thaba.guardian.person_id}/invite"):
        assert someone.get(PEOPLE + path).status == 403
    assert PEOPLE not in someone.get("/dashboard/").text


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_the_language_of_its_reader(browser, sql, cast, newcomer, invited, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    person = newcomer()
    invited(person, cast.thaba)
    someone = browser.as_(cast.thaba.admin, language=language)
    for path in ("", "/new", "/invite?kind=guardian", f"/{person}/invite"):
        assert someone.get(PEOPLE + path).status == 200
