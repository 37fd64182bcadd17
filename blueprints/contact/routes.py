"""The addresses of how a person is reached by the school in which they act."""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

from flask import Blueprint, Response, abort, flash, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import signed_in
from app.access.visits import person_here
from app.access.who import asking
from app.delivery import keys
from app.delivery.receipts import device_token
from app.domain.user_agents import device_of
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.page import render
from blueprints.contact import operations
from blueprints.contact.forms import ContactForm
from blueprints.contact.queries import reached
from blueprints.contact.subscriptions import Refused, checked

pages = Blueprint("contact", __name__, template_folder="templates")
SCHOOL = "X-School"  # of a fetch: the number of the school whose page it comes from
PATIENCE = 10_000  # milliseconds that a browser has for reaching its push service; without one it would wait for ever
STALE = N_("You are working in another school now. Reload the page.")


@pages.route("/settings/notifications", methods=["GET", "POST"])
@signed_in
def notifications() -> ResponseReturnValue:
    person = asking()
    if person.person_id is None:
        return render("contact/no_school.html", schools=person.schools, visited=person.visit and person.school)
    found, devices = reached(person.person_id)
    form = ContactForm.of(found)
    if form.validate_on_submit():
        operations.choose(person.person_id, form.choice)
        flash(speech().gettext("Saved: how the school reaches you."), "ok")
        return redirect(url_for(".notifications"), 303)
    key = keys.newest(current_settings())
    page = render("contact/notifications.html", form=form, person=found, devices=devices, key=key, patience=PATIENCE)
    return page, 422 if form.is_submitted() else 200


@pages.post("/settings/notifications/unsubscribe")
@signed_in
def unsubscribe() -> ResponseReturnValue:
    operations.unsubscribe(person_here())
    flash(speech().gettext("You are unsubscribed from email that is not urgent."), "ok")
    return redirect(url_for(".notifications"), 303)


@pages.post("/settings/notifications/resubscribe")
@signed_in
def resubscribe() -> ResponseReturnValue:
    operations.resubscribe(person_here())
    flash(speech().gettext("You get email from the school again."), "ok")
    return redirect(url_for(".notifications"), 303)


@pages.post("/settings/notifications/devices/<uuid:device_id>/remove")
@signed_in
def remove_device(device_id: UUID) -> ResponseReturnValue:
    try:
        operations.remove_device(person_here(), device_id)
    except operations.NotTheirs:
        abort(404)
    flash(speech().gettext("The device is removed. It shows nothing of this school any more."), "ok")
    return redirect(url_for(".notifications"), 303)


@pages.post("/push/subscriptions")
@signed_in
def subscribe_device() -> ResponseReturnValue:
    """Takes `PushSubscription.toJSON()`; answers with the token by which the device may renew itself later."""
    person_id, person, settings = person_here(), asking(), current_settings()
    if request.headers.get(SCHOOL, str(person.school_id)) != str(person.school_id):
        _refuse(STALE, 409)
    said = request.get_json(silent=True)
    try:
        subscription = checked(said, settings)
        made = operations.subscribe_device(person_id, subscription, device_of(request.user_agent.string))
    except Refused as refused:
        _refuse(refused.message, 422)
    if not (isinstance(said, dict) and said.get("again")):
        flash(speech().gettext("This device shows notifications now."), "ok")
    return jsonify(device=device_token(settings, person.school_id or 0, made)), 201


def _refuse(message: str, status: int) -> NoReturn:
    """End the request with a sentence for the script to show."""
    response: Response = make_response(jsonify(message=speech().gettext(message)), status)
    abort(response)
