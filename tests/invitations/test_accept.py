"""/invitations/<token>: what it opens, for whom, and what it never does."""

from __future__ import annotations

import re
import threading

import pytest

from app.access import passwords
from app.domain.invitations import link_path, token_of
from app.tenancy.doors import outside
from blueprints.invitations import acceptance
from tests.cast import PASSWORD
from tests.conftest import Browser

NEW = "three words together"
GONE = "This invitation does not work any more"


def state(sql):
    return sql.execute(
        "SELECT i.used_at IS NOT NULL, (SELECT count(*) FROM app_user WHERE email = i.email),"
        " (SELECT count(*) FROM membership m WHERE m.person_id = i.person_id) FROM invitation i ORDER BY id DESC"
    ).fetchone()


def sign_in(browser, email, password):
    return browser.post("/login", {"email": email, "password": password})


def test_somebody_new_chooses_a_password_and_signs_in(browser, sql, cast, newcomer, invited, link):
    address = link(invited(newcomer(language="en"), cast.thaba))
    page = browser.get(address)
    assert page.h1 == "Welcome to Thaba Nkulu Primary"
    assert page.form()["name"] == "Lindiwe Nkosi"
    assert "lindiwe@example.org" in page.main
    done = browser.post(address, {"name": "Lindiwe N.", "password": NEW})
    assert (done.status, done.location) == (303, "/login?news=invitation-accepted")
    assert "Your account is ready." in browser.get(done.location).main
    assert browser.get("/dashboard/").location.startswith("/login"), "the link signs nobody in"
    assert state(sql) == (True, 1, 1)
    assert sign_in(browser, "lindiwe@example.org", NEW).location == "/dashboard/"
    home = browser.get("/dashboard/")
    assert "Thaba Nkulu Primary" in home.text
    assert home.one("html").get("lang") == "en"
    assert sql.execute("SELECT role FROM membership ORDER BY created_at DESC LIMIT 1").fetchone() == ("guardian",)
    assert sql.execute("SELECT name FROM person WHERE email = 'lindiwe@example.org'").fetchone() == ("Lindiwe Nkosi",)


def test_it_is_written_into_both_logs_and_told_to_the_address(
    browser, sql, cast, newcomer, invited, link, mailserver, work_off
):
    browser.post(link(invited(newcomer(), cast.thaba)), {"name": "Lindiwe", "password": NEW})
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'invitations.accept'").fetchone() == (1,), log
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.create'").fetchone() == (1,)
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["lindiwe@example.org"], "the invitation itself is not sent any more"
    assert "/password/forgot" in mailserver.mails[0].text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "", "password": NEW}, "Enter your name"),
        ({"name": "Lindiwe", "password": ""}, "Enter a password"),
        (
            {"name": "Lindiwe", "password": "too short"},
            "Use at least 12 characters. A few words together are easy to remember.",
        ),
        ({"name": "Lindiwe", "password": "password123456"}, None),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_used_up(browser, sql, cast, newcomer, invited, link, fields, problem):
    page = browser.post(link(invited(newcomer(), cast.thaba)), fields)
    assert page.status == 422
    assert page.problems == [problem] if problem else page.problems
    assert page.form()["name"] == fields["name"]
    assert state(sql) == (False, 0, 0)


def test_used_it_opens_nothing(browser, cast, newcomer, invited, link):
    address = link(invited(newcomer(), cast.thaba))
    browser.post(address, {"name": "Lindiwe", "password": NEW})
    for page in (browser.get(address), browser.post(address, {"name": "Thief", "password": NEW + "!"})):
        assert (page.status, page.h1) == (410, GONE)
        assert "works only once" in page.main


