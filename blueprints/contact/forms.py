"""The form of how a school reaches somebody."""

from __future__ import annotations

from typing import Any

from wtforms import Field, RadioField

from app.i18n.catalogue import N_
from app.web.clock_field import ClockField
from app.web.forms import Form, required, says
from blueprints.contact.operations import Choice
from blueprints.contact.queries import Reached

PUSH, EMAIL = "push", "email"
CHOOSE = N_("Choose how the school reaches you")


class ContactForm(Form):
    """Quiet hours: both ends or neither, and not the same."""

    channel = RadioField(
        N_("How the school reaches you"),
        [required(CHOOSE)],
        choices={PUSH: N_("App notifications, and email where they do not arrive"), EMAIL: N_("Email")},
        validate_choice=False,
    )
    quiet_from = ClockField(N_("Quiet from"))
    quiet_until = ClockField(N_("Quiet until"))

    @classmethod
    def of(cls, person: Reached) -> ContactForm:
        """The form filled with what the person chose before, or with what was just sent."""
        chosen: dict[str, Any] = {
            "channel": PUSH if person.push else EMAIL,
            "quiet_from": person.quiet_from,
            "quiet_until": person.quiet_until,
        }
        return cls(data=chosen)

    def validate_channel(self, field: Field) -> None:
        if field.data not in (PUSH, EMAIL):
            raise says(CHOOSE)

    def validate_quiet_from(self, field: Field) -> None:
        if field.data is None and self.quiet_until.data and not field.errors:
            raise says(N_("Enter when the quiet hours begin, or leave both empty"))

    def validate_quiet_until(self, field: Field) -> None:
        if field.data is None and self.quiet_from.data and not field.errors:
            raise says(N_("Enter when the quiet hours end, or leave both empty"))
        if field.data is not None and field.data == self.quiet_from.data:
            raise says(N_("The quiet hours end when they begin. Enter another time, or leave both empty"))

    @property
    def choice(self) -> Choice:
        """What was chosen."""
        return Choice(self.channel.data == PUSH, self.quiet_from.data, self.quiet_until.data)
