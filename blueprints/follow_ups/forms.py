"""The forms of follow-ups: a template in each language, the text of one item, how it was sent by hand, why it is dismissed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import Field, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.follow_ups.places import unknown_places
from app.domain.notices import wishes
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.follow_up import FollowUpTemplate, Occasion
from app.web.forms import Form, Problem, at_most, one_line, required, says
from blueprints.follow_ups.operations import TemplateDraft
from blueprints.follow_ups.words import OCCASIONS, OF_TEMPLATES, WAYS

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_BODY, LONGEST_REASON, MOST_DAYS = 120, 200, 5000, 300, 365
TOO_LONG = N_("Too long: at most %(limit)s characters")
NO_SUBJECT, NO_BODY = N_("Enter a subject"), N_("Enter a text")
UNKNOWN = N_("There is no place called %(place)s. The places that there are stand below the form.")


def plain_lines(text: object) -> object:
    """Text with the line ends of every browser made alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


def known_places(_: Form, field: Field) -> None:
    """Every place of the text is one that there is; the error names the first that is not."""
    if unknown := unknown_places(field.data or ""):
        raise says(UNKNOWN, place=f"{{{unknown[0]}}}")


def _subject() -> StringField:
    return StringField(N_("Subject"), [at_most(LONGEST_SUBJECT, TOO_LONG), known_places], filters=[one_line])


def _body() -> TextAreaField:
    return TextAreaField(N_("Text"), [at_most(LONGEST_BODY, TOO_LONG), known_places], filters=[plain_lines])


class TemplateForm(Form):
    """A template: when it speaks, and what it says in each language. One language at least has both subject and text.

    `revision` is the wording that the editor saw.
    """

    revision = HiddenField()
    name = StringField(
        N_("Name"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )  # fmt: skip
    occasion = RadioField(
        N_("When it is made"), choices=[SelectChoice(key, words) for key, words in OCCASIONS.items()],
        default=Occasion.STAGE.value, validate_choice=False,
    )  # fmt: skip
    stage = SelectField(
        N_("Stage"), choices=[SelectChoice(key, words) for key, words in OF_TEMPLATES.items()], validate_choice=False
    )
    days = IntegerField(N_("Days after"))
    subject_en = _subject()
    body_en = _body()
    subject_af = _subject()
    body_af = _body()
    subject_zu = _subject()
    body_zu = _body()

    def __init__(self, school_language: str | None, **values: Any) -> None:
        super().__init__(**values)
        self.languages = wishes(school_language, None)
        self.occasion.flags.required = True
        for field in self.texts(self.languages[0]):
            field.flags.required = True

    def texts(self, language: str) -> tuple[Field, Field]:
        """The subject and the text of a language."""
        return self[f"subject_{language}"], self[f"body_{language}"]

    def fallback_of(self, language: str) -> str | None:
        """The language whose text people who speak `language` get while this one has none; None when it has."""
        filled = [code for code in LANGUAGES if all(field.data for field in self.texts(code))] or [self.languages[0]]
        return None if language in filled else next(code for code in wishes(language, self.languages[0]) if code in filled)

    def validate_occasion(self, field: Field) -> None:
        if field.data not in OCCASIONS:
            raise says(N_("Choose when it is made"))

    def validate_stage(self, field: Field) -> None:
        if self.occasion.data != Occasion.STEP and field.data not in OF_TEMPLATES:
            raise says(N_("Choose a stage"))

    def validate_days(self, field: Field) -> None:
        typed, field.errors = field.data, []  # what is no number is said in our own words, and only where it matters
        if self.occasion.data == Occasion.DAYS and (typed is None or not 1 <= typed <= MOST_DAYS):
            raise says(N_("Enter a number of days from 1 to %(most)s"), most=MOST_DAYS)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own, then what the languages have to be together."""
        super().validate(extra_validators)
        if self.occasion.data != Occasion.DAYS:
            self.days.errors = []
        pairs = {code: self.texts(code) for code in LANGUAGES}
        nothing = not any(field.data for pair in pairs.values() for field in pair)
        for code, (subject, body) in pairs.items():
            begun = bool(subject.data or body.data) or (nothing and code == self.languages[0])
            for field, missing in ((subject, NO_SUBJECT), (body, NO_BODY)):
                if begun and not field.data:
                    field.errors = [*field.errors, speech().gettext(missing)]
        return not any(field.errors for field in self)

    @property
    def problems(self) -> list[Problem]:
        """Every error in the order of the page."""
        of_texts = [field for code in self.languages for field in self.texts(code)]
        fields = (self.name, self.occasion, self.stage, self.days, *of_texts)
        return [Problem(field.id, str(text)) for field in fields for text in field.errors]

    def draft(self) -> TemplateDraft:
        """What a valid form says."""
        occasion = Occasion(self.occasion.data)
        filled = [code for code in LANGUAGES if self[f"subject_{code}"].data]
        return TemplateDraft(
            self.name.data or "", occasion.value, None if occasion is Occasion.STEP else self.stage.data,
            int(self.days.data or 0) if occasion is Occasion.DAYS else 0,
            {code: self[f"subject_{code}"].data for code in filled}, {code: self[f"body_{code}"].data for code in filled},
        )  # fmt: skip


def values_of(template: FollowUpTemplate) -> dict[str, object]:
    """A template as the form shows it."""
    texts = {
        f"{name}_{code}": text
        for name, by_language in (("subject", template.subject), ("body", template.body))
        for code, text in by_language.items()
    }
    return texts | {
        "name": template.name, "occasion": template.occasion, "stage": template.stage, "days": template.days or None,
        "revision": str(template.revision),
    }  # fmt: skip


class TextForm(Form):
    """The words of one follow-up. `seen` is what the editor saw of it (`Drawn.seen`)."""

    seen = HiddenField()
    subject = StringField(
        N_("Subject"), [required(NO_SUBJECT), at_most(LONGEST_SUBJECT, TOO_LONG), known_places], filters=[one_line]
    )
    body = TextAreaField(N_("Text"), [required(NO_BODY), at_most(LONGEST_BODY, TOO_LONG), known_places], filters=[plain_lines])


class SeenForm(Form):
    """What somebody saw when they approved."""

    seen = HiddenField()


class ByHandForm(Form):
    """How somebody has sent a follow-up themselves."""

    way = RadioField(
        N_("How you sent it"), [required(N_("Choose how you sent it"))], validate_choice=False,
        choices=[SelectChoice(key, words) for key, words in WAYS.items()],
    )  # fmt: skip

    def validate_way(self, field: Field) -> None:
        if field.data not in WAYS:
            raise says(N_("Choose how you sent it"))


class DismissForm(Form):
    """Why a follow-up is not to be sent."""

    reason = StringField(
        N_("Reason"), [required(N_("Enter a reason")), at_most(LONGEST_REASON, TOO_LONG)], filters=[one_line]
    )  # fmt: skip
