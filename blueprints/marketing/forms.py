"""The form of what a school's marketing uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms import EmailField, Field, IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice

from app.delivery.sender import reply_address
from app.domain.follow_ups.settings import Marketing
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form, an_address, at_most, one_line, says
from blueprints.marketing.queries import Adult

LONGEST_ADDRESS, LONGEST_NAME, LONGEST_UTM, MOST_MONTHS = 254, 120, 60, 120
TOO_LONG = N_("Too long: at most %(limit)s characters")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def a_word(_: Form, field: Field) -> None:
    """What can stand in an address as it is, and is read easily in a table."""
    if field.data and not WORD.fullmatch(field.data):
        raise says(N_("Use letters, digits, dots, hyphens and underscores, such as open-day"))


class IntegrationsForm(Form):
    """Who signs and who hears answers, who looks after new leads, what links carry, how long silent leads are kept."""

    sender_name = StringField(N_("Who signs"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    reply_to = EmailField(N_("Address for answers"), [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])
    owner_id = SelectField(N_("Who looks after new leads"), validate_choice=False)
    utm_source = StringField(N_("Where the link stood"), [at_most(LONGEST_UTM, TOO_LONG), a_word])
    utm_medium = StringField(N_("Kind of link"), [at_most(LONGEST_UTM, TOO_LONG), a_word])
    utm_campaign = StringField(N_("Campaign"), [at_most(LONGEST_UTM, TOO_LONG), a_word])
    lead_months = IntegerField(N_("Months that a silent lead is kept"))

    def __init__(self, now: Marketing, staff: Sequence[Adult], **values: Any) -> None:
        super().__init__(data=now._asdict() | {"owner_id": str(now.owner_id or "")}, **values)
        self.lead_months.flags.required = True
        self.owner_id.choices = [
            SelectChoice("", speech().gettext(N_("Nobody yet"))), *(SelectChoice(str(each.id), each.name) for each in staff)
        ]  # fmt: skip

    def validate_reply_to(self, field: Field) -> None:
        if field.data and not field.errors and reply_address(field.data) is None:
            raise says(N_("Enter an address that every mail program can answer: letters, digits and signs without accents"))

    def validate_owner_id(self, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose somebody of the staff"))

    def validate_lead_months(self, field: Field) -> None:
        if field.data is None or not 1 <= field.data <= MOST_MONTHS:
            field.errors = []
            raise says(N_("Enter a number of months from 1 to %(most)s"), most=MOST_MONTHS)

    @property
    def wanted(self) -> Marketing:
        """What a valid form says."""
        return Marketing(
            self.reply_to.data or None, self.sender_name.data or None,
            UUID(self.owner_id.data) if self.owner_id.data else None, self.utm_source.data or "", self.utm_medium.data or "",
            self.utm_campaign.data or "", int(self.lead_months.data or 0),
        )  # fmt: skip
