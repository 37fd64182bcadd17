"""Below /operator/accounts/<school_id>: its invoices, its subscription, payments to mend, and questions to answer."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.billing import standing
from app.domain.billing.accounts import NoReason
from app.domain.billing.credits import TooMuch
from app.domain.billing.invoices import CREDITABLE, PaidInPart
from app.domain.billing.mending import CannotMend, Mend, MendedAlready
from app.domain.billing.plans import NoSuchPrice
from app.domain.billing.states import MOVES, WrongState
from app.domain.billing.subscriptions import NoSubscription, NotOffered, SubscribedAlready, TooLongAgo
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.billing import BillingAccount, InvoiceState
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.accounts import one, operations
from blueprints.accounts.forms import INTERVALS, TAXES, AnswerForm, ChangeForm, CreditForm, PlainForm, SubscribeForm, WhyForm
from blueprints.accounts.one import OfSchool, Papers
from blueprints.accounts.operations import AnsweredAlready, AskedAbout
from blueprints.accounts.words import OF_SCHOOL, REASONS

deed_pages = Blueprint("account_deeds", __name__, url_prefix=OF_SCHOOL, template_folder="templates")
Answer = str | Response | tuple[str, int]
LOOK = N_("The account of a school")
#: deed -> its form, whether money is given up by it
DEEDS = {
    "finalise": (PlainForm, False), "discard": (PlainForm, False), "void": (WhyForm, True), "credit": (CreditForm, True),
    "write-off": (WhyForm, True),
}  # fmt: skip
HUNDREDTHS = 100


def deeds_of(papers: Papers) -> list[str]:
    """What can be done with an invoice as it stands."""
    invoice, state = papers.row, InvoiceState(papers.row.state)
    if state is InvoiceState.DRAFT:
        return ["finalise", "discard"]
    found = ["credit"] if state in CREDITABLE and invoice.total else []
    if InvoiceState.VOID in MOVES[state] and not invoice.paid and not papers.credits:
        found.append("void")
    return [*found, "write-off"] if InvoiceState.UNCOLLECTIBLE in MOVES[state] else found


@deed_pages.get("/invoices")
@allow(Permission.PLATFORM_OPERATE)
def list_invoices(school_id: int) -> str:
    wanted = asked(place=(UUID,), state=one.STATES)
    with across_schools(LOOK) as session:
        school, _ = _of(one.school_of(session, school_id), one.account(session, school_id))
        page = one.invoices(session, school_id, state=wanted.chosen["state"], after=wanted.after)
    return render("accounts/invoices.html", school=school, page=page, asked=wanted, states=one.STATES)


@deed_pages.get("/invoices/<uuid:bill_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_invoice(school_id: int, bill_id: UUID) -> str:
    with across_schools(LOOK) as session:
        school, _ = _of(one.school_of(session, school_id), one.account(session, school_id))
        papers = one.papers(session, school_id, bill_id) or abort(404)
    return render(
        "accounts/invoice.html",
        school=school,
        papers=papers,
        deeds=deeds_of(papers),
        taxes=TAXES,
        reasons=REASONS,
        language=speech().language,
    )


@deed_pages.route('/invoices/<uuid:bill_id>/<any(finalise, discard, void, credit, "write-off"):deed>', methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def change_invoice(school_id: int, bill_id: UUID, deed: str) -> Answer:
    school, papers = _papers(school_id, bill_id)
    kind, gives_up = DEEDS[deed]
    if gives_up:
        demand_step_up(back=url_for(".change_invoice", school_id=school_id, bill_id=bill_id, deed=deed))
    form = kind()
    if form.validate_on_submit():
        try:
            said = _do(deed, school_id, bill_id, form)
        except (WrongState, PaidInPart, AskedAbout) as fault:
            flash(speech().gettext(fault.message), "warn")
            return redirect(url_for(".show_invoice", school_id=school_id, bill_id=bill_id), 303)
        except TooMuch as fault:
            form.amount.errors = [speech().gettext(fault.message)]
        except NoReason as fault:
            form.reason.errors = [speech().gettext(fault.message)]
        else:
            flash(said, "ok")
            if deed == "discard":
                return redirect(url_for("account_of.show", school_id=school_id), 303)
            return redirect(url_for(".show_invoice", school_id=school_id, bill_id=bill_id), 303)
    is_possible = deed in deeds_of(papers)
    page = render("accounts/invoice_deed.html", school=school, papers=papers, deed=deed, form=form, is_possible=is_possible)
    return (page, 422) if form.problems else page


@deed_pages.route("/subscription", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def choose_plan(school_id: int) -> Answer:
    """Begin a subscription, or choose what follows on the one that there is."""
    voice = speech()
    with across_schools(LOOK, routine=True) as session:
        school, account = _of(one.school_of(session, school_id), one.account(session, school_id))
        subscribed = one.subscribed(session, school_id)
        own = subscribed.price if subscribed else None
        choices = one.choices(session, account.currency, standing.today(), own=own)
    demand_step_up(back=url_for(".choose_plan", school_id=school_id))
    if subscribed:
        follows = subscribed.following.plan_id, subscribed.following.interval
        chosen = next((each.price.id for each in choices if (each.price.plan_id, each.price.interval) == follows), "")
        form: ChangeForm | SubscribeForm = ChangeForm(data={"price": str(chosen), "quantity": subscribed.quantity})
    else:
        form = SubscribeForm(data={"on": standing.today(), "quantity": 1, "discount": 0})
    money = voice.money_in(account.currency)
    form.price.choices = [
        (
            str(each.price.id),
            voice.gettext(
                "%(plan)s, %(amount)s %(interval)s", plan=each.plan.get(voice.language) or each.plan["en"],
                amount=money(each.price.amount), interval=voice.gettext(INTERVALS[each.price.interval]),
            ),
        )
        for each in choices
    ]  # fmt: skip
    if form.validate_on_submit():
        try:
            _choose(school_id, form)
        except (SubscribedAlready, NoSubscription, NoSuchPrice, NotOffered) as fault:
            form.price.errors = [voice.gettext(fault.message)]
        except TooLongAgo as fault:
            form["on"].errors = [voice.gettext(fault.message)]
        else:
            done = voice.gettext("Saved. It holds from the next period on.") if subscribed else voice.gettext("It has begun.")
            flash(done, "ok")
            return redirect(url_for("account_of.show", school_id=school_id), 303)
    page = render("accounts/subscription.html", school=school, account=account, form=form, subscribed=subscribed)
    return (page, 422) if form.problems else page


@deed_pages.post("/subscription/cancel")
@allow(Permission.PLATFORM_OPERATE)
def cancel(school_id: int) -> Answer:
    try:
        day = operations.cancel(school_id, by=current_actor())
    except LookupError as fault:
        return _refused(school_id, fault)
    flash(speech().gettext("It ends on %(day)s, and nothing more is billed then.", day=speech().date(day)), "ok")
    return redirect(url_for("account_of.show", school_id=school_id), 303)


@deed_pages.post("/subscription/resume")
@allow(Permission.PLATFORM_OPERATE)
def resume(school_id: int) -> Answer:
    try:
        operations.resume(school_id, by=current_actor())
    except LookupError as fault:
        return _refused(school_id, fault)
    flash(speech().gettext("It goes on after all."), "ok")
    return redirect(url_for("account_of.show", school_id=school_id), 303)


@deed_pages.post("/payments/<uuid:misfit_id>/mend")
@allow(Permission.PLATFORM_OPERATE)
def mend(school_id: int, misfit_id: UUID) -> Answer:
    demand_step_up(back=url_for("account_of.show", school_id=school_id))
    try:
        how = Mend(request.form.get("how", ""))
        operations.mend(school_id, misfit_id, how, by=current_actor())
    except ValueError:
        flash(speech().gettext("Choose what shall become of the payment."), "warn")
    except (MendedAlready, CannotMend) as fault:
        flash(speech().gettext(fault.message), "warn")
    except LookupError:
        abort(404)
    else:
        flash(speech().gettext("The payment is mended."), "ok")
    return redirect(url_for("account_of.show", school_id=school_id), 303)


@deed_pages.route("/questions/<uuid:question_id>", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def answer(school_id: int, question_id: UUID) -> Answer:
    with across_schools(LOOK, routine=True) as session:
        school, _ = _of(one.school_of(session, school_id), one.account(session, school_id))
        question = one.question(session, school_id, question_id) or abort(404)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            operations.answer(school_id, question_id, form.answer.data, by=current_actor())
        except AnsweredAlready as fault:
            flash(speech().gettext(fault.message), "warn")
        else:
            flash(speech().gettext("The school can read your answer now."), "ok")
        return redirect(url_for("account_of.show", school_id=school_id), 303)
    page = render("accounts/question.html", school=school, question=question, form=form)
    return (page, 422) if form.problems else page


def _do(deed: str, school_id: int, bill_id: UUID, form: PlainForm | WhyForm | CreditForm) -> str:
    """Do it, and say what was done."""
    voice, by = speech(), current_actor()
    match deed:
        case "finalise":
            return voice.gettext("Issued as %(number)s.", number=operations.finalise(school_id, bill_id, by=by))
        case "discard":
            operations.discard(school_id, bill_id, by=by)
            return voice.gettext("The draft is gone.")
        case "void":
            operations.void(school_id, bill_id, reason=form.reason.data, by=by)
            return voice.gettext("The invoice is void. Its number stays taken.")
        case "credit":
            number = operations.credit(school_id, bill_id, total=form.amount.data or 0, reason=form.reason.data, by=by)
            return voice.gettext("Credit note %(number)s is written.", number=number)
    operations.write_off(school_id, bill_id, reason=form.reason.data, by=by)
    return voice.gettext("The invoice is given up. If money comes after all, it is paid.")


def _choose(school_id: int, form: ChangeForm | SubscribeForm) -> None:
    price, quantity = UUID(form.price.data), form.quantity.data or 1
    if isinstance(form, SubscribeForm):
        on, discount = form.on.data or standing.today(), (form.discount.data or 0) * HUNDREDTHS
        operations.subscribe(school_id, price, on=on, quantity=quantity, discount=discount, by=current_actor())
    else:
        operations.change_plan(school_id, price, quantity=quantity, by=current_actor())


def _refused(school_id: int, fault: LookupError) -> Answer:
    flash(speech().gettext(getattr(fault, "message", NoSubscription.message)), "warn")
    return redirect(url_for("account_of.show", school_id=school_id), 303)


def _papers(school_id: int, bill_id: UUID) -> tuple[OfSchool, Papers]:
    with across_schools(LOOK, routine=True) as session:
        school, _ = _of(one.school_of(session, school_id), one.account(session, school_id))
        papers = one.papers(session, school_id, bill_id) or abort(404)
    return school, papers


def _of(school: OfSchool | None, account: BillingAccount | None) -> tuple[OfSchool, BillingAccount]:
    return (school, account) if school and account else abort(404)
