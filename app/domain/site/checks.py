"""Why a website may not be published: what would be broken, or could not be read by everybody. Each finding says where.

An error stops publishing; a warning is told, and left to whoever publishes. Everything here is computed from the document and
from a few facts about the school, so that the same list stands in the builder and in the way of publishing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.domain.site.blocks import texts_in
from app.domain.site.contrast import SHAPES, TEXT, contrast
from app.domain.site.document import RESERVED, Block, Page, SiteDocument, canonical
from app.domain.site.markup import parse, targets_in
from app.domain.site.shapes import Field, Shape
from app.domain.site.targets import Way, read_target
from app.domain.site.wording import missing, said
from app.i18n.catalogue import N_

LARGEST_SITE, LARGEST_PAGE = 250_000, 60_000  # bytes of text
#: words that say nothing about where a link leads, in the languages of the product
VAGUE = frozenset(
    {
        "here", "click here", "read more", "more", "link", "this",
        "hier", "klik hier", "lees meer", "meer", "lapha", "chofoza lapha",
    }
)  # fmt: skip

#: code -> what is wrong, as a message; `%(…)s` are the details of a finding, `field` and `colours` being messages themselves
MESSAGES = {
    "contrast": N_("The contrast of %(colours)s is %(ratio)s to 1 and has to be at least %(least)s to 1."),
    "no_title": N_("The website has no title in any of its languages."),
    "no_description": N_("The website has no description for search engines."),
    "page_title": N_("The page has no title in any of the website’s languages."),
    "empty_page": N_("The page is empty. Add a block or hide the page."),
    "same_slug": N_("Two pages have the address “%(slug)s”."),
    "reserved_slug": N_("The address “%(slug)s” is used by the website itself."),
    "two_openings": N_("The page has two openings, and so two main headings."),
    "late_opening": N_("The opening stands below other blocks. Move it to the top, as it has the heading of the page."),
    "heading_order": N_("A heading of the third level stands before any of the second. Make it a section of the page."),
    "needed": N_("“%(field)s” is empty in every language."),
    "needed_once": N_("“%(field)s” is empty."),
    "no_fallback": N_("“%(field)s” is written only in a language that the website is not shown in."),
    "gap": N_("“%(field)s” is missing in %(languages)s. Visitors will read it in %(instead)s."),
    "page_gap": N_("The title of the page is missing in %(languages)s. Visitors will read it in %(instead)s."),
    "no_picture": N_("No picture is chosen."),
    "lost_picture": N_("The picture is no longer there. Choose another one."),
    "no_alt": N_("The picture “%(picture)s” is not described in %(languages)s. Describe it, or say that it only decorates."),
    "bad_link": N_("“%(link)s” is no link. Use https://, mailto:, tel: or the address of a page of this website."),
    "lost_page": N_("The link “%(link)s” leads to a page that is not there or is hidden."),
    "vague_link": N_("A link says only “%(words)s”. Say where it leads."),
    "button_nowhere": N_("The button has words but leads nowhere."),
    "button_silent": N_("The button leads somewhere but has no words."),
    "map_link": N_("The link to the map has to begin with https://."),
    "closed_form": N_("The enquiry form is closed: visitors see a note instead. Open it in Marketing."),
    "no_contact": N_("The block would show nothing: the school’s settings have none of what it shows."),
    "large_page": N_("The page has more text than it should: %(size)s of at most %(most)s kilobytes."),
    "large_site": N_("The website has more text than it should: %(size)s of at most %(most)s kilobytes."),
}  # fmt: skip
WARNINGS = frozenset({"no_description", "gap", "page_gap", "vague_link", "closed_form", "no_contact"})

#: two colours of a palette that meet, what they are called, and their least contrast
MEETINGS = (
    ("text", "ground", N_("the text on the page"), TEXT),
    ("muted", "ground", N_("the small text on the page"), TEXT),
    ("link", "ground", N_("the links on the page"), TEXT),
    ("text", "band", N_("the text on a band"), TEXT),
    ("muted", "band", N_("the small text on a band"), TEXT),
    ("link", "band", N_("the links on a band"), TEXT),
    ("on_accent", "accent", N_("the words on buttons"), TEXT),
    ("accent", "ground", N_("the buttons on the page"), SHAPES),
)


class Picture(NamedTuple):
    """What a check has to know of a picture."""

    name: str
    alt: Mapping[str, str]
    is_decorative: bool


class Facts(NamedTuple):
    """What stands beside the document: the pictures by id, whether the form for enquiries is open, what the school may show."""

    pictures: Mapping[str, Picture]
    form_is_open: bool
    contact: Mapping[str, bool]


class Finding(NamedTuple):
    """Something that is wrong; `page` and `block` are keys, '' where it concerns the whole site or page. See MESSAGES."""

    code: str
    page: str = ""
    block: str = ""
    field: str = ""
    details: Mapping[str, Any] = {}

    @property
    def is_error(self) -> bool:
        """Whether it stops publishing."""
        return self.code not in WARNINGS


def findings(site: SiteDocument, facts: Facts) -> list[Finding]:
    """Everything that is wrong with a site, errors first, each in the order of the pages."""
    found = [*_whole(site)]
    for page in site.shown:
        found += _page(site, page, facts)
    return sorted(found, key=lambda one: not one.is_error)


def _whole(site: SiteDocument) -> Iterator[Finding]:
    palette = site.palette._asdict()
    for one, other, called, least in MEETINGS:
        ratio = contrast(palette[one], palette[other])
        if ratio < least:
            # cut, never rounded up: 4.497 is not 4.5
            details = {"colours": called, "ratio": int(ratio * 100) / 100, "least": least}
            yield Finding("contrast", field="accent", details=details)
    if not said(site.title, site.languages[0], site.languages).text:
        yield Finding("no_title", field="title")
    if not said(site.description, site.languages[0], site.languages).text:
        yield Finding("no_description", field="description")
    slugs = Counter(page.slug for page in site.pages)
    for page in site.pages:
        if slugs[page.slug] > 1:
            yield Finding("same_slug", page.key, field="slug", details={"slug": page.slug})
        if page.slug in RESERVED:
            yield Finding("reserved_slug", page.key, field="slug", details={"slug": page.slug})
    if (size := len(site.written)) > LARGEST_SITE:
        yield Finding("large_site", details=_sizes(size, LARGEST_SITE))


def _page(site: SiteDocument, page: Page, facts: Facts) -> Iterator[Finding]:
    if not said(page.title, site.languages[0], site.languages).text:
        yield Finding("page_title", page.key, field="title")
    elif gaps := missing(page.title, site.languages):
        yield Finding("page_gap", page.key, field="title", details=_gap(page.title, gaps, site))
    if not page.blocks:
        yield Finding("empty_page", page.key)
    yield from _headings(page)
    size = sum(len(canonical(block.content)) for block in page.blocks)
    if size > LARGEST_PAGE:
        yield Finding("large_page", page.key, details=_sizes(size, LARGEST_PAGE))
    for block in page.blocks:
        yield from _fields(site, page, block)
        yield from _pictures(site, page, block, facts)
        yield from _links(site, page, block)
        yield from _of_its_kind(page, block, facts)


def _headings(page: Page) -> Iterator[Finding]:
    """One h1, and no level left out: the headings of a page are its outline for whoever does not see it."""
    has_section = False
    openings = 0
    for number, block in enumerate(page.blocks):
        if block.kind == "hero":
            openings += 1
            if openings > 1:
                yield Finding("two_openings", page.key, block.key)
            elif number:
                yield Finding("late_opening", page.key, block.key)
        elif any(block.content.get("heading", {}).values()):
            if block.content.get("level") == "3" and not has_section:
                yield Finding("heading_order", page.key, block.key, "level")
            has_section = True


def _fields(site: SiteDocument, page: Page, block: Block) -> Iterator[Finding]:
    gaps: dict[str, tuple[Field, Any]] = {}
    for field, value in texts_in(block.kind, block.content):
        details = {"field": field.label}
        if not field.is_by_language:
            if field.required and not value and field.shape is not Shape.PICTURE:
                yield Finding("needed_once", page.key, block.key, field.name, details)
            elif field.required and not value:
                yield Finding("no_picture", page.key, block.key, field.name)
        elif not said(value, site.languages[0], site.languages).text:
            if any(value.values()):
                yield Finding("no_fallback", page.key, block.key, field.name, details)
            elif field.required:
                yield Finding("needed", page.key, block.key, field.name, details)
        elif missing(value, site.languages):
            gaps.setdefault(field.name, (field, value))
    for name, (field, value) in gaps.items():
        details = _gap(value, missing(value, site.languages), site) | {"field": field.label}
        yield Finding("gap", page.key, block.key, name, details)


def _pictures(site: SiteDocument, page: Page, block: Block, facts: Facts) -> Iterator[Finding]:
    for key in dict.fromkeys(block.pictures):
        picture = facts.pictures.get(key)
        if picture is None:
            yield Finding("lost_picture", page.key, block.key, "picture")
        elif not picture.is_decorative and (gaps := missing(picture.alt, site.languages)):
            details = {"picture": picture.name, "picture_id": key, "languages": gaps}
            yield Finding("no_alt", page.key, block.key, "picture", details)


def _links(site: SiteDocument, page: Page, block: Block) -> Iterator[Finding]:
    seen = set()
    for field, value in texts_in(block.kind, block.content):
        links: list[str] = []
        if field.shape is Shape.TARGET and value:
            links = [value]
        elif field.shape is Shape.TEXT:
            links = [link for text in value.values() for link in targets_in(text)]
            for words in dict.fromkeys(_vague(value)):
                yield Finding("vague_link", page.key, block.key, field.name, {"words": words})
        for link in links:
            code = _link_problem(site, link)
            if code and (field.name, link) not in seen:
                seen.add((field.name, link))
                yield Finding(code, page.key, block.key, field.name, {"link": link})


def _vague(texts: Mapping[str, str]) -> Iterator[str]:
    for text in texts.values():
        for part in parse(text):
            for line in part.lines:
                yield from (run.text for run in line if run.target and run.text.casefold().strip(" .") in VAGUE)


def _link_problem(site: SiteDocument, link: str) -> str:
    target = read_target(link)
    if target.way is Way.BAD:
        return "bad_link"
    if target.way is Way.SLUG:
        return "" if site.page_at(target.value) else "lost_page"
    if target.way is Way.PAGE:
        page = site.page(target.value)
        return "" if page and not page.is_hidden else "lost_page"
    return ""


def _of_its_kind(page: Page, block: Block, facts: Facts) -> Iterator[Finding]:
    content = block.content
    if block.kind == "hero":
        has_words, leads = any(content["button"].values()), bool(content["target"])
        if has_words and not leads:
            yield Finding("button_nowhere", page.key, block.key, "target")
        elif leads and not has_words:
            yield Finding("button_silent", page.key, block.key, "button")
    elif block.kind == "map" and content["target"] and read_target(content["target"]).way not in (Way.HTTPS, Way.BAD):
        yield Finding("map_link", page.key, block.key, "target")
    elif block.kind == "lead_form" and not facts.form_is_open:
        yield Finding("closed_form", page.key, block.key)
    elif block.kind == "contact" and not (
        any(content["hours"].values()) or any(content[f"shows_{what}"] and has for what, has in facts.contact.items())
    ):
        yield Finding("no_contact", page.key, block.key)


def _gap(texts: Mapping[str, str], gaps: tuple[str, ...], site: SiteDocument) -> dict[str, Any]:
    return {"languages": gaps, "instead": said(texts, site.languages[0], site.languages).language}


def _sizes(size: int, most: int) -> dict[str, int]:
    return {"size": -(-size // 1000), "most": most // 1000}
