"""The kinds of blocks that a page is made of, and what stands in each: the one table of schemas, forms and pages.

What people read is by language (`Shape.WORDS`, `Shape.TEXT`): show it by `wording.said(texts, language, document.languages)`.
A `heading` is an h2 of the page, with `level` "3" in a block of text an h3 under it; the heading of a hero is the page's h1,
and a page without a hero has its title as h1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import Schema

from app.domain.site.shapes import Field, Shape, schema_of
from app.i18n.catalogue import N_

LONGEST_TEXT = 6_000
_HEADING = Field("heading", Shape.WORDS, N_("Heading"), most=120)
_NEEDED_HEADING = Field("heading", Shape.WORDS, N_("Heading"), most=120, required=True)
_HOW_TEXT = N_("Leave a line empty for a new paragraph. Write **bold**, [words](https://…) for a link, and - for a list.")
_INTRO = Field("intro", Shape.TEXT, N_("Text before it"), _HOW_TEXT, most=2_000)
_LINK_HINT = N_("https://…, mailto:…, tel:… or /page for a page of this website.")


@dataclass(frozen=True)
class BlockKind:
    """A kind of block; `label` and `hint` are messages, `icon` a lucide name. `once`: at most one on a page."""

    key: str
    icon: str
    label: str
    hint: str
    fields: tuple[Field, ...]
    once: bool = False

    @cached_property
    def schema(self) -> Schema:
        """Validates what stands in a block of this kind; what it loads has every field."""
        return schema_of(self.fields)

    def empty(self) -> dict[str, Any]:
        """What stands in a new block."""
        return {field.name: field.empty for field in self.fields}


_KINDS = (
    BlockKind(
        "hero", "panel-top", N_("Opening"),
        N_("The first thing that visitors see: a heading, a sentence, a picture and a button."),
        (
            Field("heading", Shape.WORDS, N_("Heading"), N_("The heading of the whole page."), most=120, required=True),
            Field("text", Shape.TEXT, N_("Text"), _HOW_TEXT, most=600),
            Field("picture", Shape.PICTURE, N_("Picture")),
            Field("button", Shape.WORDS, N_("Words on the button"), most=60),
            Field("target", Shape.TARGET, N_("Where the button leads"), _LINK_HINT, most=500),
        ),
        once=True,
    ),
    BlockKind(
        "text", "text-align-start", N_("Text"), N_("Paragraphs, lists and links, with or without a heading."),
        (
            _HEADING,
            Field(
                "level", Shape.CHOICE, N_("Level of the heading"),
                choices={"2": N_("A section of the page"), "3": N_("A part of the section above")}, default="2",
            ),
            Field("text", Shape.TEXT, N_("Text"), _HOW_TEXT, most=LONGEST_TEXT, required=True),
        ),
    ),
    BlockKind(
        "picture", "image", N_("Picture"), N_("One picture, with words below it if you like."),
        (
            Field("picture", Shape.PICTURE, N_("Picture"), required=True),
            Field("caption", Shape.WORDS, N_("Words below the picture"), most=300),
            Field(
                "size", Shape.CHOICE, N_("Size"), default="text",
                choices={"text": N_("As wide as the text"), "wide": N_("As wide as the page")},
            ),
        ),
    ),
    BlockKind(
        "staff", "users", N_("Staff"), N_("People whom you name here, and nobody else. Ask them before you show them."),
        (
            _NEEDED_HEADING,
            _INTRO,
            Field(
                "people", Shape.ROWS, N_("People"), most=60, required=True,
                rows=(
                    Field("name", Shape.LINE, N_("Name"), most=120, required=True),
                    Field("role", Shape.WORDS, N_("What they do"), most=120),
                    Field("picture", Shape.PICTURE, N_("Picture")),
                ),
            ),
        ),
    ),
    BlockKind(
        "classes", "calendar-days", N_("Classes and times"),
        N_("The classes of this year and when they meet, as they stand in Classes."),
        (
            _NEEDED_HEADING,
            _INTRO,
            Field(
                "which", Shape.CHOICE, N_("Which classes"),
                choices={
                    "all": N_("All classes"), "register": N_("Register classes only"),
                    "other": N_("Other classes only, as clubs and lessons"),
                },
                default="all",
            ),
            Field("shows_times", Shape.FLAG, N_("Show when they meet"), default=True),
        ),
    ),
    BlockKind(
        "notices", "megaphone", N_("Notices"), N_("Notices for everyone, while they are current."),
        (_NEEDED_HEADING, Field("most", Shape.NUMBER, N_("How many at most"), most=12, default=4)),
        once=True,
    ),
    BlockKind(
        "events", "calendar", N_("School events"), N_("What comes next in the calendar of the school."),
        (_NEEDED_HEADING, Field("most", Shape.NUMBER, N_("How many at most"), most=20, default=5)),
        once=True,
    ),
    BlockKind(
        "lead_form", "message-square-text", N_("Enquiry form"),
        N_("Visitors ask about a place or anything else; you find it in Leads."),
        (_NEEDED_HEADING, _INTRO), once=True,
    ),
    BlockKind(
        "reviews", "star", N_("Reviews"), N_("What families wrote, once you have approved it."),
        (_NEEDED_HEADING, Field("most", Shape.NUMBER, N_("How many at most"), most=12, default=6)),
        once=True,
    ),
    BlockKind(
        "map", "map-pin", N_("Map link"),
        N_("Your address with a link to a map. No map is loaded, so no map watches your visitors."),
        (
            _NEEDED_HEADING,
            Field("address", Shape.LINE, N_("Address"), most=300, required=True),
            Field("directions", Shape.TEXT, N_("How to get here"), _HOW_TEXT, most=1_000),
            Field(
                "target", Shape.TARGET, N_("Link to the map"), N_("An address that begins with https://"), most=500,
                required=True,
            ),
        ),
    ),
    BlockKind(
        "contact", "phone", N_("Contact"), N_("How the school is reached, as it stands in its settings."),
        (
            _NEEDED_HEADING,
            _INTRO,
            Field("shows_email", Shape.FLAG, N_("Show the email address"), default=True),
            Field("shows_phone", Shape.FLAG, N_("Show the phone number"), default=True),
            Field("shows_address", Shape.FLAG, N_("Show the address"), default=True),
            Field("hours", Shape.TEXT, N_("When the office is open"), _HOW_TEXT, most=600),
        ),
        once=True,
    ),
)  # fmt: skip
#: kind -> what it is
KINDS: dict[str, BlockKind] = {kind.key: kind for kind in _KINDS}


def pictures_in(kind: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the pictures that a block shows."""
    for field, value in _walk(KINDS[kind].fields, content):
        if field.shape is Shape.PICTURE and value:
            yield value


def texts_in(kind: str, content: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """Every field of a block with what stands there, those of its rows as well."""
    yield from _walk(KINDS[kind].fields, content)


def _walk(fields: tuple[Field, ...], content: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    for field in fields:
        yield field, content[field.name]
        if field.shape is Shape.ROWS:
            for row in content[field.name]:
                yield from _walk(field.rows, row)
