"""The addresses of a school's settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.sessions import CSRF
from app.access.step_up import demand_step_up
from app.access.throttle import TooManyTries
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.delivery.states import Event
from app.domain.providers import conditions
from app.domain.school_face import logo
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.user import Role
from app.web.guards import takes_files
from app.web.page import render
from app.web.stale import FORM_SCHOOL
from blueprints.settings import details, logos, operations, queries
from blueprints.settings.details import NameTaken
from blueprints.settings.forms import ContactingForm, DetailsForm, GatewayForm, LogoForm
from blueprints.settings.operations import CALLED, CannotTest, KeyNeeded
from blueprints.settings.pictures import BYTES, BadPicture, NoPicture, Picture, read_picture

pages = Blueprint("settings", __name__, url_prefix="/settings/school", template_folder="templates")
Answer = str | Response | tuple[str, int]
SURE, AGAIN = "sure", "again"  # buttons of the page that shows what a change does
CARRIED = (CSRF, FORM_SCHOOL, SURE, AGAIN)
GATEWAY = "/gateways/<any(sms, whatsapp):channel>"


@pages.get("")
@allow(Permission.SETTINGS_MANAGE)
def show_school() -> Answer:
    now, person = details.details(), asking()
    return render(
        "settings/overview.html", now=now, logo=logo(), contacting=queries.contacting(), alerts=queries.alerts(),
        languages=LANGUAGES, labels=details.LABELS, owns=person.role == Role.OWNER and person.visit is None,
    )  # fmt: skip


@pages.route("/details", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def edit_details() -> Answer:
    demand_step_up(back=url_for(".edit_details"))
    now = details.details()
    form = DetailsForm(now)
    if form.validate_on_submit() and AGAIN not in request.form:
        wanted = form.wanted
        told = details.effects(now, wanted)
        if told and SURE not in request.form:
            typed = [(name, text) for name, text in request.form.items(multi=True) if name not in CARRIED]
            return render("settings/review.html", changes=details.changes(now, wanted), effects=told, typed=typed)
        try:
            changed = details.change_details(wanted, by=current_actor())
        except NameTaken as taken:
            form.name.errors = [speech().gettext(taken.message)]
        else:
            _saved(changed)
            return redirect(url_for(".show_school"), 303)
    page = render("settings/details.html", form=form)
    return page, 422 if form.problems else 200


@pages.route("/logo", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
@takes_files(BYTES)
def edit_logo() -> Answer:
    here = logo()
    form = LogoForm(data={"alt": here.alt if here else asking().school})
    if form.validate_on_submit():
        try:
            picture = _picture_in(form)
            if picture is None and here is None:
                raise NoPicture
        except BadPicture as bad:
            form.refuse(bad.message)
        else:
            _saved(logos.change_logo(picture, alt=form.alt.data, by=current_actor()))
            return redirect(url_for(".edit_logo"), 303)
    page = render("settings/logo.html", form=form, logo=here, most=BYTES)
    return page, 422 if form.problems else 200


@pages.post("/logo/remove")
@allow(Permission.SETTINGS_MANAGE)
def remove_logo() -> Answer:
    if logos.remove_logo(by=current_actor()):
        flash(speech().gettext("The logo is removed."), "ok")
    return redirect(url_for(".edit_logo"), 303)


@pages.route("/messages", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def edit_messages() -> Answer:
    form = ContactingForm(data=queries.contacting()._asdict())
    if form.validate_on_submit():
        _saved(operations.change_contacting(form.wanted, by=current_actor()))
        return redirect(url_for(".edit_messages"), 303)
    edits = {channel: url_for(".edit_gateway", channel=channel) for channel in CALLED}
    page = render(
        "settings/messages.html", form=form, ways=conditions(), called=CALLED, edits=edits, zone=speech().timezone,
        alerts=queries.alerts(),
    )  # fmt: skip
    return page, 422 if form.is_submitted() else 200


@pages.post("/check")
@allow(Permission.SETTINGS_MANAGE)
def check_providers() -> Answer:
    operations.check_providers(label=asking().school or "", by=current_actor())
    flash(speech().gettext("The providers are being checked. Reload this page in a moment to see what was found."), "ok")
    return redirect(url_for(".edit_messages", _anchor="channels"), 303)


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
    return redirect(url_for(".edit_messages", _anchor="channels"), 303)


def _picture_in(form: LogoForm) -> Picture | None:
    """The picture that was uploaded, None where no file was chosen. Raises BadPicture."""
    file = form.file.data
    if not file or not file.filename:
        return None
    with file.stream as stream:
        return read_picture(stream)


def _saved(changed: bool) -> None:
    """Say that something was saved, or that nothing was different."""
    if changed:
        flash(speech().gettext("The settings are saved."), "ok")
    else:
        flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
