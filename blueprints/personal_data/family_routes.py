"""The addresses of personal data for families: their own children's, and their own. Whoever else is asked for is not there."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here as me_here
from app.access.visits import refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.personal_data import consents
from app.domain.personal_data.purposes import PURPOSES
from app.i18n.speech import speech
from app.models.person import Kind
from app.models.personal_data import Answer as Said
from app.models.personal_data import Way
from app.models.user import Role
from app.web.page import render
from blueprints.personal_data import operations, queries, saying
from blueprints.personal_data.operations import DataError
from blueprints.personal_data.pack_routes import fetch, one_of
from blueprints.personal_data.packing import MINIMISED
from blueprints.personal_data.queries import Somebody
from blueprints.personal_data.request_routes import form_for, kind_of_address, wish_of
from blueprints.personal_data.routes import WORDS, held_person, say, today_at_school

own = Blueprint("own_data", __name__, url_prefix="/family/data", template_folder="templates")
Answer = str | Response | tuple[str, int]


@own.get("/")
@allow(Permission.FAMILY_VIEW)
def list_own() -> Answer:
    return render("personal_data/own_list.html", people=queries.own_people(me_here()), school=asking().school)


@own.get("/<uuid:person_id>/")
@allow(Permission.FAMILY_VIEW)
def show_own(person_id: UUID) -> Answer:
    somebody = _own(person_id)
    voice, held, said = speech(), queries.held(person_id), consents.history(person_id)
    operations.note_look(person_id, somebody.name, [each.table for each in held.sections], by=current_actor())
    is_learner = somebody.kind == Kind.LEARNER
    return render(
        "personal_data/own.html", person=somebody, sections=[saying.section(each, voice) for each in held.sections],
        minimised=MINIMISED, shown=queries.ON_PAGE, standings=consents.standings(said) if is_learner else [], history=said,
        purposes=PURPOSES, language=voice.language, may_say=is_learner and asking().role == Role.GUARDIAN, me=me_here(),
        requests=[each for each in queries.requests_of(person_id) if each.asked_by_id == me_here()], packs=_packs(person_id),
        now=clock.now(), **WORDS,
    )  # fmt: skip


@own.post("/<uuid:person_id>/consent")
@allow(Permission.FAMILY_VIEW)
def say_consent(person_id: UUID) -> Answer:
    """A parent or guardian gives a consent, or takes it back: a child cannot."""
    somebody = _own(person_id)
    purpose, answer = request.form.get("purpose", ""), request.form.get("answer", "")
    if purpose not in PURPOSES or answer not in ("given", "refused") or somebody.kind != Kind.LEARNER:
        abort(404)
    if asking().role != Role.GUARDIAN:
        abort(404)
    by = current_actor()
    try:
        consents.say(held_person(person_id), purpose, Said(answer), by=by, by_id=me_here(), by_name=by.name, way=Way.PORTAL)
        flash(speech().gettext("Thank you. Your answer is stored; you can change it at any time."), "ok")
    except consents.Unchanged:
        flash(speech().gettext("That is what stands already."), "info")
    return redirect(url_for(".show_own", person_id=person_id), 303)


@own.route("/<uuid:person_id>/ask", methods=["GET", "POST"])
@allow(Permission.FAMILY_VIEW)
def ask_own(person_id: UUID) -> Answer:
    somebody, kind = _own(person_id), kind_of_address()
    form = form_for(kind, somebody, by_staff=False)
    if form.validate_on_submit():
        by = current_actor()
        try:
            operations.ask(
                kind, held_person(person_id), asked_by=by.name, asked_by_id=me_here(), way=Way.PORTAL, reason=form.reason.data,
                today=today_at_school(), by=by, **wish_of(form),
            )  # fmt: skip
            flash(speech().gettext("Thank you. The school has your request, and tells you what it decides."), "ok")
        except DataError as fault:
            say(fault)
        return redirect(url_for(".show_own", person_id=person_id), 303)
    page = render("personal_data/own_ask.html", form=form, person=somebody, kind=kind.value, **WORDS)
    return (page, 422) if form.is_submitted() else page


@own.post("/requests/<uuid:request_id>/withdraw")
@allow(Permission.FAMILY_VIEW)
def withdraw_own(request_id: UUID) -> Answer:
    asked = operations.request_for_change(request_id)
    if asked is None or asked.asked_by_id != me_here():
        abort(404)
    try:
        operations.withdraw(asked, by=current_actor())
        flash(speech().gettext("Your request was taken back."), "ok")
    except DataError as fault:
        say(fault)
    return redirect(url_for(".show_own", person_id=asked.person_id), 303)


@own.get("/<uuid:person_id>/packs/<uuid:pack_id>.zip")
@allow(Permission.FAMILY_VIEW)
def download_own(person_id: UUID, pack_id: UUID) -> Answer:
    somebody = _own(person_id)
    pack = one_of(_packs(person_id), pack_id)
    refuse_download()
    demand_step_up()
    return fetch(pack, somebody.name)


def _own(person_id: UUID) -> Somebody:
    """One of those whose data the reader may ask about, else 404."""
    mine = queries.own_people(me_here())
    return next((each for each in mine if each.id == person_id), None) or abort(404)


def _packs(person_id: UUID) -> list[queries.PackRow]:
    """The copies that the school has released to the reader, by a request of theirs."""
    asked = {each.id for each in queries.requests_of(person_id) if each.asked_by_id == me_here()}
    return [each for each in queries.packs_of(person_id) if each.is_released and each.request_id in asked]
