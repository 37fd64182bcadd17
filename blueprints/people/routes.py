"""The addresses of people: the list, somebody new, their page, and what changes about them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import classes_for
from app.domain.families import RELATIONS
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.learner import Learner
from app.models.person import Kind, Person
from app.web.filters import Asked, asked
from app.web.live import answer, is_fragment
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.people import duplicates, operations, profiles, queries, ties
from blueprints.people.forms import AdultForm, LearnerForm, LeavingForm, TermsForm
from blueprints.people.operations import NumberTaken, PeopleError
from blueprints.people.queries import Wanted
from blueprints.people.words import CONSENTS, DEEDS

pages = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.PEOPLE_MANAGE)
def list_people() -> Answer:
    today, person = today_at_school(), asking()
    classes = classes_for(person.role, person.person_id, today)
    filters = asked(
        place=BY_NAME, kind=list(Kind), status=queries.STATUSES, lacks=queries.LACKS,
        **{"class": [str(each.id) for each in classes]},
    )  # fmt: skip
    page = queries.people(_wanted(filters), day=today, after=filters.after)
    if is_fragment():  # while somebody types
        return answer("people/rows.html", page=page, asked=filters)
    return render("people/list.html", page=page, asked=filters, counts=queries.counts(), classes=classes)


@pages.route("/learners/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_learner() -> Answer:
    form = LearnerForm(today_at_school())
    alike: list[duplicates.Alike] = []
    if form.validate_on_submit():
        draft = form.draft()
        if not form.anyway.data:
            alike = duplicates.alike(
                Kind.LEARNER, name=draft.name, birth_date=draft.birth_date, email=draft.contact.email, phone=draft.contact.phone
            )
        try:
            if not alike:
                person = operations.add_learner(draft, by=current_actor())
                flash(speech().gettext("%(name)s is added. Link the parents or guardians next.", name=person.name), "ok")
                return to(person.id)
        except NumberTaken as taken:
            form.number.errors = [speech().gettext(taken.message, name=taken.name)]
    return _form_page("people/learner_form.html", form, alike=alike, person=None)


@pages.route("/guardians/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_guardian() -> Answer:
    """Somebody new; for `?learner=…` they are linked at once."""
    learner = _learner_of_address()
    form, terms = AdultForm(), TermsForm()
    if form.validate_on_submit() and (learner is None or terms.validate()):
        alike = _alike(Kind.GUARDIAN, form)
        if alike:
            return _form_page(
                "people/adult_form.html", form, alike=alike, person=None, terms=terms, learner=learner, kind="guardian"
            )
        guardian = operations.add_adult(Kind.GUARDIAN, form.name.data, form.contact, by=current_actor())
        if learner is not None:
            ties.link(learner, guardian, terms.terms(), by=current_actor())
            flash(speech().gettext("%(name)s is added and linked.", name=guardian.name), "ok")
            return to(learner.id)
        flash(speech().gettext("%(name)s is added.", name=guardian.name), "ok")
        return to(guardian.id)
    return _form_page("people/adult_form.html", form, alike=[], person=None, terms=terms, learner=learner, kind="guardian")


@pages.route("/staff/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_staff() -> Answer:
    form, alike = AdultForm(), []
    if form.validate_on_submit():
        alike = _alike(Kind.STAFF, form)
        if not alike:
            person = operations.add_adult(Kind.STAFF, form.name.data, form.contact, by=current_actor())
            flash(speech().gettext("%(name)s is added. They can sign in once you have invited them.", name=person.name), "ok")
            return to(person.id)
    return _form_page("people/adult_form.html", form, alike=alike, person=None, terms=None, learner=None, kind="staff")


@pages.get("/<uuid:person_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_person(person_id: UUID) -> Answer:
    person = profiles.profile(person_id) or abort(404)
    if person.merged_into:
        flash(speech().gettext("%(name)s was merged into this record.", name=person.name), "info")
        return to(person.merged_into)
    shared: dict[str, Any] = {
        "person": person, "history": profiles.history(person_id), "deeds": DEEDS, "languages": LANGUAGES,
        "alike": duplicates.pairs_of(person_id) if not person.ended_at else [], "whys": duplicates.WHYS,
        "relations": RELATIONS, "consents": CONSENTS,
    }  # fmt: skip
    match person.kind:
        case Kind.LEARNER:
            on_site = person.is_on_site(operations.school(), clock.now())
            return render(
                "people/learner.html", **shared, ties=profiles.guardians(person_id), places=profiles.places(person_id),
                on_site=on_site, today=today_at_school(),
            )  # fmt: skip
        case Kind.GUARDIAN:
            return render("people/guardian.html", **shared, ties=profiles.learners(person_id))
    return render("people/staff.html", **shared, taught=profiles.taught(person_id))


@pages.route("/<uuid:person_id>/edit", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_person(person_id: UUID) -> Answer:
    person = held(person_id)
    if person.kind == Kind.LEARNER:
        return _edit_learner(operations.learner_for_change(person_id) or abort(404))
    form = AdultForm(person)
    if form.validate_on_submit():
        _say_saved(changed=operations.edit_adult(person, form.name.data, form.contact, by=current_actor()))
        return to(person_id)
    return _form_page("people/adult_form.html", form, alike=[], person=person, terms=None, learner=None, kind=person.kind)


@pages.route("/<uuid:person_id>/archive", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def archive_person(person_id: UUID) -> Answer:
    person, form = held(person_id), LeavingForm(today_at_school())
    if operations.has_account(person_id):
        demand_step_up(back=url_for(".archive_person", person_id=person_id))
    asker = asking()
    if form.validate_on_submit():
        try:
            if operations.archive(
                person, on=form.on.data or form.today, why=form.why.data, editor=asker.person_id, role=asker.role,
                by=current_actor(),
            ):  # fmt: skip
                flash(speech().gettext("%(name)s is archived. You can bring them back here.", name=person.name), "ok")
            return to(person_id)
        except PeopleError as refused:
            form.why.errors = [speech().gettext(refused.message)]
    return _form_page("people/archive.html", form, person=person)


@pages.post("/<uuid:person_id>/bring-back")
@allow(Permission.PEOPLE_MANAGE)
def bring_back(person_id: UUID) -> Answer:
    person = held(person_id)
    if operations.bring_back(person, by=current_actor()):
        if person.kind == Kind.LEARNER:
            flash(speech().gettext("%(name)s is back. Give them a class again.", name=person.name), "ok")
        else:
            flash(speech().gettext("%(name)s is back.", name=person.name), "ok")
    return to(person_id)


def today_at_school() -> dt.date:
    """The day at the school."""
    return clock.now().astimezone(operations.school().timezone).date()


def held(person_id: UUID) -> Person:
    """Somebody of the school for a change; 404 for whom it has not, and for a record that was merged away."""
    return operations.person_for_change(person_id) or abort(404)


def learner_here(learner_id: UUID) -> Learner:
    """A learner's profile for a change; 404 if the school has no such learner."""
    return operations.learner_for_change(learner_id) or abort(404)


