"""The end of a visit: by leaving, by the clock, by the owner, and with whatever made it possible."""

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.access.sessions import hash_of
from app.access.visits import end_overdue, end_visits
from app.models.support import SupportVisit
from app.tenancy.doors import across_schools, outside
from app.work.relay import file_periodic
from tests.access.sweeping import a_notice
from tests.support.conftest import BEGIN, REASON, logs

LEAVE, LIST = "/operator/visit/leave", "/settings/support-visits"
PAGE = "/schedule-notices/"


def state(sql):
    return sql.execute("SELECT ended_at IS NOT NULL, ended_by FROM support_visit ORDER BY id DESC LIMIT 1").fetchone()


def active(sql, someone):
    query = "SELECT active_school FROM login_session WHERE user_id = %s AND revoked_at IS NULL"
    return sql.execute(query, (someone.user_id,)).fetchone()[0]


def test_leaving_ends_it_at_once_and_leads_to_the_schools_page(visiting, operator, sql):
    someone = visiting()
    page = someone.post(LEAVE)
    assert (page.status, page.location) == (303, "/operator/schools/1")
    assert state(sql) == (True, "Olive Operator")
    assert active(sql, operator) is None
    assert someone.get(PAGE, check=False).status == 403
    for events in logs(sql, "support.leave"):
        ((kind, actor, _, values),) = events
        assert (kind, actor, values["label"]) == ("operator", operator.user_id, "Thaba Nkulu Primary")


def test_a_visit_that_ends_with_its_session_stands_in_both_logs(visiting, operator, sql):
    someone = visiting()
    someone.post("/logout")
    assert state(sql) == (True, None)
    for events in logs(sql, "support.leave"):
        ((kind, actor, _, values),) = events
        assert (kind, actor, values["label"]) == ("operator", operator.user_id, "Thaba Nkulu Primary")
        assert "ended_by:after" not in values


def test_a_new_password_by_a_link_ends_it_as_the_operators_own_doing(visiting, browser, operator, sql):
    visiting()
    token = "a-link-to-a-new-password"
    sql.execute(
        "INSERT INTO password_link (id, user_id, token_hash, expires_at) VALUES (uuid7(), %s, %s, now() + interval '1 hour')",
        (operator.user_id, hash_of(token)),
    )
    new = "a new password, long enough"
    page = browser.post(f"/password/reset/{token}", {"password": new})
    assert page.status in (302, 303), page.problems
    for events in logs(sql, "support.leave"):
        ((kind, _, _, values),) = events
        assert (kind, values["actor"]) == ("operator", "Olive Operator")
        assert "ended_by:after" not in values


def test_whose_doing_the_end_was_stands_there_too(visiting, cast, browser, operator, sql):
    visiting()
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    browser.as_(cast.superuser).post(f"/operator/people/{operator.user_id}/disable")
    for events in logs(sql, "support.leave"):
        ((_, actor, _, values),) = events
        assert (actor, values["actor"], values["ended_by:after"]) == (
            operator.user_id,
            "Olive Operator",
            f'"{cast.superuser.name}"',
        )


def test_leaving_twice_does_no_harm(visiting, sql):
    someone = visiting()
    someone.post(LEAVE)
    assert someone.post(LEAVE).location == "/operator"
    assert len(logs(sql, "support.leave")[0]) == 1


def test_when_the_time_is_up_the_next_page_says_so_once(visiting, operator, sql):
    someone = visiting()
    sql.execute("UPDATE support_visit SET began_at = now() - interval '31 minutes', expires_at = now() - interval '1 minute'")
    page = someone.get(PAGE)
    assert (page.status, page.h1) == (403, "The support visit is over")
    assert "A visit lasts 30 minutes at most; the one to Thaba Nkulu Primary ended at" in page.main
    assert page.links() == {"Operator console": "/operator", "Visit again": BEGIN.format(1)}
    assert "was not saved" not in page.main
    assert active(sql, operator) is None
    assert someone.get("/dashboard/").location == "/operator"


