"""The forms of classes, and of learners who come, go over and leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.fields import SelectChoice

from app.domain.classes import GRADES
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.classes import ClassGroup
from app.web.day_field import DayField
from app.web.forms import Form, at_most, one_line, required, says
from blueprints.classes.operations import ClassDraft

LONGEST_NAME, MOST = 60, 2000
TOO_LONG = N_("Too long: at most %(limit)s characters")


def grade_name(grade: str | None) -> str:
    """What a grade is called, '' for none."""
    return speech().gettext("Grade %(grade)s", grade=grade) if grade else ""


class ClassForm(Form):
    """A class of a year. `capacity` is empty where there is no limit."""

    name = StringField(
        N_("Name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )  # fmt: skip
    year = SelectField(N_("Year"), validate_choice=False)
    grade = SelectField(N_("Grade"), validate_choice=False)
    capacity = StringField(N_("Places"))
    is_register = BooleanField(N_("Its learners’ daily register is kept here (a learner belongs to one such class)"))

    def __init__(self, this_year: int, **values: Any) -> None:
        super().__init__(**values)
        years = {this_year - 1, this_year, this_year + 1, int(self.year.object_data or this_year)}
        self.year.choices = [SelectChoice(str(year), str(year)) for year in sorted(years)]
        self.grade.choices = [
            SelectChoice("", speech().gettext("No grade")),
            *(SelectChoice(grade, grade_name(grade)) for grade in GRADES),
        ]
        self.year.flags.required = True

    def validate_year(self, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose a year"))

    def validate_grade(self, field: Field) -> None:
        if field.data and field.data not in GRADES:
            raise says(N_("Choose a grade"))

    def validate_capacity(self, field: Field) -> None:
        if field.data and not (field.data.isascii() and field.data.isdigit() and 0 < int(field.data) <= MOST):
            raise says(N_("Enter a number of places from 1 to %(most)s, or leave it empty"), most=speech().number(MOST))

    def draft(self) -> ClassDraft:
        """What a valid form says."""
        return ClassDraft(
            self.name.data or "", self.grade.data or None, int(self.year.data), bool(self.is_register.data),
            int(self.capacity.data) if self.capacity.data else None,
        )  # fmt: skip


def values_of(group: ClassGroup) -> dict[str, object]:
    """A class as the form shows it."""
    return {
        "name": group.name, "year": str(group.year), "grade": group.grade or "", "is_register": group.is_register,
        "capacity": "" if group.capacity is None else str(group.capacity),
    }  # fmt: skip


class _OnADay(Form):
    """Something happens on a day, which lies not too far from today."""

    FAR = dt.timedelta(days=400)
    on = DayField(N_("Day"), missing=N_("Enter a day"))

    def __init__(self, today: dt.date, **values: Any) -> None:
        super().__init__(**{"data": {"on": today}, **values})
        self.today = today

    def validate_on(self, field: Field) -> None:
        if field.data and abs(field.data - self.today) > self.FAR:
            raise says(N_("This day is too far away"))


class EnrolForm(_OnADay):
    """Learners are picked by boxes of the page, read by `picked`."""

    on = DayField(N_("First day in the class"), missing=N_("Enter the first day"))


class GivePlaceForm(_OnADay):
    """Somebody from the waiting list gets a place."""

    on = DayField(N_("First day in the class"), missing=N_("Enter the first day"))


class TransferForm(_OnADay):
    """To which class, and from when on."""

    target = SelectField(N_("To which class"), validate_choice=False)
    on = DayField(N_("First day in the new class"), missing=N_("Enter the first day"))

    def __init__(self, today: dt.date, targets: Sequence[tuple[UUID, str]], **values: Any) -> None:
        super().__init__(today, **values)
        self.target.choices = [
            SelectChoice("", speech().gettext("Choose a class")),
            *(SelectChoice(str(id), name) for id, name in targets),
        ]
        self.target.flags.required = True

    def validate_target(self, field: Field) -> None:
        if not field.data or field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose a class"))


class LeaveForm(_OnADay):
    """The last day in a class."""

    on = DayField(N_("Last day in the class"), missing=N_("Enter the last day"))


def picked(values: Sequence[str]) -> list[UUID]:
    """The ids of the boxes that were ticked; what is no id is left out."""
    found = []
    for value in dict.fromkeys(values):
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
