"""What a parent or guardian sees: their own code, the link with it, and what came of it in numbers."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.leads.asking import place_in, view_of
from app.domain.referrals import codes
from app.domain.referrals.attributing import RULE
from app.domain.referrals.codes import ReferralError
from app.extensions import current_settings
from app.i18n.speech import speech
from app.models.user import Role
from app.tenancy.scope import current_school_id
from app.web.page import render
from blueprints.referrals import queries
from blueprints.referrals.words import KINDS

family = Blueprint("own_referrals", __name__, url_prefix="/family/referrals", template_folder="templates")
Answer = str | Response | tuple[str, int]


@family.get("/")
@allow(Permission.FAMILY_VIEW)
def show_own() -> Answer:
    """For a learner the page says whose codes they are."""
    me = person_here()
    if asking().role != Role.GUARDIAN or not queries.is_guardian(me):
        return render("referrals/own_none.html")
    place = place_in(current_school_id()) or abort(404)
    view = view_of(place, place.spoken(speech().language))
    own = queries.own(me)
    link = f"{current_settings().public_url}/s/{place.slug}/lead?ref={own.code.code}" if own.code else ""
    return render(
        "referrals/own.html", own=own, link=link, school=place.school, is_open=view.is_open, rule=RULE, kinds=KINDS,
        outcomes={line.grant_id: line for line in own.rewards if line.grant_id},
    )  # fmt: skip


@family.post("/code")
@allow(Permission.FAMILY_VIEW)
def make_own() -> Answer:
    """A family makes its own code."""
    me = person_here()
    if asking().role != Role.GUARDIAN:
        abort(404)
    try:
        codes.make_code(me, by=current_actor())
    except codes.NotAGuardian:
        abort(404)
    except ReferralError as reason:
        flash(speech().gettext(reason.message), "info")
    else:
        flash(speech().gettext("Here is your code. Share it with families who are looking for a school."), "ok")
    return redirect(url_for(".show_own"), 303)
