"""/operator/schools/<id>/support: who has a way in, whose sign-ins fail, and what operators do about it."""

import pytest

from app.tenancy import counting
from tests.cast import PASSWORD, add_person
from tests.conftest import Browser
from tests.domain.counting import rebuild
from tests.pages import XHTML, words
from tests.schools.arranged import add_invitation, events

PAGE = "/operator/schools/1/support"


def users(page):
    """Name -> what stands on the row of the table of users."""
    (table,) = [t for t in page.all("table") if words(t).startswith("Users")]
    rows = [tr for tr in table.iter(f"{XHTML}tr") if tr.find(f"{XHTML}th").get("scope") == "row"]
    return {(tr.find(f"{XHTML}th").text or "").strip(): words(tr) for tr in rows}


def person_page(person, deed):
    return f"{PAGE}/people/{person}/{deed}"


def a_pupil(sql, name="New Person", email="new@thaba.example.com", kind="guardian"):
    return add_person(sql, 1, name, kind, email)


def test_everybody_with_an_account_is_listed_by_name(operator, cast):
    page = operator.get(PAGE)
    assert set(users(page)) == {someone.name for someone in cast.thaba.everyone()} | {cast.multi.name}
    assert list(users(page)) == sorted(users(page), key=str.lower)
    assert "Admin" in users(page)["Naledi Mokoena"]
    assert "admin@thaba.example.com" in users(page)["Naledi Mokoena"]
    assert "Karoo" not in page.main


def test_the_last_sign_in_is_shown(operator, cast, sql):
    assert "Never" in users(operator.get(PAGE))["Naledi Mokoena"]
    sql.execute("UPDATE app_user SET last_sign_in_at = '2026-03-04 08:15+02' WHERE id = %s", (cast.thaba.admin.user_id,))
    assert "2026" in users(operator.get(PAGE))["Naledi Mokoena"]


def test_a_temporary_password_and_a_disabled_account_are_shown(operator, cast, sql):
    sql.execute(
        "UPDATE app_user SET password_temporary_until = now() + interval '1 day' WHERE id = %s", (cast.thaba.admin.user_id,)
    )
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    rows = users(operator.get(PAGE))
    assert "Temporary password" in rows["Naledi Mokoena"]
    assert "Disabled" in rows["Lerato Dlamini"]


@pytest.mark.parametrize(
    ("made", "shown"),
    [({}, "Active"), ({"used": True}, "Used"), ({"expires": "-1 hour"}, "Expired"), ({"revoked": True}, "Revoked")],
)
def test_somebody_who_was_invited_is_listed_with_the_state_of_the_invitation(operator, sql, made, shown):
    add_invitation(sql, 1, a_pupil(sql), "new@thaba.example.com", role="guardian", **made)
    row = users(operator.get(PAGE))["New Person"]
    assert shown in row
    assert "No account" in row


def test_who_has_neither_is_found_by_a_search_only(operator, sql):
    a_pupil(sql)
    assert "New Person" not in operator.get(PAGE).main
    for search in ("new per", "NEW@thaba"):
        assert list(users(operator.get(PAGE, query_string={"q": search}))) == ["New Person"]


def test_a_search_does_not_leave_the_school(operator):
    page = operator.get(PAGE, query_string={"q": "karoo"})
    assert "Nobody matches" in page.main
    assert page.links()["All users"] == PAGE


def test_many_users_come_in_pages(operator, sql):
    for n in range(60):
        add_invitation(sql, 1, a_pupil(sql, f"Person {n:02}", f"p{n}@x.example"), f"p{n}@x.example")
    first = operator.get(PAGE)
    second = operator.get(PAGE + first.links()["More"])
    assert len(users(first)) == 50
    assert len(users(second)) == 17
    assert not set(users(first)) & set(users(second))


def test_an_invitation_is_sent_and_stands_in_both_logs(operator, cast, sql, work_off, mailserver):
    person = a_pupil(sql)
    answer = operator.post(person_page(person, "invite"))
    assert answer.status == 303
    page = operator.get(answer.location)
    assert page.banners == ["An invitation is on its way to new@thaba.example.com."]
    assert "Active" in users(page)["New Person"]
    made = sql.execute("SELECT person_id, role, email, invited_by FROM invitation").fetchall()
    assert made == [(person, "guardian", "new@thaba.example.com", "Olive Operator")]
    assert events(sql, "invitations.invite") == (1, 1)
    work_off()
    (mail,) = mailserver.mails
    assert "new@thaba.example.com" in str(mail)