OVERDUE = "UPDATE support_visit SET began_at = now() - interval '31 minutes', expires_at = now() - interval '1 minute'"


def sweep(app):
    with app.app_context(), across_schools("test", routine=True) as session:
        end_overdue(session)
        session.commit()


def test_a_visit_that_ran_out_of_time_ends_in_both_logs_once(visiting, app, operator, sql, browser, cast):
    someone = visiting()
    sweep(app)
    assert state(sql) == (False, None), "its time is not up"
    sql.execute(OVERDUE)
    for _ in range(2):
        sweep(app)
    someone.post(LEAVE)
    assert logs(sql, "support.leave") == ([], [])
    (until,) = sql.execute("SELECT expires_at FROM support_visit WHERE ended_at = expires_at AND ended_by IS NULL").fetchone()
    for events in logs(sql, "support.run_out"):
        ((kind, actor, target, values),) = events
        assert (kind, actor, target) == ("operator", operator.user_id, "support_visit")
        assert (values["actor"], values["label"]) == ("Olive Operator", "Thaba Nkulu Primary")
        assert dt.datetime.fromisoformat(json.loads(values["ended:after"])) == until
    sql.execute("UPDATE app_user SET language = 'en'")
    assert "time was up" in browser.as_(cast.thaba.owner).get(LIST).main


def test_the_workers_look_for_visits_that_ran_out(visiting, sql, work_off):
    visiting()
    sql.execute(OVERDUE)
    sql.execute("UPDATE periodic SET next_at = now()")
    file_periodic()
    work_off()
    assert [len(events) for events in logs(sql, "support.run_out")] == [1, 1]


def test_after_the_sweep_the_next_page_still_says_that_time_was_up(visiting, app, sql):
    someone = visiting()
    sql.execute(OVERDUE)
    sweep(app)
    assert "A visit lasts 30 minutes at most; the one to Thaba Nkulu Primary ended at" in someone.get(PAGE).main


def test_left_at_the_moment_when_time_is_up_it_ends_once(visiting, app, sql, operator):
    """Four who leave and four sweeps, around the moment itself: whoever is first ends it."""
    visiting()
    sql.execute("UPDATE support_visit SET expires_at = clock_timestamp() + interval '30 milliseconds'")
    start, mine = threading.Barrier(8), SupportVisit.user_id == operator.user_id

    def go(sweeps):
        with app.app_context(), outside():
            start.wait(30)
            for _ in range(20):
                with across_schools("test", routine=True) as session:
                    end_overdue(session) if sweeps else end_visits(session, mine, by="Olive Operator")
                    session.commit()

    with ThreadPoolExecutor(8) as threads:
        for future in [threads.submit(go, number % 2 == 0) for number in range(8)]:
            future.result(60)
    sweep(app)
    for left, ran_out in zip(logs(sql, "support.leave"), logs(sql, "support.run_out"), strict=True):
        assert len(left) + len(ran_out) == 1


def test_what_is_sent_after_the_end_changes_nothing_and_the_page_says_it(visiting, cast, sql):
    notice = a_notice(sql, cast.thaba)
    someone = visiting(raised=True)
    sql.execute("UPDATE support_visit SET expires_at = now() - interval '1 second'")
    page = someone.post(f"{PAGE}{notice}/remove")
    assert (page.status, page.h1) == (403, "The support visit is over")
    assert "What you sent now was not saved." in page.main
    assert sql.execute("SELECT removed_at FROM notice WHERE id = %s", (notice,)).fetchone() == (None,)


def test_a_fragment_does_not_use_up_the_word_that_it_is_over(visiting, operator, sql):
    someone = visiting()
    sql.execute("UPDATE support_visit SET expires_at = now() - interval '1 second'")
    assert someone.get("/progress", headers={"X-Fragment": "1"}).status == 403
    assert active(sql, operator) == 1
    assert someone.get(PAGE).h1 == "The support visit is over"


