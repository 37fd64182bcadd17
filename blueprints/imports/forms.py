"""Forms of imports."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf.file import FileField
from werkzeug.datastructures import ImmutableMultiDict

from app.domain.roster import Field
from app.i18n.catalogue import N_
from app.web.forms import Form, Problem
from blueprints.imports.planning import DECISIONS

LONGEST_NAME = 120  # characters of the name of a file


class UploadForm(Form):
    """A file that somebody chose or dragged in."""

    file = FileField(N_("File"))

    def refuse(self, text: str) -> None:
        """Say what is wrong with the file, in the reader's language."""
        self.file.errors = [text]


class ColumnsForm(Form):
    """Only the token: its fields are as many as the file has columns."""

    refusal = ""

    @property
    def problems(self) -> list[Problem]:
        return [Problem("column-0", self.refusal)] if self.refusal else []


class PlainForm(Form):
    """A button."""


def file_name(given: str | None) -> str:
    """The name of a file without its folders, and not too long."""
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    return " ".join("".join(sign for sign in name if sign.isprintable()).split())[-LONGEST_NAME:] or "roster.csv"


def chosen(form: ImmutableMultiDict[str, str], header: Sequence[str]) -> tuple[dict[str, int], bool]:
    """The column of each field that was chosen, and whether one was chosen twice; what is no field is left out."""
    mapping: dict[str, int] = {}
    twice = False
    for column in range(len(header)):
        name = form.get(f"column_{column}", "")
        if name in set(Field):
            twice = twice or name in mapping
            mapping[name] = column
    return mapping, twice


def decided(form: ImmutableMultiDict[str, str]) -> dict[int, str]:
    """What was decided, by the number of the row."""
    found = {}
    for name, value in form.items():
        number = name.removeprefix("row_")
        if name != number and number.isdecimal() and len(number) < 9 and value in DECISIONS:
            found[int(number)] = value
    return found
