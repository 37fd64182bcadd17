"""A page of a website as its template shows it: every text in the language of the page or marked with its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from babel import Locale

from app.domain.reviews.shown import BEST
from app.domain.site import markup
from app.domain.site.document import Page, SiteDocument
from app.domain.site.shapes import cleaned
from app.domain.site.showing import Around
from app.domain.site.showing import Picture as Stored
from app.domain.site.targets import Way, read_target
from app.domain.site.wording import said
from app.i18n.languages import LANGUAGES

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Words(NamedTuple):
    """A text on one line; `lang` is its language where that is not the page's. An empty one is false."""

    text: str
    lang: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


class Piece(NamedTuple):
    """Words of a line; `href` is where they lead, '' for plain ones, `is_away` that this is another site."""

    text: str
    is_bold: bool
    href: str
    is_away: bool


class Part(NamedTuple):
    """A paragraph, or a list, of lines."""

    is_list: bool
    lines: list[list[Piece]]


class Prose(NamedTuple):
    """A text of paragraphs and lists. An empty one is false."""

    parts: list[Part]
    lang: str = ""

    def __bool__(self) -> bool:
        return bool(self.parts)


class Picture(NamedTuple):
    """A picture with all its files; `src` is the one for browsers that choose none."""

    src: str
    srcset: str
    width: int
    height: int
    alt: Words


class Link(NamedTuple):
    """A button or a link; `is_away` says that it leads to another site."""

    words: Words
    href: str
    is_away: bool


class Person(NamedTuple):
    """Somebody of the staff; `initials` stand in place of a picture."""

    name: str
    role: Words
    picture: Picture | None
    initials: str


class Time(NamedTuple):
    """When a class meets, in words; `every_weeks` above 1 where it is not every week."""

    days: str
    starts: str
    ends: str
    every_weeks: int
    room: str


class ClassShown(NamedTuple):
    """A class and its times."""

    name: str
    times: list[Time]


class Item(NamedTuple):
    """A notice or an event. `day` and `month` are those of its beginning, for the leaf of a calendar."""

    key: str
    title: Words
    text: list[str]
    text_lang: str
    place: str
    urgent: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_one_day: bool
    day: str
    month: str


class Opinion(NamedTuple):
    """A review."""

    name: str
    rating: int
    text: Words
    given_at: dt.datetime
    answer: str

    @property
    def stars(self) -> str:
        """Its rating as signs."""
        return "★" * self.rating + "☆" * (BEST - self.rating)


class BlockView(NamedTuple):
    """A block: what every kind has, and in `of` what its own template shows."""

    kind: str
    key: str
    heading: Words
    level: str
    intro: Prose
    of: Mapping[str, Any]


class Viewer:
    """Turns texts, links and pictures into what templates show, in one language; `base` and `pictures` begin addresses."""

    def __init__(self, document: SiteDocument, around: Around, language: str, *, base: str, pictures: str) -> None:
        self.document, self.around, self.language, self.base, self.pictures = document, around, language, base, pictures
        self.order = tuple(dict.fromkeys((*document.languages, *LANGUAGES)))
        self.zone = around.face.timezone

    def words(self, texts: Mapping[str, str]) -> Words:
        """A text by language in that of the page, else in the next one that it has."""
        found = said(texts, self.language, self.order)
        return Words(cleaned(found.text), "" if found.language == self.language else found.language)

    def prose(self, texts: Mapping[str, str]) -> Prose:
        """A text with its marks read."""
        found = said(texts, self.language, self.order)
        parts = [
            Part(isinstance(part, markup.Bullets), [[self._piece(run) for run in line] for line in part.lines])
            for part in markup.parse(cleaned(found.text, lines=True))
        ]
        return Prose(parts, "" if found.language == self.language else found.language)

    def address_of(self, page: Page) -> str:
        """Where a page stands."""
        return f"{self.base}/{page.slug}"

    def link(self, words: Words, target: str) -> Link | None:
        """A link; None where it leads nowhere or says nothing."""
        href, is_away = self.way(target)
        return Link(words, href, is_away) if href and words else None

    def picture(self, key: str) -> Picture | None:
        """A picture by its id, with all the files that it has."""
        found = self.around.pictures.get(UUID(key)) if key else None
        return self._drawn(found) if found and found.files else None

    def day_and_month(self, moment: dt.datetime) -> tuple[str, str]:
        """The day of the month and the short name of the month, by the clock of the school."""
        here = moment.astimezone(self.zone)
        return str(here.day), months(self.language)[here.month]

    def _piece(self, run: markup.Run) -> Piece:
        href, is_away = self.way(run.target)
        return Piece(run.text, run.is_bold, href, is_away)

    def way(self, raw: str) -> tuple[str, bool]:
        """An address for a link as it was written, read anew: '' for what leads nowhere."""
        target = read_target(raw)
        match target.way:
            case Way.PAGE | Way.SLUG:
                page = self.document.page(target.value) if target.way is Way.PAGE else self.document.page_at(target.value)
                return (self.address_of(page), False) if page and not page.is_hidden else ("", False)
            case Way.HTTPS:
                return target.value, True
            case Way.MAIL | Way.PHONE:
                return target.value, False
        return "", False

    def _drawn(self, stored: Stored) -> Picture:
        files = [(f"{self.pictures}/{stored.id}-{file.width}.{ENDINGS[file.mime]}", file) for file in stored.files]
        src, largest = next((one for one in files if one[1].width >= 800), files[-1])
        srcset = ", ".join(f"{address} {file.width}w" for address, file in files)
        return Picture(src, srcset, largest.width, largest.height, self.words(stored.alt))


@cache
def months(language: str) -> Mapping[int, str]:
    """The short names of the months."""
    names = Locale.parse(LANGUAGES[language].cldr).months["stand-alone"]["abbreviated"]
    return {number: str(names[number]) for number in range(1, 13)}


@cache
def weekdays(language: str) -> tuple[str, ...]:
    """The short names of the days of the week, from Monday on."""
    names = Locale.parse(LANGUAGES[language].cldr).days["stand-alone"]["abbreviated"]
    return tuple(str(names[number]) for number in range(7))
