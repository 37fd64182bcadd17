"""The base of every form, and the validators that speak the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.validators import StopValidation

from app.access.passwords import problem_with
from app.access.sessions import CSRF as FIELD
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.csrf import MaskedCSRF

Validator = Callable[[FlaskForm, Field], None]


class Problem(NamedTuple):
    """One line of the error summary, and the field it leads to."""

    field_id: str
    text: str


class Form(FlaskForm):
    """Labels and messages are marked with N_ and translated when they are shown; text is stripped, NUL refused before."""

    class Meta(FlaskForm.Meta):
        csrf_class = MaskedCSRF
        csrf_field_name = FIELD

        def bind_field(self, form: FlaskForm, unbound_field: Any, options: dict[str, Any]) -> Field:
            filters = unbound_field.kwargs.get("filters", [])
            if unbound_field.field_class.__name__ in ("StringField", "TextAreaField", "EmailField"):
                filters = [*filters, strip]
            return (
                unbound_field.bind(form=form, **options, filters=filters)
                if filters
                else unbound_field.bind(form=form, **options)
            )

    @property
    def problems(self) -> list[Problem]:
        """Every error in the order of the fields."""
        return [Problem(field.id, str(text)) for field in self for text in field.errors]


def strip(text: object) -> object:
    """Text without the white space around it."""
    return text.strip() if isinstance(text, str) else text


def one_line(text: object) -> object:
    """A name as people write it: one space between its words."""
    return " ".join(text.split()) if isinstance(text, str) else text


def required(message: str) -> Validator:
    """The field must be filled in; `message` is marked with N_."""

    def check(_: FlaskForm, field: Field) -> None:
        if not field.data:
            field.errors = []  # what the field itself could not read is said by this message
            raise StopValidation(speech().gettext(message))

    check.field_flags = {"required": True}  # type: ignore[attr-defined]
    return check


def at_most(limit: int, message: str) -> Validator:
    """No longer than `limit` characters; `message` may print %(limit)s."""

    def check(_: FlaskForm, field: Field) -> None:
        if len(field.data or "") > limit:
            raise ValidationError(speech().gettext(message, limit=speech().number(limit)))

    return check


def an_address(_: FlaskForm, field: Field) -> None:
    """An email address, if one was given, which becomes what the database keeps. Whether it reaches anybody a mail tells."""
    if not field.data:
        return
    try:
        found = validate_email(field.data, check_deliverability=False, test_environment=not current_settings().is_production)
    except EmailNotValidError:
        raise says(N_("Enter an email address in the form name@example.com")) from None
    field.data = found.normalized.lower()


def a_new_password(_: FlaskForm, field: Field) -> None:
    """A password that may be chosen."""
    if problem := problem_with(field.data or ""):
        raise says(problem)


def says(message: str, **values: object) -> ValidationError:
    """The error of a validator of a form's own: `raise says(N_("…"))`."""
    return ValidationError(speech().gettext(message, **values))
