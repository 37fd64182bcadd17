"""The addresses of families: linking a guardian to a learner, what they may do, and unlinking them."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, request
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.learner import Guardianship
from app.models.person import Kind, Person
from app.web.filters import asked
from app.web.page import render
from blueprints.people import queries, ties
from blueprints.people.forms import TermsForm
from blueprints.people.operations import PeopleError
from blueprints.people.routes import Answer, learner_here, pages, to


@pages.route("/learners/<uuid:learner_id>/guardians/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def link_guardian(learner_id: UUID) -> Answer:
    """First somebody is looked for (`?q=`), then it is said what they are to the learner (`?guardian=`)."""
    learner, form = learner_here(learner_id), TermsForm()
    guardian = _chosen()
    if guardian is None:
        if request.method == "POST":
            abort(404)
        filters = asked()
        found = queries.matches(Kind.GUARDIAN, filters.search)
        return render("people/choose_guardian.html", learner=learner, asked=filters, found=found)
    if form.validate_on_submit():
        try:
            ties.link(learner, guardian, form.terms(), by=current_actor())
            flash(speech().gettext("%(name)s is linked.", name=guardian.name), "ok")
            return to(learner_id)
        except PeopleError as refused:
            form.relation.errors = [speech().gettext(refused.message)]
    page = render("people/terms.html", form=form, learner=learner.person, guardian=guardian, tie=None)
    return (page, 422) if form.problems else page


@pages.route("/guardianships/<uuid:guardianship_id>", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_guardianship(guardianship_id: UUID) -> Answer:
    tie = _held(guardianship_id)
    form = TermsForm(tie)
    if form.validate_on_submit():
        if ties.change(tie, form.terms(), by=current_actor()):
            flash(speech().gettext("Saved."), "ok")
        return to(tie.learner_id)
    page = render("people/terms.html", form=form, learner=tie.learner.person, guardian=tie.guardian, tie=tie)
    return (page, 422) if form.problems else page


@pages.post("/guardianships/<uuid:guardianship_id>/remove")
@allow(Permission.PEOPLE_MANAGE)
def unlink_guardian(guardianship_id: UUID) -> Response:
    tie = _held(guardianship_id)
    learner_id, guardian, learner = tie.learner_id, tie.guardian.name, tie.learner.person.name
    ties.unlink(tie, by=current_actor())
    words = speech().gettext("%(guardian)s is no longer linked to %(learner)s.", guardian=guardian, learner=learner)
    flash(words, "ok")
    return to(learner_id)


def _held(guardianship_id: UUID) -> Guardianship:
    return ties.tie_for_change(guardianship_id) or abort(404)


def _chosen() -> Person | None:
    """The guardian whom the address names, None without one; 404 for somebody who is none here."""
    given = request.args.get("guardian")
    if not given:
        return None
    try:
        return ties.guardian_here(UUID(given)) or abort(404)
    except ValueError:
        abort(404)
