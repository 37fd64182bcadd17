"""The forms of invitations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import EmailField, PasswordField, RadioField, StringField

from app.i18n.catalogue import N_
from app.web.badges import WORDS
from app.web.forms import Form, a_new_password, an_address, at_most, required, says

LONGEST_NAME, LONGEST_ADDRESS = 100, 254
CHOOSE_ROLE = N_("Choose a role")
TOO_LONG = N_("Too long: at most %(limit)s characters")


class AcceptForm(Form):
    """What somebody calls themselves, and the password that they will sign in with."""

    name = StringField(N_("Your name"), [required(N_("Enter your name")), at_most(LONGEST_NAME, TOO_LONG)])
    password = PasswordField(N_("Password"), [required(N_("Enter a password")), a_new_password])


class RoleForm(Form):
    """What somebody will be at the school; `roles` are those that may be given here."""

    role = RadioField(N_("Role"), [required(CHOOSE_ROLE)], validate_choice=False)

    def __init__(self, roles: Iterable[str], **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = {role: WORDS[role] for role in roles}

    def validate_role(self, field: Any) -> None:
        """One of those that were offered."""
        if field.data not in self.role.choices:
            raise says(CHOOSE_ROLE)


class NewPersonForm(RoleForm):
    """Somebody whom the school does not know yet."""

    name = StringField(N_("Full name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)])
    email = EmailField(
        N_("Email address"), [required(N_("Enter an email address")), at_most(LONGEST_ADDRESS, TOO_LONG), an_address]
    )
    role = RadioField(N_("Role"), [required(CHOOSE_ROLE)], validate_choice=False)
