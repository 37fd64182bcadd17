"""The forms of tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice

from app.access.api_tokens import SCOPES, Scope
from app.access.permissions import Permission
from app.i18n.catalogue import N_
from app.web.day_field import DayField
from app.web.forms import Form, at_most, one_line, required, says
from blueprints.tokens.operations import LONGEST_LIFE

LONGEST_NAME = 60
TOO_LONG = N_("Too long: at most %(limit)s characters")
UNTIL_DAY = "day"
LIVES = {"30": N_("30 days"), "90": N_("90 days"), "365": N_("365 days"), UNTIL_DAY: N_("Until a day")}
NAME = (required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG))


class NameForm(Form):
    """What a token is called."""

    name = StringField(N_("Name"), NAME, filters=[one_line])


class TokenForm(Form):
    """A new token: nothing is chosen for whoever makes it, and it always ends."""

    name = StringField(N_("Name"), NAME, filters=[one_line])
    scopes = SelectMultipleField(N_("What it may do"), coerce=str, validate_choice=False)
    life = RadioField(
        N_("How long it works"), choices=[SelectChoice(days, text) for days, text in LIVES.items()], default="90",
        validate_choice=False,
    )  # fmt: skip
    until = DayField(N_("Last day"))

    def __init__(self, permissions: Collection[Permission], *, now: dt.datetime, timezone: ZoneInfo, **values: Any) -> None:
        super().__init__(**values)
        self.offered = [scope for scope in Scope if SCOPES[scope].permission in permissions]
        self.scopes.choices = [(scope.value, SCOPES[scope].label) for scope in self.offered]
        self.scopes.flags.required = self.life.flags.required = True
        self.now, self.timezone, self.today = now, timezone, now.astimezone(timezone).date()

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own, and a day where one was chosen."""
        well = bool(super().validate(extra_validators))
        if self.life.data == UNTIL_DAY and self.until.data is None and not self.until.errors:
            self.until.errors = [str(says(N_("Enter its last day")))]
            return False
        return well

    def validate_scopes(self, field: Any) -> None:
        if not field.data:
            raise says(N_("Choose at least one thing that it may do"))
        if not set(field.data) <= {scope.value for scope in self.offered}:
            raise says(N_("Choose what it may do"))

    def validate_life(self, field: Any) -> None:
        if field.data not in LIVES:
            raise says(N_("Choose how long it works"))

    def validate_until(self, field: Any) -> None:
        if self.life.data != UNTIL_DAY or field.data is None:
            return
        if not self.today <= field.data < self.today + LONGEST_LIFE:
            raise says(N_("Enter a day from today on that is at most a year away"))

    @property
    def expires_at(self) -> dt.datetime:
        """When it ends: at the end of its last day by the school's clock. Raises ValueError for what was not validated."""
        if self.life.data != UNTIL_DAY:
            return self.now + dt.timedelta(days=int(self.life.data))
        if self.until.data is None:
            raise ValueError("a token without an end")
        return dt.datetime.combine(self.until.data + dt.timedelta(days=1), dt.time(), self.timezone)
