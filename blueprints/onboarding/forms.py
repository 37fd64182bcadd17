"""The form of a new school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from app.access.passwords import problem_with
from app.domain.onboarding import first_person
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import speech
from app.models.onboarding import OnboardingRun
from app.models.school import name_key
from app.models.user import Role
from app.web.clock_field import ClockField
from app.web.forms import Form, at_most, one_line, required, says
from app.web.timezone_field import USUAL, TimezoneField
from blueprints.onboarding.operations import Draft, Newcomer

LONGEST_NAME, LONGEST_ADDRESS = 100, 254
TOO_LONG = N_("Too long: at most %(limit)s characters")
NAME, LENGTH = at_most(LONGEST_NAME, TOO_LONG), at_most(LONGEST_ADDRESS, TOO_LONG)
SAME = N_("The first admin has this address. Enter another one for the officer.")
USUAL_CLOSE = dt.time(17, 0)
NO_TIME = N_("Enter when the campus closes")
BOTH_OR_NEITHER = {
    "officer_name": N_("Enter the first officer’s name, or leave all of the first officer blank"),
    "officer_email": N_("Enter the first officer’s email address, or leave all of the first officer blank"),
}


def address(_: FlaskForm, field: Field) -> None:
    """An address as the database keeps it; whether it reaches anybody only a mail can tell."""
    if not field.data:
        return
    try:
        found = validate_email(field.data, check_deliverability=False, test_environment=not current_settings().is_production)
    except EmailNotValidError:
        raise says(N_("Enter an email address in the form name@example.com")) from None
    field.data = found.normalized.lower()


def allowed(_: FlaskForm, field: Field) -> None:
    """A password that may be chosen, or none."""
    if field.data and (problem := problem_with(field.data)):
        raise says(problem)


class CloseTimeField(ClockField):
    """A time of day that stays the usual one where a form does not ask for it, and may not be left empty where it does."""

    widget = TextInput()  # a browser's own may show it in halves of the day

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, **options)
        self.flags.required = True

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            super().process_formdata(valuelist)

    def pre_validate(self, form: object) -> None:
        if self.raw_data and not self.raw_data[0].strip():
            raise StopValidation(speech().gettext(NO_TIME))


class SchoolForm(Form):
    """What a school is made of. A password that was typed is never shown again: it is asked for anew."""

    name = StringField(N_("School name"), [required(N_("Enter the school’s name")), NAME], filters=[one_line])
    timezone = TimezoneField(N_("Time zone"), default=USUAL)
    close_time = CloseTimeField(N_("Campus close time"), default=USUAL_CLOSE)
    language = SelectField(
        N_("Default language"),
        [required(N_("Choose a language"))],
        choices=[SelectChoice(one.code, one.name) for one in LANGUAGES.values()],
        default=DEFAULT,
        validate_choice=False,
    )
    admin_name = StringField(N_("Full name"), [required(N_("Enter the first admin’s name")), NAME], filters=[one_line])
    admin_email = EmailField(
        N_("Email address"),
        [required(N_("Enter the first admin’s email address")), at_most(LONGEST_ADDRESS, TOO_LONG), address],
    )
    admin_password = PasswordField(N_("Temporary password"), [allowed])
    officer_name = StringField(N_("Full name"), [NAME], filters=[one_line])
    officer_email = EmailField(N_("Email address"), [LENGTH, address])
    officer_password = PasswordField(N_("Temporary password"), [allowed])

    @classmethod
    def of(cls, run: OnboardingRun | None) -> SchoolForm:
        """The form as a draft has it, else as it begins."""
        if run is None:
            return cls()
        admin, officer = first_person(run, Role.ADMIN), first_person(run, Role.OFFICER)
        return cls(
            data={
                "name": run.name, "timezone": str(run.timezone), "close_time": run.close_time, "language": run.language,
                "admin_name": admin.name, "admin_email": admin.email, "officer_name": officer.name,
                "officer_email": officer.email,
            }
        )  # fmt: skip

    def validate_name(self, field: Field) -> None:
        if not name_key(field.data):
            raise says(N_("The name needs letters or digits"))

    def validate_language(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise says(N_("Choose a language"))

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own; and of the officer both or neither, at an address of their own."""
        is_valid: bool = super().validate(extra_validators)
        given = (self.officer_name.data, self.officer_email.data, self.officer_password.data)
        for field in (self.officer_name, self.officer_email):
            if any(given) and not field.data:
                self.refuse(field, BOTH_OR_NEITHER[field.name])
                is_valid = False
        if self.officer_email.data and self.officer_email.data == self.admin_email.data and not self.officer_email.errors:
            self.officer_email.errors = [
                says(N_("The first admin has this address. Enter another one for the officer.")).args[0]
            ]
            is_valid = False
        return is_valid

    def refuse(self, field: Field, message: str, **values: object) -> None:
        """Add an error that the field alone could not tell; `message` is marked with N_."""
        field.errors = [*field.errors, speech().gettext(message, **values)]

    def refuse_address(self, role: Role, message: str) -> None:
        """Add an error to the address of the first person in this role."""
        self.refuse(self.admin_email if role is Role.ADMIN else self.officer_email, message)

    @property
    def draft(self) -> Draft:
        """What a valid form says."""
        people = {Role.ADMIN: Newcomer(self.admin_name.data, self.admin_email.data, self.admin_password.data or None)}
        if self.officer_email.data:
            people[Role.OFFICER] = Newcomer(self.officer_name.data, self.officer_email.data, self.officer_password.data or None)
        closes = self.close_time.data or USUAL_CLOSE
        return Draft(self.name.data, self.timezone.zone, closes, self.language.data, people)
