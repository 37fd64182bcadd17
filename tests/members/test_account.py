"""/operator/schools/<id>/people/<id>: an operator corrects the name and the address of an account."""

from __future__ import annotations

import pytest

from app.access.passwords import issue_link
from app.tenancy.doors import across_schools
from tests.conftest import Browser

pytestmark = pytest.mark.usefixtures("stepped_up")


@pytest.fixture
def operator(browser, cast) -> Browser:
    return browser.as_(cast.operator, language="en")


def at(someone, school=1) -> str:
    return f"/operator/schools/{school}/people/{someone.person_id}"


def user(sql, someone):
    return sql.execute(
        "SELECT name, email, address_unproven_at IS NOT NULL FROM app_user WHERE id = %s", (someone.user_id,)
    ).fetchone()


def test_the_name_is_corrected_and_both_logs_tell(operator, cast, sql):
    page = operator.post(
        at(cast.thaba.teacher), {"name": "Lerato  Nkosi", "email": cast.thaba.teacher.email}, follow_redirects=True
    )
    assert page.banners == ["The account is changed."]
    assert user(sql, cast.thaba.teacher) == ("Lerato Nkosi", cast.thaba.teacher.email, False)
    person = sql.execute("SELECT name FROM person WHERE id = %s", (cast.thaba.teacher.person_id,)).fetchone()
    assert person == ("Lerato Dlamini",), "what the school calls them is the school's"
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'members.change_account'").fetchone() == (1,)
    assert sql.execute("SELECT count(*) FROM login_session WHERE revoked_at IS NOT NULL").fetchone() == (0,)


def test_another_address_ends_every_session_and_link_and_tells_both(operator, browser, cast, sql, app, mailserver, work_off):
    with across_schools("test", routine=True) as session:
        issue_link(session, cast.thaba.teacher.user_id)
        session.commit()
    operator.post(at(cast.thaba.teacher), {"name": "Lerato Dlamini", "email": "New@Example.org"})
    assert user(sql, cast.thaba.teacher) == ("Lerato Dlamini", "new@example.org", True)
    assert browser.as_(cast.thaba.teacher).get("/dashboard/", check=False).location.startswith("/login")
    assert sql.execute("SELECT used_at IS NULL FROM password_link").fetchall() == [(False,)]
    assert sql.execute("SELECT email FROM person WHERE id = %s", (cast.thaba.teacher.person_id,)).fetchone() == (
        "new@example.org",
    )
    work_off()
    for address in ("new@example.org", cast.thaba.teacher.email):
        (letter,) = mailserver.to(address)
        assert letter.subject in ("The address of your account with Umthi was changed", letter.subject)


def test_an_address_of_another_account_is_refused(operator, cast, sql):
    page = operator.post(at(cast.thaba.teacher), {"name": "Lerato Dlamini", "email": cast.karoo.teacher.email})
    assert page.problems == ["Another account has this address. One person has one account: move or invite that one instead."]
    assert user(sql, cast.thaba.teacher)[1] == cast.thaba.teacher.email


def test_who_runs_the_platform_is_left_to_superusers(operator, browser, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'operator' WHERE id = %s", (cast.thaba.teacher.user_id,))
    wanted = {"name": "Lerato Nkosi", "email": cast.thaba.teacher.email}
    assert operator.post(at(cast.thaba.teacher), wanted).problems == [
        "This person runs the platform. Only a superuser changes their account."
    ]
    assert browser.as_(cast.superuser).post(at(cast.thaba.teacher), wanted).status == 303
    assert user(sql, cast.thaba.teacher)[0] == "Lerato Nkosi"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"name": "", "email": "a@example.org"}, "Enter a name"),
        ({"name": "A", "email": "nonsense"}, "Enter an email address in the form name@example.com"),
    ],
)
def test_what_is_missing_is_said(operator, cast, typed, problem):
    page = operator.post(at(cast.thaba.teacher), typed)
    assert (page.status, page.problems) == (422, [problem])


def test_nothing_different_is_said(operator, cast, sql):
    page = operator.get(at(cast.thaba.teacher))
    assert operator.post(at(cast.thaba.teacher), page.form(), follow_redirects=True).banners == [
        "Nothing was different, so nothing was saved."
    ]
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'members.change_account'").fetchone() == (0,)


@pytest.mark.parametrize("more", ["", "/move"])
def test_an_operator_proves_who_they_are_before_anything_is_shown(operator, cast, sql, more):
    """Also one who has no passkey."""
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    for answer in (
        operator.get(at(cast.thaba.teacher) + more, check=False),
        operator.post(
            at(cast.thaba.teacher) + more, {"name": "A", "email": "new@example.org", "school": "2", "role": "teacher"}
        ),
    ):
        assert (answer.status, answer.location) == (303, f"/settings/confirm?next={at(cast.thaba.teacher)}{more}")
    assert user(sql, cast.thaba.teacher)[1] == cast.thaba.teacher.email
    assert sql.execute("SELECT count(*) FROM membership WHERE user_id = %s", (cast.thaba.teacher.user_id,)).fetchone() == (1,)


def test_a_person_of_another_school_is_not_there(operator, cast):
    assert operator.get(at(cast.karoo.teacher)).status == 404


@pytest.mark.parametrize("role", ["owner", "admin", "teacher"])
def test_schools_do_not_open_it(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(at(cast.thaba.teacher)).status == 403
