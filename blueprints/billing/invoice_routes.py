"""The addresses of a school's invoices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.billing import InvoiceState
from app.tenancy.reading import one_reading
from app.web.filters import asked
from app.web.page import render
from blueprints.billing import invoices, operations, queries, sentences
from blueprints.billing.forms import EscalationForm, TryForm
from blueprints.billing.operations import Filed, NothingToCollect

invoice_pages = Blueprint("invoices", __name__, url_prefix="/dashboard/billing/invoices", template_folder="templates")
Answer = str | Response | tuple[str, int]
STATES = [state.value for state in InvoiceState]


@invoice_pages.get("/")
@allow(Permission.BILLING_VIEW)
def list_invoices() -> Answer:
    filters = asked(place=(UUID,), state=STATES)
    with one_reading():
        page = invoices.newest(state=filters.chosen["state"], pattern=filters.pattern, after=filters.after)
        account, owed = queries.account(), queries.ages()
    currency = account.currency if account else None
    return render("billing/invoices.html", page=page, asked=filters, owed=owed, currency=currency)


@invoice_pages.get("/<uuid:invoice_id>")
@allow(Permission.BILLING_VIEW)
def show_invoice(invoice_id: UUID) -> Answer:
    invoice = _invoice(invoice_id)
    return render(
        "billing/invoice.html", **_document(invoice), **invoices.history(invoice_id), waits=bool(queries.waiting([invoice_id])),
        can_collect=operations.can_collect(invoice), may_manage=Permission.BILLING_MANAGE in asking().permissions,
    )  # fmt: skip


@invoice_pages.get("/<uuid:invoice_id>/print")
@allow(Permission.BILLING_VIEW)
def print_invoice(invoice_id: UUID) -> Answer:
    return render("billing/print.html", **_document(_invoice(invoice_id)), **invoices.history(invoice_id))


@invoice_pages.route("/<uuid:invoice_id>/retry", methods=["GET", "POST"])
@allow(Permission.BILLING_MANAGE)
def retry_invoice(invoice_id: UUID) -> Answer:
    invoice, form = _invoice(invoice_id), TryForm()
    if not form.validate_on_submit():
        reserve = max(0, queries.reserve(invoice.currency))
        return render(
            "billing/retry.html", title=sentences.title(invoice.kind, invoice.number), invoice=invoice, reserve=reserve,
            covered=min(reserve, invoice.left), waits=bool(queries.waiting([invoice_id])),
            can_collect=operations.can_collect(invoice), seller=invoice.seller or {},
        )  # fmt: skip
    try:
        operations.try_again(invoice_id, by=current_actor())
    except (Filed, NothingToCollect) as fault:
        flash(speech().gettext(fault.message), "warn")
    else:
        flash(speech().gettext("It is being tried now. What comes of it stands here in a moment."), "ok")
    return redirect(url_for(".show_invoice", invoice_id=invoice_id))


@invoice_pages.route("/<uuid:invoice_id>/escalate", methods=["GET", "POST"])
@allow(Permission.BILLING_MANAGE)
def escalate_invoice(invoice_id: UUID) -> Answer:
    invoice, form, person = _invoice(invoice_id), EscalationForm(), asking()
    if not form.validate_on_submit():
        title = sentences.title(invoice.kind, invoice.number)
        page = render("billing/escalate.html", form=form, invoice=invoice, title=title)
        return (page, 422) if form.problems else page
    operations.escalate(
        invoice_id, form.note.data or "", by_id=person.user_id, by_name=person.name, by=current_actor()
    )  # fmt: skip
    flash(speech().gettext("The operators of the platform have your question. Their answer will stand on this page."), "ok")
    return redirect(url_for(".show_invoice", invoice_id=invoice_id))


def _invoice(invoice_id: UUID) -> invoices.Detail:
    return invoices.invoice(invoice_id) or abort(404)


def _document(invoice: invoices.Detail) -> dict[str, Any]:
    """An invoice as it was issued; a draft has no parties yet."""
    lines = invoices.lines(invoice.id)
    return {
        "invoice": invoice, "title": sentences.title(invoice.kind, invoice.number), "lines": lines,
        "taxes": invoices.taxes(lines), "seller": invoice.seller or {}, "buyer": invoice.buyer or {},
        **sentences.words(),
    }  # fmt: skip
