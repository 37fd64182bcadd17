"""The addresses under which operators help the people of a school, and leave notes for each other."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.schools import one, operations, people
from blueprints.schools.forms import NoteForm
from blueprints.schools.operations import HasSignedIn, NoAddress, RunsThePlatform
from blueprints.schools.people import Member
from blueprints.schools.routes import Answer, this
from blueprints.schools.routes import pages as pages  # with the addresses below

NEWEST = 5  # notes on the page of a school's people
PERSON = "/<int:school_id>/support/people/<uuid:person_id>"


@pages.get("/<int:school_id>/support")
@allow(Permission.PLATFORM_OPERATE)
def support(school_id: int) -> Answer:
    filters = asked(place=BY_NAME)
    with across_schools(N_("The people of a school")) as session:
        school = this(session, school_id)
        page = people.members(session, school_id, pattern=filters.pattern, after=filters.after)
        failing, notes = people.failing(session, school_id), people.notes(session, school_id, limit=NEWEST)
        visits = one.visits(session, school_id)
    return render(
        "schools/support.html", school=school, page=page, asked=filters, failing=failing, notes=notes, visits=visits,
        form=NoteForm(),
    )  # fmt: skip


@pages.post(f"{PERSON}/invite")
@allow(Permission.PLATFORM_OPERATE)
def send_invitation(school_id: int, person_id: UUID) -> Answer:
    with across_schools(N_("The invitation of a person")) as session:
        person = _member(session, school_id, person_id)
        try:
            made = operations.send_invitation(session, school_id, person, by=current_actor())
            session.commit()
        except (HasSignedIn, NoAddress) as fault:
            flash(speech().gettext(fault.message), "warn")
        else:
            flash(speech().gettext("An invitation is on its way to %(address)s.", address=made.email), "ok")
    return _back(school_id)


@pages.route(f"{PERSON}/end-sessions", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def end_sessions(school_id: int, person_id: UUID) -> Answer:
    with across_schools(N_("The sessions of a person")) as session:
        school, person = this(session, school_id), _member(session, school_id, person_id)
        if person.user_id is None:
            abort(404)
        if request.method == "POST":
            try:
                operations.sign_out_everywhere(session, school_id, person)
            except RunsThePlatform as refused:
                flash(speech().gettext(refused.message), "warn")
                return _back(school_id)
            session.commit()
    if request.method != "POST":
        return render("schools/end_sessions.html", school=school, person=person)
    flash(speech().gettext("%(name)s is signed out everywhere.", name=person.name), "ok")
    return _back(school_id)


@pages.route("/<int:school_id>/notes", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def notes(school_id: int) -> Answer:
    form, filters = NoteForm(), asked(place=(UUID,))
    with across_schools(N_("The notes on a school")) as session:
        school = this(session, school_id)
        if form.validate_on_submit():
            operations.add_note(session, school_id, school=school.name, body=form.body.data, by=current_actor())
            session.commit()
        else:
            page = people.notes(session, school_id, after=filters.after)
            drawn = render("schools/notes.html", school=school, page=page, asked=filters, form=form)
            return drawn, 422 if form.is_submitted() else 200
    flash(speech().gettext("The note is kept."), "ok")
    return _back(school_id)


def _member(session: Session, school_id: int, person_id: UUID) -> Member:
    """Somebody of the school, else 404."""
    this(session, school_id)
    return people.member(session, school_id, person_id) or abort(404)


def _back(school_id: int) -> Response:
    return redirect(url_for(".support", school_id=school_id), 303)
