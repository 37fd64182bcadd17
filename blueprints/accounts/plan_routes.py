"""/operator/plans: what the platform sells, and at what price from which day on."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.billing import standing
from app.domain.billing.plans import PlanExists, PriceExists
from app.domain.billing.vat import TaxCode
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.plan import Interval
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.accounts import operations, selling
from blueprints.accounts.forms import INTERVALS, TAXES, PlanForm, PriceForm
from blueprints.accounts.operations import NoSuchPlan

plan_pages = Blueprint("plans", __name__, url_prefix="/operator/plans", template_folder="templates")
Answer = str | Response | tuple[str, int]
LOOK = N_("Plans and prices")


@plan_pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_plans() -> str:
    with across_schools(LOOK) as session:
        rows = selling.plans(session)
    language, today = speech().language, standing.today()
    return render("accounts/plans.html", rows=rows, today=today, intervals=INTERVALS, taxes=TAXES, language=language)


@plan_pages.route("/new", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def add_plan() -> Answer:
    form = PlanForm()
    if form.validate_on_submit():
        try:
            operations.add_plan(form.code.data, form.names, by=current_actor())
        except PlanExists as fault:
            form.code.errors = [speech().gettext(fault.message)]
        else:
            flash(speech().gettext("The plan is there. Give it a price, so that schools can have it."), "ok")
            return redirect(url_for(".list_plans"), 303)
    page = render("accounts/new_plan.html", form=form)
    return (page, 422) if form.problems else page


@plan_pages.route("/<uuid:plan_id>/prices/new", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def add_price(plan_id: UUID) -> Answer:
    with across_schools(LOOK, routine=True) as session:
        plan = selling.plan(session, plan_id) or abort(404)
        name = plan.name
    demand_step_up(back=url_for(".add_price", plan_id=plan_id))
    form = PriceForm(data={"interval": Interval.MONTH.value, "tax": TaxCode.STANDARD.value})
    if form.validate_on_submit():
        try:
            operations.add_price(
                plan_id, interval=Interval(form.interval.data), amount=form.amount.data or 0, tax_code=TaxCode(form.tax.data),
                effective_from=form.since.data or standing.today(), by=current_actor(),
            )  # fmt: skip
        except PriceExists as fault:
            form.since.errors = [speech().gettext(fault.message)]
        else:
            flash(speech().gettext("The price is there. Periods that begin on its day or later pay it."), "ok")
            return redirect(url_for(".list_plans"), 303)
    page = render("accounts/new_price.html", form=form, plan_id=plan_id, name=name.get(speech().language) or name["en"])
    return (page, 422) if form.problems else page


@plan_pages.post("/<uuid:plan_id>/offer")
@allow(Permission.PLATFORM_OPERATE)
def offer(plan_id: UUID) -> Answer:
    is_offered = request.form.get("offered") == "yes"
    try:
        is_changed = operations.offer(plan_id, is_offered=is_offered, by=current_actor())
    except NoSuchPlan:
        abort(404)
    if not is_changed:
        flash(speech().gettext("It was so already."), "info")
    elif is_offered:
        flash(speech().gettext("The plan is offered again."), "ok")
    else:
        flash(speech().gettext("The plan is offered no more. Schools that have it keep it."), "ok")
    return redirect(url_for(".list_plans"), 303)


@plan_pages.get("/<uuid:plan_id>/schools")
@allow(Permission.PLATFORM_OPERATE)
def list_users(plan_id: UUID) -> str:
    with across_schools(LOOK) as session:
        plan = selling.plan(session, plan_id) or abort(404)
        name = plan.name.get(speech().language) or plan.name["en"]
        users = selling.users(session, plan_id)
    return render("accounts/plan_users.html", name=name, rows=users, most=selling.MOST_USERS, intervals=INTERVALS)
