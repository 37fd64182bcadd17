"""Every route, whoever comes and whatever they ask for; new routes are found by themselves."""

import pytest
from flask import Blueprint, Response, abort

from app.access.gate import UndeclaredRoute, access_of, allow, public, signed_in
from app.access.permissions import Permission
from app.area import Area
from app.factory import create_app
from app.tenancy.database import db
from blueprints import AREAS
from tests.access.sweeping import NEVER, Sweep

ROLES = ["stranger", "owner", "admin", "teacher", "officer", "guardian", "student", "nobody", "operator", "superuser"]


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_as_it_declares(app, cast, sql, role):
    assert Sweep(app, cast, sql).complaints(role) == []


def test_the_sweep_sends_everybody(app, cast, sql):
    assert set(Sweep(app, cast, sql).roles()) == set(ROLES)


def test_the_sweep_finds_what_is_wrong(app, cast, sql, settings):
    """Planted: a route per fault that the sweep is there to find."""
    planted = Blueprint("planted", __name__, url_prefix="/planted")

    @planted.get("/leak/<uuid:notice_id>")
    @signed_in
    def leak(notice_id):
        return "anybody's"

    @planted.get("/tell/<uuid:notice_id>")
    @signed_in
    def tell(notice_id):
        abort(Response("not there" if notice_id == NEVER else "not yours", 404))

    @planted.get("/crash")
    @allow(Permission.NOTICES_MANAGE)
    def crash():
        raise RuntimeError

    @planted.post("/unguarded")
    @public("a machine", csrf=True)
    def unguarded():
        raise RuntimeError

    @planted.get("/thing/<uuid:thing_id>")
    @signed_in
    def thing(thing_id):
        return ""

    faulty = create_app((*AREAS, Area(planted)), settings)
    with faulty.app_context():
        found = "\n".join(Sweep(faulty, cast, sql).complaints("admin", "/planted"))
        for engine in db.engines.values():
            engine.dispose()
    assert "/planted/leak/" in found
    assert "(foreign) answered 200, not [404]" in found
    assert "GET /planted/tell/<uuid:notice_id>: another school's is not answered like one that never was" in found
    assert "GET /planted/crash (no id) answered 500" in found
    assert "POST /planted/unguarded (no id) with nothing filled in answered 500" in found
    assert "/planted/thing/<uuid:thing_id>: the sweep knows no thing_id" in found


def test_an_app_with_an_undeclared_route_does_not_start(settings):
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(UndeclaredRoute, match=r"silent\.silent says neither"):
        create_app((Area(silent),), settings)


def test_the_posts_without_a_token_are_exactly_these(app):
    """A machine that brings its own proof: each of them is a decision, so each is named here."""
    accesses = {endpoint: access_of(app, endpoint) for endpoint in app.view_functions}
    exempt = {endpoint for endpoint, access in accesses.items() if not access.csrf and access.scope is None}
    assert exempt == {
        "leaving.unsubscribe",
        "giving.give",
        "giving.withdraw",
        "device.receive_receipt",
        "device.renew_device",
        "machine.webhook",
        "enquiry.send",
        "lead_leaving.leave",
    }


#: a school's website, which everybody may read
WEBSITE = (
    "choose_language", "choose_language_of_page", "home", "show_page", "notices_calendar", "notices_calendar_in",
    "events_calendar", "events_calendar_in", "sitemap", "picture", "own_colours", "preview", "preview_home",
    "preview_page", "preview_picture", "nowhere", "robots",
)  # fmt: skip


def test_what_is_public_says_why(app):
    reasons = {endpoint: access_of(app, endpoint).why_public for endpoint in app.view_functions}
    assert {endpoint for endpoint, why in reasons.items() if why} == {
        "portal.front", "account.sign_in", "account.begin_passkey", "account.sign_in_by_passkey",
        "account.forgot_password", "account.reset_password", "machine.healthz", "machine.readyz",
        "machine.webhook", "accepting.accept", "gate.offline",
        "emergency_link.answer", "leaving.unsubscribe", "leaving.come_back", "lead_leaving.leave", "lead_leaving.come_back",
        "device.worker", "device.manifest", "device.receive_receipt", "device.renew_device", "logos.show_logo",
        "giving.give", "giving.withdraw", "enquiry.ask", "enquiry.send", "enquiry.thanks", "enquiry.sizer",
        "api.openapi", "api.list_problems", "local.list_mail", "local.show_mail", "local.mail_json",
        *(f"public_site.{page}" for page in WEBSITE),
    }  # fmt: skip
    assert all(len(why) > 10 for why in reasons.values() if why)
