"""Until it is raised a visit reads, in every route of every area: found in the URL map, so that no new one is forgotten."""

import pytest
from flask import Blueprint, Response

from app.access.gate import signed_in
from app.area import Area
from app.factory import create_app
from app.ids import uuid7
from app.tenancy.database import db
from blueprints import AREAS
from tests.access.sweeping import Sweep
from tests.cast import add_person
from tests.conftest import Browser
from tests.support.conftest import BEGIN, REASON, raise_rights
from tests.support.sweeping import dump, refusals, rules_of_schools


def test_every_route_of_a_school_can_be_read_and_none_changes_a_row(app, cast, sql, visiting):
    sweep, someone = Sweep(app, cast, sql), visiting()
    before = dump(sql)
    assert refusals(someone, app, sweep) == []
    assert dump(sql) == before


def test_the_sweep_reaches_the_areas_of_a_school(app):
    blueprints = {rule.endpoint.partition(".")[0] for rule in rules_of_schools(app)}
    assert {"notices", "deliveries", "settings", "contact", "audit", "exports", "visits", "portal", "progress"} <= blueprints


def test_what_is_printed_is_taken_along_too(cast, sql, visiting):
    """Sheets and cards are pages, and leave the house all the same."""
    learner = add_person(sql, cast.thaba.id, "Thandi Cele", "learner", None)
    report = uuid7()
    sql.execute(
        "INSERT INTO report (school_id, id, kind, name, choice, state, by_name) VALUES (1, %s, 'absence', 'A', '{}', 'done', 'A')",
        (report,),
    )
    someone = visiting()
    for path in (f"/gate/cards?learner={learner}", "/gate/on-site?sheet=print", f"/reports/{report}/print"):
        page = someone.get(path)
        assert (page.status, "This visit is read-only" in page.text, "Thandi" in page.main) == (403, True, False), path
    raise_rights(sql)
    assert "Thandi Cele" in someone.get(f"/gate/cards?learner={learner}").main


def test_the_sweep_finds_what_is_wrong(app, cast, sql, settings, operator):
    """Planted: a download that asks for nothing, a page that falls over without a person, a post that is not of a school."""
    planted = Blueprint("planted", __name__, url_prefix="/planted")

    @planted.get("/everybody.csv")
    @signed_in
    def download():
        return Response("name", headers={"Content-Disposition": "attachment"})

    @planted.get("/crash")
    @signed_in
    def crash():
        raise RuntimeError

    faulty = create_app((*AREAS, Area(planted)), settings)
    with faulty.app_context():
        someone = Browser(faulty).as_(operator)
        someone.post(BEGIN.format(1), {"reason": REASON})
        found = refusals(someone, faulty, Sweep(faulty, cast, sql))
        for engine in db.engines.values():
            engine.dispose()
    assert found == ["GET /planted/everybody.csv answered 200 with a file", "GET /planted/crash answered 500"]


def test_the_refusal_explains_and_leads_to_the_step_up_and_back(visiting):
    someone = visiting()
    page = someone.post("/settings/school/check", headers={"Referer": "http://localhost/settings/school"})
    assert (page.status, page.h1) == (403, "This visit is read-only")
    assert "Nothing was changed." in page.main
    assert page.links() == {
        "Allow changes": "/operator/visit/raise?next=/settings/school", "Back to the page": "/settings/school",
    }  # fmt: skip


def test_a_download_is_refused_and_says_why(visiting, sql):
    someone = visiting()
    page = someone.get("/exports/deliveries.csv")
    assert (page.status, page.h1) == (403, "This visit is read-only")
    assert "Nothing was downloaded." in page.main
    raise_rights(sql)
    assert someone.get("/exports/deliveries.csv").status == 200


def test_the_refusal_comes_before_the_token_and_after_the_right(visiting, sql):
    someone = visiting()
    assert someone.post("/settings/school/check", token=False).status == 403
    assert someone.client.post("/schedule-notices/nonsense").status_code == 404


def test_what_an_operator_does_outside_the_school_goes_on(visiting, sql, operator):
    someone = visiting()
    assert someone.post("/settings/language", {"language": "af"}).status == 303
    assert sql.execute("SELECT language FROM app_user WHERE id = %s", (operator.user_id,)).fetchone() == ("af",)


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/schedule-notices/", "/settings/school", "/audit/", "/settings/notifications"]
)
def test_a_visitor_sees_what_an_admin_sees(visiting, path):
    page = visiting().get(path)
    assert page.status == 200


def test_where_a_person_of_the_school_is_needed_the_page_says_so(visiting):
    page = visiting().get("/settings/notifications")
    assert "As a visitor you have no notifications here: Thaba Nkulu Primary sends nothing to you." in page.main
    someone = visiting(raised=True)
    for path, data in (
        ("/settings/notifications/unsubscribe", {}),
        ("/settings/school/gateways/sms/test", {}),
        ("/push/subscriptions", {}),
    ):
        page = someone.post(path, data)
        assert (page.status, page.h1) == (404, "This needs a person of the school"), path


def test_a_visitor_is_told_before_typing_that_a_notice_needs_an_author_of_the_school(visiting, cast, sql):
    someone = visiting(raised=True)
    page = someone.get("/schedule-notices/new")
    assert "As a visitor you cannot schedule a notice: it needs an author at the school." in page.main
    texts = {f"{name}_{code}": "A day" for name in ("title", "message") for code in ("en", "zu")}
    typed = page.form() | texts | {"starts_at": "2030-01-01T08:00"}
    page = someone.post("/schedule-notices/new", typed)
    assert (page.status, page.h1) == (404, "This needs a person of the school")
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (0,)


def test_a_member_of_the_school_is_not_touched_by_the_rule(browser, cast):
    assert browser.as_(cast.thaba.admin).post("/settings/school/check").status == 303