@pytest.mark.parametrize(
    ("change", "said"),
    [("expires_at = now()", "Ask your school to send a new one."), ("revoked_at = now()", "Look for a newer mail")],
)
def test_expired_or_revoked_it_says_what_to_do(browser, sql, cast, newcomer, invited, link, change, said):
    address = link(invited(newcomer(), cast.thaba))
    sql.execute(f"UPDATE invitation SET {change}")
    for page in (browser.get(address), browser.post(address, {"name": "Lindiwe", "password": NEW})):
        assert (page.status, page.h1) == (410, GONE)
        assert said in page.main
    assert sql.execute("SELECT count(*) FROM app_user WHERE email = 'lindiwe@example.org'").fetchone() == (0,)


def test_an_address_with_a_mistake_in_it_says_so(browser, cast):
    page = browser.get("/invitations/never-was")
    assert (page.status, page.h1) == (410, GONE)
    assert "Copy the whole link from the mail" in page.main
    assert browser.as_(cast.thaba.admin, language="zu").get("/invitations/never-was").status == 410


def test_somebody_who_has_left_is_not_let_in(browser, sql, cast, newcomer, invited, link):
    address = link(invited(newcomer(), cast.thaba))
    sql.execute("UPDATE person SET ended_at = now() WHERE email = 'lindiwe@example.org'")
    assert browser.get(address).status == 410


@pytest.mark.parametrize("closed", ["disabled", "pending"])
def test_a_school_that_is_not_open_says_so_and_nothing_is_used_up(browser, sql, cast, newcomer, invited, link, closed):
    address = link(invited(newcomer(), cast.thaba))
    sql.execute("UPDATE school SET state = %s WHERE id = 1", (closed,))
    for page in (browser.get(address), browser.post(address, {"name": "Lindiwe", "password": NEW})):
        assert (page.status, page.h1) == (403, "Thaba Nkulu Primary is not open at the moment")
    assert state(sql) == (False, 0, 0)
    sql.execute("UPDATE school SET state = 'active' WHERE id = 1")
    assert browser.get(address).status == 200


def test_who_has_an_account_signs_in_and_keeps_the_password(browser, sql, cast, newcomer, invited, link):
    made = invited(newcomer(name="Sipho Alleen", email=cast.nobody.email), cast.thaba)
    address = link(made)
    mailed = browser.get(link_path(made, mailed=True))
    assert mailed.h1 == "Thaba Nkulu Primary invites you"
    assert not mailed.all("input", type="password")
    page = browser.post(address, {"name": "Thief", "password": NEW})
    assert page.h1 == "Thaba Nkulu Primary invites you"
    assert state(sql) == (False, 1, 0)
    door = browser.get(page.links()["Sign in to accept"])
    back = browser.post("/login", door.form() | {"email": cast.nobody.email, "password": PASSWORD})
    assert back.location == address
    page = browser.get(address)
    assert page.h1 == "Thaba Nkulu Primary invites you"
    done = browser.post(address, page.form(), token=False)
    assert done.location == "/dashboard/"
    home = browser.get("/dashboard/")
    assert home.banners == ["Welcome to Thaba Nkulu Primary."]
    assert state(sql) == (True, 1, 1)
    assert sign_in(Browser(browser.app), cast.nobody.email, PASSWORD).status == 303


def test_in_a_second_school_one_acts_at_once(browser, sql, cast, newcomer, invited, link):
    address = link(invited(newcomer(kind="staff", email=cast.karoo.teacher.email), cast.thaba, role="teacher"))
    teacher = browser.as_(cast.karoo.teacher)
    teacher.post(address)
    assert "Thaba Nkulu Primary" in teacher.get("/dashboard/").one("header", id="menu").find(".//{*}strong").text


def test_another_persons_invitation_is_not_taken_by_accident(browser, sql, cast, newcomer, invited, link):
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.karoo.admin.user_id,))
    address = link(invited(newcomer(), cast.thaba))
    for page in (browser.as_(cast.karoo.admin).get(address), browser.as_(cast.karoo.admin).post(address)):
        assert page.h1 == "This invitation is for somebody else"
        assert cast.karoo.admin.email in page.main
    assert state(sql) == (False, 0, 0)


