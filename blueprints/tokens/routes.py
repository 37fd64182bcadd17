"""The addresses of a school's tokens."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.allowance import QUOTA
from app.access.api_tokens import PREFIX, SCOPES
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.extensions import current_settings
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.tokens import operations, queries
from blueprints.tokens.forms import NameForm, TokenForm
from blueprints.tokens.operations import NoSuchToken, TooMany

pages = Blueprint("tokens", __name__, url_prefix="/settings/tokens", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("")
@allow(Permission.SETTINGS_MANAGE)
def list_tokens() -> Answer:
    filters, now = asked(place=(UUID,), state=queries.STATES), clock.now()
    page, counts = queries.tokens(now, state=filters.chosen["state"], after=filters.after), queries.counts(now)
    total = sum(counts.values())
    return render("tokens/list.html", page=page, asked=filters, counts={"": total, **counts}, total=total, **_words())


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def make_token() -> Answer:
    person_here()  # a support visit is nobody of the school, and leaves no way in behind
    demand_step_up(back=url_for(".make_token"))
    person = asking()
    form = TokenForm(person.permissions, now=clock.now(), timezone=ZoneInfo(person.timezone or "Africa/Johannesburg"))
    if form.validate_on_submit():
        try:
            made = operations.make_token(
                form.name.data or "", scopes=form.scopes.data or [], expires_at=form.expires_at, user_id=person.user_id,
                by=current_actor(),
            )  # fmt: skip
        except TooMany as many:
            form.name.errors = [speech().gettext(many.message)]
        else:
            return render("tokens/made.html", made=made, root=f"{current_settings().public_url}/api/v1", **_words())
    page = render("tokens/new.html", form=form, today=form.today, quota=QUOTA, **_words())
    return page, 422 if form.is_submitted() else 200


@pages.route("/<uuid:token_id>", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def show_token(token_id: UUID) -> Answer:
    row = _row(token_id)
    form = NameForm(data={"name": row.name})
    if form.validate_on_submit():
        person_here()
        if operations.rename_token(token_id, form.name.data or "", by=current_actor()):
            flash(speech().gettext("The token is called %(name)s now.", name=form.name.data), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".show_token", token_id=token_id), 303)
    return render("tokens/show.html", form=form, row=row, **_words()), 422 if form.is_submitted() else 200


@pages.route("/<uuid:token_id>/revoke", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def revoke_token(token_id: UUID) -> Answer:
    if request.method != "POST":
        return render("tokens/revoke.html", row=_row(token_id), **_words())
    try:
        if operations.revoke_token(token_id, by=current_actor()):
            flash(speech().gettext("The token is revoked, and opens nothing any more."), "ok")
        else:
            flash(speech().gettext("This token was revoked before."), "info")
    except NoSuchToken:
        abort(404)
    return redirect(url_for(".list_tokens"), 303)


def _row(token_id: UUID) -> queries.TokenRow:
    return queries.token(token_id, clock.now()) or abort(404)


def _words() -> dict[str, object]:
    return {"meanings": {scope.value: meaning for scope, meaning in SCOPES.items()}, "prefix": PREFIX}
