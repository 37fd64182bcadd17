"""The forms about referrals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from wtforms import Field, SelectField, StringField

from app.domain.referrals.rewards import MOST
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form, at_most, one_line, required, says
from blueprints.referrals.queries import Asker, Code

LONGEST = 200
TOO_LONG = N_("Too long: at most %(limit)s characters")
AMOUNT = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{2}))?")


class GrantForm(Form):
    """A reward: an amount, words, or both."""

    amount = StringField(N_("Amount"), filters=[one_line])
    words = StringField(N_("In words"), [at_most(LONGEST, TOO_LONG)], filters=[one_line])

    def validate_amount(self, field: Field) -> None:
        if field.data and (AMOUNT.fullmatch(field.data.replace(" ", "")) is None or not 0 < self.cents <= MOST):
            raise says(N_("Enter an amount such as 1150.00"))
        if not field.data and not self.words.data:
            raise says(N_("Enter an amount, or say in words what the family gets."))

    @property
    def cents(self) -> int:
        """The amount; 0 where none was entered."""
        found = AMOUNT.fullmatch((self.amount.data or "").replace(" ", ""))
        return int(found[1]) * 100 + int(found[2] or 0) if found else 0


class WhyForm(Form):
    """A reason."""

    why = StringField(N_("Reason"), [required(N_("Enter the reason")), at_most(LONGEST, TOO_LONG)], filters=[one_line])


class CountForm(Form):
    """A lead, and the code that it counts for; `chosen` is the lead that is chosen at first, if it is one of `leads`."""

    lead = SelectField(N_("Lead"), [required(N_("Choose a lead"))], validate_choice=False)
    code = SelectField(N_("Family"), [required(N_("Choose a family"))], validate_choice=False)

    def __init__(self, leads: Sequence[Asker], codes: Sequence[Code], chosen: UUID | None = None) -> None:
        super().__init__(data={"lead": str(chosen)} if chosen else None)
        choose = ("", speech().gettext("Choose …"))
        self.lead.choices = [choose, *((str(each.id), f"{each.name}, {speech().date(each.created_at)}") for each in leads)]
        self.code.choices = [choose, *((each.code, f"{each.family} ({each.code})") for each in codes)]

    def validate_lead(self, field: Field) -> None:
        try:
            self.lead_id = UUID(field.data)
        except ValueError:
            raise says(N_("Choose a lead")) from None
