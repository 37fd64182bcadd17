"""The addresses of an operator's visits: to begin one, to raise it, to leave. They are about the operator, not the school."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.accounts import about_accounts
from app.access.gate import allow
from app.access.next_page import safe_next
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.domain.visits import (
    LONGEST,
    NoSuchSchool,
    NoVisit,
    OwnSchool,
    SchoolClosed,
    begin_visit,
    leave_visit,
    raise_visit,
    school_to_visit,
)
from app.i18n.speech import speech
from app.models.school import School
from app.tenancy.doors import outside
from app.web.page import render
from blueprints.support.forms import VisitForm

pages = Blueprint("support", __name__, template_folder="templates")
Answer = str | Response | tuple[str, int]
MINUTES = int(LONGEST.total_seconds() // 60)


@pages.route("/operator/schools/<int:school_id>/visit", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def begin(school_id: int) -> Answer:
    person, form = asking(), VisitForm()
    try:
        if form.validate_on_submit():
            name = begin_visit(person, school_id, form.reason.data)
            flash(
                speech().gettext("You are visiting %(school)s. Nothing can be changed until you allow it.", school=name), "ok"
            )
            return redirect(url_for("portal.dashboard"), 303)
        with about_accounts("support visit") as session:
            school = school_to_visit(session, person, school_id).name
    except NoSuchSchool:
        abort(404)
    except SchoolClosed as closed:
        return render("support/closed.html", school=_name_of(school_id), school_id=school_id, state=closed.state), 409
    except OwnSchool:
        return render("support/own.html", school=_name_of(school_id)), 409
    page = render("support/begin.html", form=form, school=school, school_id=school_id, minutes=MINUTES)
    return page, 422 if form.is_submitted() else 200


@pages.route("/operator/visit/raise", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def raise_rights() -> Answer:
    person, onward = asking(), _onward()
    if person.visit is None:
        flash(speech().gettext("You are not visiting a school now."), "info")
        return redirect(url_for("switching.select_school"), 303)
    if person.visit.raised_at:
        return redirect(onward, 303)
    demand_step_up(back=url_for(".raise_rights", next=onward))
    if request.method != "POST":
        return render("support/raise.html", school=person.school, onward=onward)
    try:
        raise_visit(person)
    except NoVisit:
        flash(speech().gettext("The visit has ended."), "warn")
    else:
        flash(speech().gettext("You may change things in %(school)s now, until the visit ends.", school=person.school), "ok")
    return redirect(onward, 303)


@pages.post("/operator/visit/leave")
@allow(Permission.PLATFORM_OPERATE)
def leave() -> Response:
    person = asking()
    school_id = leave_visit(person)
    if school_id is None:
        return redirect(url_for("operator.console"), 303)
    flash(speech().gettext("The support visit is over."), "ok")
    return redirect(url_for("schools.overview", school_id=school_id), 303)


def _onward() -> str:
    """The page to go on with: the one that the way here began at, the dashboard where that would lead in a circle."""
    dashboard = url_for("portal.dashboard")
    onward = safe_next(request.values.get("next"), without=frozenset({"support"})) or dashboard
    return dashboard if onward.startswith(url_for("account.confirm")) else onward


def _name_of(school_id: int) -> str:
    with outside(), about_accounts("support visit") as session:
        return session.get_one(School, school_id).name
