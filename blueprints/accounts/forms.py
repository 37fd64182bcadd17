"""The forms of the accounts."""

from __future__ import annotations

from uuid import UUID, uuid4

from wtforms import Field, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from app.domain.billing import standing
from app.domain.billing.accounts import VAT_NUMBER
from app.domain.billing.vat import TaxCode
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.plan import Interval
from app.web.day_field import DayField
from app.web.forms import Form, an_address, at_most, one_line, required, says
from blueprints.accounts.amounts import AmountField

TOO_LONG = N_("Too long: at most %(limit)s characters")
LONGEST, LONGEST_WHY, LONGEST_TEXT, LONGEST_CODE = 120, 300, 1000, 40
MOST_DAYS, MOST_UNITS, WHOLE = 120, 100_000, 100
INTERVALS = {
    Interval.WEEK.value: N_("each week"),
    Interval.MONTH.value: N_("each month"),
    Interval.QUARTER.value: N_("each quarter"),
    Interval.YEAR.value: N_("each year"),
}
TAXES = {
    TaxCode.STANDARD.value: N_("VAT at the standard rate"),
    TaxCode.ZERO.value: N_("VAT at zero"),
    TaxCode.EXEMPT.value: N_("Exempt from VAT"),
    TaxCode.OUTSIDE.value: N_("Outside VAT"),
}


def a_vat_number(_: Form, field: Field) -> None:
    """A South-African VAT number, or none."""
    field.data = (field.data or "").replace(" ", "")
    if field.data and not VAT_NUMBER.fullmatch(field.data):
        raise says(N_("A VAT number has ten digits and begins with a 4"))


def not_to_come(_: Form, field: Field) -> None:
    """A day that has come."""
    if field.data and field.data > standing.today():
        raise says(N_("This day is still to come"))


class AccountForm(Form):
    """Who pays for a school."""

    name = StringField(
        N_("Name on invoices"), [required(N_("Enter the name on invoices")), at_most(LONGEST, TOO_LONG)], filters=[one_line]
    )
    address = TextAreaField(N_("Address on invoices"), [at_most(LONGEST_WHY, TOO_LONG)])
    vat_number = StringField(N_("VAT number"), [a_vat_number])
    email = StringField(N_("Email for invoices"), [at_most(LONGEST_WHY, TOO_LONG), an_address])
    minimum = AmountField(N_("Least reserve"), missing=N_("Enter the least reserve, or 0"))
    terms = IntegerField(N_("Days to pay"))

    def validate_terms(self, field: Field) -> None:
        if field.data is None or not 0 <= field.data <= MOST_DAYS:
            field.errors = []
            raise says(N_("Enter a number of days from 0 to %(most)s"), most=MOST_DAYS)


class MinimumForm(Form):
    """Below what the reserve is low."""

    minimum = AmountField(N_("Least reserve"), missing=N_("Enter the least reserve, or 0"))


class AdjustForm(Form):
    """An adjustment of the reserve by hand. `key` makes it one, however often it is sent; `step` says whether it was shown."""

    amount = AmountField(N_("Amount"), missing=N_("Enter an amount"), is_signed=True)
    reason = TextAreaField(N_("Reason"), [required(N_("Say why")), at_most(LONGEST_WHY, TOO_LONG)])
    key = HiddenField(default=lambda: str(uuid4()))
    step = HiddenField()

    def validate_amount(self, field: Field) -> None:
        if field.data == 0:
            raise says(N_("Enter an amount that is not zero."))

    def validate_key(self, field: Field) -> None:
        try:
            UUID(field.data or "")
        except ValueError:
            raise says(N_("This page is too old. Open it again.")) from None


class WhyForm(Form):
    """Why something is done that cannot be undone."""

    reason = TextAreaField(N_("Reason"), [required(N_("Say why")), at_most(LONGEST_WHY, TOO_LONG)])


class CreditForm(WhyForm):
    """What a credit note takes off, VAT included."""

    amount = AmountField(N_("Amount, VAT included"), missing=N_("Enter an amount"))


class PlainForm(Form):
    """A question that takes no more than yes."""


