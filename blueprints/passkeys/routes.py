"""The addresses of a person's passkeys."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import signed_in
from app.access.passkeys import PasskeyRefused
from app.access.step_up import demand_step_up, demand_to_add, proofs_now
from app.access.who import asking
from app.extensions import current_settings
from app.i18n.speech import speech
from app.web.page import render
from blueprints.passkeys import operations
from blueprints.passkeys.forms import LONGEST_NAME, AddForm, RenameForm
from blueprints.passkeys.naming import name_of, suggested
from blueprints.passkeys.operations import Added, LastWayIn, NoPasskey, NoSuchPasskey, TooMany

pages = Blueprint("passkeys", __name__, url_prefix="/settings/passkeys", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("")
@signed_in
def list_passkeys() -> Answer:
    found, proofs = operations.held_by(asking())
    return render("passkeys/list.html", passkeys=found, proofs=proofs)


@pages.route("/new", methods=["GET", "POST"])
@signed_in
def add_passkey() -> Answer:
    person, proofs = asking(), proofs_now(asking())
    demand_to_add(proofs, back=url_for(".add_passkey"))
    browser = request.user_agent.string
    form = AddForm(data={"name": suggested(browser)})
    if form.validate_on_submit():
        try:
            added = operations.add(
                person, form.credential.data, name=form.name.data or "",
                called=lambda model: name_of(model, browser)[:LONGEST_NAME],
            )  # fmt: skip
            return _added(added)
        except (PasskeyRefused, TooMany) as refused:
            form.credential.errors = [speech().gettext(refused.message)]
    page = render(
        "passkeys/new.html", form=form, first=not proofs.passkeys, longest=LONGEST_NAME, site=current_settings().public_url
    )
    return page, 422 if form.is_submitted() else 200


@pages.post("/new/challenge")
@signed_in
def begin_adding() -> Response:
    demand_to_add(proofs_now(asking()), back=url_for(".add_passkey"))
    try:
        return jsonify(operations.begin(asking()))
    except TooMany as refused:
        answer = jsonify(message=speech().gettext(refused.message))
        answer.status_code = 409
        return answer


@pages.route("/<uuid:passkey_id>", methods=["GET", "POST"])
@signed_in
def rename_passkey(passkey_id: UUID) -> Answer:
    try:
        passkey = operations.one_of(asking(), passkey_id)
        form = RenameForm(data={"name": passkey.name})
        if form.validate_on_submit():
            operations.rename(asking(), passkey_id, form.name.data)
            flash(speech().gettext("The passkey is called %(name)s now.", name=form.name.data), "ok")
            return _to_list()
    except NoSuchPasskey as gone:
        return _say(gone)
    return render("passkeys/rename.html", form=form, passkey=passkey), 422 if form.is_submitted() else 200


@pages.route("/<uuid:passkey_id>/remove", methods=["GET", "POST"])
@signed_in
def remove_passkey(passkey_id: UUID) -> Answer:
    try:
        passkey = operations.one_of(asking(), passkey_id)
        demand_step_up(back=url_for(".remove_passkey", passkey_id=passkey_id))
        if request.method == "POST":
            name = operations.remove(asking(), passkey_id)
            flash(speech().gettext("%(name)s is removed, and opens nothing any more.", name=name), "ok")
            return _to_list()
    except (NoSuchPasskey, LastWayIn) as refused:
        return _say(refused)
    return render("passkeys/remove.html", passkey=passkey, proofs=proofs_now(asking()))


@pages.route("/codes", methods=["GET", "POST"])
@signed_in
def make_codes() -> Answer:
    proofs = proofs_now(asking())
    if not proofs.passkeys:  # the list says so by itself
        return _say(NoPasskey()) if request.method == "POST" else _to_list()
    demand_step_up(back=url_for(".make_codes"))
    if request.method != "POST":
        return render("passkeys/new_codes.html", proofs=proofs)
    try:
        return render("passkeys/codes.html", codes=operations.make_codes(asking()), added="")
    except NoPasskey as refused:
        return _say(refused)


def _added(added: Added) -> Answer:
    """With the first passkey its recovery codes, this once; the list otherwise."""
    if added.codes:
        return render("passkeys/codes.html", codes=added.codes, added=added.name)
    flash(speech().gettext("The passkey %(name)s is added.", name=added.name), "ok")
    return _to_list()


def _say(refused: NoSuchPasskey | LastWayIn | NoPasskey) -> Response:
    flash(speech().gettext(refused.message), "warn")
    return _to_list()


def _to_list() -> Response:
    return redirect(url_for(".list_passkeys"), 303)
