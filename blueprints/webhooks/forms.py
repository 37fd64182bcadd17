"""The forms of the inbox."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from wtforms import BooleanField, Field, IntegerField, PasswordField, RadioField, SelectChoice, SelectField, StringField

from app.config import SHORTEST_WEBHOOK_SECRET
from app.delivery.webhook_secrets import NAME, NotAProvider, SecretTooShort
from app.domain.webhooks.body import ID
from app.domain.webhooks.kinds import KINDS, MOST_CENTS
from app.i18n.catalogue import N_
from app.web.forms import Form, at_most, required, says
from app.web.moment_field import MomentField

TOO_LONG = N_("Too long: at most %(limit)s characters")
LONGEST_WHY, LONGEST_ID, LONGEST_INVOICE = 300, 200, 40
TYPES = {
    "payment.pending": N_("It is on its way"),
    "payment.succeeded": N_("It has arrived"),
    "payment.failed": N_("It has failed"),
    "payment.reversed": N_("It was taken back"),
}
MOST_EVENTS = 50
_AMOUNT = re.compile(r"[0-9]{1,10}([.,][0-9]{2})?")


def an_id(_: Form, field: Field) -> None:
    """An id as providers give them."""
    if field.data and not ID.fullmatch(field.data):
        raise says(N_("An id has letters, digits and signs, and no spaces"))


def a_provider(_: Form, field: Field) -> None:
    """A name that a provider of payments may have."""
    if field.data and not NAME.fullmatch(field.data):
        raise says(NotAProvider.message)


def cents_of(text: str) -> int | None:
    """Whole cents of an amount such as 1150, 1150.00 or 1150,00; None for anything else."""
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        found = int(Decimal(text.replace(",", ".")) * 100)
    except InvalidOperation:
        return None
    return found if 0 < found <= MOST_CENTS else None


def an_amount(_: Form, field: Field) -> None:
    """An amount of money that is more than nothing."""
    if field.data and cents_of(field.data) is None:
        raise says(N_("Enter an amount such as 1150.00"))


def a_currency(_: Form, field: Field) -> None:
    """The three letters of a currency."""
    if field.data and not re.fullmatch(r"[A-Z]{3}", field.data):
        raise says(N_("Enter the three letters of a currency, such as ZAR"))


class WhyForm(Form):
    """Why an event shall have no effect."""

    why = StringField(N_("Why are you discarding this?"), [required(N_("Enter a reason")), at_most(LONGEST_WHY, TOO_LONG)])


class ByHandForm(Form):
    """What an event should have said, by the word of a person."""

    type = RadioField(
        N_("What became of the payment"),
        [required(N_("Choose what became of it"))],
        choices=[SelectChoice(key, text) for key, text in TYPES.items()],
    )
    payment = StringField(
        N_("The provider’s id of the payment"),
        [required(N_("Enter the id of the payment")), at_most(LONGEST_ID, TOO_LONG), an_id],
    )
    amount = StringField(N_("Amount"), [required(N_("Enter an amount")), an_amount])
    currency = StringField(N_("Currency"), [required(N_("Enter a currency")), a_currency])
    invoice = StringField(N_("Invoice number"), [at_most(LONGEST_INVOICE, TOO_LONG)])
    why = StringField(
        N_("Why are you processing this by hand?"), [required(N_("Enter a reason")), at_most(LONGEST_WHY, TOO_LONG)]
    )


class RangeForm(Form):
    """What came from a moment on and before another."""

    provider = SelectField(N_("Provider"), choices=[])
    since = MomentField(N_("From"), missing=N_("Enter when it begins"))
    until = MomentField(N_("Until"), missing=N_("Enter when it ends"))

    def validate_until(self, field: Field) -> None:
        if field.data and self.since.data and field.data <= self.since.data:
            raise says(N_("The end must be after the beginning"))


class SecretForm(Form):
    """A secret that a provider gave us, or none: then a new one is made."""

    provider = StringField(N_("Provider"), [required(N_("Enter the name of the provider")), a_provider])
    secret = PasswordField(N_("Secret that the provider gave you"), [at_most(LONGEST_ID, TOO_LONG)])

    def validate_secret(self, field: Field) -> None:
        if field.data and len(field.data) < SHORTEST_WEBHOOK_SECRET:
            raise says(SecretTooShort.message)


class RollForm(Form):
    """The secret that follows, and until when the one before it holds."""

    secret = PasswordField(N_("Secret that the provider gave you"), [at_most(LONGEST_ID, TOO_LONG)])
    retires_at = MomentField(N_("Until when the old one holds"), missing=N_("Enter until when the old one holds"))

    def validate_secret(self, field: Field) -> None:
        if field.data and len(field.data) < SHORTEST_WEBHOOK_SECRET:
            raise says(SecretTooShort.message)


class TieForm(Form):
    """Which school a customer is."""

    provider = StringField(N_("Provider"), [required(N_("Enter the name of the provider")), a_provider])
    customer = StringField(
        N_("The provider’s id of the customer"),
        [required(N_("Enter the id of the customer")), at_most(LONGEST_ID, TOO_LONG), an_id],
    )
    school = StringField(N_("School by name or number"), [required(N_("Enter a school")), at_most(LONGEST_ID, TOO_LONG)])


class SimulatorForm(Form):
    """Events that a provider might send, and what might go wrong on the way."""

    provider = SelectField(N_("Provider"), choices=[])
    type = SelectField(N_("Type of event"), choices=[SelectChoice(name, name) for name in KINDS])
    customer = StringField(N_("Customer"), [required(N_("Enter the id of the customer")), at_most(LONGEST_ID, TOO_LONG), an_id])
    amount = StringField(N_("Amount"), [required(N_("Enter an amount")), an_amount])
    currency = StringField(N_("Currency"), [required(N_("Enter a currency")), a_currency])
    invoice = StringField(N_("Invoice number"), [at_most(LONGEST_INVOICE, TOO_LONG)])
    count = IntegerField(N_("How many events"))
    duplicate = BooleanField(N_("Send each of them twice"))
    shuffled = BooleanField(N_("Send them in another order than they happened"))
    old = BooleanField(N_("Sign them an hour ago"))
    forged = BooleanField(N_("Sign them with a secret that is none of ours"))

    def validate_count(self, field: Field) -> None:
        if field.data is None or not 1 <= field.data <= MOST_EVENTS:
            raise says(N_("Enter a number from 1 to %(most)s"), most=MOST_EVENTS)
