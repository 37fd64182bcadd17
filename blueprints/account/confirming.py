"""The step-up's page: whoever is about to do something far-reaching says once more who they are."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, flash, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.access import step_up
from app.access.gate import signed_in
from app.access.next_page import safe_next
from app.access.passkeys import PasskeyRefused
from app.access.throttle import TooManyTries
from app.access.who import Who, asking
from app.extensions import current_settings
from app.i18n.speech import speech
from app.web.page import render
from blueprints.account import by_passkey, proving
from blueprints.account.forms import ConfirmForm
from blueprints.account.operations import WrongPassword
from blueprints.account.proving import PasswordNotEnough, WrongCode
from blueprints.account.routes import pages, too_many_tries

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]
BY_PASSKEY = step_up.Way("passkey", "account/confirm_passkey.html", lambda _, proofs: proofs.passkeys > 0)
BY_CODE = step_up.Way("recovery", "account/confirm_code.html", lambda _, proofs: proofs.passkeys > 0 and proofs.codes > 0)
BY_PASSWORD = step_up.Way("password", "account/confirm_password.html", lambda _, proofs: proofs.password_is_enough)
#: the field of each way that is not the password's
FIELDS = {"passkey": "credential", "recovery": "code"}


@pages.record
def _offer(state: BlueprintSetupState) -> None:
    for way in (BY_PASSKEY, BY_CODE, BY_PASSWORD):
        step_up.register(cast("Flask", state.app), way)


@pages.route("/settings/confirm", methods=["GET", "POST"])
@signed_in
def confirm() -> Answer:
    person, form = asking(), ConfirmForm(data={name: request.args.get(name, "") for name in ("next", "first")})
    onward = safe_next(form.next.data) or url_for("portal.dashboard")
    if step_up.is_fresh(person) and not form.is_submitted():
        return redirect(onward, 303)
    status, headers = 422 if form.is_submitted() else 200, {}
    if form.validate_on_submit():
        field = form[FIELDS.get(form.way.data, "password")]
        try:
            _prove(person, form)
            return redirect(onward, 303)
        except (WrongPassword, PasswordNotEnough, PasskeyRefused, WrongCode) as wrong:
            field.errors = [speech().gettext(wrong.message)]
        except TooManyTries as many:
            field.errors = [too_many_tries(many)]
            status, headers = 429, {"Retry-After": str(many.wait)}
    proofs = step_up.proofs_now(person)
    ways = step_up.ways_for(current_app, person, proofs)
    first = bool(form.first.data) and proofs.may_begin
    if first and BY_PASSWORD not in ways:
        ways.append(BY_PASSWORD)
    page = render(
        "account/confirm.html", form=form, ways=ways, onward=onward, email=person.email, proofs=proofs, first=first,
        challenge=url_for(".begin_confirming"), site=current_settings().public_url,
    )  # fmt: skip
    return page, status, headers


@pages.post("/settings/confirm/challenge")
@signed_in
def begin_confirming() -> Response:
    return jsonify(by_passkey.begin(asking()))


def _prove(person: Who, form: ConfirmForm) -> None:
    """Check the proof that was sent, and remember that it held."""
    address = request.remote_addr or ""
    if form.way.data == BY_PASSKEY.name:
        proving.prove_by_passkey(person, form.credential.data, address=address)
    elif form.way.data == BY_CODE.name:
        left = proving.prove_by_code(person, form.code.data, address=address)
        said = speech().ngettext("Used up: you have %(num)s more code.", "Used up: you have %(num)s more codes.", left)
        flash(said, "info")
    elif not proving.prove_by_password(person, form.password.data, address=address, first=bool(form.first.data)):
        step_up.let_begin()
