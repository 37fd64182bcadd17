"""The forms of leads: one that comes by hand, what happens to it, its archive, its erasure, and how long leads are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.widgets import NumberInput

from app import clock
from app.domain.classes import ClassRow
from app.domain.families import RELATIONS
from app.domain.guardianships import Terms
from app.domain.leads.converting import Conversion
from app.domain.leads.records import NewLead
from app.domain.leads.sources import BY_HAND, SOURCES
from app.domain.names import parts
from app.domain.people_records import Contact, LearnerDraft
from app.domain.phones import NotAPhoneNumber, e164
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.ids import uuid7
from app.models.lead import Lead, Source
from app.models.learner import LearnerStatus, PhotoConsent, Relation
from app.models.person import Person
from app.web.day_field import DayField
from app.web.forms import Form, an_address, at_most, one_line, required, says
from blueprints.leads.operations import Details, details_of
from blueprints.leads.queries import Colleague
from blueprints.leads.words import FIELDS, HOWS

LONGEST_NAME, LONGEST_GRADE, LONGEST_ADDRESS, LONGEST_PHONE = 100, 40, 254, 40
LONGEST_TEXT, LONGEST_STEP, LONGEST_WHY, LONGEST_KEY, LONGEST_NUMBER = 5000, 200, 300, 100, 40
NEW = "new"  # in the place of somebody who is there already
MOST_MONTHS = 120
TOO_LONG = N_("Too long: at most %(limit)s characters")


class LeadForm(Form):
    """Somebody who asks: entered by hand (`lead` None), or edited."""

    name = StringField(
        FIELDS["name"], [required(N_("Enter the name of whoever asks")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )
    email = EmailField(FIELDS["email"], [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])
    phone = TelField(FIELDS["phone"], [at_most(LONGEST_PHONE, TOO_LONG)])
    language = SelectField(FIELDS["language"], [required(N_("Choose a language"))])
    source = SelectField(FIELDS["source"], [required(N_("Choose how they came"))])
    child_name = StringField(FIELDS["child_name"], [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    child_grade = StringField(FIELDS["child_grade"], [at_most(LONGEST_GRADE, TOO_LONG)], filters=[one_line])
    child_birth_date = DayField(FIELDS["child_birth_date"])
    message = TextAreaField(FIELDS["message"], [at_most(LONGEST_TEXT, TOO_LONG)])
    consented = BooleanField(N_("They agree that the school writes to them about a place"))
    submission_key = HiddenField(validators=[at_most(LONGEST_KEY, TOO_LONG)])
    anyway = HiddenField()
    seen = HiddenField()

    def __init__(self, language: str, today: dt.date, lead: Lead | None = None) -> None:
        stands = details_of(lead) if lead else None
        there = {**stands._asdict(), "seen": stands.mark} if stands else {"language": language}
        super().__init__(data={**there, "submission_key": uuid7().hex})
        self.today, self.lead = today, lead
        self.language.choices = [SelectChoice(code, each.spoken) for code, each in LANGUAGES.items()]
        sources = [*BY_HAND, *([lead.source] if lead and lead.source not in BY_HAND else [])]
        self.source.choices = [SelectChoice(key, SOURCES[key]) for key in sources]
        if lead is not None:
            del self.consented

    def validate_phone(self, field: Field) -> None:
        if field.data:
            try:
                field.data = e164(field.data)
            except NotAPhoneNumber:
                raise says(N_("Enter a phone number like 082 555 0101 or +27 82 555 0101")) from None

    def validate_child_birth_date(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise says(N_("Enter a day that has been"))

    def validate(self, extra_validators: object = None) -> bool:
        """Whether all is right; a lead that nobody can reach is none."""
        is_right = bool(super().validate(extra_validators))
        if not self.email.data and not self.phone.data and not self.email.errors and not self.phone.errors:
            self.email.errors = [speech().gettext("Enter an email address or a phone number")]
            return False
        return is_right

    @property
    def details(self) -> Details:
        """What a valid form says of the lead."""
        return Details(
            name=self.name.data, email=self.email.data or None, phone=self.phone.data or None, language=self.language.data,
            source=self.source.data, child_name=self.child_name.data or "", child_grade=self.child_grade.data or "",
            child_birth_date=self.child_birth_date.data, message=_lines(self.message.data),
        )  # fmt: skip

    @property
    def new_lead(self) -> NewLead:
        """A lead, as a valid form says."""
        details = self.details._asdict()
        return NewLead(
            **{**details, "source": Source(details["source"])}, submission_key=self.submission_key.data or None,
            consent_at=clock.now() if self.consented.data else None,
        )  # fmt: skip


class StageForm(Form):
    """Another stage. Whether it may follow, the stages themselves say."""

    stage = StringField(N_("Stage"), [required(N_("Choose a stage"))])
    back = HiddenField()


class NoteForm(Form):
    text = TextAreaField(N_("Note"), [required(N_("Enter a note")), at_most(LONGEST_TEXT, TOO_LONG)], id="note-text")

    @property
    def written(self) -> str:
        """The note, with the line ends of every browser made alike."""
        return _lines(self.text.data)


class ReplyForm(Form):
    """The school has answered: how, and what was said."""

    how = SelectField(
        N_("How you answered"), [required(N_("Choose how you answered"))], id="reply-how",
        choices=[SelectChoice(key, word) for key, word in HOWS.items()],
    )  # fmt: skip
    said = TextAreaField(N_("What was said"), [at_most(LONGEST_TEXT, TOO_LONG)], id="reply-said")

    @property
    def written(self) -> str:
        return _lines(self.said.data)


class StepForm(Form):
    """What has to be done next. Empty ends it."""

    step = StringField(N_("Next step"), [at_most(LONGEST_STEP, TOO_LONG)], filters=[one_line], id="next-step")
    due = DayField(N_("Due on"), id="next-due")

    def validate_step(self, field: Field) -> None:
        if self.due.data and not field.data:
            raise says(N_("Enter what is to be done by that day"))


class OwnerForm(Form):
    """Who looks after a lead, or nobody."""

    owner = SelectField(FIELDS["owner_id"], validate_choice=False, id="lead-owner")

    def __init__(self, colleagues: Sequence[Colleague], now: UUID | None = None, *, blank: bool = False) -> None:
        """`now` looks after it now; a `blank` form shows that, whatever was sent to the page."""
        shown = {"data": {"owner": str(now) if now else ""}}
        super().__init__(**({"formdata": None, **shown} if blank else shown))
        self.owner.choices = [SelectChoice("", N_("Nobody")), *(SelectChoice(str(each.id), each.name) for each in colleagues)]
        self.names = {str(each.id): each.name for each in colleagues}

    def validate_owner(self, field: Field) -> None:
        if field.data and field.data not in self.names:
            raise says(N_("Choose somebody of the staff"))

    @property
    def chosen(self) -> tuple[UUID | None, str]:
        """Whom a valid form names, and their name; None and "" for nobody."""
        return (UUID(self.owner.data), self.names[self.owner.data]) if self.owner.data else (None, "")


class ArchiveForm(Form):
    why = StringField(N_("Reason"), [required(N_("Enter a reason")), at_most(LONGEST_WHY, TOO_LONG)], filters=[one_line])


class EraseForm(Form):
    sure = BooleanField(
        N_("Yes, erase everything that this lead says"), [required(N_("Tick the box if everything is to be erased"))]
    )


class KeepingForm(Form):
    """For how long leads are kept of which nothing is heard."""

    months = IntegerField(
        N_("Months"), [required(N_("Enter the months as a whole number"))], widget=NumberInput(min=1, max=MOST_MONTHS)
    )

    def validate_months(self, field: Field) -> None:
        if not 1 <= (field.data or 0) <= MOST_MONTHS:
            raise says(N_("Enter between 1 and 120 months"))


class ConvertForm(Form):
    """What a lead becomes: people of the school who are there already, or new ones, and a class if there is one yet.

    A learner of the school gets a parent or guardian whom nobody knows only from who has made `sure`.
    """

    learner = RadioField(N_("Learner"), validate_choice=False)
    first_name = StringField(N_("First names"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    last_name = StringField(N_("Surname"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    birth_date = DayField(N_("Date of birth"))
    number = StringField(N_("Learner number"), [at_most(LONGEST_NUMBER, TOO_LONG)], filters=[one_line])
    guardian = RadioField(N_("Parent or guardian"), validate_choice=False)
    guardian_name = StringField(N_("Full name"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    relation = SelectField(N_("Relationship to learner"), [required(N_("Choose what they are to the learner"))])
    sure = BooleanField(N_("I have made sure who this is"))
    may_collect = BooleanField(N_("May collect the learner"))
    hears_billing = BooleanField(N_("Gets invoices for the learner"))
    class_id = SelectField(N_("Class"), validate_choice=False)
    starts_on = DayField(N_("First day in the class"))

    def __init__(
        self, lead: Lead, learners: Sequence[Person], guardians: Sequence[Person], classes: Sequence[ClassRow], today: dt.date
    ) -> None:
        first, last = parts(lead.child_name)
        is_known = bool(guardians)  # anybody can write the name of a child into a form
        is_open = is_known or not learners
        super().__init__(
            data={
                "learner": str(learners[0].id) if learners and is_known else NEW, "first_name": first, "last_name": last,
                "birth_date": lead.child_birth_date, "guardian": str(guardians[0].id) if guardians else NEW,
                "guardian_name": lead.name, "relation": Relation.GUARDIAN.value, "may_collect": is_open,
                "hears_billing": is_open,
                "class_id": "", "starts_on": today,
            }
        )  # fmt: skip
        self.today, self.lead = today, lead
        for field in (self.first_name, self.last_name):
            field.flags.required = not learners
        self.guardian_name.flags.required = not guardians
        words = speech()
        self.learner.choices = [
            *(SelectChoice(str(each.id), each.name) for each in learners),
            SelectChoice(NEW, words.gettext("A new learner")),
        ]
        self.guardian.choices = [
            *(SelectChoice(str(each.id), f"{each.name} · {each.email or each.phone or ''}") for each in guardians),
            SelectChoice(NEW, words.gettext("A new parent or guardian")),
        ]
        self.relation.choices = [SelectChoice(key, word) for key, word in RELATIONS.items()]
        self.class_id.choices = [
            SelectChoice("", N_("No class yet")),
            *(SelectChoice(str(each.id), f"{each.name} ({each.year})") for each in classes),
        ]  # fmt: skip

    def validate_learner(self, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose whose place it is"))

    def validate_first_name(self, field: Field) -> None:
        if self.learner.data == NEW and not field.data:
            raise says(N_("Enter the first names"))

    def validate_last_name(self, field: Field) -> None:
        if self.learner.data == NEW and not field.data:
            raise says(N_("Enter the surname"))

    def validate_birth_date(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise says(N_("Enter a day that has been"))

    def validate_guardian(self, field: Field) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise says(N_("Choose the parent or guardian"))

    def validate_guardian_name(self, field: Field) -> None:
        if self.guardian.data == NEW and not field.data:
            raise says(N_("Enter the full name"))

    def validate_sure(self, field: Field) -> None:
        known = {choice.value for choice in self.learner.choices} - {NEW}
        if self.learner.data in known and self.guardian.data == NEW and not field.data:
            raise says(N_("Make sure that this person is a parent or guardian of the learner, and tick the box"))

    def validate_class_id(self, field: Field) -> None:
        if (field.data or "") not in {choice.value for choice in field.choices}:
            raise says(N_("Choose a class"))

    def validate_starts_on(self, field: Field) -> None:
        if self.class_id.data and not field.data:
            raise says(N_("Enter the first day in the class"))

    @property
    def wanted(self) -> Conversion:
        """What a valid form says. The guardian keeps the lead's address, number and language."""
        lead = self.lead
        return Conversion(
            learner_id=None if self.learner.data == NEW else UUID(self.learner.data),
            learner=LearnerDraft(
                first_name=self.first_name.data or "", last_name=self.last_name.data or "", known_as=None,
                birth_date=self.birth_date.data, number=self.number.data or None, photo_consent=PhotoConsent.UNKNOWN.value,
                status=LearnerStatus.ENROLLED.value, contact=Contact(email=None, phone=None, language=lead.language),
            ),
            guardian_id=None if self.guardian.data == NEW else UUID(self.guardian.data),
            guardian_name=self.guardian_name.data or "",
            contact=Contact(email=lead.email, phone=lead.phone, language=lead.language),
            terms=Terms(
                relation=self.relation.data, may_collect=self.may_collect.data, no_contact=False, hears_attendance=True,
                hears_notices=True, hears_billing=self.hears_billing.data,
            ),
            class_id=UUID(self.class_id.data) if self.class_id.data else None,
            starts_on=self.starts_on.data or self.today,
        )  # fmt: skip


def _lines(text: str | None) -> str:
    """Text with the line ends of every browser made alike."""
    return (text or "").replace("\r\n", "\n").strip()
