"""The addresses of a school's settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.throttle import TooManyTries
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.delivery.states import Event
from app.domain.providers import conditions
from app.i18n.speech import speech
from app.web.page import render
from blueprints.settings import operations, queries
from blueprints.settings.forms import ContactingForm, GatewayForm
from blueprints.settings.operations import CALLED, CannotTest, KeyNeeded

pages = Blueprint("settings", __name__, url_prefix="/settings/school", template_folder="templates")
Answer = str | Response | tuple[str, int]
GATEWAY = "/gateways/<any(sms, whatsapp):channel>"


@pages.route("", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def show_school() -> Answer:
    form = ContactingForm(data=queries.contacting()._asdict())
    if form.validate_on_submit():
        if operations.change_contacting(form.wanted, by=current_actor()):
            flash(speech().gettext("The settings are saved."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".show_school"), 303)
    edits = {channel: url_for(".edit_gateway", channel=channel) for channel in CALLED}
    page = render("settings/school.html", form=form, ways=conditions(), called=CALLED, edits=edits, zone=speech().timezone)
    return page, 422 if form.is_submitted() else 200


@pages.post("/check")
@allow(Permission.SETTINGS_MANAGE)
def check_providers() -> Answer:
    operations.check_providers(label=asking().school or "", by=current_actor())
    flash(speech().gettext("The providers are being checked. Reload this page in a moment to see what was found."), "ok")
    return redirect(url_for(".show_school", _anchor="channels"), 303)


@pages.route(GATEWAY, methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def edit_gateway(channel: str) -> Answer:
    row = queries.gateway(channel)
    form = GatewayForm(row)
    if form.validate_on_submit():
        try:
            is_new = operations.connect_gateway(channel, form.draft, by=current_actor())
        except KeyNeeded:
            form.key.errors = [speech().gettext(form.why_a_key)]
        else:
            if is_new:
                said = speech().gettext("The gateway is connected and is being checked.")
            else:
                said = speech().gettext("The gateway is saved and is being checked.")
            flash(said, "ok")
            return redirect(url_for(".edit_gateway", channel=channel), 303)
    (way,) = (way for way in conditions() if way.name == channel)
    here, test, end = (url_for(f".{verb}_gateway", channel=channel) for verb in ("edit", "test", "disconnect"))
    page = render("settings/gateway.html", form=form, row=row, way=way, called=CALLED[channel], here=here, test=test, end=end)
    return page, 422 if form.is_submitted() else 200


@pages.post(f"{GATEWAY}/test")
@allow(Permission.SETTINGS_MANAGE)
def test_gateway(channel: str) -> Answer:
    try:
        result = operations.send_test(
            channel,
            person_id=person_here(),
            school=asking().school or "",
            address=request.remote_addr or "",
            by=current_actor(),
        )
    except CannotTest as reason:
        flash(speech().gettext(reason.message), "warn")
    except TooManyTries as many:
        said = speech().ngettext(
            "Too many tries. Try again in %(num)s minute.", "Too many tries. Try again in %(num)s minutes.", many.minutes
        )
        flash(said, "warn")
    else:
        if result.event is Event.ACCEPTED:
            flash(speech().gettext("The gateway took a test message for your number."), "ok")
        else:
            said = f"{result.code or ''} {result.answer}".strip()
            flash(speech().gettext("The gateway did not take the test message. It said: %(answer)s", answer=said), "warn")
    return redirect(url_for(".edit_gateway", channel=channel), 303)


@pages.route(f"{GATEWAY}/disconnect", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def disconnect_gateway(channel: str) -> Answer:
    if request.method != "POST":
        return render("settings/disconnect.html", called=CALLED[channel], back=url_for(".edit_gateway", channel=channel))
    if operations.disconnect_gateway(channel, by=current_actor()):
        flash(speech().gettext("The gateway is disconnected. Its messages go by app notification and email."), "ok")
    return redirect(url_for(".show_school", _anchor="channels"), 303)
