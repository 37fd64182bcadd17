"""Switching between schools: about the person, not a school, so its requests enter none."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.accounts import about_accounts, schools_of
from app.access.gate import signed_in
from app.access.permissions import Permission
from app.access.who import asking
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from app.web.stale import FORM_SCHOOL, PATH, way_on
from blueprints.portal import queries
from blueprints.portal.forms import SwitchForm
from blueprints.portal.operations import NotTheirs, leave_school
from blueprints.portal.operations import switch_school as switch

switching = Blueprint("switching", __name__, url_prefix="/portal/select-school", template_folder="templates")


@switching.get("/")
@signed_in
def select_school() -> str | Response:
    person = asking()
    with about_accounts("switch of school") as session:
        schools = schools_of(session, person.user_id)
    if Permission.PLATFORM_OPERATE in person.permissions:
        filters = asked(place=(str, queries.school_number))
        with across_schools(N_("Schools to visit")) as session:
            page = queries.open_schools(session, pattern=filters.pattern, after=filters.after)
        return render("portal/visit_school.html", schools=schools, current=person.school_id, page=page, asked=filters)
    if not schools or [school.school_id for school in schools] == [person.school_id]:
        flash(speech().gettext("There is no other school that you belong to."), "info")
        return redirect(url_for("portal.dashboard"))
    return render("portal/select_school.html", schools=schools, current=person.school_id)


@switching.post("/")
@signed_in
def switch_school() -> Response:
    try:
        name = switch(asking(), SwitchForm().school_id)
    except NotTheirs:
        abort(404)
    flash(speech().gettext("You are now working in %(school)s.", school=name), "ok")
    return redirect(url_for("portal.dashboard"), 303)


@switching.post("/reset")
@signed_in
def reset() -> Response:
    leave_school(asking())
    flash(speech().gettext("Choose the school in which you want to work."), "info")
    return redirect(url_for(".select_school"), 303)


@switching.post("/return")
@signed_in
def return_to_form() -> Response:
    """Switch to the school of a form and let the browser send the same fields there once more (307 keeps method and body)."""
    path = way_on(request.form.get(PATH))
    school = request.form.get(FORM_SCHOOL, "")
    if path is None:
        abort(404)
    try:
        switch(asking(), int(school) if school.isdecimal() and len(school) < 10 else None)
    except NotTheirs:
        abort(404)
    return redirect(path, 307)
