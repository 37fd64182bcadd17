"""The forms of the website: its settings, a page, publishing, a picture, an event, a preview link."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.site.document import LONGEST_SLUG, SLUG, Page, SiteDocument
from app.domain.site.events import LONGEST_PLACE, LONGEST_TEXT, LONGEST_TITLE, EventDraft
from app.domain.site.looks import CORNERS, HEADER, LETTERS, PALETTES, TEMPLATES, Option
from app.domain.site.pictures import LONGEST_ALT, LONGEST_NAME
from app.domain.site.previews import LIVES
from app.domain.site.publishing import LONGEST_NOTE
from app.domain.site.shapes import COLOUR, cleaned
from app.domain.site.wording import said
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.site import SchoolEvent, SitePicture
from app.web.forms import Form, at_most, one_line, required, says
from app.web.looks import THEMES
from app.web.moment_field import MomentField

TOO_LONG = N_("Too long: at most %(limit)s characters")
OPTIONS = (HEADER, CORNERS, LETTERS)
PLACES = (N_("First language"), N_("Second language"), N_("Third language"))


def _lines(text: object) -> object:
    return cleaned(text, lines=True) if isinstance(text, str) else text


def _line(text: object) -> object:
    return cleaned(text) if isinstance(text, str) else text


class Texts(Form):
    """A form with fields that are written once a language: `name_en`, `name_af`, … in the order of `order`."""

    order: Sequence[str]
    needs_title = False

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """As ever, and where it `needs_title` there is one in some language."""
        sound = bool(super().validate(extra_validators))
        if self.needs_title and not self.of("title"):
            self[f"title_{self.order[0]}"].errors = [speech().gettext("Enter a title in at least one language")]
            return False
        return sound

    def of(self, name: str) -> dict[str, str]:
        """What was written as `name`, by language; languages without it are left out."""
        return {code: self[f"{name}_{code}"].data for code in LANGUAGES if self[f"{name}_{code}"].data}

    def fallback(self, name: str, code: str) -> str:
        """In which other language readers of `code` get `name` now, '' where it is written or nowhere is."""
        if self[f"{name}_{code}"].data:
            return ""
        return said(self.of(name), code, self.order).language


def spread(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Texts by language as the data of their fields."""
    return {f"{name}_{code}": text for code, text in texts.items()}


def _titles(label: str, limit: int) -> list[StringField]:
    return [StringField(label, [at_most(limit, TOO_LONG)], filters=[_line]) for _ in LANGUAGES]


def _texts(label: str, limit: int) -> list[TextAreaField]:
    return [TextAreaField(label, [at_most(limit, TOO_LONG)], filters=[_lines]) for _ in LANGUAGES]


