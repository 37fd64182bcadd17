"""The addresses of medical notes: whom there is one of, reading it, changing it, and who may."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.user import Role
from app.web.filters import asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.people import notes
from blueprints.people.forms import NoteForm
from blueprints.people.routes import Answer, learner_here

medical = Blueprint("medical", __name__, url_prefix="/people", template_folder="templates")


@medical.get("/medical/")
@allow(Permission.MEDICAL_READ)
def list_medical() -> Answer:
    filters = asked(place=BY_NAME, show=("all",))
    page = notes.learners(filters.search, noted=not filters.chosen["show"] and not filters.search, after=filters.after)
    return render("people/medical_list.html", page=page, asked=filters, owner=_is_owner())


@medical.get("/learners/<uuid:learner_id>/medical")
@allow(Permission.MEDICAL_READ)
def read_medical(learner_id: UUID) -> Answer:
    note = notes.read(learner_id, by=current_actor()) or abort(404)
    return render("people/medical.html", note=note, learner_id=learner_id)


@medical.route("/learners/<uuid:learner_id>/medical/edit", methods=["GET", "POST"])
@allow(Permission.MEDICAL_READ)
def edit_medical(learner_id: UUID) -> Answer:
    form = NoteForm()
    if form.validate_on_submit():
        learner = learner_here(learner_id)
        if notes.write(learner, form.text.strip(), by=current_actor()):
            flash(speech().gettext("The medical note is saved."), "ok")
        else:
            flash(speech().gettext("Nothing was changed."), "info")
        return redirect(url_for(".read_medical", learner_id=learner_id), 303)
    note = notes.read(learner_id, by=current_actor()) or abort(404)
    if request.method == "GET":
        form.note.data = note.text or ""
    page = render("people/medical_form.html", form=form, note=note, learner_id=learner_id)
    return (page, 422) if form.problems else page


@medical.route("/medical/readers", methods=["GET", "POST"])
@allow(Permission.MEDICAL_READ)
def list_readers() -> Answer:
    """Who may read the notes, which the owner alone decides."""
    if not _is_owner():
        abort(403)
    if request.method == "POST":
        demand_step_up(back=url_for(".list_readers"))
        name = notes.allow(_named(), reads=request.form.get("reads") == "yes", by=current_actor()) or abort(404)
        if request.form.get("reads") == "yes":
            flash(speech().gettext("%(name)s may now read medical notes.", name=name), "ok")
        else:
            flash(speech().gettext("%(name)s may no longer read medical notes.", name=name), "ok")
        return redirect(url_for(".list_readers"), 303)
    return render("people/medical_readers.html", readers=notes.readers())


def _is_owner() -> bool:
    return asking().role == Role.OWNER


def _named() -> UUID:
    try:
        return UUID(request.form.get("person", ""))
    except ValueError:
        abort(404)
