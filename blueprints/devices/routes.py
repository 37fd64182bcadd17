"""The addresses of the devices on which a person is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.accounts import about_accounts
from app.access.gate import signed_in
from app.access.who import asking
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.devices import operations, queries

pages = Blueprint("devices", __name__, url_prefix="/settings/sessions", template_folder="templates")
#: how a session was begun -> words
WAYS = {
    "password": N_("Signed in with a password"),
    "passkey": N_("Signed in with a passkey"),
    "recovery": N_("Signed in with a recovery code"),
    "link": N_("Signed in by a link"),
    "invitation": N_("Signed in by an invitation"),
}
OTHER_WAY = N_("Signed in another way")


@pages.get("")
@signed_in
def list_sessions() -> str:
    person, filters = asking(), asked()
    with about_accounts("sessions") as session:
        here = None if filters.after else queries.this_one(session, person.session_id)
        others = queries.others(session, person.user_id, person.session_id, filters.after)
        number = queries.how_many_others(session, person.user_id, person.session_id)
        ended = queries.last_ended(session, person.user_id)
    return render(
        "devices/list.html", here=here, others=others, number=number, ended=ended, asked=filters, ways=WAYS, other_way=OTHER_WAY
    )


@pages.route("/<uuid:login_id>/end", methods=["GET", "POST"])
@signed_in
def end_session(login_id: UUID) -> str | Response:
    person = asking()
    try:
        if request.method == "POST":
            operations.end_one(person, login_id)
            flash(speech().gettext("That device is signed out."), "ok")
            return _back()
        return _ask(login_id)
    except operations.NotTheirs:
        abort(404)
    except operations.EndedBefore:
        flash(speech().gettext("That device was signed out already."), "info")
    except operations.ThisOne:
        flash(speech().gettext("That is the device you are using. Choose “Sign out” in the account menu to leave it."), "info")
    return _back()


@pages.route("/end-others", methods=["GET", "POST"])
@signed_in
def end_others() -> str | Response:
    person = asking()
    if request.method == "POST":
        operations.end_others(person)
        flash(speech().gettext("You are signed out on every other device."), "ok")
        return _back()
    with about_accounts("sessions") as session:
        number = queries.how_many_others(session, person.user_id, person.session_id)
    if not number:  # the list says so by itself
        return _back()
    return render("devices/end_others.html", number=number)


def _ask(login_id: UUID) -> str:
    """The page that asks before a device is signed out. Raises NotTheirs, EndedBefore and ThisOne."""
    person = asking()
    if login_id == person.session_id:
        raise operations.ThisOne
    with about_accounts("sessions") as session:
        found = queries.one_of(session, person.user_id, login_id)
        if found is None:
            raise operations.EndedBefore if queries.is_over(session, person.user_id, login_id) else operations.NotTheirs
    return render("devices/end.html", row=found, ways=WAYS, other_way=OTHER_WAY)


def _back() -> Response:
    return redirect(url_for(".list_sessions"), 303)
