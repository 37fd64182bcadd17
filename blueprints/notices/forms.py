"""The form of a notice: a title and a message per language, when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.notices import wishes
from app.domain.reach import TEXT_CHANNELS
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.notice import Audience, Notice
from app.web.badges import WORDS
from app.web.forms import Form, Problem, at_most, says
from app.web.moment_field import MomentField
from blueprints.notices.operations import NoticeDraft

LONGEST_TITLE, LONGEST_MESSAGE = 200, 10_000
NO_TITLE, NO_MESSAGE = N_("Enter a title"), N_("Enter a message")
TITLE = (at_most(LONGEST_TITLE, N_("Use at most %(limit)s characters for the title")),)
TEXT_CHOICES = (SelectChoice("sms", N_("SMS (preview)")), SelectChoice("whatsapp", N_("WhatsApp (preview)")))
MESSAGE = (at_most(LONGEST_MESSAGE, N_("Use at most %(limit)s characters for the message")),)


def one_line(text: object) -> object:
    """Text on one line, as a subject of a mail has to be."""
    return " ".join(text.split()) if isinstance(text, str) else text


def plain_lines(text: object) -> object:
    """Text with the line ends of every browser made alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class NoticeForm(Form):
    """At least one language has both title and message, and none has only one of them.

    `revision` is the state of the notice that the editor saw; a new notice has none.
    """

    revision = HiddenField()
    title_en = StringField(N_("Title"), TITLE, filters=[one_line])
    message_en = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])
    title_af = StringField(N_("Title"), TITLE, filters=[one_line])
    message_af = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])
    title_zu = StringField(N_("Title"), TITLE, filters=[one_line])
    message_zu = TextAreaField(N_("Message"), MESSAGE, filters=[plain_lines])
    starts_at = MomentField(N_("Starts"), missing=N_("Enter when it starts"))
    ends_at = MomentField(N_("Ends"))
    audience = RadioField(
        N_("For whom"), choices=[SelectChoice(one.value, WORDS[one.value]) for one in Audience],
        default=Audience.EVERYONE.value, validate_choice=False,
    )  # fmt: skip
    class_id = SelectField(N_("Which class"), validate_choice=False)
    channel = RadioField(
        N_("How it goes out"), choices=[SelectChoice("", N_("App notifications and email")), *TEXT_CHOICES], default="",
        validate_choice=False,
    )  # fmt: skip
    urgent = BooleanField(N_("Urgent: send it before other messages"))

    def __init__(
        self, school_language: str | None, groups: Sequence[tuple[UUID, str]] = (), written: Sequence[str] = (), **values: Any
    ) -> None:
        super().__init__(**values)
        self.written = written
        self.class_id.choices = [
            SelectChoice("", speech().gettext("Choose a class")),
            *(SelectChoice(str(id), name) for id, name in groups),
        ]
        self.school_language = school_language
        self.audience.flags.required = self.channel.flags.required = True
        for field in self.texts(self.languages[0]):
            field.flags.required = True

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the page in its order: the school's own first, then the others that it writes in or that have text."""
        first, *others = wishes(self.school_language, None)
        kept = (code for code in others if not self.written or code in self.written or any(f.data for f in self.texts(code)))
        return (first, *kept)

    def texts(self, language: str) -> tuple[Field, Field]:
        """The title and the message of a language."""
        return self[f"title_{language}"], self[f"message_{language}"]

    def fallback_of(self, language: str) -> str | None:
        """The language whose text the readers of `language` get while this one has none; None when it has."""
        filled = {code for code in LANGUAGES if any(field.data for field in self.texts(code))} or {self.languages[0]}
        return None if language in filled else next(code for code in wishes(language, self.school_language) if code in filled)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Each field on its own, then what they have to be together."""
        well = bool(super().validate(extra_validators))
        return self._validate_texts() and well

    def validate_audience(self, field: Field) -> None:
        if field.data not in set(Audience):
            raise says(N_("Choose whom it is for"))

    def validate_class_id(self, field: Field) -> None:
        known = {choice.value for choice in field.choices if choice.value}
        if self.audience.data == Audience.CLASS and field.data not in known:
            raise says(N_("Choose a class"))

    def validate_channel(self, field: Field) -> None:
        if field.data and field.data not in TEXT_CHANNELS:
            raise says(N_("Choose how it goes out"))

    def validate_ends_at(self, field: Field) -> None:
        if field.data and self.starts_at.data and field.data <= self.starts_at.data:
            raise says(N_("The end must be after the start"))

    def _validate_texts(self) -> bool:
        """Put 'Enter a title' or 'Enter a message' on the field that is missing; on the school's language if all are."""
        pairs = {code: self.texts(code) for code in LANGUAGES}
        nothing = not any(field.data for pair in pairs.values() for field in pair)
        well = True
        for code, (title, message) in pairs.items():
            begun = bool(title.data or message.data) or (nothing and code == self.languages[0])
            for field, missing in ((title, NO_TITLE), (message, NO_MESSAGE)):
                if begun and not field.data:
                    field.errors = [*field.errors, speech().gettext(missing)]
                    well = False
        return well

    @property
    def chosen_class(self) -> UUID | None:
        """The class that it is for; None for another audience, or for what is no class of the school."""
        known = {choice.value for choice in self.class_id.choices if choice.value}
        is_one = self.audience.data == Audience.CLASS and self.class_id.data in known
        return UUID(self.class_id.data) if is_one else None

    @property
    def problems(self) -> list[Problem]:
        """Every error in the order of the page."""
        of_texts = [field for code in self.languages for field in self.texts(code)]
        others = [self.starts_at, self.ends_at, self.audience, self.class_id, self.channel, self.urgent]
        return [Problem(field.id, str(text)) for field in (*of_texts, *others) for text in field.errors]

    def draft(self) -> NoticeDraft:
        """What a valid form says. Raises ValueError for one that was not validated."""
        if self.starts_at.data is None:
            raise ValueError("a notice without a start")
        return NoticeDraft(
            title={code: self[f"title_{code}"].data for code in LANGUAGES if self[f"title_{code}"].data},
            message={code: self[f"message_{code}"].data for code in LANGUAGES if self[f"message_{code}"].data},
            starts_at=self.starts_at.data, ends_at=self.ends_at.data, audience=self.audience.data, urgent=self.urgent.data,
            channel=self.channel.data or None, class_id=self.chosen_class,
        )  # fmt: skip


def values_of(notice: Notice) -> dict[str, object]:
    """A notice as the form shows it."""
    texts = {
        f"{name}_{code}": text
        for name, by_language in (("title", notice.title), ("message", notice.message))
        for code, text in by_language.items()
    }
    return texts | {
        "revision": str(notice.revision), "starts_at": notice.starts_at, "ends_at": notice.ends_at,
        "audience": notice.audience, "class_id": str(notice.class_id or ""), "channel": notice.channel or "",
        "urgent": notice.urgent,
    }  # fmt: skip
