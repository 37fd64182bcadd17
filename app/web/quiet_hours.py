"""The part of a form that asks for quiet hours, of a person or of a school."""

from __future__ import annotations

from wtforms import Field

from app.i18n.catalogue import N_
from app.web.clock_field import ClockField
from app.web.forms import Form, says


class QuietHoursForm(Form):
    """Both ends or neither, and not the same."""

    quiet_from = ClockField(N_("Quiet from"))
    quiet_until = ClockField(N_("Quiet until"))

    def validate_quiet_from(self, field: Field) -> None:
        if field.data is None and self.quiet_until.data and not field.errors:
            raise says(N_("Enter when the quiet hours begin, or leave both empty"))

    def validate_quiet_until(self, field: Field) -> None:
        if field.data is None and self.quiet_from.data and not field.errors:
            raise says(N_("Enter when the quiet hours end, or leave both empty"))
        if field.data is not None and field.data == self.quiet_from.data:
            raise says(N_("The quiet hours end when they begin. Enter another time, or leave both empty"))
