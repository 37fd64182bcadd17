"""The form of an asset: the texts of each language, which have to fit on the sheet and to have letters that can be drawn."""

from __future__ import annotations

from typing import NamedTuple

from wtforms import Field, RadioField, StringField, TextAreaField

from app.domain.promotion.kinds import KINDS, PARTS
from app.domain.promotion.layouts import overflowing
from app.domain.promotion.lettering import undrawable
from app.domain.promotion.making import LEAD, TARGETS, Design
from app.domain.promotion.palettes import PALETTES, THEMES
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.forms import Form, at_most, one_line, required

TOO_LONG = N_("Too long: at most %(limit)s characters")
LONGEST_TITLE, LONGEST_ALT = 80, 300
LABELS = {"headline": N_("Headline"), "body": N_("Text"), "call": N_("Beside the code"), "alt": N_("Words in its place")}
NO_LANGUAGE = N_("Write a headline in at least one language")
NO_HEADLINE = N_("Write a headline, or leave this language empty")
NO_ROOM = N_("This does not fit on the sheet, even in small letters. Shorten it")
NO_LETTERS = N_("These signs cannot be printed: %(signs)s")


class Texts(NamedTuple):
    """The fields of one language."""

    headline: Field
    body: Field
    call: Field
    alt: Field


def _per_language() -> dict[str, Field]:
    fields = {}
    for code in LANGUAGES:
        fields[f"headline_{code}"] = StringField(LABELS["headline"], filters=[one_line])
        fields[f"body_{code}"] = TextAreaField(LABELS["body"])
        fields[f"call_{code}"] = StringField(LABELS["call"], filters=[one_line])
        fields[f"alt_{code}"] = StringField(LABELS["alt"], [at_most(LONGEST_ALT, TOO_LONG)], filters=[one_line])
    return fields


class _AssetForm(Form):
    title = StringField(
        N_("Name of the campaign"), [required(N_("Enter a name for it")), at_most(LONGEST_TITLE, TOO_LONG)], filters=[one_line]
    )
    leads_to = RadioField(N_("Where does the code lead?"), [required(N_("Choose where the code leads"))])
    theme = RadioField(N_("Colours"), [required(N_("Choose the colours"))])


_Languages = type("_Languages", (_AssetForm,), _per_language())


class AssetForm(_Languages):  # type: ignore[misc, valid-type]
    """An asset of a kind; `languages` are those in which the school writes."""

    def __init__(self, kind: str, languages: tuple[str, ...], design: Design) -> None:
        said = {f"{part}_{code}": text for code, texts in design.texts.items() for part, text in texts.items()}
        super().__init__(data={"title": design.title, "leads_to": design.leads_to, "theme": design.theme, **said})
        self.kind = kind
        self.languages = tuple(code for code in LANGUAGES if code in languages or design.texts.get(code, {}).get("headline"))
        self.leads_to.choices = [(key, speech().gettext(label)) for key, label in TARGETS.items()]
        self.theme.choices = [(key, speech().gettext(THEMES[key])) for key in PALETTES]
        for code in set(LANGUAGES) - set(self.languages):
            for part in LABELS:
                del self[f"{part}_{code}"]

    def texts(self, code: str) -> Texts:
        """The fields of a language."""
        return Texts(*(self[f"{part}_{code}"] for part in Texts._fields))

    def validate(self, extra_validators: object = None) -> bool:
        """Also: is there a headline, does everything fit, and can it be drawn?"""
        fine = bool(super().validate(extra_validators))
        written = [code for code in self.languages if self.texts(code).headline.data]
        if not written:
            self._refuse(self.texts(self.languages[0]).headline, NO_LANGUAGE)
        for code in self.languages:
            fields = self.texts(code)
            if code not in written:
                if written and (fields.body.data or fields.call.data):
                    self._refuse(fields.headline, NO_HEADLINE)
                continue
            self._measure(code)
        return fine and not self.problems

    def _measure(self, code: str) -> None:
        """Look at the texts of one language as they would be set."""
        fields, rooms = self.texts(code), KINDS[self.kind].rooms
        given = {part: getattr(fields, part).data or "" for part in PARTS}
        for part in PARTS:
            field, most = getattr(fields, part), rooms[part].characters
            if signs := undrawable(given[part]):
                self._refuse(field, NO_LETTERS, signs=" ".join(signs[:12]))
            if len(given[part]) > most:
                self._refuse(field, TOO_LONG, limit=speech().number(most))
                given[part] = ""  # said already
        for part in overflowing(self.kind, given):
            self._refuse(getattr(fields, part), NO_ROOM)

    @staticmethod
    def _refuse(field: Field, message: str, **values: object) -> None:
        field.errors = [*field.errors, speech().gettext(message, **values)]

    @property
    def design(self) -> Design:
        """What a valid form says; a language without a headline is not there."""
        texts = {
            code: {part: (getattr(fields, part).data or "").replace("\r\n", "\n") for part in Texts._fields}
            for code in self.languages
            if (fields := self.texts(code)).headline.data
        }
        return Design(self.kind, self.title.data, self.leads_to.data, self.theme.data, texts)


def fresh(kind: str, texts: dict[str, dict[str, str]], title: str) -> Design:
    """What a new form begins with."""
    return Design(kind, title, LEAD, next(iter(PALETTES)), texts)
