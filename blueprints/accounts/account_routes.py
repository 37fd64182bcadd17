"""/operator/accounts/<school_id>: one account, and what can be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answered

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.billing import standing
from app.domain.billing.accounts import NoAccount, NoReason, NothingToAdjust
from app.domain.billing.ledger import CannotReverse, NoSuchTransaction, ReversedAlready
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.billing import BillingAccount
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.accounts import books, files, one, operations
from blueprints.accounts.forms import INTERVALS, AccountForm, AdjustForm, MinimumForm, TransferForm, WhyForm
from blueprints.accounts.one import OfSchool
from blueprints.accounts.operations import TRANSFER, NewAccount, NotThere, ReferenceTaken, Transfer
from blueprints.accounts.routes import as_file
from blueprints.accounts.words import BOOKINGS, BOOKS, MENDS, MISFITS, OF_SCHOOL

account_pages = Blueprint("account_of", __name__, url_prefix=OF_SCHOOL, template_folder="templates")
Answer = str | Answered | tuple[str, int]
LOOK = N_("The account of a school")
BOOKED = N_("The adjustment is booked.")
BOOKED_ALREADY = N_("This adjustment was booked before, so nothing was booked now.")


@account_pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def show(school_id: int) -> str:
    with across_schools(LOOK) as session:
        school = one.school_of(session, school_id) or abort(404)
        account = one.account(session, school_id)
        told = _told(session, account) if account else {}
    if account is None:
        return render("accounts/without.html", school=school)
    return render(
        "accounts/show.html", school=school, account=account, kinds=BOOKINGS, misfit_words=MISFITS, mends=MENDS,
        intervals=INTERVALS, language=speech().language, today=standing.today(), **told,
    )  # fmt: skip


@account_pages.route("/open", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def open_account(school_id: int) -> Answer:
    with across_schools(LOOK, routine=True) as session:
        school = one.school_of(session, school_id) or abort(404)
        if one.account(session, school_id) is not None:
            return redirect(url_for(".show", school_id=school_id), 303)
    form = AccountForm(data={"name": school.name, "minimum": 0, "terms": 30})
    if form.validate_on_submit():
        given = NewAccount(
            form.name.data, form.address.data or "", form.vat_number.data or None, form.email.data or None,
            form.minimum.data or 0, form.terms.data or 0,
        )  # fmt: skip
        operations.open_account(school_id, given, by=current_actor())
        flash(speech().gettext("The account is open."), "ok")
        return redirect(url_for(".show", school_id=school_id), 303)
    page = render("accounts/open.html", school=school, form=form)
    return (page, 422) if form.problems else page


@account_pages.route("/minimum", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def change_minimum(school_id: int) -> Answer:
    school, account = _found(school_id)
    form = MinimumForm(data={"minimum": account.minimum_reserve})
    if form.validate_on_submit():
        operations.change_minimum(school_id, form.minimum.data or 0, by=current_actor())
        flash(speech().gettext("The least reserve is changed."), "ok")
        return redirect(url_for(".show", school_id=school_id), 303)
    page = render("accounts/minimum.html", school=school, form=form)
    return (page, 422) if form.problems else page


@account_pages.get("/ledger")
@allow(Permission.PLATFORM_OPERATE)
def show_ledger(school_id: int) -> str:
    wanted = asked(place=(UUID,))
    with across_schools(LOOK) as session:
        school, account = _of(one.school_of(session, school_id), one.account(session, school_id))
        page = books.page(session, account, after=wanted.after)
    return render("accounts/ledger.html", school=school, account=account, page=page, asked=wanted, kinds=BOOKINGS, books=BOOKS)


@account_pages.get("/ledger.csv")
@allow(Permission.PLATFORM_OPERATE)
def download_ledger(school_id: int) -> Response:
    with across_schools(N_("The ledger of a school, as a file")) as session:
        _, account = _of(one.school_of(session, school_id), one.account(session, school_id))
        content = files.ledger(session, school_id, books.every(session, account))
        session.commit()
    return as_file(content, f"ledger-{school_id}")


@account_pages.route("/adjust", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def adjust(school_id: int) -> Answer:
    """Asked for, shown, and only then booked."""
    school, account = _found(school_id)
    demand_step_up(back=url_for(".adjust", school_id=school_id))
    form = AdjustForm()
    with across_schools(LOOK, routine=True) as session:
        reserve = one.how_it_stands(session, account).reserve
    if form.validate_on_submit():
        if form.step.data != "book":
            return render("accounts/adjust_review.html", school=school, account=account, form=form, reserve=reserve)
        try:
            is_new = operations.adjust(
                school_id, form.amount.data or 0, reason=form.reason.data, key=UUID(form.key.data), by=current_actor()
            )
        except (NothingToAdjust, NoReason, NoAccount) as fault:
            form.amount.errors = [speech().gettext(fault.message)]
        else:
            flash(speech().gettext(BOOKED if is_new else BOOKED_ALREADY), "ok" if is_new else "info")
            return redirect(url_for(".show", school_id=school_id), 303)
    page = render("accounts/adjust.html", school=school, account=account, form=form, reserve=reserve)
    return (page, 422) if form.problems else page


@account_pages.route("/ledger/<uuid:booking_id>/take-back", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def take_back(school_id: int, booking_id: UUID) -> Answer:
    school, account = _found(school_id)
    with across_schools(LOOK, routine=True) as session:
        booking = books.booking(session, account, booking_id) or abort(404)
    demand_step_up(back=url_for(".take_back", school_id=school_id, booking_id=booking_id))
    form = WhyForm()
    if form.validate_on_submit():
        try:
            operations.take_back(school_id, booking_id, reason=form.reason.data, by=current_actor())
        except (NoSuchTransaction, CannotReverse, ReversedAlready, NoReason) as fault:
            form.reason.errors = [speech().gettext(fault.message)]
        else:
            flash(speech().gettext("A counter-entry takes the adjustment back. Both stay in the ledger."), "ok")
            return redirect(url_for(".show", school_id=school_id), 303)
    page = render("accounts/take_back.html", school=school, booking=booking, form=form)
    return (page, 422) if form.problems else page


@account_pages.route("/transfer", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def record_transfer(school_id: int) -> Answer:
    school, account = _found(school_id)
    demand_step_up(back=url_for(".record_transfer", school_id=school_id))
    form = TransferForm(data={"on": standing.today(), "invoice": request.args.get("invoice", "")})
    voice = speech()
    with across_schools(LOOK, routine=True) as session:
        unpaid = one.unpaid(session, school_id)
    money = voice.money_in(account.currency)
    form.invoice.choices = [("", voice.gettext("Nothing yet: keep it as reserve"))] + [
        (str(row.id), voice.gettext("%(number)s: %(amount)s is owed", number=row.number, amount=money(row.total - row.paid)))
        for row in unpaid
    ]
    if form.validate_on_submit():
        transfer = Transfer(
            form.amount.data or 0, form.on.data or standing.today(), form.reference.data,
            UUID(form.invoice.data) if form.invoice.data else None,
        )  # fmt: skip
        try:
            made = operations.record_transfer(school_id, transfer, by=current_actor())
        except ReferenceTaken as fault:
            form.reference.errors = [voice.gettext(fault.message)]
        else:
            if not made.changed:
                flash(voice.gettext("This payment was recorded before, so nothing was booked now."), "info")
            elif made.anomalies:
                flash(voice.gettext("Recorded. It does not fit its invoice: say below what shall become of it."), "warn")
            else:
                flash(voice.gettext("The payment is recorded."), "ok")
            return redirect(url_for(".show", school_id=school_id), 303)
    page = render("accounts/transfer.html", school=school, account=account, form=form)
    return (page, 422) if form.problems else page


@account_pages.route("/payments/<uuid:payment_id>/take-back", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def take_back_transfer(school_id: int, payment_id: UUID) -> Answer:
    """Only what an operator recorded: what a provider told of, the provider takes back."""
    school, _ = _found(school_id)
    with across_schools(LOOK, routine=True) as session:
        payment = one.payment(session, school_id, payment_id) or abort(404)
    if payment.provider != TRANSFER and request.method == "POST":
        abort(404)
    demand_step_up(back=url_for(".take_back_transfer", school_id=school_id, payment_id=payment_id))
    form = WhyForm()
    if form.validate_on_submit():
        try:
            operations.take_back_transfer(school_id, payment_id, reason=form.reason.data, by=current_actor())
        except (NotThere, NoReason) as fault:
            form.reason.errors = [speech().gettext(fault.message)]
        else:
            flash(speech().gettext("The payment was taken back."), "ok")
            return redirect(url_for(".show", school_id=school_id), 303)
    page = render(
        "accounts/take_back_transfer.html", school=school, payment=payment, form=form, is_ours=payment.provider == TRANSFER
    )
    return (page, 422) if form.problems else page


def _told(session: Session, account: BillingAccount) -> dict[str, Any]:
    """All that the page of an account shows beside it."""
    school_id = account.school_id
    return {
        "standing": one.how_it_stands(session, account),
        "subscribed": one.subscribed(session, school_id),
        "invoices": one.newest_invoices(session, school_id),
        "payments": one.payments(session, school_id),
        "misfits": one.misfits(session, account),
        "bookings": books.page(session, account, most=one.FEW).rows,
        "questions": one.questions(session, school_id),
        "customers": one.customers(session, school_id),
    }


def _found(school_id: int) -> tuple[OfSchool, BillingAccount]:
    """A school and its account, for a deed that has its own event; else 404."""
    with across_schools(LOOK, routine=True) as session:
        return _of(one.school_of(session, school_id), one.account(session, school_id))


def _of(school: OfSchool | None, account: BillingAccount | None) -> tuple[OfSchool, BillingAccount]:
    return (school, account) if school and account else abort(404)
