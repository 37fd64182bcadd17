"""The forms of attendance: a register, an absence that a family reports, the decision about it, and the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import NumberInput

from app.domain.attendance import REASONS
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.attendance import Status
from app.web.forms import Form, Problem, at_most, one_line, required, says
from blueprints.attendance.inquiries import KINDS
from blueprints.attendance.operations import Draft
from blueprints.attendance.saving import Entry

LONGEST_NOTE, LONGEST_WHY = 500, 300
MOST_MINUTES = 600  # of lateness: a school day
NO_MINUTES = N_("Enter how many minutes late %(learner)s was as a whole number, at most %(limit)s")
NO_STATUS = N_("Choose whether %(learner)s is present, late or absent")
NOTE_TOO_LONG = N_("Use at most %(limit)s characters for the note about %(learner)s")
LONGEST = dt.timedelta(days=30)  # from the first day of a reported absence to the last: until it is decided nobody is told
YEAR = dt.timedelta(days=366)


class Typed(NamedTuple):
    """What was typed into a register: `seen` is the revision that its keeper saw (0: none), `problems` what is wrong."""

    entries: dict[UUID, Entry]
    seen: int
    why: str
    problems: list[Problem]


class RegisterForm(Form):
    """A register as its page shows it. What stands in the fields of its learners, named by their ids, `typed` reads."""

    revision = HiddenField()
    why = StringField(N_("Why is the register corrected?"))

    def __init__(self, of_rows: Sequence[Problem] = (), **values: Any) -> None:
        super().__init__(formdata=None, **values)
        self.of_rows = of_rows

    @property
    def problems(self) -> list[Problem]:
        """The errors of the learners in their order, then that of the reason."""
        return [*self.of_rows, *super().problems]


def typed(form: Mapping[str, str], learners: Iterable[tuple[UUID, str]]) -> Typed:
    """Read a register as it was sent, of these learners by name; somebody whom the form did not show is left out.

    Read by hand: 120 fields are too many for a form of objects, and saving a register is what is done most often.
    """
    entries, problems = {}, []
    for learner, name in learners:
        if (status := form.get(f"status-{learner}")) is not None:
            entry, wrong = _entry(f"{learner}", name, status, form)
            entries[learner] = entry
            problems += wrong
    why = " ".join(form.get("why", "").split())
    if len(why) > LONGEST_WHY:
        limit = speech().number(LONGEST_WHY)
        problems.append(Problem("why", speech().gettext(N_("Use at most %(limit)s characters for the reason"), limit=limit)))
    seen = form.get("revision", "")
    return Typed(entries, int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0, why, problems)


def _entry(learner: str, name: str, status: str, form: Mapping[str, str]) -> tuple[Entry, list[Problem]]:
    """What was typed of a learner, and what is wrong with it."""
    problems, reason, minutes = [], None, None
    if status == Status.ABSENT:
        given = form.get(f"reason-{learner}", "")
        reason = given if given in REASONS else None
    elif status == Status.LATE:
        given = form.get(f"minutes-{learner}", "").strip()
        if given.isascii() and given.isdigit() and 0 < int(given[:6]) <= MOST_MINUTES:
            minutes = int(given)
        elif given:
            limit = speech().number(MOST_MINUTES)
            problems.append(Problem(f"minutes-{learner}", speech().gettext(NO_MINUTES, learner=name, limit=limit)))
    elif status != Status.PRESENT:
        status = Status.PRESENT.value
        problems.append(Problem(f"status-{learner}", speech().gettext(NO_STATUS, learner=name)))
    note = " ".join(form.get(f"note-{learner}", "").split())
    if len(note) > LONGEST_NOTE:
        limit = speech().number(LONGEST_NOTE)
        problems.append(Problem(f"note-{learner}", speech().gettext(NOTE_TOO_LONG, learner=name, limit=limit)))
    return Entry(status, reason, minutes, note or None), problems


class DayField(DateField):
    """`<input type="date">`; what cannot be read stays as it was typed, and says what to type."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = dt.date.fromisoformat(text)
            except ValueError:
                raise ValueError(speech().gettext(N_("Enter a day, like 2027-03-31"))) from None


def _day(message: str) -> Any:
    def check(_: Form, field: Field) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(speech().gettext(message))

    check.field_flags = {"required": True}  # type: ignore[attr-defined]
    return check


