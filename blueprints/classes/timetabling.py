"""The addresses of meeting times and lessons."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.classes import ClassSession, MeetingTime
from app.web.filters import asked
from app.web.page import render
from blueprints.classes import lessons, times
from blueprints.classes.lessons import LessonThen
from blueprints.classes.operations import ClassEnded, ClassError
from blueprints.classes.placing import pages as pages  # with the addresses below
from blueprints.classes.routes import Answer, held, in_words, shown, to_class, today
from blueprints.classes.timetable_forms import CancelForm, LessonForm, MeetingForm


@pages.route("/<uuid:class_id>/meetings/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_meeting(class_id: UUID) -> Answer:
    form = MeetingForm(data={"from_on": today(), "every_weeks": "1", "weekdays": []})
    if form.validate_on_submit():
        try:
            lessons.add_meeting(held(class_id), form.draft(), by=current_actor())
            flash(speech().gettext("The class meets then, and its lessons are made."), "ok")
        except ClassEnded as fault:
            flash(in_words(fault), "warn")
        return to_class(class_id)
    page = render("classes/meeting.html", form=form, group=shown(class_id), meeting=None)
    return (page, 422) if form.problems else page


@pages.route("/meetings/<uuid:meeting_id>/edit", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_meeting(meeting_id: UUID) -> Answer:
    meeting = _meeting(meeting_id)
    form = MeetingForm(
        data={
            "weekdays": [str(day) for day in meeting.weekdays], "every_weeks": str(meeting.every_weeks),
            "starts_at": meeting.starts_at, "ends_at": meeting.ends_at, "from_on": meeting.from_on,
            "until_on": meeting.until_on, "room": meeting.room or "",
        }
    )  # fmt: skip
    if form.validate_on_submit():
        try:
            changed = lessons.change_meeting(held(meeting.class_id), meeting, form.draft(), by=current_actor())
            said = N_("Saved, and the lessons to come are in line with it.") if changed else N_("Nothing was changed.")
            flash(speech().gettext(said), "ok")
        except ClassEnded as fault:
            flash(in_words(fault), "warn")
        return to_class(meeting.class_id)
    page = render("classes/meeting.html", form=form, group=shown(meeting.class_id), meeting=meeting)
    return (page, 422) if form.problems else page


@pages.post("/meetings/<uuid:meeting_id>/remove")
@allow(Permission.PEOPLE_MANAGE)
def remove_meeting(meeting_id: UUID) -> Answer:
    meeting = _meeting(meeting_id)
    class_id = meeting.class_id
    lessons.remove_meeting(held(class_id), meeting, by=current_actor())
    flash(speech().gettext("The class does not meet then any more. Lessons that have been stay."), "ok")
    return to_class(class_id)


@pages.get("/<uuid:class_id>/lessons")
@allow(Permission.ATTENDANCE_TAKE)
def list_lessons(class_id: UUID) -> Answer:
    group, filters = shown(class_id), asked(when=("past",))
    page = times.lessons(class_id, clock.now(), past=filters.chosen["when"] == "past", after=filters.after)
    return render("classes/lessons.html", group=group, page=page, asked=filters, now=clock.now())


@pages.route("/<uuid:class_id>/lessons/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_lesson(class_id: UUID) -> Answer:
    form = LessonForm(data={"on_date": today()})
    if form.validate_on_submit():
        try:
            lessons.add_lesson(held(class_id), form.draft(), by=current_actor())
        except LessonThen as fault:
            form.starts_at.errors = [in_words(fault)]
        except ClassEnded as fault:
            flash(in_words(fault), "warn")
            return to_class(class_id)
        else:
            flash(speech().gettext("The lesson is there."), "ok")
            return to_class(class_id)
    page = render("classes/lesson.html", form=form, group=shown(class_id))
    return (page, 422) if form.problems else page


@pages.get("/lessons/<uuid:session_id>")
@allow(Permission.ATTENDANCE_TAKE)
def show_lesson(session_id: UUID) -> Answer:
    lesson = times.lesson(session_id) or abort(404)
    shown(lesson.class_id)
    return render("classes/show_lesson.html", lesson=lesson, now=clock.now())


@pages.route("/lessons/<uuid:session_id>/cancel", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def cancel_lesson(session_id: UUID) -> Answer:
    lesson, form = _lesson(session_id), CancelForm()
    if form.validate_on_submit():
        try:
            lessons.cancel_lesson(held(lesson.class_id), lesson, why=form.why.data or "", by=current_actor())
            flash(speech().gettext("The lesson is cancelled. You can undo this here."), "ok")
        except ClassError as fault:
            flash(in_words(fault), "warn")
        return _to(session_id)
    page = render("classes/cancel.html", form=form, lesson=times.lesson(session_id))
    return (page, 422) if form.problems else page


@pages.post("/lessons/<uuid:session_id>/restore")
@allow(Permission.PEOPLE_MANAGE)
def restore_lesson(session_id: UUID) -> Answer:
    lesson = _lesson(session_id)
    try:
        if lessons.restore_lesson(held(lesson.class_id), lesson, by=current_actor()):
            flash(speech().gettext("The lesson is held after all."), "ok")
    except ClassError as fault:
        flash(in_words(fault), "warn")
    return _to(session_id)


@pages.route("/lessons/<uuid:session_id>/move", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def move_lesson(session_id: UUID) -> Answer:
    lesson, here = _lesson(session_id), ZoneInfo(speech().timezone)
    at, until = lesson.starts_at.astimezone(here).time(), lesson.ends_at.astimezone(here).time()
    form = LessonForm(
        asks_why=True, data={"on_date": lesson.on_date, "starts_at": at, "ends_at": until, "room": lesson.room or ""}
    )
    if form.validate_on_submit():
        try:
            moved = lessons.move_lesson(
                held(lesson.class_id), lesson, form.draft(), why=form.why.data or "", by=current_actor()
            )  # fmt: skip
        except LessonThen as fault:
            form.starts_at.errors = [in_words(fault)]
        except ClassError as fault:
            flash(in_words(fault), "warn")
            return _to(session_id)
        else:
            flash(speech().gettext("The lesson was moved to %(moment)s.", moment=speech().moment(moved.starts_at)), "ok")
            return _to(moved.id)
    page = render("classes/move.html", form=form, lesson=times.lesson(session_id))
    return (page, 422) if form.problems else page


def _meeting(meeting_id: UUID) -> MeetingTime:
    return lessons.meeting_for_change(meeting_id) or abort(404)


def _lesson(session_id: UUID) -> ClassSession:
    return lessons.lesson_for_change(session_id, hold=request.method == "POST") or abort(404)


def _to(session_id: UUID) -> Response:
    return redirect(url_for(".show_lesson", session_id=session_id), 303)