def test_sending_it_again_takes_the_first_one_back(operator, sql):
    person = a_pupil(sql)
    operator.post(person_page(person, "invite"))
    operator.post(person_page(person, "invite"))
    revoked = sql.execute("SELECT revoked_at IS NOT NULL FROM invitation ORDER BY id").fetchall()
    assert revoked == [(True,), (False,)]
    assert events(sql, "invitations.resend") == (1, 1)


def test_an_expired_one_is_replaced(operator, sql):
    person = a_pupil(sql)
    add_invitation(sql, 1, person, "new@thaba.example.com", role="guardian", expires="-1 hour")
    assert "Resend invitation" in users(operator.get(PAGE))["New Person"]
    operator.post(person_page(person, "invite"))
    assert "Active" in users(operator.get(PAGE))["New Person"]


def test_the_numbers_of_the_console_know_it_at_once(operator, sql):
    rebuild()
    operator.post(person_page(a_pupil(sql), "invite"))
    assert sql.execute("SELECT number FROM platform_metric WHERE name = 'invitations.open'").fetchone() == (1,)


def test_who_has_signed_in_is_not_invited(operator, cast, sql):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    assert "Invite" not in users(operator.get(PAGE))["Naledi Mokoena"].split("End")[0]
    operator.post(person_page(cast.thaba.admin.person_id, "invite"))
    (said,) = operator.get(PAGE).banners
    assert said.startswith("This person has signed in already")
    assert sql.execute("SELECT count(*) FROM invitation").fetchone() == (0,)


def test_without_an_address_nothing_can_be_sent(operator, sql):
    person = a_pupil(sql, email=None)
    operator.post(person_page(person, "invite"))
    assert operator.get(PAGE).banners == ["There is no address to send an invitation to."]


def test_sessions_are_ended_at_once_after_a_question(operator, browser, cast, sql):
    admin = browser.as_(cast.thaba.admin)
    assert admin.get("/dashboard/").status == 200
    where = person_page(cast.thaba.admin.person_id, "end-sessions")
    assert operator.get(where).h1 == "Sign Naledi Mokoena out everywhere?"
    assert admin.get("/dashboard/").status == 200, "the question alone does nothing"
    operator.post(where)
    assert operator.get(PAGE).banners == ["Naledi Mokoena is signed out everywhere."]
    assert admin.get("/dashboard/", check=False).location.startswith("/login")
    assert browser.as_(cast.thaba.owner).get("/dashboard/").status == 200
    assert events(sql, "support.end_sessions") == (1, 1)