class AbsenceForm(Form):
    """A family says that a child of theirs is away."""

    learner = SelectField(N_("Who is absent?"), validate_choice=False)
    from_on = DayField(N_("First day"), [_day(N_("Enter the first day of the absence"))])
    until_on = DayField(N_("Last day"), [_day(N_("Enter the last day of the absence"))])
    reason = RadioField(N_("Reason"), choices=[SelectChoice(key, text) for key, text in REASONS.items()], validate_choice=False)
    note = TextAreaField(
        N_("Note for the school"), [at_most(LONGEST_NOTE, N_("Use at most %(limit)s characters for the note"))]
    )

    def __init__(self, children: Iterable[tuple[str, str]], today: dt.date, **values: Any) -> None:
        super().__init__(**values)
        self.today, self.names = today, dict(children)
        self.learner.choices = [SelectChoice(key, name) for key, name in self.names.items()]
        self.learner.flags.required = self.reason.flags.required = True

    def validate_learner(self, field: Field) -> None:
        if field.data not in self.names:
            raise says(N_("Choose who is absent"))

    def validate_reason(self, field: Field) -> None:
        if field.data not in REASONS:
            raise says(N_("Choose the reason"))

    def validate_from_on(self, field: Field) -> None:
        if field.data and abs(field.data - self.today) > YEAR:
            raise says(N_("Enter a day that is at most a year away"))

    def validate_until_on(self, field: Field) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise says(N_("The last day must not be before the first"))
        if field.data and self.from_on.data and field.data - self.from_on.data > LONGEST:
            raise says(N_("Report at most 31 days at a time"))
        if field.data and abs(field.data - self.today) > YEAR:
            raise says(N_("Enter a day that is at most a year away"))

    @property
    def draft(self) -> Draft:
        """What a valid form says. Raises ValueError for one that was not validated."""
        if self.from_on.data is None or self.until_on.data is None:
            raise ValueError("an absence without days")
        return Draft(
            UUID(self.learner.data), self.names[self.learner.data], self.from_on.data, self.until_on.data, self.reason.data,
            self.note.data or None,
        )  # fmt: skip


class DecisionForm(Form):
    """What the school answers to a reported absence: a refusal says why."""

    decision = StringField()
    answer = StringField(
        N_("Answer to the family"), [at_most(LONGEST_NOTE, N_("Use at most %(limit)s characters"))], filters=[one_line]
    )

    def validate_decision(self, field: Field) -> None:
        if field.data not in ("accept", "decline"):
            raise says(N_("Choose whether the report is accepted"))

    def validate_answer(self, field: Field) -> None:
        if self.decision.data == "decline" and not field.data:
            raise says(N_("Tell the family why the report is declined"))


class InquiryForm(Form):
    """What somebody did to find out why a learner is away for long, and what came of it."""

    kind = SelectField(N_("What was done?"), validate_choice=False)
    note = TextAreaField(
        N_("What came of it?"),
        [required(N_("Write what came of it")), at_most(LONGEST_NOTE, N_("Use at most %(limit)s characters for the note"))],
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [SelectChoice(key, speech().gettext(text)) for key, text in KINDS.items()]
        self.kind.flags.required = True

    def validate_kind(self, field: Field) -> None:
        if field.data not in KINDS:
            raise says(N_("Choose what was done"))


class SettingsForm(Form):
    """When families are told of an unexplained absence, and when a day is locked."""

    absence_alerts = BooleanField(N_("Tell families about unexplained absences"))
    alert_minutes = IntegerField(
        N_("Minutes between the register and the message"), [required(N_("Enter the minutes as a whole number"))],
        widget=NumberInput(min=1, max=240),
    )  # fmt: skip
    lock_days = IntegerField(
        N_("Days until a register is locked"), [required(N_("Enter the days as a whole number"))],
        widget=NumberInput(min=1, max=365),
    )  # fmt: skip

    def validate_alert_minutes(self, field: Field) -> None:
        if not 1 <= (field.data or 0) <= 240:
            raise says(N_("Enter between 1 and 240 minutes"))

    def validate_lock_days(self, field: Field) -> None:
        if not 1 <= (field.data or 0) <= 365:
            raise says(N_("Enter between 1 and 365 days"))
