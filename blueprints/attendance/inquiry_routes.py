"""The addresses of continuous absence: the ten-day list, and what the school does about one learner of it."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.web.page import render
from blueprints.attendance import continuous, history, inquiries, operations
from blueprints.attendance.absence_routes import pages as pages  # these addresses join them
from blueprints.attendance.forms import InquiryForm
from blueprints.attendance.routes import Answer, today_of
from blueprints.attendance.today import teacher_of


@pages.get("/continuous")
@allow(Permission.ATTENDANCE_TAKE)
def list_continuous() -> Answer:
    person = asking()
    teacher = teacher_of(person.role, person.person_id)
    away = continuous.continuously_away(teacher=teacher, today=today_of(person, clock.now()), timezone=person.timezone or "")
    last = inquiries.last_of([one.learner_id for one in away]) if away else {}
    return render("attendance/continuous.html", away=away, last=last, kinds=inquiries.KINDS)


@pages.route("/continuous/<uuid:learner_id>", methods=["GET", "POST"])
@allow(Permission.ATTENDANCE_TAKE)
def inquire(learner_id: UUID) -> Answer:
    person = asking()
    here, teacher = today_of(person, clock.now()), teacher_of(person.role, person.person_id)
    learner = history.learner(learner_id, teacher=teacher, today=here) or abort(404)
    form = InquiryForm()
    if form.validate_on_submit():
        operations.note_inquiry(
            learner_id, kind=form.kind.data, note=form.note.data or "", by=current_actor(), by_id=person.person_id
        )
        flash(speech().gettext("Noted. It stands in the learner’s list below."), "ok")
        return redirect(url_for(".inquire", learner_id=learner_id), 303)
    away = continuous.continuously_away(teacher=teacher, today=here, timezone=person.timezone or "", learner=learner_id)
    page = render(
        "attendance/inquiry.html", form=form, learner=learner, away=away[0] if away else None, kinds=inquiries.KINDS,
        steps=inquiries.of_learner(learner_id),
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200
