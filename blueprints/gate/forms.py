"""The forms of the gate."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, RadioField, SelectChoice, StringField

from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form, at_most, required, says
from blueprints.gate.incoming import is_code

LONGEST_REASON = 300
MOST_MINUTES = 240


class ScanForm(Form):
    """One scan, for those without the script: a scanner types the code and presses Enter. `id` was made with the page."""

    id = HiddenField()
    code = StringField(N_("Card or learner number"), [required(N_("Scan a card, or enter the learner number"))])

    def validate_code(self, field: StringField) -> None:
        if not is_code(field.data or ""):
            raise says(N_("This is no code of a card. Enter the learner number instead."))


class CorrectionForm(Form):
    """Where a learner is, whatever their scans say, and why."""

    place = RadioField(
        N_("Where is the learner?"),
        choices=[SelectChoice("in", N_("On the school grounds")), SelectChoice("out", N_("Not on the school grounds"))],
        validators=[required(N_("Choose where the learner is"))],
    )
    why = StringField(
        N_("Reason"),
        [
            required(N_("Enter a reason: it stands in the audit log")),
            at_most(LONGEST_REASON, N_("Use at most %(limit)s characters for the reason")),
        ],
    )


class GateSettingsForm(Form):
    """When somebody who is still there is late in being collected."""

    pickup_minutes = IntegerField(N_("Minutes after the last lesson"))

    def validate_pickup_minutes(self, field: IntegerField) -> None:
        if field.data is None or not 0 <= field.data <= MOST_MINUTES:
            field.errors = []
            raise says(N_("Enter a number of minutes from 0 to %(most)s"), most=speech().number(MOST_MINUTES))
