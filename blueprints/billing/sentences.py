"""What the pages of billing say: the names of papers, why a try failed, how a payment does not fit, and what to do next."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import format_percent

from app.access.who import asking
from app.domain.billing.accounts import GOOD, LOW
from app.domain.billing.attempts import FROM_RESERVE, NO_ANSWER, NO_COLLECTOR, PART_TAKEN_BACK, TAKEN_BACK
from app.domain.billing.mending import Mend
from app.domain.billing.standing import today
from app.domain.billing.vat import TaxCode
from app.domain.notices import language_for
from app.domain.webhooks.health import MOST, OfSchool, Signatures
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.billing import AnomalyKind, DocumentKind, InvoiceState
from app.models.plan import Interval
from app.web.links import url
from blueprints.billing.queries import Account, Ages, Unpaid

#: what the law calls the paper, with its number
TITLES = {
    DocumentKind.INVOICE: N_("Invoice %(number)s"),
    DocumentKind.TAX_INVOICE: N_("Tax invoice %(number)s"),
    DocumentKind.ABRIDGED: N_("Abridged tax invoice %(number)s"),
}
TAX_CODES = {
    TaxCode.STANDARD: N_("Standard rate"),
    TaxCode.ZERO: N_("Zero rate"),
    TaxCode.EXEMPT: N_("Exempt"),
    TaxCode.OUTSIDE: N_("No VAT"),
}
INTERVALS = {
    Interval.WEEK: N_("every week"),
    Interval.MONTH: N_("every month"),
    Interval.QUARTER: N_("every quarter"),
    Interval.YEAR: N_("every year"),
}
#: how providers are called; another one is called as it calls itself
PROVIDERS = {"eft": N_("Bank transfer"), "simulator": N_("Simulator")}
#: why a try or a payment ended as it did; what is not here is said in the provider's own words
REASONS = {
    FROM_RESERVE: N_("It was taken from the prepaid reserve."),
    NO_COLLECTOR: N_("No way to draw money from the school is connected, so it has to be paid by bank transfer."),
    TAKEN_BACK: N_("The payment had come and was taken back."),
    PART_TAKEN_BACK: N_("A part of the payment was taken back"),
    NO_ANSWER: N_("The provider never said what became of it"),
    "insufficient_funds": N_("There was not enough money in the account that was charged."),
    "card_expired": N_("The card has expired."),
    "card_declined": N_("The bank declined the card."),
    "debit_disputed": N_("The debit order was disputed, and the bank took the money back."),
    "account_closed": N_("The bank account has been closed."),
}
ANOMALIES = {
    AnomalyKind.WITHOUT_INVOICE: N_("Paid without an invoice"),
    AnomalyKind.PAID_TWICE: N_("Invoice paid twice"),
    AnomalyKind.AMOUNT_DIFFERS: N_("The amount differs"),
    AnomalyKind.CURRENCY_DIFFERS: N_("The currency differs"),
}
MEANINGS = {
    AnomalyKind.WITHOUT_INVOICE: N_("The money came, but it names no invoice of the school that can be paid."),
    AnomalyKind.PAID_TWICE: N_("The money came for an invoice that was paid in full already."),
    AnomalyKind.AMOUNT_DIFFERS: N_("The money came for an invoice that asked for another amount."),
    AnomalyKind.CURRENCY_DIFFERS: N_("The money came in another currency than the invoice or the account has."),
}
#: what mends a payment: the button, and what it does
DEEDS = {
    Mend.ALLOCATE: N_("Use it for the oldest unpaid invoice"),
    Mend.RESERVE: N_("Keep it as prepaid reserve"),
    Mend.ACCEPT: N_("Accept it as a part payment"),
    Mend.REFUND: N_("Ask the operators to pay it back"),
}
DOES = {
    Mend.ALLOCATE: N_("The money goes to the unpaid invoice that was due first; what is left over is kept as prepaid reserve."),
    Mend.RESERVE: N_("The money is kept for the school and pays its next invoices by itself."),
    Mend.ACCEPT: N_("All of the money stands on the invoice already. Only the flag goes; what is still owed stays owed."),
    Mend.REFUND: N_("Only the operators of the platform can pay money back. Write to them with the reference of the payment."),
}
#: what was done about a payment, as the anomaly keeps it
DONE = {
    Mend.ALLOCATE: N_("It was used for an invoice."),
    Mend.RESERVE: N_("It was kept as prepaid reserve."),
    Mend.ACCEPT: N_("It was accepted as a part payment."),
    Mend.REFUND: N_("It was paid back."),
    TAKEN_BACK: N_("The payment was taken back."),
}


class Step(NamedTuple):
    """Something to do next, or (`href` "") something to know; `tone` as that of a badge."""

    tone: str
    text: str
    href: str = ""


def title(kind: str, number: str | None) -> str:
    """The name of an invoice."""
    voice = speech()
    return voice.gettext(TITLES[DocumentKind(kind)], number=number) if number else voice.gettext("Draft of an invoice")


def reason(code: str | None) -> str:
    """Why a try or a payment ended as it did, in words; "" where nobody said."""
    if not code:
        return ""
    voice = speech()
    if code in REASONS:
        return voice.gettext(REASONS[code])
    return voice.gettext("The provider says: %(reason)s", reason=code.replace("_", " "))


def provider(name: str) -> str:
    """What a provider is called."""
    return speech().gettext(PROVIDERS[name]) if name in PROVIDERS else name


def state_of(account: Account, reserve: int) -> str:
    """How the account stands, as `app.domain.billing.accounts.state_of` says it."""
    if account.past_due_since:
        return "past_due"
    return LOW if reserve < account.minimum_reserve else GOOD


def next_steps(account: Account, owed: Ages, unpaid: list[Unpaid], misfits: int, state: str, *, may_manage: bool) -> list[Step]:
    """What to do next, the most pressing first; one that says that there is nothing to do, where there is not."""
    voice, found = speech(), []
    for each in unpaid:
        page = url("invoices.show_invoice", each.id)
        words = {"number": each.number, "amount": voice.money_in(each.currency)(each.left), "date": voice.date(each.due_on)}
        if each.due_on < today():
            text = N_("Pay invoice %(number)s: %(amount)s was due by %(date)s.")
            found.append(Step("crit", voice.gettext(text, **words), page))
        elif each.state == InvoiceState.FAILED:
            text = N_("Look at invoice %(number)s: %(amount)s could not be collected.")
            found.append(Step("crit", voice.gettext(text, **words), page))
        elif each.state == InvoiceState.OPEN:
            found.append(Step("info", voice.gettext("Pay invoice %(number)s: %(amount)s is due by %(date)s.", **words), page))
    if misfits:
        text = voice.ngettext(
            "Mend %(num)s payment that does not fit its invoice.", "Mend %(num)s payments that do not fit their invoices.",
            misfits,
        )  # fmt: skip
        found.append(Step("warn", text, url("payments.list_payments") + "?fit=open"))
    if state == LOW:
        amount = voice.money_in(account.currency)(account.minimum_reserve)
        text = voice.gettext("Top up the prepaid reserve: it should not fall below %(amount)s.", amount=amount)
        found.append(Step("warn", text, "#pay"))
    if may_manage and not (account.address and account.email):
        text = voice.gettext("Complete the details that stand on invoices: the address and the email.")
        found.append(Step("info", text, url("billing.edit_account")))
    found.sort(key=lambda step: ("crit", "warn", "info").index(step.tone))
    return found or [Step("ok", voice.gettext("There is nothing to do: everything is paid and every payment fits."))]


def webhooks(health: OfSchool, bad: Signatures) -> list[Step]:
    """How the messages of payment providers are, in words."""
    voice = speech()
    said = [Step("neutral", voice.gettext("No message of a payment provider has come yet."))]
    if health.last_good:
        last = voice.moment(health.last_good)
        said = [Step("ok", voice.gettext("The last message that was understood came on %(moment)s.", moment=last))]
    if health.failed:
        last = voice.moment(health.last_failed) if health.last_failed else ""
        text = voice.ngettext(
            "%(num)s message could not be acted on (last on %(moment)s). It is for the operators of the platform to mend.",
            "%(num)s messages could not be acted on (last on %(moment)s). It is for the operators of the platform to mend.",
            min(health.failed, MOST), moment=last,
        )  # fmt: skip
        said.append(Step("crit", text))
    elif health.last_good:
        said.append(Step("ok", voice.gettext("No message has failed.")))
    if health.backlog:
        since = voice.moment(health.oldest) if health.oldest else ""
        text = voice.ngettext(
            "%(num)s message waits to be acted on, since %(moment)s.",
            "%(num)s messages wait to be acted on, since %(moment)s.",
            min(health.backlog, MOST), moment=since,
        )  # fmt: skip
        said.append(Step("info" if health.is_well else "warn", text))
    if bad.number:
        text = voice.ngettext(
            "%(num)s message with a bad signature was refused in the last 24 hours: somebody may be trying to forge them.",
            "%(num)s messages with a bad signature were refused in the last 24 hours: somebody may be trying to forge them.",
            bad.number,
        )
        said.append(Step("warn", text))
    return said


def day_before(day: dt.date) -> dt.date:
    """The last day of a period whose end is the first day after it."""
    return day - dt.timedelta(days=1)


def percent(hundredths: int) -> str:
    """A share in hundredths of a percent, exactly as it stands on the paper."""
    voice = speech()
    if hundredths % 10 == 0:
        return voice.percent(hundredths // 10)
    return format_percent(Decimal(hundredths) / 10_000, format="#,##0.00%", locale=LANGUAGES[voice.language].cldr)


def said(texts: dict[str, str]) -> tuple[str, str]:
    """A text by language as the reader gets it: the language, and the text."""
    language = language_for(texts, speech().language, asking().school_language)
    return language, texts[language]


def words() -> dict[str, Any]:
    """The vocabularies that templates look keys up in."""
    return {
        "tax_codes": TAX_CODES, "intervals": INTERVALS, "anomalies": ANOMALIES, "meanings": MEANINGS, "deeds": DEEDS,
        "does": DOES, "done": DONE, "reason": reason, "provider": provider, "day_before": day_before, "share": percent,
        "said": said,
    }  # fmt: skip
