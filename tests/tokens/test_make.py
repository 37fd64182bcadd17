"""Making a token: by whoever manages the settings, after a step-up, with no more than was chosen, and shown once."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from app import clock
from app.access.api_tokens import Scope, hash_of
from blueprints.tokens import operations
from tests.api.arranged import Program, add_token

NEW = "/settings/tokens/new"
TOKEN = re.compile(r"umthi_[A-Za-z0-9_-]{43}")
FIELDS = {"name": "Timetable", "scopes": ["learners.read", "classes.read"], "life": "90", "until": ""}


def make(browser, someone, **changes):
    return browser.as_(someone, language="en").post(NEW, FIELDS | changes)


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_a_token_is_made_and_works(app, browser, cast, sql, proven, role):
    page = make(browser, getattr(cast.thaba, role))
    assert page.status == 200
    assert page.h1 == "The token is made"
    token = TOKEN.search(page.text)[0]
    row = sql.execute("SELECT token_hash, name, scopes, expires_at, school_id FROM api_token").fetchone()
    assert (bytes(row[0]), row[1], row[2], row[4]) == (hash_of(token), "Timetable", FIELDS["scopes"], 1)
    assert abs(row[3] - clock.now() - dt.timedelta(days=90)) < dt.timedelta(minutes=1)
    asking = Program(app, token)
    assert asking.get("learners").status_code == 200
    assert asking.get("notices").status_code == 403


def test_it_is_shown_once(browser, cast, proven):
    page = make(browser, cast.thaba.admin)
    token = TOKEN.search(page.text)[0]
    person = browser.as_(cast.thaba.admin)
    for path in ("/settings/tokens", "/audit/"):
        assert token not in person.get(path).text
    assert f"umthi_…{token[-4:]}" in person.get("/settings/tokens").main


def test_nothing_is_chosen_beforehand_but_its_end(browser, cast, proven):
    form = browser.as_(cast.thaba.admin, language="en").get(NEW).form()
    assert (form.get("scopes"), form["life"], form["name"]) == (None, "90", "")


def test_every_scope_is_offered_to_an_admin(browser, cast, proven):
    page = browser.as_(cast.thaba.admin).get(NEW)
    assert [box.get("value") for box in page.all("input", name="scopes")] == list(Scope)


def test_whoever_has_not_proven_who_they_are_does_that_first(browser, cast, sql):
    person = browser.as_(cast.thaba.admin)
    for page in (person.get(NEW), person.post(NEW, FIELDS)):
        assert page.status == 303
        assert page.location.startswith("/settings/confirm")
    assert sql.execute("SELECT count(*) FROM api_token").fetchone() == (0,)


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_makes_one(browser, cast, proven, role):
    person = browser.as_(getattr(cast.thaba, role))
    assert [person.get(NEW).status, person.post(NEW, FIELDS).status, person.get("/settings/tokens").status] == [403] * 3


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"name": ""}, ["Enter a name"]),
        ({"name": "x" * 61}, ["Too long: at most 60 characters"]),
        ({"scopes": []}, ["Choose at least one thing that it may do"]),
        ({"scopes": ["everything"]}, ["Choose what it may do"]),
        ({"life": "forever"}, ["Choose how long it works"]),
        ({"life": "day"}, ["Enter its last day"]),
        ({"life": "day", "until": "soon"}, ["Enter a day, like 2027-03-31"]),
        ({"life": "day", "until": "2020-01-01"}, ["Enter a day from today on that is at most a year away"]),
        ({"life": "day", "until": "2099-01-01"}, ["Enter a day from today on that is at most a year away"]),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_and_nothing_typed_is_lost(browser, cast, sql, proven, changes, problems):
    page = make(browser, cast.thaba.admin, **changes)
    assert (page.status, page.problems) == (422, problems)
    if "scopes" not in changes:
        assert [box.get("value") for box in page.all("input", name="scopes", checked="")] == FIELDS["scopes"]
    assert sql.execute("SELECT count(*) FROM api_token").fetchone() == (0,)


def test_it_ends_with_the_day_that_was_chosen(browser, cast, sql, proven):
    day = clock.now().date() + dt.timedelta(days=7)
    assert make(browser, cast.thaba.admin, life="day", until=day.isoformat()).status == 200
    (ends,) = sql.execute("SELECT expires_at FROM api_token").fetchone()
    assert ends == dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.timezone(dt.timedelta(hours=2)))


def test_it_is_in_the_audit_log_and_the_owners_hear_of_it(browser, cast, sql, proven, work_off, mailserver):
    make(browser, cast.thaba.admin)
    (event,) = sql.execute("SELECT id FROM audit_event WHERE action = 'tokens.make'").fetchone()
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", (event,)).fetchall())
    assert (values["actor"], values["label"]) == (cast.thaba.admin.name, "Timetable")
    assert values["scopes:after"] == '["learners.read","classes.read"]'
    assert not TOKEN.search(str(values))
    work_off()
    (mail,) = mailserver.mails
    assert mail.to == cast.thaba.owner.email
    assert "Timetable" in mail.text
    assert "/settings/tokens" in mail.text


def test_there_is_an_end_to_how_many(browser, cast, sql, proven, monkeypatch):
    monkeypatch.setattr(operations, "MOST", 2)
    for days in (30, 30, -1):
        add_token(sql, cast.thaba.admin, days=days)
    page = make(browser, cast.thaba.admin)
    assert (page.status, len(page.problems)) == (422, 1)
    assert "Revoke one" in page.problems[0]


def test_a_support_visit_makes_none(browser, cast, sql, proven):
    sql.execute(
        "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at, raised_at)"
        " SELECT 1, uuid7(), user_id, id, 'Olive', 'Asked', now() + interval '20 minutes', now()"
        " FROM login_session WHERE user_id = %s",
        (cast.operator.user_id,),
    )
    sql.execute("UPDATE login_session SET active_school = 1 WHERE user_id = %s", (cast.operator.user_id,))
    visitor = browser.as_(cast.operator)
    assert visitor.get("/settings/tokens").status == 200
    assert visitor.get(NEW).status == 404
    assert visitor.post(NEW, FIELDS | {"_school": "1"}).status == 404
    assert sql.execute("SELECT count(*) FROM api_token").fetchone() == (0,)
