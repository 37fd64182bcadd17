"""A day, as the browser's own calendar gives it or as somebody types it."""

from __future__ import annotations

import datetime as dt
import re

from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput

from app.i18n.catalogue import N_
from app.i18n.speech import speech

TYPED = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
YEARS = range(1900, 2101)
FORMAT = N_("Enter a day, like 2027-03-31")


class DayField(Field):
    """`<input type="date">`, None when it is empty; `missing` is the error of a field that must be filled.

    What cannot be read stays as it was typed.
    """

    widget = DateInput()
    data: dt.date | None

    def __init__(self, label: str, *, missing: str = "", **options: object) -> None:
        super().__init__(label, **options)
        self.missing = missing
        if missing:
            self.flags.required = True

    def _value(self) -> str:
        """What the input shows: what was typed, else the day."""
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            self.data = read(text)

    def pre_validate(self, form: object) -> None:
        if self.missing and not (self.raw_data and self.raw_data[0].strip()):
            raise StopValidation(speech().gettext(self.missing))


def read(text: str) -> dt.date:
    """The day that a person means. Raises ValueError with what to do, in the reader's language."""
    try:
        day = dt.date.fromisoformat(text) if TYPED.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValueError(speech().gettext(FORMAT))
    return day
