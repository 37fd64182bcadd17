"""The forms of the owner: what is asked, what is said, the consent, and who may show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import Field, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from app.domain.leads.asking import (
    AT_FIRST,
    BUTTON,
    CHOSEN,
    CONSENT,
    EMAIL,
    INTRO,
    LONGEST_WORDS,
    THANKS,
    TITLE,
    Ask,
    Place,
    usual,
)
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.forms import Form, at_most, one_line, says, strip
from blueprints.lead_form.operations import WORDED, Asking
from blueprints.lead_form.origins import MOST, BadOrigin, read_origins
from blueprints.lead_form.queries import Version

IN_EACH = N_("Write it in this language too: people agree to what they can read")
TOO_LONG = N_("Too long: at most %(limit)s characters")
ASKS = [
    (Ask.REQUIRED.value, N_("Ask, and it must be filled in")),
    (Ask.OPTIONAL.value, N_("Ask, and it may stay empty")),
    (Ask.OFF.value, N_("Do not ask")),
]
WORD_LABELS: Mapping[str, str] = {
    TITLE: N_("Title of the form"), INTRO: N_("Sentence below the title"), BUTTON: N_("Words on the button"),
    THANKS: N_("Thanks after sending"),
}  # fmt: skip


def _ask(label: str) -> SelectField:
    return SelectField(label, choices=[SelectChoice(value, text) for value, text in ASKS])


class AskingForm(Form):
    """Which fields there are, and two limits."""

    email = _ask(N_("Email address"))
    phone = _ask(N_("Phone number"))
    child_name = _ask(N_("Name of the child"))
    child_grade = _ask(N_("Grade that the child would join"))
    child_birth_date = _ask(N_("Date of birth of the child"))
    message = _ask(N_("Your message"))
    min_seconds = IntegerField(N_("Seconds that nobody is faster than"))
    per_address = IntegerField(N_("Enquiries from one network in a quarter of an hour"))

    def __init__(self, place: Place) -> None:
        limits = {"min_seconds": 3 if place.min_seconds is None else place.min_seconds, "per_address": place.per_address or 20}
        super().__init__(data={**AT_FIRST, **(place.asks or {}), **limits})

    @property
    def asks(self) -> list[Field]:
        """The fields about fields."""
        return [self[name] for name in CHOSEN]

    def validate_phone(self, field: Field) -> None:
        if field.data == Ask.OFF and self[EMAIL].data == Ask.OFF:
            raise says(N_("Ask for an email address or a phone number: otherwise nobody can be answered"))

    def validate_min_seconds(self, field: Field) -> None:
        _between(field, 0, 30)

    def validate_per_address(self, field: Field) -> None:
        _between(field, 1, 1000)

    @property
    def wanted(self) -> Asking:
        """What a valid form says."""
        return Asking({name: self[name].data for name in CHOSEN}, self.min_seconds.data or 0, self.per_address.data or 1)


def _between(field: Field, least: int, most: int) -> None:
    if field.data is None or not least <= field.data <= most:
        field.errors = []  # what the field itself could not read is said by this message
        raise says(N_("Enter a whole number from %(least)s to %(most)s"), least=least, most=most)


class WordingForm(Form):
    """What the form says, in each of the school's languages; the fields are made for them."""

    def __init__(self, place: Place) -> None:
        self.codes = [code for code in LANGUAGES if code in place.languages]
        said = place.wordings or {}
        data = {
            f"{word}_{code}": said.get(code, {}).get(word) or usual(word, code, place.school)
            for code in self.codes
            for word in WORDED
        }
        super().__init__(data=data)
        for name in list(self._fields):
            word, _, code = name.rpartition("_")
            if word in WORDED and code not in self.codes:
                del self[name]

    def of(self, code: str) -> list[Field]:
        """The fields of a language."""
        return [self[f"{word}_{code}"] for word in WORDED]

    @property
    def wanted(self) -> dict[str, dict[str, str]]:
        """What a valid form says, by language."""
        return {code: {word: self[f"{word}_{code}"].data or "" for word in WORDED} for code in self.codes}


for _code in LANGUAGES:
    for _word in WORDED:
        _kind = TextAreaField if _word in (INTRO, THANKS) else StringField
        _clean = strip if _kind is TextAreaField else one_line
        setattr(
            WordingForm, f"{_word}_{_code}",
            _kind(WORD_LABELS[_word], [at_most(LONGEST_WORDS[_word], TOO_LONG)], filters=[_clean]),
        )  # fmt: skip


class ConsentForm(Form):
    """The text to agree to, in each of the school's languages."""

    text_en = TextAreaField(LANGUAGES["en"].spoken, [at_most(LONGEST_WORDS[CONSENT], TOO_LONG)])
    text_af = TextAreaField(LANGUAGES["af"].spoken, [at_most(LONGEST_WORDS[CONSENT], TOO_LONG)])
    text_zu = TextAreaField(LANGUAGES["zu"].spoken, [at_most(LONGEST_WORDS[CONSENT], TOO_LONG)])

    def __init__(self, place: Place, versions: Sequence[Version]) -> None:
        self.codes = [code for code in LANGUAGES if code in place.languages]
        now = versions[0].texts if versions else {code: usual(CONSENT, code, place.school) for code in self.codes}
        super().__init__(data={f"text_{code}": now.get(code, "") for code in self.codes})
        for code in LANGUAGES:
            if code not in self.codes:
                del self[f"text_{code}"]
            else:
                self[f"text_{code}"].flags.required = True

    @property
    def texts(self) -> dict[str, str]:
        """By language."""
        return {code: self[f"text_{code}"].data or "" for code in self.codes}

    def validate(self, extra_validators: object = None) -> bool:
        """Each language has one: people agree only to what they can read."""
        is_good: bool = super().validate()
        for code in self.codes:
            if not self[f"text_{code}"].data:
                self[f"text_{code}"].errors = [speech().gettext(IN_EACH)]
                is_good = False
        return is_good


class OriginsForm(Form):
    """The other sites, one a line."""

    origins = TextAreaField(N_("Sites, one on each line"), [at_most(MOST * 220, TOO_LONG)])

    def __init__(self, place: Place) -> None:
        super().__init__(data={"origins": "\n".join(place.origins or ())})
        self.wanted: tuple[str, ...] = ()

    def validate_origins(self, field: Field) -> None:
        try:
            self.wanted = read_origins(field.data or "")
        except BadOrigin as bad:
            raise ValidationError(speech().gettext(bad.message, line=bad.line)) from None
        if len(self.wanted) > MOST:
            raise says(N_("At most %(number)s sites"), number=MOST)