def test_pages_about_the_operator_go_on_after_the_end(visiting, sql):
    someone = visiting()
    someone.get("/dashboard/")
    sql.execute("UPDATE support_visit SET expires_at = now() - interval '1 second'")
    page = someone.get("/settings/profile")
    assert page.status == 200
    assert "Thaba Nkulu" not in page.text


def test_the_owner_puts_the_visitor_out_at_their_next_request(visiting, browser, cast, sql, work_off):
    someone = visiting(raised=True)
    sql.execute("UPDATE app_user SET language = 'en'")
    owner = browser.as_(cast.thaba.owner)
    page = owner.get(LIST)
    assert "Olive Operator" in page.main
    assert REASON in page.main
    (visit_id,) = sql.execute("SELECT id FROM support_visit").fetchone()
    assert owner.post(f"{LIST}/{visit_id}/end").status == 303
    assert state(sql) == (True, "Nomvula Khumalo")
    page = someone.get(PAGE)
    assert (page.status, page.h1) == (403, "The support visit is over")
    assert "Nomvula Khumalo ended your visit to Thaba Nkulu Primary at" in page.main
    work_off()
    ours, theirs = logs(sql, "support.end")
    assert (ours[0][0], ours[0][1], ours[0][3]["label"]) == ("user", cast.thaba.owner.user_id, "Olive Operator")
    assert (theirs[0][2], theirs[0][3]["label"]) == ("school", "Thaba Nkulu Primary")
    assert "ended by Nomvula Khumalo" in owner.get(LIST).main
    assert "was over already" in "".join(owner.get(owner.post(f"{LIST}/{visit_id}/end").location).banners)


ENDS = {
    "signed out": None,
    "session revoked": "UPDATE login_session SET revoked_at = now() WHERE user_id = %s",
    "session expired": "UPDATE login_session SET expires_at = now() WHERE user_id = %s",
    "disabled": "UPDATE app_user SET disabled_at = now() WHERE id = %s",
    "role lost": "UPDATE app_user SET platform_role = NULL WHERE id = %s",
    "school suspended": "UPDATE school SET state = 'disabled' WHERE id = 1 AND %s IS NOT NULL",
}


@pytest.mark.parametrize("change", ENDS)
def test_with_what_made_it_possible_the_visit_is_gone_at_the_next_request(visiting, operator, sql, change):
    someone = visiting()
    assert someone.get(PAGE).status == 200
    if sentence := ENDS[change]:
        sql.execute(sentence, (operator.user_id,))
    else:
        someone.post("/logout")
    page = someone.get(PAGE, check=False)
    assert page.status in (302, 403)
    if page.is_html:
        assert "It is today" not in page.main


def test_a_suspended_school_is_the_reason_that_the_page_gives(visiting, sql):
    someone = visiting()
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    assert "Thaba Nkulu Primary is not open any more" in someone.get(PAGE).main


def test_signing_out_closes_the_visit_for_the_school_to_see(visiting, browser, cast, sql):
    visiting().post("/logout")
    assert state(sql) == (True, None)
    sql.execute("UPDATE app_user SET language = 'en'")
    assert "ended with the sign-in of the visitor" in browser.as_(cast.thaba.owner).get(LIST).main


def test_working_in_a_school_of_ones_own_ends_it(visiting, browser, cast, sql, operator):
    someone = visiting()
    sql.execute(
        "INSERT INTO membership (school_id, id, user_id, person_id, role)"
        " SELECT 2, gen_random_uuid(), %s, person_id, 'teacher' FROM membership WHERE school_id = 2 AND role = 'teacher'",
        (operator.user_id,),
    )
    assert someone.post("/portal/select-school/", {"school": "2"}).status == 303
    assert state(sql) == (True, "Olive Operator")
    assert "Laerskool Karoo" in someone.get("/dashboard/").main


def test_a_stuck_context_can_be_left_here_too(visiting, sql):
    assert visiting().post("/portal/select-school/reset").status == 303
    assert state(sql) == (True, "Olive Operator")