def test_who_runs_the_platform_is_not_signed_out_by_a_school(operator, browser, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'superuser' WHERE id = %s", (cast.thaba.admin.user_id,))
    operator.post(person_page(cast.thaba.admin.person_id, "end-sessions"))
    assert operator.get(PAGE).banners == [
        "This person runs the platform. Only a superuser can sign them out, by disabling them."
    ]
    assert browser.as_(cast.thaba.admin).get("/settings/profile", check=False).status == 200
    assert events(sql, "support.end_sessions") == (0, 0)


def test_who_has_no_account_has_no_sessions(operator, sql):
    person = a_pupil(sql)
    assert operator.get(person_page(person, "end-sessions")).status == 404
    assert operator.post(person_page(person, "end-sessions")).status == 404


@pytest.mark.parametrize("deed", ["invite", "end-sessions"])
def test_somebody_of_another_school_is_not_found(operator, cast, sql, deed):
    assert operator.post(person_page(cast.karoo.admin.person_id, deed)).status == 404
    assert sql.execute("SELECT count(*) FROM invitation").fetchone() == (0,)
    assert sql.execute("SELECT count(*) FROM login_session WHERE revoked_at IS NOT NULL").fetchone() == (0,)


def test_the_admin_of_the_school_can_do_none_of_it(browser, cast, sql):
    admin = browser.as_(cast.thaba.admin)
    for deed in ("invite", "end-sessions"):
        assert admin.post(person_page(cast.thaba.teacher.person_id, deed)).status == 403
    assert admin.post("/operator/schools/1/notes", {"body": "x"}).status == 403


def fail_to_sign_in(app, email, times):
    stranger = Browser(app)
    for _ in range(times):
        stranger.post("/login", {"email": email, "password": "not the password"})


def test_failed_sign_ins_are_counted_and_who_has_to_wait_is_named(operator, app, cast, sql):
    assert "Sign-in problems" not in operator.get(PAGE).main
    fail_to_sign_in(app, cast.thaba.teacher.email, 2)
    fail_to_sign_in(app, cast.karoo.teacher.email, 1)
    fail_to_sign_in(app, "unknown@example.com", 1)
    page = operator.get(PAGE)
    (table,) = [t for t in page.all("table") if words(t).startswith("Sign-in problems")]
    (row,) = [words(tr) for tr in table.iter(f"{XHTML}tr") if "@" in words(tr)]
    assert row.startswith("Lerato Dlaminiteacher@thaba.example.com 2 ")
    assert row.endswith("May try")
    fail_to_sign_in(app, cast.thaba.teacher.email, 8)
    assert "Has to wait" in operator.get(PAGE).main
    sql.execute("UPDATE sign_in_failure SET at = at - interval '16 minutes'")
    assert "Has to wait" not in operator.get(PAGE).main


def test_what_failed_two_days_ago_is_no_problem(operator, app, cast, sql):
    fail_to_sign_in(app, cast.thaba.teacher.email, 1)
    sql.execute("ALTER TABLE platform_event DISABLE TRIGGER USER")
    sql.execute("UPDATE platform_event SET at = at - interval '25 hours'")
    assert "Sign-in problems" not in operator.get(PAGE).main
    assert PASSWORD not in operator.get(PAGE).text


def test_notes_are_kept_the_newest_first_and_as_they_were_written(operator, browser, cast):
    operator.post("/operator/schools/1/notes", {"body": "Their secretary is\nMrs <Nkosi>."})
    browser.as_(cast.superuser).post("/operator/schools/1/notes", {"body": "Prefers mail in isiZulu."})
    for path in (PAGE, "/operator/schools/1/notes"):
        page = operator.get(path)
        assert "Mrs <Nkosi>." in page.main
        assert page.main.index("Prefers mail") < page.main.index("Their secretary")
        assert "Sam Superuser" in page.main
    assert "Prefers mail" not in operator.get("/operator/schools/2/support").main


def test_an_empty_note_is_refused_and_a_long_one_is_not_lost(operator, sql):
    assert operator.post("/operator/schools/1/notes", {"body": "  "}).problems == ["Enter a note"]
    page = operator.post("/operator/schools/1/notes", {"body": "x" * 4001})
    assert (page.status, len(page.form("/operator/schools/1/notes")["body"])) == (422, 4001)
    assert sql.execute("SELECT count(*) FROM staff_note").fetchone() == (0,)


def test_older_notes_are_behind_a_link(operator, sql):
    for n in range(60):
        operator.post("/operator/schools/1/notes", {"body": f"Note {n:02}."})
    page = operator.get(PAGE)
    assert page.main.count("Note ") == 5
    first = operator.get(page.links()["All notes"])
    second = operator.get("/operator/schools/1/notes" + first.links()["Older"])
    assert ("Note 59." in first.main, "Note 09." in first.main) == (True, False)
    assert ("Note 09." in second.main, "Note 00." in second.main) == (True, True)


def test_the_school_sees_nothing_of_the_notes(operator, browser, cast, sql):
    """Not the words, not that there are any: the database gives the school no right to the table, and its log has no event."""
    operator.post("/operator/schools/1/notes", {"body": "A secret of ours."})
    assert events(sql, "support.add_note") == (1, 0)
    assert sql.execute("SELECT count(*) FROM platform_value WHERE value LIKE '%secret%'").fetchone() == (0,)
    rights = sql.execute("SELECT has_table_privilege('umthi_app', 'staff_note', 'SELECT, INSERT, UPDATE, DELETE')").fetchone()
    assert rights == (False,)
    assert "note" not in browser.as_(cast.thaba.owner).get("/audit/").main.lower().replace("notice", "")


def test_a_support_visit_begins_here(operator):
    assert operator.get(PAGE).links()["Start a support visit"] == "/operator/schools/1/visit"


def test_the_page_asks_twelve_times_at_most(operator, app, cast):
    fail_to_sign_in(app, cast.thaba.teacher.email, 1)
    operator.client.get(PAGE)
    assert counting.total() <= 12