class TransferForm(Form):
    """Money that came by bank transfer."""

    amount = AmountField(N_("Amount"), missing=N_("Enter an amount"))
    on = DayField(N_("Day on which it came"), missing=N_("Enter the day on which it came"), validators=[not_to_come])
    reference = StringField(
        N_("Reference on the bank statement"),
        [required(N_("Enter the reference on the bank statement")), at_most(LONGEST, TOO_LONG)],
        filters=[one_line],
    )
    invoice = SelectField(N_("What it is for"), choices=[], validate_choice=False)

    def validate_invoice(self, field: Field) -> None:
        if field.data not in {value for value, *_ in field.choices}:
            raise says(N_("Nothing is owed for this invoice any more, so nothing was booked. Choose again."))

    def validate_amount(self, field: Field) -> None:
        if field.data == 0:
            raise says(N_("Enter an amount that is not zero."))


class SubscribeForm(Form):
    """A plan at a price for so many learners or other units."""

    price = SelectField(N_("Plan and price"), [required(N_("Choose a plan"))], choices=[])
    quantity = IntegerField(N_("How many"))
    discount = IntegerField(N_("Discount in percent"), default=0)
    on = DayField(N_("First day"), missing=N_("Enter the first day"))

    def validate_quantity(self, field: Field) -> None:
        if field.data is None or not 1 <= field.data <= MOST_UNITS:
            field.errors = []
            raise says(N_("Enter a whole number from 1 to %(most)s"), most=MOST_UNITS)

    def validate_discount(self, field: Field) -> None:
        if field.data is None or not 0 <= field.data <= WHOLE:
            field.errors = []
            raise says(N_("Enter a whole number from 0 to %(most)s"), most=WHOLE)


class ChangeForm(Form):
    """What follows at the end of the period."""

    price = SelectField(N_("Plan and price"), [required(N_("Choose a plan"))], choices=[])
    quantity = IntegerField(N_("How many"))

    validate_quantity = SubscribeForm.validate_quantity


class AnswerForm(Form):
    """The answer to a question of a school."""

    answer = TextAreaField(N_("Your answer"), [required(N_("Write an answer")), at_most(LONGEST_TEXT, TOO_LONG)])


class PlanForm(Form):
    """A plan: its code for machines, its name in every language."""

    code = StringField(N_("Code"), [required(N_("Enter a code")), at_most(LONGEST_CODE, TOO_LONG)])
    en = StringField(N_("Name in English"), [required(N_("Enter the name in English")), at_most(LONGEST, TOO_LONG)])
    af = StringField(N_("Name in Afrikaans"), [required(N_("Enter the name in Afrikaans")), at_most(LONGEST, TOO_LONG)])
    zu = StringField(N_("Name in isiZulu"), [required(N_("Enter the name in isiZulu")), at_most(LONGEST, TOO_LONG)])

    def validate_code(self, field: Field) -> None:
        text = field.data or ""
        if text and not (text.isascii() and text.replace("_", "").isalnum() and text == text.lower()):
            raise says(N_("A code has small letters, digits and underscores only"))

    @property
    def names(self) -> dict[str, str]:
        """The name by language."""
        return {code: str(self[code].data) for code in LANGUAGES}


class PriceForm(Form):
    """A price from a day on, before VAT."""

    interval = RadioField(
        N_("For how long"),
        [required(N_("Choose for how long"))],
        choices=[SelectChoice(key, text) for key, text in INTERVALS.items()],
    )
    amount = AmountField(N_("Price of one, before VAT"), missing=N_("Enter a price"))
    tax = SelectField(N_("VAT"), choices=[SelectChoice(key, text) for key, text in TAXES.items()])
    since = DayField(N_("From this day on"), missing=N_("Enter the first day of this price"))

    def validate_since(self, field: Field) -> None:
        if field.data and field.data < standing.today():
            raise says(N_("This day has passed: what was billed stays as it was. Choose today or a later day."))


class SellerForm(Form):
    """Who bills."""

    name = StringField(N_("Legal name"), [required(N_("Enter the legal name")), at_most(LONGEST, TOO_LONG)], filters=[one_line])
    registration = StringField(N_("Company registration number"), [at_most(LONGEST_CODE, TOO_LONG)])
    address = TextAreaField(N_("Address"), [required(N_("Enter the address")), at_most(LONGEST_WHY, TOO_LONG)])
    vat_number = StringField(N_("VAT number"), [a_vat_number])
    email = StringField(N_("Email for questions about invoices"), [at_most(LONGEST_WHY, TOO_LONG), an_address])
    bank = TextAreaField(N_("Bank details"), [at_most(LONGEST_WHY, TOO_LONG)])
