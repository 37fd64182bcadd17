"""The addresses of a school's payments."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.billing.mending import CannotMend, Mend, MendedAlready
from app.i18n.speech import speech
from app.models.billing import PaymentState
from app.web.filters import asked
from app.web.page import render
from blueprints.billing import operations, payments, queries, sentences
from blueprints.billing.forms import MendForm
from blueprints.billing.operations import Filed

payment_pages = Blueprint("payments", __name__, url_prefix="/dashboard/billing/payments", template_folder="templates")
Answer = str | Response | tuple[str, int]
STATES = [state.value for state in PaymentState]


@payment_pages.get("/")
@allow(Permission.BILLING_VIEW)
def list_payments() -> Answer:
    filters = asked(place=(UUID,), state=STATES, fit=(payments.OPEN,))
    chosen = filters.chosen
    page = payments.newest(state=chosen["state"], fit=chosen["fit"], pattern=filters.pattern, after=filters.after)
    found = payments.misfits([UUID(row.id) for row in page.rows])
    misfits = {str(key): [each for each in rows if each.mended_at is None] for key, rows in found.items()}
    return render(
        "billing/payments.html", page=page, asked=filters, misfits=misfits,
        may_manage=Permission.BILLING_MANAGE in asking().permissions, **sentences.words(),
    )  # fmt: skip


@payment_pages.get("/<uuid:payment_id>")
@allow(Permission.BILLING_VIEW)
def show_payment(payment_id: UUID) -> Answer:
    payment, account = _payment(payment_id), queries.account()
    misfits = payments.misfits([payment_id]).get(payment_id, [])
    is_open = any(each.mended_at is None for each in misfits)
    ways, held = payments.ways_for(payment_id, account.currency) if account and is_open else ((), 0)
    return render(
        "billing/payment.html", payment=payment, misfits=misfits, ways=ways, held=held, seller=queries.biller(),
        waiting=queries.waiting([each.id for each in misfits]), can_file=operations.MENDS,
        may_manage=Permission.BILLING_MANAGE in asking().permissions, **sentences.words(),
    )  # fmt: skip


@payment_pages.post("/<uuid:payment_id>/mend")
@allow(Permission.BILLING_MANAGE)
def mend_payment(payment_id: UUID) -> Answer:
    _payment(payment_id)
    form = MendForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        operations.have_mended(payment_id, UUID(form.anomaly.data), Mend(str(form.how.data)), by=current_actor())
    except (CannotMend, MendedAlready, Filed) as fault:
        flash(speech().gettext(fault.message), "warn")
    else:
        flash(speech().gettext("It is being mended now. What comes of it stands here in a moment."), "ok")
    return redirect(url_for(".show_payment", payment_id=payment_id))


def _payment(payment_id: UUID) -> payments.Row:
    return payments.payment(payment_id) or abort(404)
