"""The forms of personal data: requests, decisions, holds, erasures, consent and its texts, breach workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from wtforms import BooleanField, Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.personal_data.purposes import PURPOSES
from app.domain.phones import NotAPhoneNumber, e164
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.person import Kind
from app.web.day_field import DayField, read
from app.web.forms import Form, at_most, one_line, required, says
from blueprints.personal_data.words import LAWS, OF_ADULTS, OF_LEARNERS, STATES, STEPS

LONG, SHORT, TEXT = 1000, 200, 5000
TOO_LONG = N_("Too long: at most %(limit)s characters")
CHOOSE = N_("Choose one of these")
WHY = [required(N_("Enter a reason")), at_most(LONG, TOO_LONG)]


def choices_of(words: Mapping[str, str]) -> list[SelectChoice]:
    """The choices of a field, from keys with their words."""
    return [SelectChoice(key, text) for key, text in words.items()]


def offered(_: Form, field: Any) -> None:
    """One of the choices of a field."""
    if field.data not in [choice.value for choice in field.choices]:
        raise says(CHOOSE)


class ReasonForm(Form):
    """Why somebody asks, or what the school answers."""

    reason = TextAreaField(N_("Reason"), WHY)


class AskForm(ReasonForm):
    """A copy or an erasure that is asked for; staff say who asked, and how."""

    asked_by = StringField(N_("Who asked"), [at_most(SHORT, TOO_LONG)], filters=[one_line])
    on_paper = BooleanField(N_("The request came on paper"))

    def __init__(self, *, by_staff: bool, **values: Any) -> None:
        super().__init__(**values)
        self.by_staff = by_staff
        if not by_staff:
            del self.asked_by
            del self.on_paper

    def validate_asked_by(self, field: Field) -> None:
        if self.by_staff and not field.data:
            raise says(N_("Enter who asked"))


class CorrectionForm(AskForm):
    """What is wrong about somebody, and what it should be."""

    field = SelectField(N_("What is wrong"), [required(CHOOSE), offered], validate_choice=False)
    wanted = StringField(N_("What it should be"), [at_most(SHORT, TOO_LONG)], filters=[one_line])

    def __init__(self, kind: str, *, by_staff: bool, **values: Any) -> None:
        super().__init__(by_staff=by_staff, **values)
        self.field.choices = choices_of(fields_of(kind))

    def validate_wanted(self, field: Field) -> None:
        """Something that can stand in the field that was chosen."""
        if problem := problem_of(self.field.data or "", field):
            raise says(problem)


def fields_of(kind: str) -> dict[str, str]:
    """The fields that can be corrected of a kind of person."""
    return OF_LEARNERS if kind == Kind.LEARNER else OF_ADULTS


def problem_of(name: str, field: Field) -> str:
    """What is wrong with a value for a field, '' for nothing; makes it what the database keeps."""
    value = field.data or ""
    if not value:
        return N_("Enter what it should be") if name in ("first_name", "last_name", "name") else ""
    match name:
        case "email":
            try:
                test = not current_settings().is_production
                field.data = validate_email(value, check_deliverability=False, test_environment=test).normalized.lower()
            except EmailNotValidError:
                return N_("Enter an email address in the form name@example.com")
        case "phone":
            try:
                field.data = e164(value)
            except NotAPhoneNumber:
                return N_("Enter a phone number such as 082 555 0101 or +27 82 555 0101")
        case "birth_date":
            try:
                read(value)
            except ValueError as wrong:
                return str(wrong)
        case "language":
            spoken = {each.name.casefold(): code for code, each in LANGUAGES.items()}
            spoken |= {speech().gettext(each.spoken).casefold(): code for code, each in LANGUAGES.items()}
            if value not in LANGUAGES and value.casefold() not in spoken:
                return N_("Enter English, Afrikaans or isiZulu")
            field.data = spoken.get(value.casefold(), value)
    return ""


class AnswerForm(Form):
    """Why a request is declined."""

    answer = TextAreaField(N_("Why it is declined"), [required(N_("Enter a reason")), at_most(LONG, TOO_LONG)])


class HoldForm(Form):
    """Why nothing may be erased, or why it may again."""

    reason = TextAreaField(N_("Reason in law"), WHY)


class ConfirmForm(Form):
    """The first confirmation of an erasure: the name typed by hand, the law, the reason, and a tick."""

    law = SelectField(N_("Law"), [required(CHOOSE), offered], choices=choices_of(LAWS), validate_choice=False)
    reason = TextAreaField(N_("Reason"), WHY)
    name = StringField(N_("Type the name to confirm"), [required(N_("Type the name"))], filters=[one_line])

    def __init__(self, expected: str, **values: Any) -> None:
        super().__init__(**values)
        self.expected = expected

    def validate_name(self, field: Field) -> None:
        if (field.data or "").casefold() != self.expected.casefold():
            raise says(N_("This is not the name"))


class ConsentForm(Form):
    """What was said about a purpose, on paper or by word."""

    purpose = SelectField(
        N_("Purpose"), [required(CHOOSE), offered], validate_choice=False,
        choices=choices_of({key: words.label for key, words in PURPOSES.items()}),
    )  # fmt: skip
    answer = RadioField(
        N_("Answer"), [required(CHOOSE), offered], validate_choice=False,
        choices=choices_of({"given": N_("Consent is given"), "refused": N_("Consent is refused or taken back")}),
    )  # fmt: skip
    said_by = StringField(N_("Who said so"), [required(N_("Enter who said so")), at_most(SHORT, TOO_LONG)], filters=[one_line])
    way = RadioField(
        N_("How"), [required(CHOOSE), offered], default="paper", validate_choice=False,
        choices=choices_of({"paper": N_("On paper"), "school": N_("Told to the school")}),
    )  # fmt: skip
    signed_on = DayField(N_("Day on the paper"))
    note = StringField(N_("Note"), [at_most(SHORT, TOO_LONG)], filters=[one_line])

    def __init__(self, today: dt.date, **values: Any) -> None:
        super().__init__(**values)
        self.today = today

    def validate_signed_on(self, field: Field) -> None:
        if field.data and field.data > self.today:
            raise says(N_("This day is in the future"))


class TextForm(Form):
    """What people are asked to agree to, in each language."""

    text_en = TextAreaField(N_("English"), [required(N_("Enter the text in English")), at_most(TEXT, TOO_LONG)])
    text_af = TextAreaField(N_("Afrikaans"), [required(N_("Enter the text in Afrikaans")), at_most(TEXT, TOO_LONG)])
    text_zu = TextAreaField(N_("isiZulu"), [required(N_("Enter the text in isiZulu")), at_most(TEXT, TOO_LONG)])

    @property
    def texts(self) -> dict[str, str]:
        """By language, with the line ends of every browser made alike."""
        given = {"en": self.text_en.data, "af": self.text_af.data, "zu": self.text_zu.data}
        return {code: (text or "").replace("\r\n", "\n").replace("\r", "\n") for code, text in given.items()}


class BreachForm(Form):
    """What to look for: when, by whose accounts, in which request, from which export."""

    title = StringField(
        N_("What happened, in a few words"), [required(N_("Enter a title")), at_most(SHORT, TOO_LONG)], filters=[one_line]
    )
    since = DayField(N_("First day"), missing=N_("Enter the first day"))
    until = DayField(N_("Last day"), missing=N_("Enter the last day"))
    accounts = SelectMultipleField(N_("Accounts that somebody else may have used"), validate_choice=False)
    request_id = StringField(N_("Number of one request"), [at_most(SHORT, TOO_LONG)], filters=[one_line])
    dataset = SelectField(N_("Export that got into wrong hands"), [offered], default="", validate_choice=False)

    def __init__(self, accounts: Sequence[tuple[UUID, str]], datasets: Mapping[str, str], **values: Any) -> None:
        super().__init__(**values)
        self.accounts.choices = [SelectChoice(str(key), name) for key, name in accounts]
        self.dataset.choices = choices_of({"": N_("None"), **datasets})

    def validate_accounts(self, field: Field) -> None:
        if set(field.data or ()) - {choice.value for choice in field.choices}:
            raise says(CHOOSE)

    def validate_until(self, field: Field) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise says(N_("The last day is before the first"))

    def validate_dataset(self, field: Field) -> None:
        if not (self.accounts.data or self.request_id.data or field.data):
            raise says(N_("Choose an account, a request or an export: otherwise everything that was done would be listed"))

    def period(self, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """From the first moment of the first day to the end of the last."""
        assert self.since.data
        assert self.until.data
        midnight = dt.time(0)
        since = dt.datetime.combine(self.since.data, midnight, zone)
        return since, dt.datetime.combine(self.until.data + dt.timedelta(days=1), midnight, zone)


class WorkForm(Form):
    """How the work on a breach stands."""

    state = SelectField(
        N_("State"), [required(CHOOSE), offered], validate_choice=False,
        choices=choices_of({key: word for key, (_, word) in STATES.items()}),
    )  # fmt: skip
    steps = SelectMultipleField(N_("Steps that are done"), validate_choice=False, choices=choices_of(STEPS))
    notes = TextAreaField(N_("Notes"), [at_most(TEXT * 4, TOO_LONG)])

    def validate_steps(self, field: Field) -> None:
        if set(field.data or ()) - STEPS.keys():
            raise says(CHOOSE)
