"""A day and a time as a person at the school types them; kept as an aware moment."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import DateTimeLocalInput

from app.i18n.catalogue import N_
from app.i18n.speech import speech

TYPED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
YEARS = range(2000, 2101)
FORMAT = N_("Enter a day and a time, like 2027-03-31 07:30")
SKIPPED = N_("On that day the clocks go forward and this time does not exist. Enter another time.")


class MomentField(Field):
    """`<input type="datetime-local">` by the clock of the school; `missing` is the error of a field that must be filled.

    Of the two moments that a clock shows twice when it goes back, the first is meant; one that it never shows is an error.
    What was not changed stays the moment that it was, to the second, also inside the doubled hour.
    """

    widget = DateTimeLocalInput()
    data: dt.datetime | None

    def __init__(self, label: str, *, missing: str = "", **options: object) -> None:
        super().__init__(label, **options)
        self.missing = missing
        if missing:
            self.flags.required = True

    def _value(self) -> str:
        """What the input shows: what was typed, else the moment by the school's clock."""
        if self.raw_data:
            return str(self.raw_data[0])
        return typed(self.data) if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        before = self.object_data
        if not text:
            self.data = None
        elif before and text.replace(" ", "T") == typed(before):
            self.data = before
        else:
            self.data = None
            self.data = read(text)

    def pre_validate(self, form: object) -> None:
        if self.missing and not (self.raw_data and self.raw_data[0].strip()):
            raise StopValidation(speech().gettext(self.missing))


def typed(moment: dt.datetime) -> str:
    """A moment as the input wants it, by the school's clock."""
    return moment.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M")


def read(text: str) -> dt.datetime:
    """The moment that a person at the school means. Raises ValueError with what to do, in the reader's language."""
    try:
        local = dt.datetime.fromisoformat(text) if TYPED.fullmatch(text) else None
    except ValueError:
        local = None
    if local is None or local.year not in YEARS:
        raise ValueError(speech().gettext(FORMAT))
    moment = local.replace(tzinfo=_zone()).astimezone(dt.UTC)
    if moment.astimezone(_zone()).replace(tzinfo=None) != local:
        raise ValueError(speech().gettext(SKIPPED))
    return moment


def _zone() -> ZoneInfo:
    return ZoneInfo(speech().timezone)
