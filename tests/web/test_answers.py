"""What happens around every view when something goes wrong: the right page, nothing said that is not so, nothing told in a log."""

import io
import json
import logging

import psycopg
import pytest
from flask import Blueprint
from sqlalchemy import select

from app.access.gate import signed_in
from app.area import Area
from app.factory import create_app
from app.models.user import User
from app.tenancy.database import db
from app.tenancy.reading import reading
from app.web import request_log
from app.web.guards import FIELDS
from blueprints import AREAS
from tests.conftest import Browser


def cut_every_line(sql: psycopg.Connection) -> None:
    sql.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_page_comes_after_the_server_has_cut_every_line(browser, cast, sql):
    admin = browser.as_(cast.thaba.admin)
    admin.get("/schedule-notices/")
    cut_every_line(sql)
    assert admin.get("/schedule-notices/").status == 200
    assert admin.get("/dashboard/").status == 200


def test_without_a_database_a_signed_in_person_gets_the_page_that_says_so(browser, cast, sql, test_run):
    admin = browser.as_(cast.karoo.admin, language="af")
    admin.get("/dashboard/")
    name = sql.info.dbname
    with psycopg.connect(test_run.admin, autocommit=True) as outside:
        outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cut_every_line(sql)
        try:
            page = admin.get("/dashboard/")
            stranger = browser.get("/login")
        finally:
            outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert (page.status, page.h1) == (503, "Umthi kan nie by sy data uitkom nie")
    assert "Content-Security-Policy" in page.headers
    assert stranger.status == 200
    assert admin.get("/dashboard/").status == 200


def test_a_host_name_that_is_not_ours_is_refused_with_every_header(browser):
    page = browser.get("/login", headers={"Host": "evil.example"}, check=False)
    assert (page.status, page.response.mimetype) == (400, "text/plain")
    assert "Content-Security-Policy" in page.headers


@pytest.mark.parametrize("path", ["/login", "/nowhere"])
def test_a_form_with_more_fields_than_any_of_ours_is_not_even_read(browser, path):
    body = "&".join(f"f{number}=" for number in range(FIELDS + 1))
    page = browser.get(path, method="POST", data=body, content_type="application/x-www-form-urlencoded")
    assert page.status == 413


def test_a_commit_that_fails_leaves_no_message_of_success(browser, cast, sql):
    sql.execute("CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$")
    sql.execute(
        "CREATE CONSTRAINT TRIGGER never AFTER INSERT ON notice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION never()"
    )
    admin = browser.as_(cast.thaba.admin)
    typed = {"title_en": "Sports", "message_en": "Come.", "starts_at": "2030-01-01T08:00", "audience": "everyone"}
    page = admin.post("/schedule-notices/new", typed)
    assert page.status == 500
    assert page.banners == []
    assert admin.get("/schedule-notices/").banners == []


def test_a_place_with_a_nul_in_it_is_no_place(browser, cast):
    path = "/schedule-notices/unreachable?after=%2500~00000000-0000-0000-0000-000000000000"
    assert browser.as_(cast.thaba.admin).get(path).status == 404


UNSTORABLE = "There is a character that cannot be stored"


def test_a_nul_in_a_field_has_a_page_of_its_own(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    admin = browser.as_(cast.thaba.admin)
    typed = {"title_en": "Sports\0day", "message_en": "Come.", "starts_at": "2030-01-01T08:00", "audience": "everyone"}
    page = admin.post("/schedule-notices/new", typed)
    assert (page.status, page.h1) == (400, UNSTORABLE)
    assert "Nothing was changed. Go back" in page.main
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (0,)
    for path in ("/schedule-notices/?q=a%00b", "/schedule-notices/%00"):
        assert admin.get(path).h1 == UNSTORABLE


def test_a_form_without_a_token_is_still_too_old(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    page = browser.as_(cast.thaba.admin).post("/schedule-notices/new", token=False)
    assert (page.status, page.h1) == (400, "This page is too old")


def test_a_nul_that_only_the_database_sees_has_that_page_too(app, settings, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    planted = Blueprint("planted", __name__)

    @planted.get("/by-a-statement")
    @signed_in
    def by_a_statement():
        db.session.execute(select(User).where(User.name == "a\0b"))

    @planted.get("/by-a-cursor")
    @signed_in
    def by_a_cursor():
        with reading() as cursor:
            cursor.execute("SELECT %s", ("a\0b",))

    other = create_app((*AREAS, Area(planted)), settings)
    with other.app_context():
        pages = [Browser(other).as_(cast.thaba.admin).get(path) for path in ("/by-a-statement", "/by-a-cursor")]
        for engine in db.engines.values():
            engine.dispose()
    assert [(page.status, page.h1) for page in pages] == [(400, UNSTORABLE)] * 2


def test_a_head_request_asks_and_does_nothing(browser, cast, sql):
    admin = browser.as_(cast.thaba.admin)
    typed = {"title_en": "Sports", "message_en": "Come.", "starts_at": "2030-01-01T08:00", "audience": "everyone"}
    path = admin.post("/schedule-notices/new", typed).location
    assert admin.client.head(f"{path}/remove").status_code == 200
    assert not any("sisusiwe" in banner for banner in admin.get(path).banners)
    assert sql.execute("SELECT removed_at FROM notice").fetchone() == (None,)


def test_the_log_says_where_a_fault_was_and_not_what_people_wrote(browser, cast, sql):
    lines = io.StringIO()
    before = logging.getLogger().handlers[:]
    sql.execute("ALTER TABLE notice ADD CONSTRAINT never CHECK (audience <> 'staff')")
    try:
        request_log.configure(lines)
        typed = {
            "title_en": "A secret title",
            "message_en": "A secret body",
            "starts_at": "2030-01-01T08:00",
            "audience": "staff",
        }
        assert browser.as_(cast.thaba.admin).post("/schedule-notices/new", typed).status == 500
    finally:
        logging.getLogger().handlers[:] = before
    fault = next(json.loads(line) for line in lines.getvalue().splitlines() if "trace" in line)
    assert fault["error"] == "IntegrityError"
    assert "secret" not in lines.getvalue()


def test_the_engines_hide_what_they_send(app):
    assert all(engine.hide_parameters for engine in db.engines.values())
