"""The form of how a school reaches somebody."""

from __future__ import annotations

from typing import Any

from wtforms import Field, RadioField

from app.i18n.catalogue import N_
from app.web.forms import required, says
from app.web.quiet_hours import QuietHoursForm
from blueprints.contact.operations import Choice
from blueprints.contact.queries import Reached

PUSH, EMAIL = "push", "email"
CHOOSE = N_("Choose how the school reaches you")


class ContactForm(QuietHoursForm):
    """What reaches somebody first, and when nothing does."""

    channel = RadioField(
        N_("How the school reaches you"),
        [required(CHOOSE)],
        choices={PUSH: N_("App notifications, and email where they do not arrive"), EMAIL: N_("Email")},
        validate_choice=False,
    )

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

    @property
    def choice(self) -> Choice:
        """What was chosen."""
        return Choice(self.channel.data == PUSH, self.quiet_from.data, self.quiet_until.data)
