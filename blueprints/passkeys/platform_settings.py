"""/operator/settings: what superusers set for the whole platform. So far that is of whom a passkey is asked."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.proofs import Required, required
from app.access.step_up import demand_step_up
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.passkeys import fallbacks
from blueprints.passkeys.forms import SettingsForm

platform_settings = Blueprint("platform_settings", __name__, url_prefix="/operator", template_folder="templates")
Answer = str | Response | tuple[str, int]


@platform_settings.route("/settings", methods=["GET", "POST"])
@allow(Permission.PLATFORM_STAFF)
def change_settings() -> Answer:
    demand_step_up(back=url_for(".change_settings"))
    with across_schools(N_("The settings of the platform")) as session:
        form = SettingsForm(data={"required": required(session).value})
        if form.validate_on_submit():
            is_changed = fallbacks.change_rule(session, Required(form.required.data))
            session.commit()
            said = speech().gettext("The settings are saved."), "ok"
            flash(*said if is_changed else (speech().gettext("Nothing was different, so nothing was saved."), "info"))
            return redirect(url_for(".change_settings"), 303)
        spread = fallbacks.spread(session)
    return render("passkeys/settings.html", form=form, spread=spread), 422 if form.is_submitted() else 200
