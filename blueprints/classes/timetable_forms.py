"""The forms of meeting times, lessons, terms, days off and the end of a year."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app import clock
from app.domain.timetable import moments
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.clock_field import ClockField
from app.web.day_field import DayField
from app.web.forms import Form, at_most, one_line, required, says
from blueprints.classes.lessons import LessonDraft, MeetingDraft
from blueprints.classes.terms import DayDraft, TermDraft
from blueprints.classes.words import weekdays

LONGEST_ROOM, LONGEST_WHY, LONGEST_NAME = 60, 300, 80
MOST_WEEKS = 8
TOO_LONG = N_("Too long: at most %(limit)s characters")
NO_TIME, NO_END = N_("Enter when it begins"), N_("Enter when it ends")
NOT_AFTER = N_("The end must be after the beginning")
ROOM = (at_most(LONGEST_ROOM, TOO_LONG),)


class _Times(Form):
    """Two times of a day, and a room."""

    starts_at = ClockField(N_("Begins"), [required(NO_TIME)])
    ends_at = ClockField(N_("Ends"), [required(NO_END)])
    room = StringField(N_("Room"), ROOM, filters=[one_line])

    def validate_ends_at(self, field: Field) -> None:
        if field.data and self.starts_at.data and field.data <= self.starts_at.data:
            raise says(NOT_AFTER)


class MeetingForm(_Times):
    """When a class meets, week for week."""

    weekdays = SelectMultipleField(N_("On which days"), coerce=str, validate_choice=False)
    every_weeks = SelectField(N_("How often"), coerce=str, validate_choice=False)
    from_on = DayField(N_("From"), missing=N_("Enter the first day"))
    until_on = DayField(N_("Until"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        words = speech()
        self.weekdays.choices = [SelectChoice(str(n), name) for n, name in enumerate(weekdays(words.language), 1)]
        self.every_weeks.choices = [
            SelectChoice(str(n), words.ngettext("Every week", "Every %(num)s weeks", n)) for n in range(1, MOST_WEEKS + 1)
        ]
        self.weekdays.flags.required = self.every_weeks.flags.required = True

    def validate_weekdays(self, field: Field) -> None:
        if not field.data or not set(field.data) <= {choice.value for choice in field.choices}:
            raise says(N_("Choose at least one day of the week"))

    def validate_every_weeks(self, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose how often"))

    def validate_until_on(self, field: Field) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise says(N_("The last day must not be before the first"))

    def draft(self) -> MeetingDraft:
        """What a valid form says."""
        assert self.starts_at.data
        assert self.ends_at.data
        assert self.from_on.data
        return MeetingDraft(
            sorted(map(int, self.weekdays.data)), int(self.every_weeks.data), self.starts_at.data, self.ends_at.data,
            self.from_on.data, self.until_on.data, self.room.data or None,
        )  # fmt: skip


class LessonForm(_Times):
    """One lesson: its day, its times by the clock of the school, and its room."""

    on_date = DayField(N_("Day"), missing=N_("Enter a day"))
    why = StringField(N_("Reason"), [at_most(LONGEST_WHY, TOO_LONG)], filters=[one_line])

    def __init__(self, *, asks_why: bool = False, **values: Any) -> None:
        super().__init__(**values)
        self.asks_why = self.why.flags.required = asks_why

    def validate_on_date(self, field: Field) -> None:
        today = clock.now().astimezone(ZoneInfo(speech().timezone)).date()
        if field.data and not today <= field.data <= today + dt.timedelta(days=400):
            raise says(N_("Enter a day from today on, and within a year"))

    def validate_why(self, field: Field) -> None:
        if self.asks_why and not field.data:
            raise says(N_("Enter the reason"))

    def draft(self) -> LessonDraft:
        """What a valid form says."""
        assert self.starts_at.data
        assert self.ends_at.data
        assert self.on_date.data
        day = self.on_date.data
        return LessonDraft(
            day, *moments(day, self.starts_at.data, self.ends_at.data, ZoneInfo(speech().timezone)), self.room.data or None
        )


class CancelForm(Form):
    """Why a lesson is not held."""

    why = TextAreaField(N_("Reason"), [required(N_("Enter the reason")), at_most(LONGEST_WHY, TOO_LONG)], filters=[one_line])


class TermForm(Form):
    """A term, first and last day included."""

    name = StringField(N_("Name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    starts_on = DayField(N_("First day"), missing=N_("Enter the first day"))
    ends_on = DayField(N_("Last day"), missing=N_("Enter the last day"))

    def validate_ends_on(self, field: Field) -> None:
        if field.data and self.starts_on.data and not 0 <= (field.data - self.starts_on.data).days < 366:
            raise says(N_("The last day must not be before the first, and within a year of it"))

    def draft(self) -> TermDraft:
        """What a valid form says."""
        assert self.starts_on.data
        assert self.ends_on.data
        return TermDraft(self.name.data or "", self.starts_on.data, self.ends_on.data)


class DayForm(Form):
    """A day on which the school is closed or open against the public calendar."""

    on_date = DayField(N_("Day"), missing=N_("Enter a day"))
    name = StringField(N_("Name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    kind = RadioField(
        N_("The school is"),
        choices=[SelectChoice("closed", N_("Closed")), SelectChoice("open", N_("Open that day"))],
        default="closed",
        validate_choice=False,
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.flags.required = True

    def validate_kind(self, field: Field) -> None:
        if field.data not in ("closed", "open"):
            raise says(N_("Choose whether the school is closed or open"))

    def draft(self) -> DayDraft:
        """What a valid form says."""
        assert self.on_date.data
        return DayDraft(self.on_date.data, self.name.data or "", self.kind.data == "open")


class RollOverForm(Form):
    """The last day of the old classes, and the first of the new ones."""

    last_day = DayField(N_("Last day in the old classes"), missing=N_("Enter the last day"))
    first_day = DayField(N_("First day in the new classes"), missing=N_("Enter the first day"))

    def __init__(self, year: int, **values: Any) -> None:
        super().__init__(**values)
        self.school_year = year

    def validate_last_day(self, field: Field) -> None:
        if field.data and field.data.year not in (self.school_year, self.school_year + 1):
            raise says(N_("Enter a day of this year or the next"))

    def validate_first_day(self, field: Field) -> None:
        if field.data and self.last_day.data and not 0 < (field.data - self.last_day.data).days < 366:
            raise says(N_("The first day must be after the last day in the old classes, and within a year of it"))
