"""The form of a new colleague."""

from __future__ import annotations

from wtforms import EmailField, RadioField, StringField

from app.i18n.catalogue import N_
from app.models.user import PlatformRole
from app.web.badges import WORDS
from app.web.forms import Form, an_address, at_most, required

LONGEST_NAME, LONGEST_ADDRESS = 100, 254
TOO_LONG = N_("Too long: at most %(limit)s characters")


class InviteForm(Form):
    """Who runs the platform from now on, and how much of it."""

    name = StringField(N_("Full name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)])
    email = EmailField(
        N_("Email address"), [required(N_("Enter an email address")), at_most(LONGEST_ADDRESS, TOO_LONG), an_address]
    )
    role = RadioField(
        N_("Role"), [required(N_("Choose a role"))], choices={role.value: WORDS[role] for role in PlatformRole},
        default=PlatformRole.OPERATOR.value,
    )  # fmt: skip
