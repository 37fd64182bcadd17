"""/operator/invitations: those of all schools, and what an operator can do about them."""

from __future__ import annotations

import re

import pytest

from app.domain.invitations import token_of
from tests.conftest import Browser

ALL = "/operator/invitations"


@pytest.fixture
def operator(browser, cast) -> Browser:
    return browser.as_(cast.operator, language="en")


def names(page):
    return [(cell.text or "").strip() for cell in page.all("th", scope="row")]


def count(page, text):
    for link in page.all("a"):
        words = re.sub(r"\s+", " ", "".join(link.itertext())).strip()
        if found := re.fullmatch(rf"{text} (\d+)", words):
            return int(found[1])
    raise AssertionError(f"no segment {text!r}")


def events(sql, action):
    """In how many logs a deed stands: the platform's and the schools'."""
    return [
        sql.execute(f"SELECT count(*) FROM {log} WHERE action = %s", (action,)).fetchone()[0]
        for log in ("platform_event", "audit_event")
    ]


@pytest.fixture
def four(sql, cast, newcomer, invited):
    """An invitation of each state: two in the first school, two in the second. By name, newest first."""
    made = {
        name: invited(newcomer(name, email=f"{name.lower()}@example.org", school=school), school)
        for name, school in (("Ann", cast.thaba), ("Ben", cast.thaba), ("Cat", cast.karoo), ("Dan", cast.karoo))
    }
    sql.execute("UPDATE invitation SET used_at = now() WHERE email = 'ben@example.org'")
    sql.execute("UPDATE invitation SET expires_at = now() WHERE email = 'cat@example.org'")
    sql.execute("UPDATE invitation SET revoked_at = now() WHERE email = 'dan@example.org'")
    return made


def test_all_schools_stand_in_one_list_newest_first(operator, four):
    page = operator.get(ALL)
    assert page.h1 == "Invitations"
    assert names(page) == ["Dan", "Cat", "Ben", "Ann"]
    assert [count(page, text) for text in ("All", "Active", "Used", "Expired", "Revoked")] == [4, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=active", ["Ann"]), ("state=used", ["Ben"]), ("state=expired", ["Cat"]), ("state=revoked", ["Dan"]),
        ("school=2", ["Dan", "Cat"]), ("q=BEN%40", ["Ben"]), ("school=1&state=expired", []), ("q=_", []),
    ],
)  # fmt: skip
def test_the_list_can_be_narrowed(operator, four, query, found):
    assert names(operator.get(f"{ALL}?{query}")) == found


def test_who_has_not_signed_in_can_be_found(operator, sql, cast, four):
    sql.execute("UPDATE app_user SET email = 'ben@example.org', last_sign_in_at = now() WHERE id = %s", (cast.nobody.user_id,))
    assert names(operator.get(f"{ALL}?signed=never")) == ["Dan", "Cat", "Ann"]


@pytest.mark.parametrize("query", ["state=nonsense", "school=9", "school=x", "after=x"])
def test_what_no_list_has_is_not_found(operator, query):
    assert operator.get(f"{ALL}?{query}").status == 404


def test_sent_again_in_both_logs_with_the_link_shown_once(operator, sql, cast, browser, four, link, mailserver, work_off):
    page = operator.post(f"{ALL}/{four['Cat']}/resend")
    assert (page.status, page.h1) == (200, "The invitation is on its way")
    (made,) = sql.execute("SELECT id FROM invitation ORDER BY id DESC").fetchone()
    assert page.one("code", id="link").text == f"http://localhost{link(made)}"
    assert events(sql, "invitations.resend") == [1, 1]
    assert sql.execute("SELECT school_id FROM audit_event WHERE action = 'invitations.resend'").fetchone() == (2,)
    work_off()
    assert link(made) in mailserver.to("cat@example.org")[-1].text
    assert browser.get(link(made)).status == 200
    assert token_of(made) not in operator.get(ALL).text


