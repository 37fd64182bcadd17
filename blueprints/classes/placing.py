"""The addresses under which learners come to a class, go over to another, leave, and wait."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, request

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.classes import Enrolment, EnrolmentState
from app.web.filters import LONGEST, asked
from app.web.page import render
from blueprints.classes import history, picking, places
from blueprints.classes.forms import EnrolForm, GivePlaceForm, LeaveForm, TransferForm, picked
from blueprints.classes.operations import ClassEnded, ClassError
from blueprints.classes.places import Already, Enrolled, NotYours
from blueprints.classes.routes import Answer, held, in_words, shown, to_class, today
from blueprints.classes.routes import pages as pages  # with the addresses below


@pages.route("/<uuid:class_id>/enrol", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def enrol(class_id: UUID) -> Answer:
    group, form = held(class_id), EnrolForm(today())
    chosen, words = picked(request.form.getlist("learner")), speech()
    search = request.form.get("q", "").strip()[:LONGEST]
    problem = ""
    if request.method == "POST" and "search" not in request.form:
        problem = "" if chosen else words.gettext("Tick at least one learner")
        if form.validate_on_submit() and chosen:
            try:
                assert form.on.data
                done = places.enrol(group, chosen, on=form.on.data, by=current_actor())
            except ClassEnded as fault:
                flash(in_words(fault), "warn")
            else:
                _say(done)
            return to_class(class_id)
    line = shown(class_id)
    page = render(
        "classes/enrol.html", group=line, form=form, search=search, chosen={str(id) for id in chosen}, problem=problem,
        learners=picking.candidates(line, today(), search, chosen), most=picking.OFFERED,
    )  # fmt: skip
    return (page, 422) if problem or form.problems else page


@pages.get("/<uuid:class_id>/history")
@allow(Permission.PEOPLE_MANAGE)
def show_history(class_id: UUID) -> Answer:
    group, filters = shown(class_id), asked()
    return render("classes/history.html", group=group, page=history.of_class(class_id, filters.after), asked=filters)


@pages.route("/places/<uuid:enrolment_id>/transfer", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def transfer(enrolment_id: UUID) -> Answer:
    place = _place(enrolment_id)
    line = shown(place.class_id)
    targets = picking.targets(line, today())
    form = TransferForm(today(), [(target.id, _with_places(target)) for target in targets])
    if form.validate_on_submit():
        target = held(UUID(form.target.data))
        assert form.on.data
        try:
            places.transfer(place, target, on=form.on.data, by=current_actor())
        except ClassError as fault:
            form.target.errors = [in_words(fault)]
        else:
            words = speech()
            moved = words.gettext(
                "%(learner)s is in %(name)s from %(day)s.", learner=places.learner_of(place).name, name=target.name,
                day=words.date(form.on.data),
            )  # fmt: skip
            flash(moved, "ok")
            return to_class(line.id)
    return _page("classes/transfer.html", place, form, line=line, targets=targets)


@pages.route("/places/<uuid:enrolment_id>/leave", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def leave(enrolment_id: UUID) -> Answer:
    place, form, words = _place(enrolment_id), LeaveForm(today()), speech()
    name, class_id, waits = places.learner_of(place).name, place.class_id, place.state == EnrolmentState.WAITING
    if form.validate_on_submit():
        assert form.on.data
        try:
            places.leave(place, on=form.on.data, by=current_actor())
        except NotYours as fault:
            form.on.errors = [in_words(fault)]
        except Already as fault:
            flash(in_words(fault), "warn")
            return to_class(class_id)
        else:
            if waits:
                flash(words.gettext("%(name)s does not wait for this class any more.", name=name), "ok")
            else:
                left = words.gettext("%(name)s is in this class until %(day)s.", name=name, day=words.date(form.on.data))
                flash(left, "ok")
            return to_class(class_id)
    return _page("classes/leave.html", place, form, line=shown(class_id), waits=waits)


@pages.route("/places/<uuid:enrolment_id>/give", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def give_place(enrolment_id: UUID) -> Answer:
    place, form = _place(enrolment_id), GivePlaceForm(today())
    if form.validate_on_submit():
        assert form.on.data
        group = held(place.class_id)
        try:
            name = places.give_place(place, group, on=form.on.data, by=current_actor())
        except ClassError as fault:
            flash(in_words(fault), "warn")
        else:
            flash(speech().gettext("%(name)s has a place in %(group)s now.", name=name, group=group.name), "ok")
        return to_class(group.id)
    return _page("classes/give.html", place, form, line=shown(place.class_id))


def _place(enrolment_id: UUID) -> Enrolment:
    """A place of the school, held while it is being changed; 404 if there is no such."""
    return places.place_for_change(enrolment_id, hold=request.method == "POST") or abort(404)


def _page(template: str, place: Enrolment, form: Any, **more: Any) -> Answer:
    page = render(template, place=place, learner=places.learner_of(place).name, form=form, **more)
    return (page, 422) if form.problems else page


def _with_places(target: picking.Target) -> str:
    """A class as a choice: its name, and how many places are left in it."""
    if target.free is None:
        return target.name
    words = speech()
    return words.ngettext("%(name)s: %(num)s place left", "%(name)s: %(num)s places left", target.free, name=target.name)


def _say(done: Enrolled) -> None:
    """What became of those who were picked."""
    words = speech()
    if done.placed:
        flash(words.ngettext("%(num)s learner is enrolled.", "%(num)s learners are enrolled.", len(done.placed)), "ok")
    if done.waiting:
        said = words.gettext("The class is full. On the waiting list now: %(names)s.", names=", ".join(done.waiting))
        flash(said, "warn")
    for learner, group in done.elsewhere:
        kept = words.gettext(
            "%(learner)s is in %(group)s already and was not enrolled a second time. Transfer them from there.",
            learner=learner, group=group,
        )  # fmt: skip
        flash(kept, "warn")
    if not any(done):
        flash(words.gettext("They are in this class already, so nothing was changed."), "warn")
