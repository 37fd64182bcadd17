"""The addresses of a school's billing: how it stands, and who pays."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.billing.accounts import days_of_cover
from app.domain.billing.periods import monthly
from app.domain.webhooks import health
from app.i18n.speech import speech
from app.tenancy.reading import one_reading
from app.web.page import render
from blueprints.billing import operations, queries, sentences
from blueprints.billing.forms import DetailsForm

pages = Blueprint("billing", __name__, url_prefix="/dashboard/billing", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.BILLING_VIEW)
def show_overview() -> Answer:
    person, account = asking(), queries.account()
    if account is None:
        return render("billing/none.html")
    with one_reading():
        plans, owed, seller, unpaid = queries.plans(), queries.ages(), queries.biller(), queries.unpaid()
        reserve, (misfits, number) = queries.reserve(account.currency), queries.anomalies()
        questions, well = queries.escalations(), health.of_school()
    state = sentences.state_of(account, reserve)
    may_manage = Permission.BILLING_MANAGE in person.permissions
    amounts = plans and not plans.cancel_at_end and queries.next_amounts(plans, seller.get("vat_number"))
    cover = amounts and plans and days_of_cover(reserve, monthly(amounts.net, plans.interval))
    return render(
        "billing/overview.html", account=account, state=state, plans=plans, amounts=amounts, owed=owed, reserve=reserve,
        cover=cover, seller=seller, misfits=misfits, misfit_count=number, questions=questions, unpaid=unpaid,
        steps=sentences.next_steps(account, owed, unpaid, number, state, may_manage=may_manage),
        webhooks=sentences.webhooks(well, health.signatures_of_school()), may_manage=may_manage,
        **sentences.words(),
    )  # fmt: skip


@pages.route("/account", methods=["GET", "POST"])
@allow(Permission.BILLING_MANAGE)
def edit_account() -> Answer:
    form = DetailsForm(queries.account() or abort(404))
    if not form.validate_on_submit():
        page = render("billing/account.html", form=form)
        return (page, 422) if form.problems else page
    if operations.change_details(form.details(), by=current_actor()):
        flash(speech().gettext("Saved. The next invoice has these details; those that were issued stay as they were."), "ok")
    else:
        flash(speech().gettext("Nothing was different, so nothing was saved."), "ok")
    return redirect(url_for(".show_overview"))
