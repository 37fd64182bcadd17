"""The addresses of requests: entered by the office, looked at, accepted and declined; legal holds."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here as me_here
from app.audit.record import current_actor
from app.domain.people_records import NumberTaken
from app.i18n.speech import speech
from app.models.personal_data import Asks, DataRequest, Way
from app.web.page import render
from blueprints.personal_data import operations, queries, saying
from blueprints.personal_data.forms import AnswerForm, AskForm, CorrectionForm, HoldForm
from blueprints.personal_data.operations import DataError
from blueprints.personal_data.queries import Somebody
from blueprints.personal_data.routes import (
    WORDS,
    Answer,
    held_person,
    pages,
    person_here,
    say,
    to_person,
    to_request,
    today_at_school,
)


@pages.route("/<uuid:person_id>/data/ask", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def ask(person_id: UUID) -> Answer:
    """Enter what somebody asked for, who told the school or wrote to it."""
    somebody, kind = person_here(person_id), kind_of_address()
    form = form_for(kind, somebody, by_staff=True)
    if form.validate_on_submit():
        try:
            asked = operations.ask(
                kind, held_person(person_id), asked_by=form.asked_by.data, asked_by_id=None,
                way=Way.PAPER if form.on_paper.data else Way.SCHOOL, reason=form.reason.data, today=today_at_school(),
                by=current_actor(), **wish_of(form),
            )  # fmt: skip
        except DataError as fault:
            say(fault)
            return to_person(person_id)
        flash(speech().gettext("The request is entered. It has to be answered within 30 days."), "ok")
        return to_request(asked.id)
    page = render("personal_data/ask.html", form=form, person=somebody, kind=kind.value, **WORDS)
    return (page, 422) if form.is_submitted() else page


@pages.get("/data/requests/<uuid:request_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_request(request_id: UUID) -> Answer:
    return request_page(request_id, AnswerForm(formdata=None))


@pages.post("/data/requests/<uuid:request_id>/accept")
@allow(Permission.PEOPLE_MANAGE)
def accept(request_id: UUID) -> Answer:
    """Make a correction, or have a copy made and released to the one who asked."""
    asked = held_request(request_id)
    words = speech()
    try:
        if asked.kind == Asks.CORRECTION:
            operations.accept_correction(asked, by=current_actor())
            flash(words.gettext("The correction is made, and whoever asked is told."), "ok")
        elif asked.kind == Asks.ACCESS:
            demand_step_up(back=url_for(".show_request", request_id=request_id))
            operations.make_pack(
                held_person(asked.person_id), language=words.language, by=current_actor(), by_id=me_here(), asked=asked,
                url=url_for(".show_data", person_id=asked.person_id),
            )  # fmt: skip
            flash(words.gettext("The copy is being made. Whoever asked is told when it is ready."), "ok")
        else:
            abort(404)
    except DataError as fault:
        say(fault)
    except NumberTaken as taken:
        flash(words.gettext(taken.message, name=taken.name), "warn")
    return to_request(request_id)


@pages.post("/data/requests/<uuid:request_id>/decline")
@allow(Permission.PEOPLE_MANAGE)
def decline(request_id: UUID) -> Answer:
    asked, form = held_request(request_id), AnswerForm()
    if not form.validate_on_submit():
        return request_page(request_id, form), 422
    try:
        operations.decline(asked, form.answer.data, by=current_actor())
        flash(speech().gettext("The request is declined, and whoever asked is told why."), "ok")
    except DataError as fault:
        say(fault)
    return to_request(request_id)


@pages.route("/<uuid:person_id>/data/hold", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def set_hold(person_id: UUID) -> Answer:
    somebody, form = person_here(person_id), HoldForm()
    if form.validate_on_submit():
        operations.set_hold(held_person(person_id), form.reason.data, by=current_actor())
        flash(speech().gettext("The legal hold is set. Nothing of this person can be erased."), "ok")
        return to_person(person_id)
    page = render("personal_data/hold.html", form=form, person=somebody, hold=None)
    return (page, 422) if form.is_submitted() else page


@pages.route("/data/holds/<uuid:hold_id>/lift", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def lift_hold(hold_id: UUID) -> Answer:
    hold, form = queries.hold(hold_id) or abort(404), HoldForm()
    if form.validate_on_submit():
        try:
            operations.lift_hold(hold_id, form.reason.data, by=current_actor())
            flash(speech().gettext("The legal hold is lifted."), "ok")
        except DataError as fault:
            say(fault)
        return redirect(url_for(".show_data", person_id=hold.person_id), 303)
    page = render("personal_data/hold.html", form=form, person=queries.person(hold.person_id), hold=hold)
    return (page, 422) if form.is_submitted() else page


def request_page(request_id: UUID, form: AnswerForm) -> str:
    """A request with what can be done about it; of an erasure also what it would do."""
    asked = queries.request(request_id) or abort(404)
    is_erasure = asked.kind == Asks.ERASURE and asked.state in queries.GOING_ON
    return render(
        "personal_data/request.html", asked=asked, form=form, plan=queries.plan_for(asked.person_id) if is_erasure else None,
        holds=[each for each in queries.holds_of(asked.person_id) if not each.lifted_at],
        certificate=queries.certificate_of(asked.person_id) if asked.kind == Asks.ERASURE else None, today=today_at_school(),
        table_label=lambda table: saying.table_label(table, speech()),
        now_stands=queries.value_of(asked.person_id, asked.field) if asked.field and asked.state == "open" else "", **WORDS,
    )  # fmt: skip


def held_request(request_id: UUID) -> DataRequest:
    """A request for a change, else 404."""
    return operations.request_for_change(request_id) or abort(404)


def kind_of_address() -> Asks:
    """What is asked for, by `?kind=`; 404 for what is nothing."""
    try:
        return Asks(request.args.get("kind") or Asks.CORRECTION)
    except ValueError:
        abort(404)


def form_for(kind: Asks, somebody: Somebody, *, by_staff: bool) -> AskForm:
    """The form of a request."""
    if kind is Asks.CORRECTION:
        return CorrectionForm(somebody.kind, by_staff=by_staff)
    return AskForm(by_staff=by_staff)


def wish_of(form: AskForm) -> dict[str, str | None]:
    """The field and the value of a correction; nothing of another request."""
    if isinstance(form, CorrectionForm):
        return {"field": form.field.data, "wanted": form.wanted.data or ""}
    return {}
