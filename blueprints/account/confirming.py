"""The step-up's page: whoever is about to do something far-reaching says once more who they are."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.access import step_up
from app.access.gate import signed_in
from app.access.next_page import safe_next
from app.access.throttle import TooManyTries
from app.access.who import asking
from app.i18n.speech import speech
from app.web.page import render
from blueprints.account.forms import ConfirmForm
from blueprints.account.operations import WrongPassword
from blueprints.account.proving import prove_by_password
from blueprints.account.routes import pages

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]
BY_PASSWORD = step_up.Way("password", "account/confirm_password.html", lambda _: True)


@pages.record
def _offer(state: BlueprintSetupState) -> None:
    step_up.register(cast("Flask", state.app), BY_PASSWORD)


@pages.route("/settings/confirm", methods=["GET", "POST"])
@signed_in
def confirm() -> Answer:
    person, form = asking(), ConfirmForm(data={"next": request.args.get("next")})
    onward = safe_next(form.next.data) or url_for("portal.dashboard")
    if step_up.is_fresh(person) and not form.is_submitted():
        return redirect(onward, 303)
    status, headers = 422 if form.is_submitted() else 200, {}
    if form.validate_on_submit():
        try:
            prove_by_password(person, form.password.data, address=request.remote_addr or "")
            return redirect(onward, 303)
        except WrongPassword as wrong:
            form.password.errors = [speech().gettext(wrong.message)]
        except TooManyTries as many:
            form.password.errors = [
                speech().ngettext(
                    "Too many tries. Try again in %(num)s minute.",
                    "Too many tries. Try again in %(num)s minutes.",
                    many.minutes,
                )
            ]
            status, headers = 429, {"Retry-After": str(many.wait)}
    ways = step_up.ways_for(current_app, person)
    return render("account/confirm.html", form=form, ways=ways, onward=onward, email=person.email), status, headers
