"""The addresses of reported absences: for the families who report them, and for the school that decides."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.attendance import REASONS
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.attendance import absences, operations
from blueprints.attendance.forms import AbsenceForm, DecisionForm
from blueprints.attendance.operations import AlreadyDecided, AlreadyReported, may_withdraw
from blueprints.attendance.routes import Answer, today_of
from blueprints.attendance.routes import pages as pages  # these addresses join them
from blueprints.attendance.today import teacher_of


@pages.route("/absences", methods=["GET", "POST"])
@allow(Permission.FAMILY_VIEW)
def report_absence() -> Answer:
    person, here = asking(), today_of(asking(), clock.now())
    me = person_here()
    children = [(str(child.id), child.name) for child in absences.own_children(me)]
    wanted = request.args.get("learner", "")
    form = AbsenceForm(children, here, data={"learner": wanted, "from_on": here, "until_on": here})
    if children and form.validate_on_submit():
        try:
            operations.report_absence(form.draft, person_id=me, by=current_actor())
        except AlreadyReported as fault:
            flash(speech().gettext(fault.message), "info")
        else:
            flash(speech().gettext("Thank you. The school has your report, and tells you what it decides."), "ok")
        return redirect(url_for(".report_absence"), 303)
    own = absences.reported_by(me, here)
    page = render(
        "attendance/report.html", form=form, children=children, reports=own, reasons=REASONS, school=person.school,
        open_ones={one.id for one in own if may_withdraw(one.state, one.until_on, here)},
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


@pages.post("/absences/<uuid:absence_id>/withdraw")
@allow(Permission.FAMILY_VIEW)
def withdraw_report(absence_id: UUID) -> Answer:
    here = today_of(asking(), clock.now())
    if not absences.is_by(absence_id, person_here()):
        abort(404)
    try:
        operations.withdraw_report(absence_id, today=here, by=current_actor())
    except AlreadyDecided as fault:
        flash(speech().gettext(fault.message), "warn")
    else:
        flash(speech().gettext("Your report was taken back."), "ok")
    return redirect(url_for(".report_absence"), 303)


@pages.get("/reports")
@allow(Permission.ATTENDANCE_TAKE)
def list_reports() -> Answer:
    return _reports(DecisionForm(), None)


@pages.post("/reports/<uuid:absence_id>/decide")
@allow(Permission.ATTENDANCE_TAKE)
def decide_report(absence_id: UUID) -> Answer:
    person = asking()
    here = today_of(person, clock.now())
    if not absences.may_decide(absence_id, teacher=teacher_of(person.role, person.person_id), today=here):
        abort(404)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _reports(form, absence_id)
    accept = form.decision.data == "accept"
    try:
        explained, is_told = operations.decide_report(
            absence_id, accept=accept, answer=form.answer.data or "", by=current_actor(), by_id=person.person_id
        )
    except AlreadyDecided as fault:
        flash(speech().gettext(fault.message), "warn")
    else:
        words = speech()
        if is_told:
            said = words.gettext("Accepted. The family is told.") if accept else words.gettext("Declined. The family is told.")
        else:
            said = words.gettext("Accepted.") if accept else words.gettext("Declined.")
        flash(said, "ok")
        if explained:
            flash(
                words.ngettext(
                    "%(num)s absence in a register has this reason now.", "%(num)s absences in registers have this reason now.",
                    explained,
                ),
                "info",
            )  # fmt: skip
    return redirect(url_for(".list_reports", state="waiting"), 303)


def _reports(form: DecisionForm, decided: UUID | None) -> Answer:
    """The list of reports; `decided` is the one whose decision came back with an error (422)."""
    person, filters = asking(), asked(state=absences.STATES)
    page = absences.reported(
        teacher=teacher_of(person.role, person.person_id), today=today_of(person, clock.now()), state=filters.chosen["state"],
        after=filters.after,
    )  # fmt: skip
    drawn = render("attendance/reports.html", page=page, asked=filters, form=form, decided=decided, reasons=REASONS)
    return (drawn, 422) if decided else drawn
