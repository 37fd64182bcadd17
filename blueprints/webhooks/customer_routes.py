"""/operator/webhooks/customers: which school a provider's customer is, by our own record."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.school_names import Named, named
from app.domain.webhooks import customers
from app.domain.webhooks.body import ID
from app.domain.webhooks.customers import NotTied, TiedAlready
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.links import query
from app.web.page import render
from blueprints.webhooks import operations
from blueprints.webhooks.forms import TieForm

customer_pages = Blueprint(
    "webhook_customers", __name__, url_prefix="/operator/webhooks/customers", template_folder="templates"
)
Answer = str | Response | tuple[str, int]
LOOK = N_("The customers of payment providers")
SEVERAL, NO_SCHOOL = N_("Several schools match: choose one of them"), N_("No school matches")


@customer_pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_customers() -> Answer:
    with across_schools(LOOK) as session:
        unknown, rows = customers.unknown(session), customers.customers(session)
    return render("webhooks/customers.html", unknown=unknown, rows=rows, most=customers.MOST)


@customer_pages.route("/tie", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def tie() -> Answer:
    given = {name: value for name in ("provider", "customer") if ID.fullmatch(value := request.args.get(name, ""))}
    demand_step_up(back=url_for(".tie") + (f"?{query(given)}" if given else ""))
    form, similar = TieForm(data=given), list[Named]()
    if form.validate_on_submit():
        with across_schools(LOOK, routine=True) as session:  # the deed has its own event
            school, similar = _school(session, form.school.data)
        if school is None:
            form.school.errors = [speech().gettext(SEVERAL if similar else NO_SCHOOL)]
        else:
            return _tied(form, school)
    page = render("webhooks/tie.html", form=form, similar=similar)
    return (page, 422) if form.problems else page


@customer_pages.post("/untie")
@allow(Permission.PLATFORM_OPERATE)
def untie() -> Answer:
    demand_step_up(back=url_for(".list_customers"))
    provider, customer = request.form.get("provider", ""), request.form.get("customer", "")
    try:
        operations.untie(provider, customer, by=current_actor())
    except NotTied:
        flash(speech().gettext("This customer is tied to no school."), "info")
    else:
        flash(speech().gettext("%(customer)s is tied to no school any more. What came before stays.", customer=customer), "ok")
    return redirect(url_for(".list_customers"), 303)


def _school(session: Session, typed: str) -> tuple[Named | None, list[Named]]:
    """The one school that was meant, else those that may be."""
    found = named(session, typed)
    return (found[0], []) if len(found) == 1 else (None, found)


def _tied(form: TieForm, school: Named) -> Answer:
    try:
        number = operations.tie(form.provider.data, form.customer.data, school.id, by=current_actor())
    except TiedAlready as fault:
        form.customer.errors = [speech().gettext(fault.message, school=fault.school)]
        return render("webhooks/tie.html", form=form, similar=[]), 422
    said = speech().ngettext(
        "Tied to %(school)s. %(num)s event that waited is acted on now.",
        "Tied to %(school)s. %(num)s events that waited are acted on now.", number, school=school.name,
    )  # fmt: skip
    flash(said, "ok")
    return redirect(url_for(".list_customers"), 303)
