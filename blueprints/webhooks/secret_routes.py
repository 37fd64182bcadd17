"""/operator/webhooks/secrets: what providers sign with. A secret is shown once, when it is made."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.delivery.webhook_secrets import AlreadyRetired, SecretFault
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.webhooks import operations, queries
from blueprints.webhooks.forms import RollForm, SecretForm
from blueprints.webhooks.queries import Secret

secret_pages = Blueprint("webhook_secrets", __name__, url_prefix="/operator/webhooks/secrets", template_folder="templates")
Answer = str | Response | tuple[str, int]
LOOK = N_("The secrets of payment providers")
BOTH_HOLD = dt.timedelta(days=3)  # as long as a provider tries again what it signed before


@secret_pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_secrets() -> Answer:
    settings = current_settings()
    with across_schools(LOOK) as session:
        rows = queries.secrets(session)
    given = {name: len(texts) for name, texts in settings.webhook_secrets.items() if name != "mail"}
    return render("webhooks/secrets.html", rows=rows, given=given, now=clock.now(), public_url=settings.public_url)


@secret_pages.route("/new", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def add_secret() -> Answer:
    demand_step_up(back=url_for(".add_secret"))
    form = SecretForm()
    if form.validate_on_submit():
        try:
            made = operations.add_secret(current_settings(), form.provider.data, form.secret.data or "", by=current_actor())
        except SecretFault as fault:
            form.provider.errors = [speech().gettext(fault.message)]
        else:
            return _made(made.row.provider, made.row.fingerprint, None if form.secret.data else made.text)
    page = render("webhooks/new_secret.html", form=form)
    return (page, 422) if form.problems else page


@secret_pages.route("/<uuid:secret_id>/roll", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def roll_over(secret_id: UUID) -> Answer:
    demand_step_up(back=url_for(".roll_over", secret_id=secret_id))
    secret, form = _secret(secret_id), RollForm(data={"retires_at": clock.now() + BOTH_HOLD})
    if form.validate_on_submit():
        retires_at = form.retires_at.data or clock.now()
        if retires_at <= clock.now():
            form.retires_at.errors = [speech().gettext("Enter a moment that is still to come")]
        else:
            try:
                made = operations.roll_over(
                    current_settings(), secret_id, form.secret.data or "", retires_at, by=current_actor()
                )
            except SecretFault as fault:
                form.secret.errors = [speech().gettext(fault.message)]
            else:
                return _made(made.row.provider, made.row.fingerprint, None if form.secret.data else made.text)
    page = render("webhooks/roll_over.html", form=form, secret=secret)
    return (page, 422) if form.problems else page


@secret_pages.route("/<uuid:secret_id>/retire", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def retire(secret_id: UUID) -> Answer:
    demand_step_up(back=url_for(".retire", secret_id=secret_id))
    secret = _secret(secret_id)
    if request.method != "POST":
        with across_schools(LOOK, routine=True) as session:
            others = [each for each in queries.secrets(session) if each.provider == secret.provider and _holds(each)]
        more = len(current_settings().webhook_secrets.get(secret.provider, ()))
        return render("webhooks/retire.html", secret=secret, is_last=len(others) + more <= 1 and _holds(secret))
    try:
        operations.retire(secret_id, now=clock.now(), by=current_actor())
    except AlreadyRetired as fault:
        flash(speech().gettext(fault.message), "info")
    else:
        flash(speech().gettext("The secret holds no more. What is signed with it is refused from now on."), "ok")
    return redirect(url_for(".list_secrets"), 303)


def _made(provider: str, fingerprint: str, text: str | None) -> str:
    """The page that shows a new secret, this once; one that was given to us nobody has to see again."""
    address = f"{current_settings().public_url}/webhooks/{provider}"
    return render("webhooks/secret_made.html", provider=provider, fingerprint=fingerprint, text=text, address=address)


def _secret(secret_id: UUID) -> Secret:
    """A secret that was entered; else 404."""
    with across_schools(LOOK, routine=True) as session:  # a deed has its own event
        return queries.secret(session, secret_id) or abort(404)


def _holds(secret: Secret) -> bool:
    return secret.retires_at is None or secret.retires_at > clock.now()