@pytest.mark.parametrize(
    ("rights", "h1"),
    [
        ("platform_role = 'operator'", "Thaba Nkulu Primary invites you"),
        ("disabled_at = now()", "Thaba Nkulu Primary invites you"),
    ],
)
def test_a_link_sets_no_password_for_an_account_that_opens_more(browser, sql, cast, newcomer, invited, link, rights, h1):
    """Whoever invites sees the link: it must be worth no more than the school that it is for."""
    sql.execute(f"UPDATE app_user SET password_hash = NULL, {rights} WHERE id = %s", (cast.nobody.user_id,))
    made = invited(newcomer(email=cast.nobody.email), cast.thaba)
    assert browser.get(link_path(made, mailed=True)).h1 == h1
    for address in (link(made), link_path(made, mailed=True)):
        assert browser.post(address, {"name": "Thief", "password": NEW}).h1 == h1
    assert sql.execute("SELECT password_hash FROM app_user WHERE id = %s", (cast.nobody.user_id,)).fetchone() == (None,)


def test_who_runs_the_platform_joins_no_school_by_an_invitation(browser, sql, cast, newcomer, invited, link):
    address = link(invited(newcomer(email=cast.operator.email), cast.thaba))
    before = sql.execute("SELECT count(*) FROM membership").fetchone()
    for page in (browser.as_(cast.operator).get(address), browser.as_(cast.operator).post(address)):
        assert page.status == 410
        assert "Enter the school by a support visit" in page.main
    assert sql.execute("SELECT count(*) FROM membership").fetchone() == before


def test_the_link_that_is_shown_tells_nothing_about_the_account_of_its_address(browser, sql, cast, newcomer, invited, link):
    """Whoever invites sees it, and could ask so whether any address in the world has an account, and runs the platform."""
    sql.execute("UPDATE app_user SET password_hash = NULL WHERE id = %s", (cast.karoo.guardian.user_id,))
    disabled = cast.karoo.officer
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (disabled.user_id,))
    whose = ("x@example.org", cast.nobody.email, cast.operator.email, cast.karoo.guardian.email, disabled.email)
    pages = []
    for email in whose:
        made = invited(newcomer("Lindiwe Nkosi", email=email), cast.thaba)
        sql.execute("UPDATE invitation SET expires_at = '2100-01-01' WHERE id = %s", (made,))
        answers = browser.get(link(made)), browser.post(link(made), {"name": "Lindiwe", "password": "short"})
        pages.append([page.text.replace(email, "?").replace(token_of(made), "?") for page in answers])
        assert [page.status for page in answers] == [200, 422]
    for answers in zip(*pages, strict=True):
        assert len({same(text) for text in answers}) == 1


def same(text):
    """A page without what every request has of its own."""
    return re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", text)


def test_an_admin_who_accepts_an_owners_invitation_is_an_admin_in_the_audit_too(browser, sql, cast, newcomer, invited, link):
    admin = cast.thaba.admin
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (admin.user_id,))
    address = link(invited(newcomer(name=admin.name, kind="staff", email=admin.email), cast.thaba, role="owner"))
    someone = browser.as_(admin)
    page = someone.get(address)
    assert "Admin" in page.main
    assert "Owner" not in page.main
    someone.post(address, page.form(), token=False)
    roles = "SELECT role FROM membership WHERE school_id = 1 AND user_id = %s"
    assert sql.execute(roles, (admin.user_id,)).fetchall() == [("admin",)]
    for log in ("audit", "platform"):
        told = dict(
            sql.execute(
                f"SELECT v.field, v.value FROM {log}_value v JOIN {log}_event e ON e.id = v.event_id"
                " WHERE e.action = 'invitations.accept'"
            ).fetchall()
        )
        assert (told["role:after"], told["invited_as:after"]) == ('"admin"', '"owner"')


