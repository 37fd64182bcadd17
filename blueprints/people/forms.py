"""The forms of people: what is written down of somebody, their family, their leaving, and a medical note."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import BooleanField, EmailField, Field, HiddenField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.families import RELATIONS
from app.domain.phones import NotAPhoneNumber, e164
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.learner import Guardianship, Learner, LearnerStatus, PhotoConsent, Relation
from app.models.person import Person
from app.web.day_field import DayField
from app.web.forms import Form, Problem, an_address, at_most, one_line, required, says
from blueprints.people.duplicates import Side
from blueprints.people.merging import KEPT, OTHER
from blueprints.people.operations import Contact, LearnerDraft
from blueprints.people.ties import Terms
from blueprints.people.words import CONSENTS, STATUSES

LONGEST_NAME, LONGEST_NUMBER, LONGEST_ADDRESS, LONGEST_PHONE, LONGEST_WHY, LONGEST_NOTE = 100, 40, 254, 40, 300, 5000
TOO_LONG = N_("Too long: at most %(limit)s characters")
NAME = at_most(LONGEST_NAME, TOO_LONG)
CHOOSE = N_("Choose one of these")
LANGUAGE_CHOICES = [
    SelectChoice("", N_("The language of the school")),
    *(SelectChoice(code, language.spoken) for code, language in LANGUAGES.items()),
]
CONTACT = ("email", "phone", "language")


def choices_of(words: Mapping[str, str]) -> list[SelectChoice]:
    """The choices of a field, from keys with their words."""
    return [SelectChoice(key, text) for key, text in words.items()]


def offered(_: Form, field: Any) -> None:
    """One of the choices of a field."""
    if field.data not in [choice.value for choice in field.choices]:
        raise says(CHOOSE)


class ContactForm(Form):
    """How somebody is reached. `anyway` says that they are nobody of those who look like them."""

    anyway = HiddenField()
    email = EmailField(N_("Email address"), [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])
    phone = TelField(N_("Phone number"), [at_most(LONGEST_PHONE, TOO_LONG)])
    language = SelectField(
        N_("Language in which the school writes to them"),
        [offered],
        choices=LANGUAGE_CHOICES,
        default="",
        validate_choice=False,
    )

    def validate_phone(self, field: Field) -> None:
        """A number that a gateway takes; one that was stored otherwise before may stay."""
        if not field.data or field.data == field.object_data:
            return
        try:
            field.data = e164(field.data)
        except NotAPhoneNumber:
            raise says(N_("Enter a phone number such as 082 555 0101 or +27 82 555 0101")) from None

    @property
    def problems(self) -> list[Problem]:
        """Every error in the order of the page, where the name comes first."""
        return sorted(super().problems, key=lambda problem: problem.field_id in CONTACT)

    @property
    def contact(self) -> Contact:
        """What was filled in."""
        return Contact(email=self.email.data or None, phone=self.phone.data or None, language=self.language.data or None)


class LearnerForm(ContactForm):
    """A learner; `today` is the school's day, which no birth comes after."""

    first_name = StringField(N_("First names"), [required(N_("Enter the first names")), NAME], filters=[one_line])
    last_name = StringField(N_("Surname"), [required(N_("Enter the surname")), NAME], filters=[one_line])
    known_as = StringField(N_("Known as"), [NAME], filters=[one_line])
    birth_date = DayField(N_("Date of birth"))
    number = StringField(N_("Learner number"), [at_most(LONGEST_NUMBER, TOO_LONG)], filters=[one_line])
    photo_consent = RadioField(
        N_("Photo consent"),
        [required(CHOOSE), offered],
        choices=choices_of(CONSENTS),
        default=PhotoConsent.UNKNOWN.value,
        validate_choice=False,
    )
    status = RadioField(
        N_("Status"), [required(CHOOSE), offered], validate_choice=False, default=LearnerStatus.ENROLLED.value,
        choices=choices_of({status.value: STATUSES[status] for status in (LearnerStatus.ENROLLED, LearnerStatus.APPLIED)}),
    )  # fmt: skip

    def __init__(self, today: dt.date, learner: Learner | None = None, **values: Any) -> None:
        super().__init__(data=_of_learner(learner) if learner else None, **values)
        self.today = today

    def validate_birth_date(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise says(N_("The date of birth is in the future"))

    def draft(self) -> LearnerDraft:
        """What was filled in."""
        return LearnerDraft(
            first_name=self.first_name.data, last_name=self.last_name.data, known_as=self.known_as.data or None,
            birth_date=self.birth_date.data, number=self.number.data or None, photo_consent=self.photo_consent.data,
            status=self.status.data, contact=self.contact,
        )  # fmt: skip


class AdultForm(ContactForm):
    """A guardian or a member of staff."""

    name = StringField(N_("Full name"), [required(N_("Enter a name")), NAME], filters=[one_line])

    def __init__(self, person: Person | None = None, **values: Any) -> None:
        super().__init__(data=_of_person(person) if person else None, **values)


class TermsForm(Form):
    """What a guardian is to a learner, and what follows from it."""

    relation = SelectField(
        N_("Relationship to learner"), [required(CHOOSE), offered], choices=choices_of(RELATIONS),
        default=Relation.GUARDIAN.value, validate_choice=False,
    )  # fmt: skip
    no_contact = BooleanField(N_("No contact: never write to them about this learner, and never let them collect"))
    may_collect = BooleanField(N_("May collect the learner"), default=True)
    hears_attendance = BooleanField(N_("Hears when the learner is absent"), default=True)
    hears_notices = BooleanField(N_("Gets notices about the learner’s class"), default=True)
    hears_billing = BooleanField(N_("Gets invoices for the learner"))

    def __init__(self, tie: Guardianship | None = None, **values: Any) -> None:
        super().__init__(obj=tie, **values)

    def terms(self) -> Terms:
        """What was filled in."""
        return Terms(
            relation=self.relation.data, may_collect=self.may_collect.data, no_contact=self.no_contact.data,
            hears_attendance=self.hears_attendance.data, hears_notices=self.hears_notices.data,
            hears_billing=self.hears_billing.data,
        )  # fmt: skip


class LeavingForm(Form):
    """Since when somebody is no longer at the school, and why."""

    on = DayField(N_("Last day"), missing=N_("Enter the last day"))
    why = StringField(N_("Reason"), [required(N_("Enter a reason")), at_most(LONGEST_WHY, TOO_LONG)], filters=[one_line])

    def __init__(self, today: dt.date, **values: Any) -> None:
        super().__init__(data={"on": today}, **values)
        self.today = today

    def validate_on(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise says(N_("The last day cannot be in the future"))


class NoteForm(Form):
    """What is noted of a learner's health."""

    note = TextAreaField(N_("Medical note"), [at_most(LONGEST_NOTE, TOO_LONG)])

    @property
    def text(self) -> str:
        """What was filled in, with the line ends of every browser made alike."""
        return (self.note.data or "").replace("\r\n", "\n").replace("\r", "\n")


def _of_person(person: Person) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "phone": person.phone, "language": person.language or ""}


def _of_learner(learner: Learner) -> dict[str, Any]:
    columns = ("first_name", "last_name", "known_as", "birth_date", "number", "photo_consent", "status")
    return {**_of_person(learner.person), **{name: getattr(learner, name) for name in columns}}


class MergeForm(Form):
    """Of two records of one person: whose value wins, for each field in which they differ."""

    def __init__(self, kept: Side, other: Side, *, fields: Mapping[str, str], **values: Any) -> None:
        super().__init__(**values)
        self.differing = [
            (name, label) for name, label in fields.items() if (getattr(kept, name) or None) != (getattr(other, name) or None)
        ]
        self._kept = kept

    def side_of(self, name: str) -> str:
        """Whose value wins: what was chosen, else the kept one's unless it says nothing."""
        if self.is_submitted():
            return OTHER if request.form.get(name) == OTHER else KEPT
        value = getattr(self._kept, name)
        return KEPT if value and value != PhotoConsent.UNKNOWN else OTHER

    @property
    def chosen(self) -> dict[str, str]:
        """The side that wins, by field."""
        return {name: self.side_of(name) for name, _ in self.differing}
