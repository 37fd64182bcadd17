"""What the enquiry form of a school asks and says: its settings, read in one statement, as a page needs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, bindparam, select, true
from werkzeug.datastructures import LanguageAccept

from app import clock
from app.i18n.catalogue import N_, catalogue
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speech_for
from app.models.lead_form import LeadConsentText, LeadForm
from app.models.school import School
from app.tenancy.reading import LookUp, looking_up


class Ask(StrEnum):
    """Whether the form asks for something."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Asked(NamedTuple):
    """A field: what it is called, how long it may be, and what the browser is told of it."""

    name: str
    label: str
    longest: int
    kind: str = "text"
    autocomplete: str = "off"


#: every field of the form in its order; `name` is always asked
FIELDS: Mapping[str, Asked] = {
    field.name: field
    for field in (
        Asked("name", N_("Your name"), 120, autocomplete="name"),
        Asked("email", N_("Email address"), 254, "email", "email"),
        Asked("phone", N_("Phone number"), 40, "tel", "tel"),
        Asked("child_name", N_("Name of the child"), 120),
        Asked("child_grade", N_("Grade that the child would join"), 40),
        Asked("child_birth_date", N_("Date of birth of the child"), 10, "date"),
        Asked("message", N_("Your message"), 4000, "textarea"),
    )
}
NAME, EMAIL, PHONE = "name", "email", "phone"
#: the fields that a school decides about
CHOSEN = tuple(name for name in FIELDS if name != NAME)
#: what a form asks before anybody has decided: an address or a number, and for whom it is
AT_FIRST: Mapping[str, str] = {
    EMAIL: Ask.OPTIONAL.value, PHONE: Ask.OPTIONAL.value, "child_name": Ask.OPTIONAL.value, "child_grade": Ask.OPTIONAL.value,
    "child_birth_date": Ask.OFF.value, "message": Ask.OPTIONAL.value,
}  # fmt: skip
TITLE, INTRO, BUTTON, THANKS, CONSENT = "title", "intro", "button", "thanks", "consent"
#: what the form says where the school has no words of its own
WORDS: Mapping[str, str] = {
    TITLE: N_("Ask about a place at %(school)s"),
    INTRO: N_("Tell us how to reach you. Somebody from the school will answer."),
    BUTTON: N_("Send the enquiry"),
    THANKS: N_("Thank you. We have your enquiry and will answer soon."),
    CONSENT: N_("%(school)s may keep what I write here to answer my enquiry, and deletes it when it is no longer needed."),
}
LONGEST_WORDS: Mapping[str, int] = {TITLE: 120, INTRO: 500, BUTTON: 40, THANKS: 1000, CONSENT: 1000}


def usual(word: str, language: str, school: str) -> str:
    """What the form says of itself in a language: `word` is a key of WORDS."""
    text = catalogue(language).gettext(WORDS[word])
    return text.replace("%(school)s", school)


class FormView(NamedTuple):
    """The form of a school in one of its languages, as a page shows it. It posts to `action`.

    `asks` has what is asked besides the name, in order. A page that is kept for many readers carries no token: it posts with
    `step=check`, and what was typed is shown once more, with one. `version` and `consent_id` are of the newest text of consent,
    0 and None before there is one.
    """

    school_id: int
    slug: str
    school: str
    language: str
    languages: tuple[str, ...]
    is_open: bool
    asks: Mapping[str, Ask]
    wording: Mapping[str, str]
    version: int
    consent_id: UUID | None
    origins: tuple[str, ...]
    per_address: int
    min_seconds: int
    voice: Speech
    contact_email: str | None
    contact_phone: str | None

    @property
    def action(self) -> str:
        """Where it is sent."""
        return f"/s/{self.slug}/lead?lang={self.language}"

    @property
    def frame(self) -> str:
        """Its address for a frame on another page."""
        return f"/s/{self.slug}/lead?frame=1&lang={self.language}"

    @property
    def fields(self) -> list[tuple[Asked, Ask]]:
        """What it asks, in order."""
        return [(FIELDS[NAME], Ask.REQUIRED), *((FIELDS[name], ask) for name, ask in self.asks.items())]

    @property
    def needs_either(self) -> bool:
        """Whether one of address and number is enough, and one of them needed."""
        return Ask.REQUIRED not in (self.asks.get(EMAIL), self.asks.get(PHONE))

    @property
    def today(self) -> dt.date:
        """The day by the clock of the school."""
        return clock.now().astimezone(ZoneInfo(self.voice.timezone)).date()


