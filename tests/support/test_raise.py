"""The step-up of a visit: the password again, and from then on changes, each of them in both logs."""

from datetime import timedelta
from urllib.parse import unquote

import pytest

from app.ids import uuid7
from tests.access.sweeping import a_notice
from tests.cast import PASSWORD
from tests.support.conftest import logs, prove

RAISE, CONFIRM = "/operator/visit/raise", "/settings/confirm"


def test_the_way_leads_over_the_password_and_back_to_the_page(visiting, sql):
    someone = visiting()
    page = someone.get(f"{RAISE}?next=/settings/school")
    assert page.status == 303
    assert unquote(unquote(page.location)) == f"{CONFIRM}?next={RAISE}?next=/settings/school"
    page = someone.get(page.location)
    assert page.h1 == "Confirm that it is you"
    page = someone.post(CONFIRM, page.form(CONFIRM) | {"password": PASSWORD})
    assert (page.status, unquote(page.location)) == (303, f"{RAISE}?next=/settings/school")
    page = someone.get(page.location)
    assert page.h1 == "Allow changes"
    page = someone.post(RAISE, page.form(RAISE))
    assert (page.status, page.location) == (303, "/settings/school")
    assert "You may change things in Thaba Nkulu Primary now, until the visit ends." in someone.get("/settings/school").banners
    assert sql.execute("SELECT raised_at IS NOT NULL FROM support_visit").fetchone() == (True,)


def test_without_the_password_a_post_raises_nothing(visiting, sql):
    page = visiting().post(RAISE, {"next": "/audit/"})
    assert page.status == 303
    assert unquote(unquote(page.location)) == f"{CONFIRM}?next={RAISE}?next=/audit/"
    assert sql.execute("SELECT raised_at FROM support_visit").fetchone() == (None,)


def test_a_proof_that_is_old_does_not_count(visiting, operator, sql):
    someone = visiting()
    prove(sql, operator)
    assert someone.get(RAISE).status == 200
    sql.execute("UPDATE login_session SET stepped_up_at = now() - interval '10 minutes 1 second'")
    assert someone.get(RAISE).location.startswith(CONFIRM)


def test_raising_is_in_both_logs_and_the_bar_says_it(visiting, operator, sql):
    someone = visiting()
    prove(sql, operator)
    assert someone.post(RAISE).status == 303
    for events in logs(sql, "support.raise"):
        ((kind, actor, _, values),) = events
        assert (kind, actor, values["label"]) == ("operator", operator.user_id, "Thaba Nkulu Primary")
    page = someone.get("/dashboard/")
    assert "May change things" in page.text
    assert "Read-only" not in page.text
    assert someone.get(RAISE).location == "/dashboard/", "there is nothing left to allow"
    assert len(logs(sql, "support.raise")[0]) == 1


def test_it_does_not_lengthen_the_visit(visiting, operator, sql):
    someone = visiting()
    prove(sql, operator)
    someone.post(RAISE)
    assert sql.execute("SELECT expires_at - began_at FROM support_visit").fetchone() == (timedelta(minutes=30),)


def test_who_visits_nothing_has_nothing_to_raise(browser, cast):
    someone = browser.as_(cast.operator)
    assert someone.get(RAISE).location == "/portal/select-school/"
    assert browser.as_(cast.thaba.admin).get(RAISE).status == 403


@pytest.mark.parametrize("target", ["//evil.example/", "/nowhere", "/operator/visit/raise", "/settings/confirm", ""])
def test_it_leads_to_pages_of_ours_only_and_never_in_a_circle(visiting, operator, sql, target):
    someone = visiting()
    prove(sql, operator)
    assert someone.post(RAISE, {"next": target}).location == "/dashboard/"


def test_what_is_done_in_a_raised_visit_stands_in_both_logs_with_both_names(visiting, operator, cast, sql, work_off):
    notice = a_notice(sql, cast.thaba)
    someone = visiting(raised=True)
    assert someone.post(f"/schedule-notices/{notice}/remove").status == 302
    (visit_id,) = sql.execute("SELECT id FROM support_visit").fetchone()
    work_off()
    ((kind, actor, target, values),), mirrored = logs(sql, "notices.remove")
    assert (kind, actor, target) == ("operator", operator.user_id, "notice")
    assert (values["actor"], values["visit"]) == ("Olive Operator", str(visit_id))
    ((kind, actor, target, values),) = mirrored
    assert (kind, actor, target) == ("operator", operator.user_id, "school")
    assert values == {
        "actor": "Olive Operator", "label": "Thaba Nkulu Primary", "visit": str(visit_id), "target:after": '"notice"',
        "target_id:after": f'"{notice}"',
    }  # fmt: skip
    ids = "SELECT id FROM {}_event WHERE action = 'notices.remove'"
    assert sql.execute(ids.format("audit")).fetchall() == sql.execute(ids.format("platform")).fetchall()


def test_the_mirror_writes_once_however_often_it_runs(visiting, cast, sql, work_off):
    visiting(raised=True).post(f"/schedule-notices/{a_notice(sql, cast.thaba)}/remove")
    work_off()
    sql.execute("UPDATE outbox SET done_at = NULL, leased = false, due_at = now() WHERE job = 'audit.mirror'")
    work_off()
    assert len(logs(sql, "notices.remove")[1]) == 1


def test_what_is_undone_leaves_nothing_to_mirror(visiting, sql, work_off):
    page = visiting(raised=True).post(f"/schedule-notices/{uuid7()}/remove")
    assert page.status == 404
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'audit.mirror'").fetchone() == (0,)


def test_a_download_of_a_raised_visit_is_in_both_logs(visiting, sql, work_off):
    assert visiting(raised=True).get("/exports/deliveries.csv").status == 200
    work_off()
    ours, theirs = logs(sql, "exports.download")
    assert (ours[0][0], theirs[0][0], theirs[0][2]) == ("operator", "operator", "school")


def test_the_schools_log_marks_platform_staff(visiting, browser, cast, sql):
    visiting(raised=True).post(f"/schedule-notices/{a_notice(sql, cast.thaba)}/remove")
    sql.execute("UPDATE app_user SET language = 'en'")
    page = browser.as_(cast.thaba.owner).get("/audit/")
    assert "Olive Operator Umthi support" in page.main
    assert "Began a support visit" in page.main


def test_what_the_schools_own_people_do_is_not_mirrored(browser, cast, sql, work_off):
    browser.as_(cast.thaba.admin).post(f"/schedule-notices/{a_notice(sql, cast.thaba)}/remove")
    work_off()
    assert logs(sql, "notices.remove")[1] == []
