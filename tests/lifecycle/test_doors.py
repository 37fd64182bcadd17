"""Every way in for strangers says what it is for a closed school, and is held to it; what is signed in shows nothing of one."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from app.access.gate import access_of, public
from app.area import Area
from app.delivery import keys
from app.delivery.proof import sealed
from app.delivery.receipts import device_token, receipt_token
from app.delivery.signatures import HEADER, sign
from app.delivery.unsubscribing import unsubscribe_link
from app.domain.closing import Closed, Door, SchoolClosed, acting_if_open
from app.domain.invitations import invite, link_path
from app.factory import create_app
from app.ids import uuid7
from app.tenancy.doors import across_schools
from blueprints import AREAS
from tests.access.sweeping import NEVER, OTHERS, Sweep, _path
from tests.contact.arranged import add_device, subscription
from tests.delivery.returned_mails import message_id
from tests.delivery.sending import only, send, states

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def _declared(app: Flask) -> dict[str, Closed]:
    return {
        endpoint: closed for area in app.extensions["areas"] for door in area.doors for endpoint, closed in door.routes.items()
    }


def _leads_somewhere(app: Flask, rule: Rule) -> bool:
    """Whether a route takes something from a stranger that may lead into a school: a part of its address, or a body without our token."""
    access = access_of(app, rule.endpoint)
    if not access.why_public:
        return False
    return bool(rule.arguments) or (not access.csrf and bool(UNSAFE & (rule.methods or set())))


def undeclared(app: Flask) -> Iterator[str]:
    """The public routes that may lead into a school and say in no Door what they do for a closed one."""
    local = {area.blueprint.name for area in app.extensions["areas"] if area.local_only}
    known = _declared(app)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in local and _leads_somewhere(app, rule) and rule.endpoint not in known:
            yield f"{rule.endpoint} ({rule.rule}) says in no Door what it does for a school that is closed"


def test_every_public_route_that_takes_a_token_says_what_it_does_for_a_closed_school(app):
    assert list(undeclared(app)) == []


def test_a_new_public_route_that_says_nothing_is_found(app, settings):
    planted = Blueprint("planted", __name__)

    @planted.get("/s/<slug>/")
    @public("a page of a school, for everybody")
    def page(slug: str) -> str:
        return slug

    @planted.post("/gate/scans")
    @public("a scanner brings its own proof", csrf=False)
    def scans() -> str:
        return ""

    other = create_app((*AREAS, Area(planted, in_school=False)), settings)
    assert [line.split()[0] for line in undeclared(other)] == ["planted.page", "planted.scans"]
    said = Door("planted", routes={"planted.page": Closed.REFUSED, "planted.scans": Closed.SILENT})
    assert list(undeclared(create_app((*AREAS, Area(planted, doors=(said,), in_school=False)), settings))) == []


def test_doors_have_names_of_their_own_and_routes_that_there_are(app):
    doors = [door for area in app.extensions["areas"] for door in area.doors]
    assert [name for name, number in Counter(door.name for door in doors).items() if number > 1] == []
    routes = [endpoint for door in doors for endpoint in door.routes]
    assert len(routes) == len(set(routes))
    assert set(routes) <= set(app.view_functions)


def test_a_school_is_entered_by_a_token_only_while_it_is_open(app, cast, sql):
    with acting_if_open(1) as session:
        assert session.is_active
    for state in ("disabled", "pending"):
        sql.execute("UPDATE school SET state = %s WHERE id = 1", [state])
        with pytest.raises(SchoolClosed) as closed, acting_if_open(1):
            raise AssertionError
        assert closed.value.state == state
    with pytest.raises(SchoolClosed), acting_if_open(99):
        raise AssertionError


def _address(rule: Rule, sweep: Sweep) -> str:
    """Where a rule leads: to a thing of the first school if it names one that the sweep makes."""
    return _path(rule, dict.fromkeys(rule.arguments - OTHERS.keys(), NEVER) | sweep.own)


@pytest.fixture
def link(app, cast):
    """Where the guardian of the first school leaves its email."""
    person = cast.thaba.guardian.person_id
    return unsubscribe_link(app.extensions["settings"], 1, person).removeprefix(app.extensions["settings"].public_url)


def _unsubscribed(sql):
    return sql.execute("SELECT count(*) FROM contact_preference WHERE unsubscribed_at IS NOT NULL").fetchone()[0]


def test_leaving_works_all_the_time_and_coming_back_does_not(browser, cast, sql, lifecycle, link):
    lifecycle.suspend(cast.thaba)
    assert browser.get(link).status == 200
    page = browser.post(link + "?language=en", {"List-Unsubscribe": "One-Click"}, token=False)
    assert (page.status, page.h1, _unsubscribed(sql)) == (200, "You are unsubscribed", 1)
    assert "Subscribe again" not in page.text
    assert "suspended at the moment" in browser.get(link + "?language=en").text
    refused = browser.post(link + "/undo?language=en")
    assert (refused.status, refused.h1, _unsubscribed(sql)) == (403, "This school is suspended", 1)
    lifecycle.reactivate(cast.thaba)
    assert "Subscribe again" in browser.get(link + "?language=en").text
    assert browser.post(link + "/undo").status == 303
    assert _unsubscribed(sql) == 0


def test_a_school_that_is_being_made_says_so(browser, cast, sql, link):
    browser.post(link, token=False)
    sql.execute("UPDATE school SET state = 'pending' WHERE id = 1")
    assert browser.post(link + "/undo?language=en").h1 == "This school is not open yet"


@pytest.fixture
def vapid(app):
    """The environment has a key for push."""
    settings = app.extensions["settings"]
    yield keys.make(settings)
    shutil.rmtree(keys.folder_of(settings))


def _endpoints(sql):
    return dict(sql.execute("SELECT school_id, endpoint FROM push_subscription").fetchall())


def test_a_device_hears_what_it_always_hears_and_nothing_changes(app, browser, cast, sql, lifecycle, vapid):
    settings = app.extensions["settings"]
    renewal = subscription(
        tokens=[device_token(settings, 1, add_device(sql, cast.thaba.guardian, "https://fcm.googleapis.com/old"))]
    )
    receipt = {"receipt": receipt_token(settings, 1, uuid7())}
    proven = "SELECT proven_at IS NOT NULL FROM provider WHERE name = 'push'"

    def tell():
        return [browser.client.post(f"/push/{what}", json=said).status_code for what, said in said.items()]

    said = {"renewals": renewal, "receipts": receipt}
    lifecycle.suspend(cast.thaba)
    assert tell() == [204, 204]
    assert (_endpoints(sql), sql.execute(proven).fetchone()) == ({1: "https://fcm.googleapis.com/old"}, (False,))
    lifecycle.reactivate(cast.thaba)
    assert tell() == [204, 204]
    assert (_endpoints(sql), sql.execute(proven).fetchone()) == ({1: renewal["endpoint"]}, (True,))


def test_one_device_renews_itself_in_those_of_its_schools_that_are_open(app, browser, cast, sql, lifecycle, vapid):
    settings = app.extensions["settings"]
    whose = {1: cast.thaba.guardian, 2: cast.karoo.guardian}
    tokens = [device_token(settings, n, add_device(sql, who, "https://fcm.googleapis.com/old")) for n, who in whose.items()]
    said = subscription(tokens=tokens)
    lifecycle.suspend(cast.thaba)
    assert browser.client.post("/push/renewals", json=said).status_code == 204
    assert _endpoints(sql) == {1: "https://fcm.googleapis.com/old", 2: said["endpoint"]}


def test_what_comes_back_is_heard_of_a_closed_school_too(app, browser, cast, sql, lifecycle, mailserver, work_off):
    only(sql, 1, "a@example.com")
    send(1)
    work_off()
    lifecycle.suspend(cast.thaba)
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, webhook_secrets={"mail": ("a secret that both of us share",)})
    (delivery,) = sql.execute("SELECT id FROM delivery").fetchone()
    data = {"message_id": message_id(delivery, 1), "code": 550, "answer": "5.1.1 unknown"}
    body = json.dumps({"id": "evt_1", "type": "mail.bounced", "created": 1795154400, "data": data}).encode()
    signature = sign(body, "a secret that both of us share", at=dt.datetime.now(dt.UTC))
    answer = browser.client.post("/webhooks/mail", data=body, headers={HEADER: signature}, content_type="application/json")
    app.extensions["settings"] = before
    assert (answer.status_code, states(sql)) == (200, {"dead": 1})


def test_what_nobody_gave_out_leads_nowhere_in_a_closed_school_either(app, browser, cast, lifecycle):
    lifecycle.suspend(cast.thaba)
    forged = sealed(app.extensions["settings"], "another purpose", 1, cast.thaba.guardian.person_id)
    assert browser.get(f"/unsubscribe/{forged}").status == 404


def test_nothing_that_needs_somebody_answers_them_any_more(app, browser, cast, sql, lifecycle):
    """Every rule of the URL map, as the admin of a school that is suspended: led to the door, like any stranger. A scanner, which
    keeps what it has until the school is back, is told why; the addresses of programs know no cookie at all."""
    sweep = Sweep(app, cast, sql)
    lifecycle.suspend(cast.thaba)
    admin = browser.as_(cast.thaba.admin)
    found = {}
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access.why_public or access.scope:
            continue
        path = _address(rule, sweep)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            answer = admin.client.open(path, method=method)
            where = answer.headers.get("Location", "")
            if answer.status_code != 302 or not where.startswith("/login"):
                found[f"{method} {rule.rule}"] = answer.status_code
    assert found == {"POST /gate/scans": 403}


def test_whoever_keeps_another_school_sees_nothing_of_the_closed_one(app, browser, cast, sql, lifecycle):
    """Every page of the URL map, as somebody who acts in no school now: none names the school that was closed."""
    sweep = Sweep(app, cast, sql)
    lifecycle.suspend(cast.thaba)
    multi = browser.as_(cast.multi)
    found = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not access_of(app, rule.endpoint).why_public
        if cast.thaba.name in multi.client.get(_address(rule, sweep)).get_data(as_text=True)
    ]
    assert found == []


def test_an_invitation_waits_for_its_school_and_is_as_good_afterwards(browser, cast, sql, lifecycle, app):
    with across_schools("the test of an invitation", routine=True) as session:
        (person,) = sql.execute(
            "INSERT INTO person (school_id, id, kind, name, sort_key, email) VALUES (1, uuid7(), 'staff', 'New', 'new', 'new@example.com')"
            " RETURNING id"
        ).fetchone()
        made = invite(session, school_id=1, person_id=person, role="teacher", email="new@example.com", by="Naledi Mokoena")
        link = link_path(made.id)
        session.commit()
    assert "1 invitation cannot be accepted" in lifecycle.operator.get("/operator/schools/1/suspend").text
    lifecycle.suspend(cast.thaba)
    assert browser.get(link).status == 403
    assert sql.execute("SELECT used_at, sent_at FROM invitation").fetchone() == (None, None)
    lifecycle.reactivate(cast.thaba)
    assert browser.get(link).status == 200
