"""The forms of reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from app.domain.reporting import GROUPS, LONGEST, Choice, Group, Kind, Period, Registers
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.day_field import DayField
from app.web.forms import Form, at_most, one_line, required
from blueprints.reports.queries import ClassRow
from blueprints.reports.words import GROUPS as GROUP_WORDS
from blueprints.reports.words import PERIODS, REGISTERS

NAME = 120  # characters


class ReportForm(Form):
    """What a report of a kind is to be. `classes` are those that the one who asks may pick."""

    group = SelectField(N_("One row for each"), choices=[])
    registers = RadioField(
        N_("Registers"), choices=[SelectChoice(key.value, text) for key, text in REGISTERS.items()], default=Registers.DAILY,
        validators=[required(N_("Choose the registers"))],
    )  # fmt: skip
    classes = SelectMultipleField(N_("Classes"), choices=[])
    period = SelectField(
        N_("Period"), choices=[SelectChoice(key.value, text) for key, text in PERIODS.items()], default=Period.THIS_MONTH
    )
    since = DayField(N_("From"))
    until = DayField(N_("Until"))

    def __init__(self, kind: Kind, classes: Sequence[ClassRow], **values: Any) -> None:
        super().__init__(**values)
        self.kind = kind
        self.group.choices = [SelectChoice(group.value, GROUP_WORDS[group]) for group in GROUPS[kind]]
        self.classes.choices = [SelectChoice(str(row.id), row.name) for row in classes]
        if not self.is_submitted():
            self.group.data = self.group.data or GROUPS[kind][0].value
        elif kind is not Kind.ATTENDANCE:
            self.registers.data = Registers.DAILY.value
        for field in (self.group, self.period):
            field.flags.required = True

    def validate(self, extra_validators: Any = None) -> bool:
        """The days are asked for only where no period says them."""
        is_well = super().validate(extra_validators)
        if self.period.data != Period.OWN:
            return is_well and not self.period.errors
        for field, missing in ((self.since, N_("Enter the first day")), (self.until, N_("Enter the last day"))):
            if not field.data and not field.errors:
                field.errors = [speech().gettext(missing)]
        if self.since.data and self.until.data:
            if self.until.data < self.since.data:
                self.until.errors = [speech().gettext(N_("The last day is before the first one"))]
            elif self.until.data - self.since.data > LONGEST:
                self.until.errors = [speech().gettext(N_("Choose at most two years"))]
        return is_well and not self.since.errors and not self.until.errors

    def refuse_period(self, message: str) -> None:
        """Say that the period means nothing at this school; `message` is marked with N_."""
        self.period.errors = [speech().gettext(message)]

    @property
    def picked(self) -> frozenset[UUID]:
        """The classes that were picked."""
        return frozenset(UUID(id) for id in self.classes.data or ())

    @property
    def choice(self) -> Choice:
        """What was chosen, once it is valid."""
        is_own = self.period.data == Period.OWN
        return Choice(
            self.kind, Group(self.group.data), Period(self.period.data), self.since.data if is_own else None,
            self.until.data if is_own else None, tuple(UUID(id) for id in self.classes.data or ()),
            Registers(self.registers.data),
        )  # fmt: skip


class SaveForm(Form):
    """The name under which a report is kept."""

    name = StringField(
        N_("Name"),
        validators=[required(N_("Enter a name")), at_most(NAME, N_("Enter a name of at most %(limit)s characters"))],
        filters=[one_line],
    )
