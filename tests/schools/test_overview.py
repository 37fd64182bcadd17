"""/operator/schools/<id>: how a school is, and what is still to do before it goes live: computed, never ticked."""

import pytest

from app.ids import uuid7
from app.tenancy import counting
from tests.cast import add_person
from tests.domain.counting import rebuild
from tests.notices.sent import add_sent_message
from tests.pages import XHTML, words
from tests.schools.arranged import add_invitation, add_run

PAGE = "/operator/schools/1"
PAGES = ["", "/progress", "/support", "/settings", "/imports", "/notes"]


def line(page, begins):
    """The line of the go-live list that begins so, and where it leads."""
    item = next(li for li in page.all("li") if words(li).startswith(begins))
    return words(item), [a.get("href") for a in item.iter(f"{XHTML}a")]


@pytest.mark.parametrize("below", PAGES)
def test_an_operator_opens_every_page_of_a_school(operator, below):
    page = operator.get(PAGE + below)
    assert page.status == 200
    assert "Thaba Nkulu Primary" in page.title


@pytest.mark.parametrize("below", PAGES)
@pytest.mark.parametrize("number", ["3", "0", "99999999999999999999"])
def test_a_number_that_no_school_has_is_not_found(operator, below, number):
    assert operator.get(f"/operator/schools/{number}{below}").status == 404


@pytest.mark.parametrize("below", PAGES)
def test_nobody_of_the_school_sees_them(browser, cast, below):
    assert browser.as_(cast.thaba.owner).get(PAGE + below).status == 403
    assert browser.get(PAGE + below).location.startswith("/login")


def test_the_page_says_how_the_school_is(operator, cast, sql):
    run = add_run(sql, cast.thaba, "completed")
    page = operator.get(PAGE)
    assert page.h1 == "Thaba Nkulu Primary"
    assert "Onboarding complete" in page.main
    assert page.links()["View onboarding"] == f"/operator/runs/{run}"
    assert "Nothing was sent" in page.main


def test_it_leads_to_all_pages_of_the_school(operator):
    links = operator.get(PAGE).links()
    assert {links[text] for text in ("Progress", "Settings", "Imports", "Suspend…", "Start a support visit")} == {
        f"{PAGE}/progress", f"{PAGE}/settings", f"{PAGE}/imports", f"{PAGE}/suspend", f"{PAGE}/visit",
    }  # fmt: skip


def test_a_disabled_school_is_reactivated_and_not_visited(operator, sql):
    sql.execute("UPDATE school SET state = 'disabled', disabled_at = now() WHERE id = 1")
    page = operator.get(PAGE)
    assert page.links()["Reactivate…"] == f"{PAGE}/reactivate"
    assert "Start a support visit" not in page.main
    assert "Disabled since" in page.main


def test_a_pending_school_is_not_provisioned_and_its_run_says_why(operator, cast, sql):
    sql.execute("UPDATE school SET state = 'pending' WHERE id = 1")
    run = add_run(sql, cast.thaba, "partial_failure")
    text, leads_to = line(operator.get(PAGE), "The school is provisioned")
    assert text.endswith("To do")
    assert leads_to == [f"/operator/runs/{run}"]


def test_the_list_changes_when_the_facts_do(operator, cast, sql):
    later = ("An owner or admin has signed in", "The first notice has been sent", "Email is ready")
    assert line_is_done(operator, "The school is provisioned")
    assert [line_is_done(operator, begins) for begins in later] == [False, False, False]
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    sql.execute(
        "INSERT INTO provider (name, condition, checked_at) VALUES ('email', 'ready', now())"
        " ON CONFLICT (name) DO UPDATE SET condition = 'ready', checked_at = now()"
    )
    add_sent_message(sql, cast.thaba, sent=1)
    assert [line_is_done(operator, begins) for begins in later] == [True, True, True]


def line_is_done(operator, begins):
    return line(operator.get(PAGE), begins)[0].endswith("Done")


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("learner", "There are learners"), ("guardian", "There are parents"), ("staff", "There are members of staff")],
)
def test_people_who_have_left_do_not_count(operator, sql, kind, begins):
    assert line_is_done(operator, begins)
    sql.execute("UPDATE person SET ended_at = now() WHERE school_id = 1 AND kind = %s", (kind,))
    assert not line_is_done(operator, begins)


def test_an_admin_whose_invitation_waits_is_still_to_do(operator, cast, sql):
    assert line_is_done(operator, "The invitations of owners and admins are used")
    person = add_person(sql, 1, "New Admin", "staff", "new@thaba.example.com")
    made = add_invitation(sql, 1, person, "new@thaba.example.com")
    text, leads_to = line(operator.get(PAGE), "The invitations of owners and admins are used")
    assert text.endswith("To do")
    assert leads_to == [f"{PAGE}/support"]
    sql.execute("UPDATE invitation SET used_at = now() WHERE id = %s", (made,))
    assert line_is_done(operator, "The invitations of owners and admins are used")


def test_a_temporary_password_is_still_to_do(operator, cast, sql):
    assert line_is_done(operator, "Every temporary password")
    sql.execute(
        "UPDATE app_user SET password_temporary_until = now() + interval '1 day' WHERE id = %s", (cast.thaba.admin.user_id,)
    )
    assert not line_is_done(operator, "Every temporary password")


def test_a_school_without_an_address_is_led_to_its_settings(operator, sql):
    assert line_is_done(operator, "The school has a contact address")
    sql.execute("UPDATE school SET contact_email = NULL WHERE id = 1")
    assert line(operator.get(PAGE), "The school has a contact address")[1] == [f"{PAGE}/settings"]


def test_what_is_counted_is_shown_with_its_time(operator):
    assert "Nothing has been counted here yet" in operator.get(PAGE).main
    rebuild()
    page = operator.get(PAGE)
    assert "Counted at" in page.main
    assert "Parents and guardians" in page.main


def test_the_deliveries_of_a_week_are_a_rate(operator, cast, sql):
    add_sent_message(sql, cast.thaba, sent=3, dead=1)
    rebuild()
    assert "75% of 4 delivered" in operator.get(PAGE).main


def test_a_quiet_school_is_called_so(operator, sql):
    rebuild()
    assert badge_of(operator.get(PAGE)) == "Live"
    sql.execute("UPDATE school SET created_at = now() - interval '90 days' WHERE id = 1")
    rebuild()
    assert badge_of(operator.get(PAGE)) == "Went quiet"


def badge_of(page):
    (section,) = [s for s in page.all("section") if s.get("aria-labelledby") == "how"]
    return words(next(e for e in section.iter(f"{XHTML}span") if "badge" in (e.get("class") or "")))


def test_open_support_visits_are_listed_and_ended_ones_are_not(operator, cast, sql):
    for reason, ended in (("Their mail bounces", False), ("Long ago", True)):
        sql.execute(
            "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at, ended_at)"
            " VALUES (1, %s, %s, %s, 'Olive Operator', %s, now() + interval '30 minutes', CASE WHEN %s THEN now() END)",
            (uuid7(), cast.operator.user_id, uuid7(), reason, ended),
        )
    page = operator.get(PAGE)
    assert "Their mail bounces" in page.main
    assert "Long ago" not in page.main


def test_the_page_asks_twelve_times_at_most(operator):
    rebuild()
    operator.client.get(PAGE)
    assert counting.total() <= 12