class SettingsForm(Texts):
    """How the website looks, in which languages it is, and what search engines are told. `seen` is what the editor saw."""

    seen = HiddenField()
    template = RadioField(
        N_("Template"), choices=[SelectChoice(key, one.label) for key, one in TEMPLATES.items()], validate_choice=False
    )
    header, corners, letters = (
        SelectField(one.label, choices=[SelectChoice(*pair) for pair in one.choices.items()], validate_choice=False)
        for one in OPTIONS
    )
    theme = RadioField(
        N_("Theme"), choices=[SelectChoice(key, THEMES[key][0]) for key in PALETTES], validate_choice=False
    )  # fmt: skip
    accent = StringField(N_("Your own colour for buttons and links"), filters=[one_line])
    ground = StringField(N_("Your own colour behind the text"), filters=[one_line])
    first, second, third = (
        SelectField(
            label, choices=[SelectChoice("", N_("None")), *(SelectChoice(one.code, one.spoken) for one in LANGUAGES.values())],
            validate_choice=False,
        )
        for label in PLACES
    )  # fmt: skip
    title_en, title_af, title_zu = _titles(N_("Title"), 80)
    description_en, description_af, description_zu = _titles(N_("Description"), 300)

    def __init__(self, site: SiteDocument, **values: Any) -> None:
        places = dict(zip(("first", "second", "third"), site.languages, strict=False))
        super().__init__(
            data={
                "template": site.template, **{one.name: one.default for one in OPTIONS}, **site.options, "theme": site.theme,
                "accent": site.accent, "ground": site.ground, **places, **spread("title", site.title),
                **spread("description", site.description), **values,
            }
        )  # fmt: skip
        self.order = site.languages
        for field in (self.template, self.header, self.corners, self.letters, self.theme, self.first):
            field.flags.required = True  # there is no leaving it empty

    def validate_template(self, field: Field) -> None:
        if field.data not in TEMPLATES:
            raise says(N_("There is no such template: check the template key."))

    def validate_theme(self, field: Field) -> None:
        if field.data not in PALETTES:
            raise says(N_("There is no such theme: choose one of these."))

    def _check_option(self, field: Field, option: Option) -> None:
        if self._has(option) and field.data not in option.choices:
            raise says(N_("The template has no such setting: choose one of these."))

    def validate_header(self, field: Field) -> None:
        self._check_option(field, HEADER)

    def validate_corners(self, field: Field) -> None:
        self._check_option(field, CORNERS)

    def validate_letters(self, field: Field) -> None:
        self._check_option(field, LETTERS)

    def validate_accent(self, field: Field) -> None:
        _check_colour(field)

    def validate_ground(self, field: Field) -> None:
        _check_colour(field)

    def validate_first(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise says(N_("Choose the language that the website is written in first."))

    def validate_second(self, field: Field) -> None:
        self._check_language(field, self.first)

    def validate_third(self, field: Field) -> None:
        self._check_language(field, self.first, self.second)

    def _check_language(self, field: Field, *before: Field) -> None:
        if field.data and field.data not in LANGUAGES:
            raise says(N_("Choose one of these languages."))
        if field.data and field.data in [one.data for one in before]:
            raise says(N_("This language is chosen twice."))

    def _has(self, option: Option) -> bool:
        return self.template.data in TEMPLATES and option in TEMPLATES[self.template.data].options

    def values(self) -> dict[str, Any]:
        """What a valid form says, as `editing.change_settings` takes it."""
        return {
            "template": self.template.data,
            "options": {one.name: self[one.name].data for one in OPTIONS if self._has(one)},
            "theme": self.theme.data, "accent": (self.accent.data or "").lower(), "ground": (self.ground.data or "").lower(),
            "languages": tuple(field.data for field in (self.first, self.second, self.third) if field.data),
            "title": self.of("title"), "description": self.of("description"),
        }  # fmt: skip


def _check_colour(field: Field) -> None:
    if field.data and not COLOUR.fullmatch(field.data.lower()):
        raise says(N_("Enter a colour as # and six digits or letters, like #0f6b5c. Leave it empty for the theme’s."))


class PageForm(Texts):
    """A page: its title and description per language, its address, whether it is shown. The home page has no address."""

    needs_title = True
    seen = HiddenField()
    title_en, title_af, title_zu = _titles(N_("Title of the page"), 80)
    slug = StringField(N_("Address of the page"), [at_most(LONGEST_SLUG, TOO_LONG)], filters=[one_line])
    description_en, description_af, description_zu = _titles(N_("Description for search engines"), 300)
    in_menu = BooleanField(N_("Name it in the menu"))
    is_hidden = BooleanField(N_("Hide the page from visitors"))

    def __init__(self, site: SiteDocument, page: Page | None, **values: Any) -> None:
        self.is_home = page is not None and not page.slug
        data: dict[str, Any] = {"in_menu": True}
        if page is not None:
            data = {
                **spread("title", page.title), **spread("description", page.description), "slug": page.slug,
                "in_menu": page.in_menu, "is_hidden": page.is_hidden,
            }  # fmt: skip
        super().__init__(data=data | values)
        self.order = site.languages

    def validate_slug(self, field: Field) -> None:
        if self.is_home:
            field.data = ""
            return
        title = said(self.of("title"), self.order[0], self.order).text
        field.data = slug_of(field.data or "") or slug_of(title)
        if title and not re.fullmatch(SLUG, field.data):
            raise says(N_("Use small letters, digits and hyphens, like our-teachers."))


def slug_of(text: str) -> str:
    """Words as an address: small letters and digits of ASCII, with hyphens between them; '' where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold())[:LONGEST_SLUG].strip("-")


class PublishForm(Form):
    """What changes with the new version, in a few words; `revision` is the draft that was looked at."""

    revision = HiddenField()
    note = StringField(N_("What is new"), [at_most(LONGEST_NOTE, TOO_LONG)], filters=[_line])


class WhyForm(Form):
    """Why the website is taken offline: for the log and the page, no visitor reads it."""

    why = StringField(N_("Why"), [required(N_("Say why")), at_most(LONGEST_NOTE, TOO_LONG)], filters=[_line])


class PictureForm(Texts):
    """A picture and what is on it, in each language of the website, or that it only decorates."""

    file = FileField(N_("Picture"))
    name = StringField(
        N_("Name of the picture"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[_line]
    )  # fmt: skip
    is_decorative = BooleanField(N_("It only decorates: whoever does not see it misses nothing"))
    alt_en, alt_af, alt_zu = _titles(N_("Description of the picture"), LONGEST_ALT)

    def __init__(self, order: Sequence[str], picture: SitePicture | None = None) -> None:
        data: dict[str, Any] = {}
        if picture is not None:
            data = {"name": picture.name, "is_decorative": picture.is_decorative, **spread("alt", picture.alt)}
        super().__init__(data=data)
        self.order = order

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """As ever, and every language of the website has a description, unless the picture only decorates."""
        sound = bool(super().validate(extra_validators))
        if not self.is_decorative.data:
            for code in self.order:
                if not (field := self[f"alt_{code}"]).data:
                    field.errors = [
                        speech().gettext(
                            N_("Describe the picture in %(language)s, or say that it only decorates"),
                            language=speech().gettext(LANGUAGES[code].spoken),
                        )
                    ]
                    sound = False
        return sound


class EventForm(Texts):
    """An event: a title in at least one language, when it begins, and whatever else there is to say."""

    needs_title = True
    revision = HiddenField()
    title_en, title_af, title_zu = _titles(N_("Title"), LONGEST_TITLE)
    text_en, text_af, text_zu = _texts(N_("Text"), LONGEST_TEXT)
    starts_at = MomentField(N_("Start of the event"), missing=N_("Enter when it starts"))
    ends_at = MomentField(N_("End of the event"))
    place = StringField(N_("Place"), [at_most(LONGEST_PLACE, TOO_LONG)], filters=[_line])
    is_shown = BooleanField(N_("Show it on the website and in its calendar"))

    def __init__(self, order: Sequence[str], event: SchoolEvent | None = None) -> None:
        data: dict[str, Any] = {"is_shown": True}
        if event is not None:
            data = {
                "revision": str(event.revision), "starts_at": event.starts_at, "ends_at": event.ends_at, "place": event.place,
                "is_shown": event.is_shown, **spread("title", event.title), **spread("text", event.text),
            }  # fmt: skip
        super().__init__(data=data)
        self.order = order

    def validate_ends_at(self, field: Field) -> None:
        if field.data and self.starts_at.data and field.data <= self.starts_at.data:
            raise says(N_("It has to end after it starts."))

    @property
    def draft(self) -> EventDraft:
        """What a valid form says."""
        starts_at = self.starts_at.data
        assert starts_at is not None  # a valid form has it
        return EventDraft(
            self.of("title"), self.of("text"), self.place.data or "", starts_at, self.ends_at.data, self.is_shown.data
        )  # fmt: skip


class PreviewForm(Form):
    """A link to the draft for others: how long it holds, and whom it is for."""

    days = SelectField(
        N_("It holds for"), default="7", validate_choice=False,
        choices=[SelectChoice("1", N_("A day")), SelectChoice("7", N_("A week")), SelectChoice("30", N_("A month"))],
    )  # fmt: skip
    note = StringField(
        N_("Whom it is for"), [required(N_("Say whom it is for")), at_most(LONGEST_NAME, TOO_LONG)], filters=[_line]
    )  # fmt: skip

    def validate_days(self, field: Field) -> None:
        if field.data not in map(str, LIVES):
            raise says(N_("Choose how long it holds"))