class Place(NamedTuple):
    """A school's form as it is stored, in no language yet; `is_open` is the form's, the rest the school's."""

    school_id: int
    slug: str
    school: str
    school_state: str
    school_is_open: bool
    school_language: str
    languages: list[str]
    timezone: str
    money: str
    currency: str
    contact_email: str | None
    contact_phone: str | None
    is_open: bool | None
    asks: dict[str, str] | None
    wordings: dict[str, dict[str, str]] | None
    origins: list[str] | None
    per_address: int | None
    min_seconds: int | None
    consent_id: UUID | None
    version: int | None
    texts: dict[str, str] | None

    def spoken(self, asked: str | None, accepted: LanguageAccept | None = None) -> str:
        """The language to show it in: the one asked for, else the reader's, else the school's; always one that it writes."""
        written = [code for code in LANGUAGES if code in self.languages]
        if asked in written:
            return str(asked)
        return (accepted.best_match(written) if accepted else None) or self.school_language


def _places(where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The one statement: a school, its form, the newest of its texts."""
    newest = (
        select(LeadConsentText.id, LeadConsentText.version, LeadConsentText.texts)
        .where(LeadConsentText.school_id == School.id)
        .order_by(LeadConsentText.version.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(
            School.id.label("school_id"), School.slug, School.name.label("school"), School.state.label("school_state"),
            School.is_open.label("school_is_open"), School.language.label("school_language"), School.languages,
            School.timezone.label("timezone"), School.money, School.currency, School.contact_email, School.contact_phone,
            LeadForm.is_open, LeadForm.fields.label("asks"), LeadForm.wordings, LeadForm.origins, LeadForm.per_address,
            LeadForm.min_seconds, newest.c.id.label("consent_id"), newest.c.version, newest.c.texts,
        )
        .outerjoin(LeadForm, LeadForm.school_id == School.id)
        .outerjoin(newest, true())
        .where(where)
    )  # fmt: skip


_BY_SLUG = LookUp(_places(School.slug == bindparam("slug", type_=Text)), Place)
_BY_ID = LookUp(_places(School.id == bindparam("school")), Place)


def place_of(slug: str) -> Place | None:
    """The form of the school with this slug, None where no school has it. It does not matter where the caller acts."""
    return _found(_BY_SLUG, slug=slug)


def place_in(school_id: int) -> Place | None:
    """The form of a school."""
    return _found(_BY_ID, school=school_id)


def _found(one: LookUp[Place], **values: object) -> Place | None:
    with looking_up() as cursor:
        rows = one.all(cursor, **values)
    return rows[0] if rows else None


def view_of(place: Place, language: str) -> FormView:
    """The form in one of the school's languages; what the school has not worded in it stands in the product's words."""
    stored = {**AT_FIRST, **(place.asks or {})}
    said = (place.wordings or {}).get(language, {})
    wording = {word: said.get(word) or usual(word, language, place.school) for word in WORDS if word != CONSENT}
    wording[CONSENT] = _consent(place, language)
    return FormView(
        place.school_id, place.slug, place.school, language, tuple(code for code in LANGUAGES if code in place.languages),
        bool(place.is_open) and place.school_is_open,
        {name: Ask(stored[name]) for name in CHOSEN if stored[name] != Ask.OFF}, wording, place.version or 0, place.consent_id,
        tuple(place.origins or ()), place.per_address or 20, 3 if place.min_seconds is None else place.min_seconds,
        speech_for(language, str(place.timezone), place.money, place.currency), place.contact_email, place.contact_phone,
    )  # fmt: skip


def _consent(place: Place, language: str) -> str:
    """The text to say yes to: in the reader's language, else in the school's, else in any that it is written in."""
    texts = place.texts or {}
    for code in (language, place.school_language, DEFAULT, *texts):
        if texts.get(code):
            return texts[code]
    return usual(CONSENT, language, place.school)
