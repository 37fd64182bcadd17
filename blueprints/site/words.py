"""What is wrong with a website, and what is different between two versions, as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flask import url_for

from app.domain.site.blocks import KINDS
from app.domain.site.checks import MESSAGES, Finding
from app.domain.site.document import Block, SiteDocument
from app.domain.site.markup import plain
from app.domain.site.shapes import Shape
from app.domain.site.versions import CHANGES, Change
from app.domain.site.wording import Said, said
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech

EXCERPT = 90


class Line(NamedTuple):
    """A finding for people: what is wrong, where that is in words, and the address of the page that mends it."""

    text: str
    place: str
    href: str
    is_error: bool


class Told(NamedTuple):
    """A change for people; `old` and `new` are what stood and stands there, in `language` where that is known."""

    text: str
    old: str
    new: str
    language: str


def lines(site: SiteDocument, found: Iterable[Finding]) -> list[Line]:
    """The findings as a list whose every line leads to what mends it."""
    return [Line(_sentence(one), _place(site, one), _address(one), one.is_error) for one in found]


def _sentence(one: Finding) -> str:
    voice = speech()
    values = dict(one.details)
    for name in ("field", "colours"):
        if name in values:
            values[name] = voice.gettext(values[name])
    if "languages" in values:
        values["languages"] = ", ".join(spoken(code) for code in values["languages"])
    if "instead" in values:
        values["instead"] = spoken(values["instead"])
    for name in ("ratio", "least", "size", "most"):
        if name in values:
            values[name] = voice.number(values[name])
    values.pop("picture_id", None)
    return voice.gettext(MESSAGES[one.code], **values)


def _place(site: SiteDocument, one: Finding) -> str:
    page = site.page(one.page)
    if page is None:
        return speech().gettext("The whole website")
    place = site.place(one.block)
    if place is None:
        return called(site, page.title, page.slug)
    return f"{called(site, page.title, page.slug)} · {speech().gettext(KINDS[place[1].kind].label)}"


def _address(one: Finding) -> str:
    if one.code == "no_alt":
        return url_for("site_pictures.edit_picture", picture_id=one.details["picture_id"])
    if one.block:
        return url_for("site_blocks.edit_block", block_key=one.block)
    if one.code == "empty_page":
        return url_for("site_builder.show_page", page_key=one.page)
    if one.page:
        return url_for("site_builder.edit_page", page_key=one.page)
    return url_for("site.edit_settings")


def told(changes: Iterable[Change]) -> list[Told]:
    """What is different, each as a sentence with what stood and what stands there."""
    voice = speech()
    found = []
    for one in changes:
        values = {
            "page": one.page, "kind": one.kind and voice.gettext(one.kind), "field": one.field and voice.gettext(one.field),
            "language": spoken(one.language) if one.language else "",
        }  # fmt: skip
        old, new = (voice.gettext(text) if one.is_message and text else text for text in (one.old, one.new))
        found.append(Told(voice.gettext(CHANGES[one.code], **values), old, new, one.language))
    return found


def spoken(code: str) -> str:
    """A language inside a sentence."""
    return speech().gettext(LANGUAGES[code].spoken)


def called(site: SiteDocument, title: object, slug: str) -> str:
    """A page by its title as the reader has it, else by its address."""
    assert isinstance(title, dict)
    return said(title, speech().language, (*site.languages, *LANGUAGES)).text or f"/{slug}"


def excerpt(site: SiteDocument, block: Block) -> Said:
    """The first words that stand in a block, for whoever looks for it in a list."""
    for field in KINDS[block.kind].fields:
        if field.is_by_language:
            text, language = said(block.content[field.name], speech().language, site.languages)
            text = plain(text) if field.shape is Shape.TEXT else text
            if text:
                return Said(text if len(text) <= EXCERPT else text[: EXCERPT - 1].rstrip() + "…", language)
    return Said("", "")


def written(block: Block) -> list[tuple[str, str, str]]:
    """What stands in a block, text by text: what it is called, its language ('' for all), and the text."""
    found = []
    for field in KINDS[block.kind].fields:
        value = block.content[field.name]
        if field.is_by_language:
            found += [(field.label, code, text) for code, text in value.items()]
        elif field.shape is Shape.ROWS:
            found += [(field.label, "", str(row["name"])) for row in value]
        elif field.shape in (Shape.LINE, Shape.TARGET) and value:
            found.append((field.label, "", value))
    return found
