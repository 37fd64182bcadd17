"""The form of bringing an archive in."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import StringField

from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form, required

LONGEST_NAME = 120  # characters of the name of a file


class BringForm(Form):
    """The file, and the name of the school that it goes into, typed out."""

    file = FileField(N_("Archive"))
    confirm_name = StringField(N_("Name of the school"), [required(N_("Type the name of the school to confirm"))])

    def refuse(self, text: str) -> None:
        """Say what is wrong with the file, in the reader's language."""
        self.file.errors = [text]

    def refuse_name(self, text: str) -> None:
        """Say that what was typed is not the name; `text` is marked with N_."""
        self.confirm_name.errors = [speech().gettext(text)]


def file_name(given: str | None) -> str:
    """The name of a file without its folders, and not too long."""
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    return " ".join("".join(sign for sign in name if sign.isprintable()).split())[-LONGEST_NAME:] or "archive.zip"
