"""The form that confirms a deed on a whole school."""

from __future__ import annotations

from wtforms import StringField

from app.i18n.catalogue import N_
from app.web.forms import Form, required


class ConfirmForm(Form):
    """The name of the school, typed out."""

    confirm_name = StringField(N_("Name of the school"), [required(N_("Type the name of the school to confirm"))])
