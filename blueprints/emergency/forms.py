"""The forms of an emergency: its texts in three languages, whom it is for, and the word that confirms it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.emergencies import AUDIENCES
from app.domain.notices import wishes
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.ids import uuid7
from app.web.badges import WORDS
from app.web.forms import Form, Problem, at_most, one_line, says
from blueprints.emergency.operations import Draft

LONGEST_TITLE, LONGEST_MESSAGE = 100, 2000
NO_TITLE, NO_MESSAGE = N_("Enter a title"), N_("Enter a message")
TITLE = (at_most(LONGEST_TITLE, N_("Use at most %(limit)s characters for the title")),)
MESSAGE = (at_most(LONGEST_MESSAGE, N_("Use at most %(limit)s characters for the message")),)
#: what is typed to confirm a sending, in the reader's language: one short word in capital letters
WORD = N_("SEND")


def plain_lines(text: object) -> object:
    """Text with the line ends of every browser made alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class TextsForm(Form):
    """At least one language has both title and message, and none has only one of them."""

    title_en = StringField(N_("Title"), TITLE, filters=[one_line])
    message_en = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])
    title_af = StringField(N_("Title"), TITLE, filters=[one_line])
    message_af = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])
    title_zu = StringField(N_("Title"), TITLE, filters=[one_line])
    message_zu = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])

    def __init__(self, school_language: str | None, **values: Any) -> None:
        super().__init__(**values)
        self.languages = wishes(school_language, None)
        for field in self.texts(self.languages[0]):
            field.flags.required = True

    def texts(self, language: str) -> tuple[Field, Field]:
        """The title and the message of a language."""
        return self[f"title_{language}"], self[f"message_{language}"]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own, then what they have to be together."""
        well = bool(super().validate(extra_validators))
        nothing = not any(field.data for code in LANGUAGES for field in self.texts(code))
        for code in LANGUAGES:
            title, message = self.texts(code)
            begun = bool(title.data or message.data) or (nothing and code == self.languages[0])
            for field, missing in ((title, NO_TITLE), (message, NO_MESSAGE)):
                if begun and not field.data:
                    field.errors = [*field.errors, speech().gettext(missing)]
                    well = False
        return well

    def others(self) -> list[Field]:
        """The fields below the texts, in the order of the page."""
        return []

    @property
    def problems(self) -> list[Problem]:
        """Every error in the order of the page."""
        of_texts = [field for code in self.languages for field in self.texts(code)]
        return [Problem(field.id, str(text)) for field in (*of_texts, *self.others()) for text in field.errors]

    def draft(self) -> Draft:
        """What a valid form says."""
        written = [code for code in LANGUAGES if self[f"title_{code}"].data]
        return Draft(
            title={code: self[f"title_{code}"].data for code in written},
            message={code: self[f"message_{code}"].data for code in written},
        )


class SendForm(TextsForm):
    """A new emergency. `key` is drawn once for the page, so that the form sent twice is one sending."""

    key = HiddenField()
    audience = RadioField(
        N_("For whom"),
        choices=[SelectChoice(one, WORDS[one]) for one in AUDIENCES],
        default=AUDIENCES[0],
        validate_choice=False,
    )
    another = BooleanField(N_("This is another emergency: send it besides the one that is going on"))
    confirm = StringField(N_("Confirmation"))

    def __init__(self, school_language: str | None, **values: Any) -> None:
        super().__init__(school_language, **values)
        self.audience.flags.required = self.confirm.flags.required = True

    def others(self) -> list[Field]:
        return [self.audience, self.another, self.confirm]

    def validate_audience(self, field: Field) -> None:
        if field.data not in AUDIENCES:
            raise says(N_("Choose whom it is for"))

    def validate_confirm(self, field: Field) -> None:
        """The word, exactly as the page shows it, without the white space around it."""
        word = speech().gettext(WORD)
        if unicodedata.normalize("NFC", field.data or "") != word:
            raise says(N_("Type %(word)s to confirm, in capital letters"), word=word)

    @property
    def emergency_id(self) -> UUID | None:
        """The id that the page drew; None for what no page of ours can have."""
        try:
            key = UUID(self.key.data or "")
        except ValueError:
            return None
        return key if key.version == 7 else None

    def draw_key(self) -> None:
        """Give the form an id, and have the word typed again: whoever sent it without one had no page of ours."""
        self.key.data, self.confirm.data = str(uuid7()), ""


class EndForm(TextsForm):
    """What everybody is told at the end of an emergency."""
