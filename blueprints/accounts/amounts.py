"""Amounts of money as people type them. A comma and a point never change places: what could mean two things is refused."""

from __future__ import annotations

import re

from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from app.i18n.catalogue import N_
from app.i18n.speech import speech

MOST = 10**11  # cents: a thousand million
FORMAT = N_("Enter an amount like 1234.50 or R1 234,50, with two digits for the cents or none")
UNCLEAR = N_("This could mean two amounts. Write thousands with a space and cents with two digits, like 1 234,50")
TOO_MUCH = N_("This is more than can be booked at once")
NOT_NEGATIVE = N_("Enter an amount above zero")
SPACES = "\u00a0\u202f\u2009'’"
#: whole, with spaces between thousands or none, and cents behind a comma or a point
PLAIN = re.compile(r"(\d{1,3}(?: \d{3})+|\d+)(?:[.,](\d{2}))?", re.ASCII)
#: thousands by one of the two, cents by the other
GROUPED = re.compile(r"(\d{1,3}(?:,\d{3})+)\.(\d{2})|(\d{1,3}(?:\.\d{3})+),(\d{2})", re.ASCII)
#: thousands, or three digits behind a decimal sign? several groups can only be thousands, yet nobody types them to be exact
DOUBTFUL = re.compile(r"\d{1,3}(?:[.,]\d{3})+", re.ASCII)


class Unclear(ValueError):
    """What was typed is no amount, or could be two; `message` is marked with N_."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def cents_of(text: str) -> int:
    """Whole cents of what somebody typed, with a sign in front or none: 'R1 234,50', '1234.50', '-1,234.50'. Raises Unclear."""
    bare = text.translate(dict.fromkeys(map(ord, SPACES), " ")).strip().replace("−", "-")
    sign = -1 if bare.startswith("-") else 1
    bare = bare.removeprefix("-").removeprefix("+").strip()
    bare = re.sub(r"^(R|ZAR)\s*(?=\d)", "", bare)
    if found := PLAIN.fullmatch(bare):
        whole, cents = found.groups()
    elif found := GROUPED.fullmatch(bare):
        whole, cents = (found[1], found[2]) if found[1] else (found[3], found[4])
    else:
        raise Unclear(UNCLEAR if DOUBTFUL.fullmatch(bare) else FORMAT)
    amount = int(re.sub(r"\D", "", whole)) * 100 + int(cents or 0)
    if amount > MOST:
        raise Unclear(TOO_MUCH)
    return sign * amount


def typed(cents: int) -> str:
    """An amount as the input shows it, so that it is read as the same one."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


class AmountField(Field):
    """Whole cents, None when it is empty; `missing` is the error of a field that must be filled. Above zero unless `is_signed`.

    What cannot be read stays as it was typed.
    """

    widget = TextInput()
    data: int | None

    def __init__(self, label: str, *, missing: str = "", is_signed: bool = False, **options: object) -> None:
        super().__init__(label, **options)
        self.missing, self.is_signed = missing, is_signed
        if missing:
            self.flags.required = True

    def _value(self) -> str:
        """What the input shows: what was typed, else the amount."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else typed(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                amount = cents_of(text)
            except Unclear as fault:
                raise ValueError(speech().gettext(fault.message)) from None
            if amount < 0 and not self.is_signed:
                raise ValueError(speech().gettext(NOT_NEGATIVE))
            self.data = amount

    def pre_validate(self, form: object) -> None:
        if self.missing and not (self.raw_data and self.raw_data[0].strip()):
            raise StopValidation(speech().gettext(self.missing))
