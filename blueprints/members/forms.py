"""The forms about members of a school."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import EmailField, Field, RadioField, StringField
from wtforms.fields import SelectChoice

from app.i18n.catalogue import N_
from app.web.badges import WORDS
from app.web.forms import Form, an_address, at_most, one_line, required, says

LONGEST_NAME, LONGEST_ADDRESS = 100, 254
CHOOSE_ROLE, CHOOSE_SCHOOL = N_("Choose a role"), N_("Choose a school from the list")
TOO_LONG = N_("Too long: at most %(limit)s characters")


class RoleForm(Form):
    """What a member is at the school; `roles` are those that may be given here."""

    role = RadioField(N_("Role"), [required(CHOOSE_ROLE)], validate_choice=False)

    def __init__(self, roles: Iterable[str], **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = {role: WORDS[role] for role in roles}

    def validate_role(self, field: Field) -> None:
        """One of those that were offered."""
        if field.data not in self.role.choices:
            raise says(CHOOSE_ROLE)


class MoveForm(RoleForm):
    """To which school somebody moves, and as what."""

    school = RadioField(N_("To"), [required(CHOOSE_SCHOOL)], validate_choice=False)
    role = RadioField(N_("Role there"), [required(CHOOSE_ROLE)], validate_choice=False)

    def __init__(self, roles: Iterable[str], schools: Iterable[tuple[int, str]], **values: Any) -> None:
        super().__init__(roles, **values)
        self.school.choices = [SelectChoice(str(number), name) for number, name in schools]

    def validate_school(self, field: Field) -> None:
        """One of those that were offered."""
        if field.data not in [choice.value for choice in self.school.choices]:
            raise says(CHOOSE_SCHOOL)


class AccountForm(Form):
    """What an operator corrects of an account: what it calls its person, and the address that they sign in with."""

    name = StringField(N_("Name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    email = EmailField(
        N_("Email address"), [required(N_("Enter an email address")), at_most(LONGEST_ADDRESS, TOO_LONG), an_address]
    )
