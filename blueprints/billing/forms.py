"""The forms of billing."""

from __future__ import annotations

from wtforms import EmailField, Field, HiddenField, StringField, TextAreaField
from wtforms.validators import UUID, AnyOf

from app.domain.billing.accounts import VAT_NUMBER
from app.i18n.catalogue import N_
from app.web.forms import Form, an_address, at_most, one_line, required, says
from blueprints.billing.operations import MENDS, Details
from blueprints.billing.queries import Account

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_EMAIL, LONGEST_NOTE = 120, 300, 254, 2000
TOO_LONG = N_("Too long: at most %(limit)s characters")


def digits(text: object) -> object:
    """A number as people type it, without the spaces in it."""
    return "".join(text.split()) if isinstance(text, str) else text


class DetailsForm(Form):
    """Who pays, as it stands on invoices."""

    name = StringField(
        N_("Name on invoices"),
        [required(N_("Enter the name that stands on invoices")), at_most(LONGEST_NAME, TOO_LONG)],
        filters=[one_line],
    )
    address = TextAreaField(N_("Address"), [at_most(LONGEST_ADDRESS, TOO_LONG)])
    vat_number = StringField(N_("VAT number"), filters=[digits])
    email = EmailField(N_("Email for invoices and reminders"), [at_most(LONGEST_EMAIL, TOO_LONG), an_address])

    def __init__(self, now: Account) -> None:
        super().__init__(data={name: getattr(now, name) or "" for name in Details._fields})

    def validate_vat_number(self, field: Field) -> None:
        if field.data and not VAT_NUMBER.fullmatch(field.data):
            raise says(N_("Enter a VAT number of ten digits that begins with 4, like 4123456789"))

    def details(self) -> Details:
        """What was entered; an address on the web form has lines of its own."""
        lines = (self.address.data or "").splitlines()
        return Details(
            self.name.data or "", "\n".join(line.strip() for line in lines), self.vat_number.data or None,
            self.email.data or None,
        )  # fmt: skip


class EscalationForm(Form):
    """A question to the operators."""

    note = TextAreaField(
        N_("What should the operators know or do?"),
        [required(N_("Write what the operators should know or do")), at_most(LONGEST_NOTE, TOO_LONG)],
    )


class MendForm(Form):
    """Which misfit of a payment is mended, and how."""

    anomaly = HiddenField(validators=[UUID()])
    how = HiddenField(validators=[AnyOf([str(how) for how in MENDS])])


class TryForm(Form):
    """Nothing but the question."""
