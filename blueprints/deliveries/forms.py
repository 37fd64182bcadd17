"""The forms of what did not arrive: a reason to give up, and an address that is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import BooleanField, EmailField, Field, StringField, TelField

from app.domain.phones import NotAPhoneNumber, e164
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.models.person import Person
from app.web.forms import Form, at_most, required, says

LONGEST_ADDRESS, LONGEST_PHONE, LONGEST_REASON = 254, 40, 300
TOO_LONG = N_("Too long: at most %(limit)s characters")


class DiscardForm(Form):
    """Why a message is given up, for whoever asks later."""

    why = StringField(N_("Why are you discarding this?"), [required(N_("Enter a reason")), at_most(LONGEST_REASON, TOO_LONG)])


class AddressForm(Form):
    """How to reach a person; `is_right` says that the address works after all, although a mail server refused it."""

    email = EmailField(N_("Email address"), [at_most(LONGEST_ADDRESS, TOO_LONG)])
    is_right = BooleanField(N_("The address is right: try it again"))
    phone = TelField(N_("Phone number"), [at_most(LONGEST_PHONE, TOO_LONG)])

    def __init__(self, person: Person, **values: Any) -> None:
        super().__init__(data={"email": person.email, "phone": person.phone}, **values)
        self.person = person

    def validate_email(self, field: Field) -> None:
        if not field.data:
            return
        try:
            found = validate_email(
                field.data, check_deliverability=False, test_environment=not current_settings().is_production
            )
        except EmailNotValidError:
            raise says(N_("Enter an email address in the form name@example.com")) from None
        field.data = found.normalized.lower()

    def validate_phone(self, field: Field) -> None:
        if not field.data or field.data.strip() == self.person.phone:
            return
        try:
            field.data = e164(field.data)
        except NotAPhoneNumber:
            raise says(N_("Enter a phone number such as 082 555 0101 or +27 82 555 0101")) from None

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own; and an address that does not work is not saved as it was without a word."""
        if not super().validate(extra_validators):
            return False
        person = self.person
        same = (self.email.data or "") == (person.email or "") and (self.phone.data or "") == (person.phone or "")
        if same and person.email and person.email_flagged_at and not self.is_right.data:
            self.email.errors = [str(says(N_("This address does not work. Change it, or say that it is right.")))]
            return False
        return True
