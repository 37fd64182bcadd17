"""/operator/settings: what superusers set for the whole platform: of whom a passkey is asked, how long the audit is kept."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.proofs import Required, required
from app.access.step_up import demand_step_up
from app.audit.retention import Keeping, keeping
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.passkeys import fallbacks
from blueprints.passkeys.forms import SettingsForm, longer

platform_settings = Blueprint("platform_settings", __name__, url_prefix="/operator", template_folder="templates")
Answer = str | Response | tuple[str, int]


@platform_settings.route("/settings", methods=["GET", "POST"])
@allow(Permission.PLATFORM_STAFF)
def change_settings() -> Answer:
    demand_step_up(back=url_for(".change_settings"))
    with across_schools(N_("The settings of the platform")) as session:
        kept = keeping(session)
        lines = "\n".join(f"{school}: {years}" for school, years in sorted(kept.schools.items()))
        form = SettingsForm(
            data={"required": required(session).value, "audit_years": kept.years, "audit_longer": lines},
        )
        if form.validate_on_submit():
            wanted = Keeping(form.audit_years.data or kept.years, longer(form.audit_longer.data or ""))
            is_changed = fallbacks.change_rule(session, Required(form.required.data))
            is_changed = fallbacks.change_keeping(session, wanted) or is_changed
            session.commit()
            said = speech().gettext("The settings are saved."), "ok"
            flash(*said if is_changed else (speech().gettext("Nothing was different, so nothing was saved."), "info"))
            return redirect(url_for(".change_settings"), 303)
        spread = fallbacks.spread(session)
    return render("passkeys/settings.html", form=form, spread=spread), 422 if form.is_submitted() else 200