def test_revoked_in_both_logs(operator, sql, browser, four, link):
    page = operator.post(f"{ALL}/{four['Ann']}/revoke?state=active", follow_redirects=True)
    assert page.banners == ["The invitation of Ann is taken back. Its link works no longer."]
    assert "No invitation matches" in page.main, "the list is still narrowed"
    assert events(sql, "invitations.revoke") == [1, 1]
    assert browser.get(link(four["Ann"])).status == 410


@pytest.mark.parametrize("deed", ["resend", "revoke"])
@pytest.mark.parametrize("name", ["Ben", "Dan"])
def test_what_is_used_or_revoked_stays_so(operator, sql, four, deed, name):
    page = operator.post(f"{ALL}/{four[name]}/{deed}", follow_redirects=True)
    assert page.banners == ["There is no invitation that could be taken back: it was used, or somebody was quicker."]
    assert events(sql, f"invitations.{deed}") == [0, 0]


def test_an_operator_invites_for_any_school(operator, sql, cast, mailserver, work_off):
    page = operator.get(f"{ALL}/new?q=karoo")
    assert list(page.links()) == ["Invitations", "Laerskool Karoo"]
    address = page.links()["Laerskool Karoo"]
    done = operator.post(address, {"name": "Nuwe Eienaar", "email": "Eienaar@Example.org", "role": "owner"})
    assert done.h1 == "The invitation is on its way"
    assert sql.execute("SELECT school_id, role, invited_by FROM invitation").fetchall() == [(2, "owner", "Olive Operator")]
    assert sql.execute("SELECT kind FROM person WHERE email = 'eienaar@example.org'").fetchall() == [("staff",)]
    assert events(sql, "invitations.invite") == [1, 1]
    assert events(sql, "people.add") == [1, 1]
    work_off()
    assert len(mailserver.to("eienaar@example.org")) == 1


def test_who_is_on_record_is_not_added_again(operator, sql, cast, newcomer):
    newcomer("Bongi Zulu", "staff", "bongi@example.org")
    operator.post("/operator/schools/1/invite", {"name": "B. Zulu", "email": "bongi@example.org", "role": "teacher"})
    assert sql.execute("SELECT count(*) FROM person WHERE email = 'bongi@example.org'").fetchone() == (1,)
    page = operator.post("/operator/schools/1/invite", {"name": "B", "email": "bongi@example.org", "role": "guardian"})
    assert page.problems == ["Bongi Zulu has this address. Invite them from the list."]


def test_who_has_signed_in_needs_none(operator, sql, cast):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    fields = {"name": "x", "email": cast.thaba.teacher.email, "role": "teacher"}
    page = operator.post("/operator/schools/1/invite", fields)
    assert page.problems == ["This person has signed in already and needs no invitation."]


def test_a_school_that_never_was_is_not_found(operator):
    assert operator.get("/operator/schools/9/invite").status == 404
    assert operator.post("/operator/schools/9/invite", {"name": "x"}).status == 404


def test_the_mail_of_a_suspended_school_waits(operator, sql, cast, four, mailserver, work_off):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    operator.post(f"{ALL}/{four['Cat']}/resend")
    work_off()
    assert mailserver.to("cat@example.org") == []
    sql.execute("UPDATE school SET state = 'active' WHERE id = 2")
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert len(mailserver.to("cat@example.org")) == 1


@pytest.mark.parametrize("role", ["owner", "admin", "guardian"])
def test_nobody_else_sees_them(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(ALL).status == 403


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_speak_the_language_of_their_reader(browser, sql, cast, four, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    someone = browser.as_(cast.operator, language=language)
    for path in (ALL, f"{ALL}/new", "/operator/schools/1/invite"):
        assert someone.get(path).status == 200


def test_an_operator_is_told_that_a_colleague_needs_no_invitation(operator, sql, cast):
    fields = {"name": "Sam", "email": cast.superuser.email, "role": "admin"}
    page = operator.post("/operator/schools/1/invite", fields)
    said = "This person runs the platform. They enter a school by a support visit and need no invitation."
    assert (page.status, page.problems) == (422, [said])
    assert sql.execute("SELECT count(*) FROM invitation").fetchone() == (0,)
