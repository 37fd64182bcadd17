"""The addresses of classes: the list, one class, what it is called, who teaches it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import GRADES
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.classes import ClassGroup
from app.models.user import Role
from app.web.filters import asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.classes import operations, picking, queries, times
from blueprints.classes.forms import ClassForm, grade_name, picked, values_of
from blueprints.classes.operations import ClassEnded, ClassError, NameTaken
from blueprints.classes.words import weekday_list

pages = Blueprint("classes", __name__, url_prefix="/classes", template_folder="templates")
Answer = str | Response | tuple[str, int]
NEXT = 6  # lessons on the page of a class


@pages.get("/")
@allow(Permission.ATTENDANCE_TAKE)
def list_classes() -> Answer:
    years = queries.years()
    filters = asked(place=BY_NAME, state=("ended",), year=[str(year) for year in years], grade=GRADES)
    page = queries.classes(
        today(), state=filters.chosen["state"], year=filters.chosen["year"], grade=filters.chosen["grade"],
        pattern=filters.pattern, teacher=_only_of(), after=filters.after,
    )  # fmt: skip
    return render("classes/list.html", page=page, asked=filters, years=years, grades=[(g, grade_name(g)) for g in GRADES])


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_class() -> Answer:
    form = ClassForm(today().year, data={"year": str(today().year), "is_register": True})
    if form.validate_on_submit():
        try:
            group = operations.create_class(form.draft(), by=current_actor())
        except NameTaken as fault:
            form.name.errors = [in_words(fault)]
        else:
            flash(speech().gettext("%(name)s is there. Enrol its learners next.", name=group.name), "ok")
            return to_class(group.id)
    page = render("classes/form.html", form=form, group=None)
    return (page, 422) if form.problems else page


@pages.get("/<uuid:class_id>")
@allow(Permission.ATTENDANCE_TAKE)
def show_class(class_id: UUID) -> Answer:
    group = shown(class_id)
    meetings = times.meetings(class_id)
    return render(
        "classes/show.html", group=group, people=queries.people_of(class_id, today()), meetings=meetings,
        days={meeting.id: weekday_list(meeting.weekdays, speech().language) for meeting in meetings},
        lessons=times.coming(class_id, clock.now(), NEXT), today=today(), grade=grade_name(group.grade),
    )  # fmt: skip


@pages.route("/<uuid:class_id>/edit", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_class(class_id: UUID) -> Answer:
    group = held(class_id)
    form = ClassForm(today().year, data=values_of(group))
    if form.validate_on_submit():
        try:
            changed = operations.edit_class(group, form.draft(), by=current_actor())
        except NameTaken as fault:
            form.name.errors = [in_words(fault)]
        except ClassEnded as fault:
            flash(in_words(fault), "warn")
            return to_class(class_id)
        else:
            flash(speech().gettext(N_("Saved.") if changed else N_("Nothing was changed.")), "ok")
            return to_class(class_id)
    page = render("classes/form.html", form=form, group=shown(class_id))
    return (page, 422) if form.problems else page


@pages.route("/<uuid:class_id>/end", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def end_class(class_id: UUID) -> Answer:
    if request.method != "POST":
        return render("classes/end.html", group=shown(class_id))
    if operations.end_class(held(class_id), today=today(), by=current_actor()):
        flash(speech().gettext("The class has ended. You can open it again here."), "ok")
    return to_class(class_id)


@pages.post("/<uuid:class_id>/reopen")
@allow(Permission.PEOPLE_MANAGE)
def reopen_class(class_id: UUID) -> Answer:
    try:
        if operations.reopen_class(held(class_id), zone=zone(), by=current_actor()):
            flash(speech().gettext("The class is open again, with the learners it had on its last day."), "ok")
    except NameTaken as fault:
        flash(in_words(fault), "warn")
    return to_class(class_id)


@pages.route("/<uuid:class_id>/teachers", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def choose_teachers(class_id: UUID) -> Answer:
    if request.method == "POST":
        return _teachers_changed(class_id)
    group, filters = shown(class_id), asked(place=BY_NAME)
    return render(
        "classes/teachers.html", group=group, teachers=queries.teachers(class_id), asked=filters,
        staff=picking.colleagues(class_id, filters.search), most=picking.OFFERED,
    )  # fmt: skip


def _teachers_changed(class_id: UUID) -> Response:
    """Take the one away whose button was pressed, or add those who were ticked."""
    group, words = held(class_id), speech()
    if gone := picked(request.form.getlist("remove")):
        if name := operations.remove_teacher(group, gone[0], by=current_actor()):
            flash(words.gettext("%(name)s does not teach this class any more.", name=name), "ok")
        return redirect(url_for(".choose_teachers", class_id=class_id), 303)
    try:
        new = operations.add_teachers(group, picked(request.form.getlist("person")), by=current_actor())
    except ClassEnded as fault:
        flash(in_words(fault), "warn")
        return to_class(class_id)
    if not new:
        flash(words.gettext("Nobody was chosen, so nothing was changed."), "warn")
        return redirect(url_for(".choose_teachers", class_id=class_id), 303)
    flash(words.gettext("Teaching this class now: %(names)s.", names=", ".join(new)), "ok")
    return to_class(class_id)


def today() -> dt.date:
    """The date at the school."""
    return clock.now().astimezone(zone()).date()


def zone() -> ZoneInfo:
    """The timezone of the school."""
    return ZoneInfo(speech().timezone)


def shown(class_id: UUID) -> queries.ClassLine:
    """The class for whoever asks: any of the school, for a teacher only those that they teach; else 404."""
    group, teacher = queries.one(class_id, today()), _only_of()
    if group is None or (teacher and teacher not in {one.id for one in queries.teachers(class_id)}):
        abort(404)
    return group


def held(class_id: UUID) -> ClassGroup:
    """The class for a change, held while one is being made; 404 if the school has no such."""
    return operations.class_for_change(class_id, hold=request.method == "POST") or abort(404)


def to_class(class_id: UUID, **more: Any) -> Response:
    """Back to the page of a class."""
    return redirect(url_for(".show_class", class_id=class_id, **more), 303)


def in_words(fault: ClassError) -> str:
    """Why something was not done."""
    return speech().gettext(fault.message)


def _only_of() -> UUID | None:
    """The teacher who asks, who sees their own classes alone; None for those who see all."""
    person = asking()
    return person.person_id if person.role == Role.TEACHER else None
