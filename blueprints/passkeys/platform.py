"""/operator/step-up: a password instead of a passkey, for a day."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.passkeys import fallbacks
from blueprints.passkeys.fallbacks import CannotGrant
from blueprints.passkeys.forms import FallbackForm

platform = Blueprint("step_up", __name__, url_prefix="/operator", template_folder="templates")
Answer = str | Response | tuple[str, int]


@platform.route("/step-up", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def list_fallbacks() -> Answer:
    demand_step_up(back=url_for(".list_fallbacks"))
    form, filters = FallbackForm(data={"email": request.args.get("email", "")}), asked(place=(UUID,))
    with across_schools(N_("Who may confirm with a password")) as session:
        if form.validate_on_submit():
            try:
                name, until = fallbacks.grant(session, form.email.data, form.reason.data, by=asking())
                session.commit()
            except CannotGrant as refused:
                form.email.errors = [speech().gettext(refused.message)]
            else:
                said = speech().gettext(
                    "%(name)s may confirm with a password until %(until)s.", name=name, until=speech().moment(until)
                )
                flash(said, "ok")
                return redirect(url_for(".list_fallbacks"), 303)
        page = fallbacks.newest(session, after=filters.after)
    drawn = render("passkeys/fallbacks.html", form=form, page=page, asked=filters)
    return drawn, 422 if form.is_submitted() else 200


@platform.post("/step-up/<uuid:fallback_id>/end")
@allow(Permission.PLATFORM_OPERATE)
def end_fallback(fallback_id: UUID) -> Answer:
    demand_step_up(back=url_for(".list_fallbacks"))
    with across_schools(N_("Who may confirm with a password")) as session:
        name = fallbacks.end(session, fallback_id, by=asking())
        session.commit()
    if name is None:
        flash(speech().gettext("This was over already."), "info")
    else:
        flash(speech().gettext("%(name)s can no longer confirm with a password instead of a passkey.", name=name), "ok")
    return redirect(url_for(".list_fallbacks"), 303)
