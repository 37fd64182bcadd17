"""A time of day, as the clock of the school shows it."""

from __future__ import annotations

import datetime as dt
import re

from wtforms import Field
from wtforms.widgets import TimeInput

from app.i18n.catalogue import N_
from app.i18n.speech import speech

TYPED = re.compile(r"(\d\d?)[:hH.](\d\d)(?::00(?:\.0{1,6})?)?", re.ASCII)
FORMAT = N_("Enter a time of day, like 21:30")


class ClockField(Field):
    """`<input type="time">`: hours and minutes, None when it is empty. What cannot be read stays as it was typed."""

    widget = TimeInput()
    data: dt.time | None

    def _value(self) -> str:
        """What the input shows: what was typed, else the time."""
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            self.data = read(text)


def read(text: str) -> dt.time:
    """The time that a person means. Raises ValueError with what to do, in the reader's language."""
    found = TYPED.fullmatch(text)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return dt.time(int(found[1]), int(found[2]))
    raise ValueError(speech().gettext(FORMAT))