def test_an_address_that_nobody_has_proven_gets_nothing_new_but_by_its_mail(browser, sql, cast, newcomer, invited, link):
    """Somebody at a school made an account for an address of another: its next invitation is for who reads that mail."""
    taken = link(invited(newcomer(email="head@umthi.example"), cast.thaba))
    browser.post(taken, browser.get(taken).form() | {"name": "Thief", "password": NEW}, token=False)
    unproven = "SELECT address_unproven_at IS NOT NULL FROM app_user WHERE email = 'head@umthi.example'"
    assert sql.execute(unproven).fetchone() == (True,)
    assert sign_in(browser, "head@umthi.example", NEW).status == 303
    (person,) = sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, email)"
        " VALUES (2, uuid7(), 'staff', 'The head', 'head', 'head@umthi.example') RETURNING id"
    ).fetchone()
    made = invited(person, cast.karoo)
    browser.post(link(made), browser.get(link(made)).form(), token=False)
    assert sql.execute("SELECT count(*) FROM membership WHERE person_id = %s", (person,)).fetchone() == (0,)
    browser.client.delete_cookie("session")
    mailed = link_path(made, mailed=True)
    fields = browser.get(mailed).form() | {"name": "The head", "password": NEW + " of mine"}
    assert browser.post(mailed, fields, token=False).status == 303
    assert sql.execute(unproven).fetchone() == (False,)
    assert sql.execute("SELECT count(*) FROM membership WHERE person_id = %s", (person,)).fetchone() == (1,)
    assert sign_in(browser, "head@umthi.example", NEW).status == 422, "what the thief chose opens nothing"


def test_a_proof_that_is_not_ours_opens_nothing(browser, cast, newcomer, invited, link):
    assert browser.get(link(invited(newcomer(), cast.thaba)) + ".AAAAAAAAAAAAAAAAAAAAAA").status == 410


def test_nor_for_one_that_belongs_to_another_school(browser, sql, cast, newcomer, invited, link):
    sql.execute(
        "UPDATE app_user SET password_temporary_until = now() + interval '1 day' WHERE id = %s", (cast.karoo.owner.user_id,)
    )
    address = link(invited(newcomer(email=cast.karoo.owner.email), cast.thaba))
    assert browser.post(address, {"name": "Thief", "password": NEW}).h1 == "Thaba Nkulu Primary invites you"


def test_a_temporary_password_gives_way_to_the_one_that_is_chosen(browser, sql, cast, invited, link):
    """As after onboarding: account and membership are there, with a password that somebody else knows."""
    teacher = cast.thaba.teacher
    temporary = "UPDATE app_user SET password_temporary_until = now() + interval '7 days', language = 'en' WHERE id = %s"
    sql.execute(temporary, (teacher.user_id,))
    address = link(invited(teacher.person_id, cast.thaba, role="teacher"))
    visitor = browser.as_(teacher)
    assert visitor.get(address).h1 == "Welcome to Thaba Nkulu Primary"
    fields = visitor.get(address).form() | {"password": NEW}
    assert visitor.post(address, fields, token=False).status == 303
    assert visitor.get("/dashboard/").location.startswith("/login"), "sessions of the temporary password end"
    assert state(sql) == (True, 1, 1)
    assert sign_in(browser, teacher.email, NEW).status == 303
    assert browser.get("/dashboard/").status == 200


def test_of_two_at_once_one_wins(app, sql, cast, newcomer, invited):
    token, start, answers = token_of(invited(newcomer(), cast.thaba)), threading.Barrier(8), []

    def go(number):
        with app.app_context(), outside():
            start.wait()
            try:
                acceptance.choose_password(token, name=f"Number {number}", password=f"{NEW} {number}", language="en")
                answers.append(number)
            except (acceptance.Gone, acceptance.NeedsSignIn):
                pass

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = answers
    assert state(sql) == (True, 1, 1)
    (kept,) = sql.execute("SELECT password_hash FROM app_user WHERE email = 'lindiwe@example.org'").fetchone()
    assert passwords.HASHER.verify(kept, f"{NEW} {winner}")


def test_a_language_link_speaks_to_a_stranger(browser, cast, newcomer, invited, link):
    address = link(invited(newcomer(), cast.thaba))
    for language in ("en", "af", "zu"):
        assert browser.get(f"{address}?language={language}").one("html").get("lang") == language
