"""The addresses of suspending a school and bringing it back: each says first what it does, and asks for the school's name."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_of_staff
from app.domain.closing import Door
from app.domain.lifecycle import NoSuchSchool, NotSuspended, NotTheName, SuspendedAlready
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.page import render
from blueprints.lifecycle import operations, queries
from blueprints.lifecycle.forms import ConfirmForm

Answer = Response | tuple[str, int]
pages = Blueprint("lifecycle", __name__, url_prefix="/operator/schools", template_folder="templates")
ALREADY_SUSPENDED = N_("This school is suspended already. Nothing was changed.")
NOT_SUSPENDED = N_("This school is not suspended. Nothing was changed.")


@pages.route("/<int:school_id>/suspend", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def suspend(school_id: int) -> Answer:
    demand_of_staff(back=url_for(".suspend", school_id=school_id))
    form = ConfirmForm()
    try:
        if form.validate_on_submit():
            try:
                name = operations.suspend_school(school_id, name=form.confirm_name.data, doors=_doors())
                flash(speech().gettext("%(school)s is suspended. Nobody can sign in to it.", school=name), "ok")
                return _to_overview(school_id)
            except NotTheName as wrong:
                form.confirm_name.errors = [speech().gettext(wrong.message)]
        school = queries.before_suspending(school_id, _doors())
    except NoSuchSchool:
        abort(404)
    except SuspendedAlready:
        flash(speech().gettext(ALREADY_SUSPENDED), "info")
        return _to_overview(school_id)
    return render("lifecycle/suspend.html", form=form, school=school), 422 if form.is_submitted() else 200


@pages.route("/<int:school_id>/reactivate", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def reactivate(school_id: int) -> Answer:
    demand_of_staff(back=url_for(".reactivate", school_id=school_id))
    form = ConfirmForm()
    try:
        if form.validate_on_submit():
            try:
                name, effects = operations.reactivate_school(school_id, name=form.confirm_name.data, doors=_doors())
                news = [speech().gettext("%(school)s is open again.", school=name), *(effect.sentence for effect in effects)]
                flash(" ".join(news), "ok")
                return _to_overview(school_id)
            except NotTheName as wrong:
                form.confirm_name.errors = [speech().gettext(wrong.message)]
        school = queries.before_returning(school_id, _doors())
    except NoSuchSchool:
        abort(404)
    except NotSuspended:
        flash(speech().gettext(NOT_SUSPENDED), "info")
        return _to_overview(school_id)
    return render("lifecycle/reactivate.html", form=form, school=school), 422 if form.is_submitted() else 200


def _to_overview(school_id: int) -> Response:
    return redirect(url_for("schools.overview", school_id=school_id), 303)


def _doors() -> Iterator[Door]:
    """Every door of every area, in the order of the areas."""
    for area in current_app.extensions["areas"]:
        yield from area.doors
