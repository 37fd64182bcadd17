"""What the pages of the accounts call what comes out of the database as keys."""

from __future__ import annotations

from app.domain.billing.mending import Mend
from app.i18n.catalogue import N_

#: where the pages of one account are; a number above what the database counts to is no school's
OF_SCHOOL = f"/operator/accounts/<int(max={2**31 - 1}):school_id>"
#: what a booking is
BOOKINGS = {
    "invoice": N_("Invoice"),
    "credit_note": N_("Credit note"),
    "payment": N_("Payment"),
    "reversal": N_("Counter-entry"),
    "top_up": N_("Prepaid"),
    "reserve": N_("From or to the reserve"),
    "adjustment": N_("Adjustment by hand"),
    "write_off": N_("Given up"),
}
BOOKS = {
    "receivable": N_("Owed by the school"),
    "reserve": N_("Reserve"),
    "bank": N_("Bank"),
    "revenue": N_("Revenue"),
    "vat": N_("VAT"),
    "bad_debt": N_("Bad debts"),
    "adjustment": N_("Adjustments"),
    "suspense": N_("Not assigned yet"),
}
MISFITS = {
    "without_invoice": N_("Paid without an invoice"),
    "paid_twice": N_("The invoice was paid already"),
    "amount_differs": N_("The amount differs from the invoice"),
    "currency_differs": N_("The currency differs from the invoice"),
}
MENDS = {
    Mend.ALLOCATE: N_("Use it for the oldest unpaid invoice"),
    Mend.RESERVE: N_("Keep it as reserve"),
    Mend.REFUND: N_("It was paid back by hand"),
    Mend.ACCEPT: N_("Accept it as a part payment"),
}
#: what a recount looks at
FAULTS = {
    "transaction": N_("A transaction does not sum to zero"),
    "lines": N_("An invoice is not the sum of its lines"),
    "paid": N_("What is owed for an invoice differs from the ledger"),
    "state": N_("The state of an invoice does not follow from what is paid"),
    "receivable": N_("What a school owes differs from its invoices"),
    "numbers": N_("A number of a document is left out or given twice"),
}
#: why a try came to nothing, as our own domain says it; what a provider says is shown as it is
REASONS = {
    "from_reserve": N_("From the reserve"),
    "no_collector": N_("No way to collect it is connected"),
    "taken_back": N_("The payment was taken back"),
    "part_taken_back": N_("A part of the payment was taken back"),
    "no_answer": N_("The provider never said what became of it"),
}