def to(person_id: UUID) -> Response:
    """To somebody's page."""
    return redirect(url_for("people.show_person", person_id=person_id), 303 if request.method == "POST" else 302)


def _wanted(filters: Asked) -> Wanted:
    chosen = filters.chosen
    class_id = UUID(chosen["class"]) if chosen["class"] else None
    return Wanted(chosen["kind"], chosen["status"], chosen["lacks"], class_id, filters.search)


def _edit_learner(learner: Learner) -> Answer:
    form = LearnerForm(today_at_school(), learner)
    if form.validate_on_submit():
        try:
            _say_saved(changed=operations.edit_learner(learner, form.draft(), by=current_actor()))
            return to(learner.id)
        except NumberTaken as taken:
            form.number.errors = [speech().gettext(taken.message, name=taken.name)]
    return _form_page("people/learner_form.html", form, alike=[], person=learner.person)


def _alike(kind: Kind, form: AdultForm) -> list[duplicates.Alike]:
    if form.anyway.data:
        return []
    contact = form.contact
    return duplicates.alike(kind, name=form.name.data, birth_date=None, email=contact.email, phone=contact.phone)


def _learner_of_address() -> Learner | None:
    """The learner for whom a guardian is added, None without one; 404 for what is none of the school's."""
    given = request.args.get("learner")
    if not given:
        return None
    try:
        return learner_here(UUID(given))
    except ValueError:
        abort(404)


def _say_saved(*, changed: bool) -> None:
    words = speech()
    flash(words.gettext("Saved.") if changed else words.gettext("Nothing was changed."), "ok" if changed else "info")


def _form_page(template: str, form: Any, **values: Any) -> Answer:
    """A form as it is, or with its errors, or with those who look like the one who is added (422)."""
    terms, alike = values.get("terms"), values.get("alike")
    page = render(template, form=form, whys=duplicates.WHYS, **values)
    return (page, 422) if form.problems or alike or (terms is not None and terms.problems) else page
