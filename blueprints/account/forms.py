"""The forms of the account."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, PasswordField, RadioField, StringField

from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.web.forms import Form, a_new_password, at_most, required, says

LONGEST_ADDRESS, LONGEST_NAME, LONGEST_CODE = 254, 100, 50
NO_ADDRESS, NO_PASSWORD = N_("Enter your email address"), N_("Enter your password")
NO_LANGUAGE = N_("Choose a language")
TOO_LONG = N_("Too long: at most %(limit)s characters")


def looks_like_an_address(_: FlaskForm, field: Field) -> None:
    """Something, an @ and something: whether it reaches anybody only a mail can tell."""
    before, at, after = (field.data or "").partition("@")
    if not (before and at and after) or any(c.isspace() for c in field.data):
        raise says(N_("Enter an email address in the form name@example.com"))


class SignInForm(Form):
    email = EmailField(N_("Email address"), [required(NO_ADDRESS), at_most(LONGEST_ADDRESS, TOO_LONG)])
    password = PasswordField(N_("Password"), [required(NO_PASSWORD)])
    credential = HiddenField()  # the answer of a passkey, for which there is a form of its own
    next = HiddenField()


class ForgottenForm(Form):
    email = EmailField(N_("Email address"), [required(NO_ADDRESS), at_most(LONGEST_ADDRESS, TOO_LONG), looks_like_an_address])


class NewPasswordForm(Form):
    password = PasswordField(N_("New password"), [required(N_("Enter a new password")), a_new_password])


class ChangePasswordForm(Form):
    current = PasswordField(N_("Current password"), [required(N_("Enter your current password"))])
    password = PasswordField(N_("New password"), [required(N_("Enter a new password")), a_new_password])

    def validate_password(self, field: Field) -> None:
        if field.data and field.data == self.current.data:
            raise says(N_("The new password is the same as the current one"))


class ConfirmForm(Form):
    """One page, and a form for each way; `way` says which of them was sent. `first` is for adding the first passkey."""

    way = HiddenField(default="password")
    password = PasswordField(N_("Password"), [required(N_("Enter your password"))])
    credential = HiddenField(validators=[required(N_("Your passkey did not answer. Press the button and try again."))])
    code = StringField(N_("Recovery code"), [required(N_("Enter a recovery code")), at_most(LONGEST_CODE, TOO_LONG)])
    first = HiddenField()
    next = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        proof = {"passkey": "credential", "recovery": "code"}.get(self.way.data or "", "password")
        for other in {"password", "credential", "code"} - {proof}:  # what another form of the page would have asked
            self[other].validators = []


class LanguageForm(Form):
    language = RadioField(
        N_("Show Umthi in"),
        [required(NO_LANGUAGE)],
        choices={"school": N_("Use school default")} | {language.code: language.name for language in LANGUAGES.values()},
        validate_choice=False,
    )

    def validate_language(self, field: Field) -> None:
        if field.data not in ("school", *LANGUAGES):
            raise says(NO_LANGUAGE)

    @property
    def chosen(self) -> str | None:
        """The code of a language, None for the school's."""
        return None if self.language.data == "school" else self.language.data


class ProfileForm(Form):
    name = StringField(N_("Your name"), [required(N_("Enter your name")), at_most(LONGEST_NAME, TOO_LONG)])
