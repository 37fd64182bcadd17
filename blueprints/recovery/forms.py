"""The one form of recovery: a reason to give up."""

from __future__ import annotations

from wtforms import StringField

from app.i18n.catalogue import N_
from app.web.forms import Form, at_most, required

LONGEST_REASON = 300


class DiscardForm(Form):
    """Why messages are given up, for whoever asks later: the school reads it too."""

    why = StringField(
        N_("Why are you discarding this?"),
        [required(N_("Enter a reason")), at_most(LONGEST_REASON, N_("Too long: at most %(limit)s characters"))],
    )
