"""The forms of support visits."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import Field, TextAreaField

from app.i18n.catalogue import N_
from app.web.forms import Form, at_most, required, says

SHORTEST, LONGEST = 10, 200  # characters of a reason


def at_least(_: FlaskForm, field: Field) -> None:
    """Words that tell the school something."""
    if len(field.data or "") < SHORTEST:
        raise says(N_("Say a little more: at least %(limit)s characters"), limit=SHORTEST)


class VisitForm(Form):
    reason = TextAreaField(
        N_("Reason for the visit"),
        [
            required(N_("Enter the reason for the visit")),
            at_least,
            at_most(LONGEST, N_("Too long: at most %(limit)s characters")),
        ],
    )
