"""The addresses of the schools of the platform: the list, and an operator's pages about each."""

from __future__ import annotations

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.domain.providers import conditions_of
from app.domain.quietness import is_quiet
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.school import SchoolState
from app.tenancy.doors import across_schools
from app.web import live
from app.web.filters import LONGEST, asked
from app.web.page import render
from blueprints.schools import one, operations, queries
from blueprints.schools.forms import SettingsForm
from blueprints.schools.going_live import checklist
from blueprints.schools.one import Counted, OneSchool
from blueprints.schools.operations import NameTaken

pages = Blueprint("schools", __name__, url_prefix="/operator/schools", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_schools() -> Answer:
    wanted = asked(place=(str,), state=tuple(SchoolState))
    with across_schools(N_("The list of schools")) as session:
        page = queries.schools(session, state=wanted.chosen["state"], search=wanted.search, after=wanted.after)
        counts = queries.counts(session)
    return render("schools/list.html", page=page, asked=wanted, counts=counts)


@pages.get("/names")
@allow(Permission.PLATFORM_OPERATE)
def complete_name() -> Answer:
    """The schools that the picker offers for what was typed so far; it asks at every key, so it is not announced."""
    with across_schools("operator picks a school", routine=True) as session:
        found = queries.names(session, request.args.get("q", "")[:LONGEST])
    return jsonify([{"name": school.name, "url": url_for(".overview", school_id=school.id)} for school in found])


@pages.get("/<int:school_id>")
@allow(Permission.PLATFORM_OPERATE)
def overview(school_id: int) -> Answer:
    with across_schools(N_("A school")) as session:
        school = this(session, school_id)
        counted = one.counted(session, school_id)
        page = {
            "items": checklist(session, school), "week": one.week(session, school_id), "visits": one.visits(session, school_id),
        }  # fmt: skip
    return render("schools/overview.html", school=school, counted=counted, health=_health(school, counted), **page)


@pages.get("/<int:school_id>/progress")
@allow(Permission.PLATFORM_OPERATE)
def progress(school_id: int) -> Answer:
    with across_schools(N_("A school")) as session:
        school, counted = this(session, school_id), one.counted(session, school_id)
    if live.is_fragment():
        return live.answer("schools/numbers.html", school=school, counted=counted)
    return render("schools/progress.html", school=school, counted=counted)


@pages.route("/<int:school_id>/settings", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def settings(school_id: int) -> Answer:
    taken: NameTaken | None = None
    with across_schools(N_("The settings of a school")) as session:
        school = this(session, school_id)
        form = SettingsForm(school)
        if form.validate_on_submit():
            try:
                changed = operations.change_settings(session, school_id, form.wanted)
                session.commit()
            except NameTaken as fault:
                taken = fault
                form.name.errors = [speech().gettext(fault.message)]
            else:
                said = speech().gettext("The settings are saved."), "ok"
                flash(*said if changed else (speech().gettext("Nothing was different, so nothing was saved."), "info"))
                return redirect(url_for(".settings", school_id=school_id), 303)
        ways = conditions_of(session, school_id)
    page = render("schools/settings.html", school=school, form=form, ways=ways, taken=taken, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


@pages.get("/<int:school_id>/imports")
@allow(Permission.PLATFORM_OPERATE)
def imports(school_id: int) -> Answer:
    with across_schools(N_("The imports of a school")) as session:
        school, found = this(session, school_id), one.imports(session, school_id)
    return render("schools/imports.html", school=school, imports=found)


def this(session: Session, school_id: int) -> OneSchool:
    """The school that an address names, else 404."""
    return one.school(session, school_id) or abort(404)


def _health(school: OneSchool, counted: Counted | None) -> str:
    """Onboarding, disabled, quiet or live: the words of the health console."""
    if school.is_pending:
        return "onboarding"
    if school.is_disabled:
        return "disabled"
    return "quiet" if counted and is_quiet(counted.quiet_at) else "live"
