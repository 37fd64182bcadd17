"""The forms of an operator's pages about a school."""

from __future__ import annotations

from wtforms import EmailField, Field, SelectField, StringField, TelField, TextAreaField

from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.school import name_key
from app.web.clock_field import ClockField
from app.web.forms import Form, an_address, at_most, one_line, required, says
from app.web.timezone_field import TimezoneField
from blueprints.schools.one import OneSchool
from blueprints.schools.operations import Settings

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_PHONE, LONGEST_PLACE, LONGEST_NOTE = 120, 254, 40, 300, 4000
TOO_LONG = N_("Too long: at most %(limit)s characters")


class SettingsForm(Form):
    """What an operator may change about a school."""

    name = StringField(
        N_("School name"), [required(N_("Enter the name of the school")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )
    timezone = TimezoneField(N_("Time zone"))
    close_time = ClockField(N_("Campus close time"), [required(N_("Enter when the campus closes, like 17:00"))])
    language = SelectField(N_("Default language"), [required(N_("Choose a language"))], validate_choice=False)
    contact_email = EmailField(N_("Contact email address"), [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])
    contact_phone = TelField(N_("Contact phone number"), [at_most(LONGEST_PHONE, TOO_LONG)])
    contact_address = TextAreaField(N_("Postal or street address"), [at_most(LONGEST_PLACE, TOO_LONG)])

    def __init__(self, school: OneSchool) -> None:
        super().__init__(data={name: getattr(school, name) for name in Settings._fields})
        self.language.choices = [(language.code, language.name) for language in LANGUAGES.values()]

    def validate_name(self, field: Field) -> None:
        if not name_key(field.data):
            raise says(N_("Enter a name with letters or digits"))

    def validate_language(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise says(N_("Choose a language"))

    @property
    def wanted(self) -> Settings:
        """What a valid form says."""
        assert self.close_time.data is not None  # it is required
        return Settings(
            self.name.data, self.timezone.data, self.close_time.data, self.language.data, self.contact_email.data or None,
            self.contact_phone.data or None, self.contact_address.data or None,
        )  # fmt: skip


class NoteForm(Form):
    """Something for other operators to know."""

    body = TextAreaField(N_("New note"), [required(N_("Enter a note")), at_most(LONGEST_NOTE, TOO_LONG)])
