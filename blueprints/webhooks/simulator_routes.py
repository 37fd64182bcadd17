"""/operator/webhooks/simulator: signed events for trying out. In production the page does not exist."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.delivery.webhook_secrets import SIMULATOR
from app.domain.webhooks import customers
from app.domain.webhooks.kinds import KINDS
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.webhooks import queries
from blueprints.webhooks.forms import SimulatorForm, cents_of
from blueprints.webhooks.simulator import Wish, send

simulator_pages = Blueprint(
    "webhook_simulator", __name__, url_prefix="/operator/webhooks/simulator", template_folder="templates"
)
Answer = str | Response | tuple[str, int]
LOOK = N_("The simulator of webhooks")


@simulator_pages.route("", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def simulate() -> Answer:
    settings = current_settings()
    with across_schools(LOOK) as session:
        own = tuple(name for name in settings.webhook_secrets if name != "mail")
        names = queries.providers(session, (SIMULATOR, *own))
        known = customers.customers(session)
    first = next((each.customer for each in known if each.provider == SIMULATOR), "")
    form = SimulatorForm(data={"provider": SIMULATOR, "customer": first, "amount": "1150.00", "currency": "ZAR", "count": 1})
    form.provider.choices = [SelectChoice(name, name) for name in names]
    sent = None
    if form.validate_on_submit():
        sent = send(_wish(form), settings=settings, now=clock.now(), by=current_actor())
    page = render("webhooks/simulator.html", form=form, known=known, sent=sent)
    return (page, 422) if form.problems else page


def _wish(form: SimulatorForm) -> Wish:
    data: dict[str, Any] = {"customer": form.customer.data}
    if KINDS[form.type.data].about == "payment":
        data |= {"amount": cents_of(form.amount.data), "currency": form.currency.data}
        data |= {"invoice": form.invoice.data} if form.invoice.data else {}
    return Wish(
        form.provider.data, form.type.data, data, form.count.data, form.duplicate.data, form.shuffled.data, form.old.data,
        form.forged.data,
    )  # fmt: skip
