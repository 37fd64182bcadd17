"""A website drawn: pages of a document in one language, and the pages that stand where none is."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from app import clock
from app.domain.site.document import Page, SiteDocument
from app.domain.site.markup import plain
from app.domain.site.showing import Around, around
from app.domain.site.wording import said
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speaking, speech_for
from app.web.page import fragment
from blueprints.public_site import structured
from blueprints.public_site.kinds import view
from blueprints.public_site.looks import own_colours
from blueprints.public_site.views import BlockView, Link, Picture, Viewer, Words

LONGEST_DESCRIPTION = 300
#: blocks in front of whose picture nothing else is looked at
FIRST = "hero"


class Place(NamedTuple):
    """Where a page stands: `public_url` and `slug` of the site, and for a preview the `root` below which it is seen."""

    public_url: str
    slug: str
    root: str
    is_preview: bool = False

    def base(self, language: str) -> str:
        """What addresses of pages in a language begin with."""
        return f"{self.root}/{language}"


class Tongue(NamedTuple):
    """The same page in another language."""

    code: str
    name: str
    href: str


class Drawn(NamedTuple):
    """A page as bytes, and until when it is right (None: until the website changes)."""

    body: bytes
    until: dt.datetime | None


def place_of(public_url: str, slug: str) -> Place:
    """The website itself."""
    return Place(public_url, slug, f"/s/{slug}")


def draw(document: SiteDocument, page: Page, language: str, place: Place, *, expires_at: dt.datetime | None = None) -> Drawn:
    """A page of a website, inside its school. With `expires_at` it is a preview, and says so."""
    now = clock.now()
    seen = _around(document, page, language, now)
    viewer = Viewer(document, seen, language, base=place.base(language), pictures=f"{place.root}/pictures")
    blocks = [shown for block in page.blocks if (shown := view(viewer, block))]
    here = f"{place.public_url}{viewer.address_of(page)}"
    title = viewer.words(page.title)
    hero = next((shown for shown in blocks if shown.kind == FIRST and shown.heading), None)
    h1 = hero.heading if hero else title
    values = {
        **_frame(viewer, place, page), "page": page, "blocks": blocks, "hero": hero, "h1": h1,
        "description": _description(viewer, page), "here": here, "share": _share(blocks), "expires_at": expires_at,
        "data": None if expires_at else structured.about(viewer, blocks, public_url=place.public_url, page_url=here),
        "calendars": [kind for kind in ("notices", "events") if any(shown.kind == kind for shown in blocks)],
    }  # fmt: skip
    return Drawn(_rendered("public_site/page.html", viewer, values), seen.until)


def draw_missing(document: SiteDocument, language: str, place: Place) -> bytes:
    """The page for an address of a website at which nothing stands, with its menu."""
    viewer = Viewer(
        document, _around(document, None, language, clock.now()), language, base=place.base(language),
        pictures=f"{place.root}/pictures",
    )  # fmt: skip
    return _rendered("public_site/missing.html", viewer, _frame(viewer, place, None))


def draw_closed(title: str, text: str, language: str, *, mail: str = "") -> bytes:
    """A page without a website: what it is called and why, as messages. It names no school."""
    with speaking(speech_for(language, "Africa/Johannesburg", LANGUAGES[language].cldr, "ZAR")):
        return fragment("public_site/closed.html", title=title, text=text, language=language, mail=mail).encode()


def _around(document: SiteDocument, page: Page | None, language: str, now: dt.datetime) -> Around:
    blocks = page.blocks if page else ()
    pictures = {UUID(picture) for block in blocks for picture in block.pictures}
    return around({block.kind for block in blocks}, pictures, language, now)


def _rendered(template: str, viewer: Viewer, values: dict[str, object]) -> bytes:
    school = viewer.around.face
    with speaking(speech_for(viewer.language, school.timezone.key, school.money, school.currency)):
        return fragment(template, **values).encode()


def _frame(viewer: Viewer, place: Place, page: Page | None) -> dict[str, object]:
    """What stands around every page of a website."""
    document, school = viewer.document, viewer.around.face
    slug = page.slug if page else ""
    menu = [
        (Link(viewer.words(one.title), viewer.address_of(one), is_away=False), one is page) for one in document.navigation
    ]  # fmt: skip
    tongues = [Tongue(code, LANGUAGES[code].name, f"{place.base(code)}/{slug}") for code in document.languages]
    return {
        "language": viewer.language, "document": document, "place": place, "school": school, "logo": viewer.around.logo,
        "menu": menu if len(menu) > 1 else [], "tongues": tongues, "home": f"{viewer.base}/",
        "name": _name(viewer), "colours": own_colours(place.slug, document), "slug": slug,
    }  # fmt: skip


def _name(viewer: Viewer) -> Words:
    """What the website is called: its own title or, where it has none, the school's name."""
    return viewer.words(viewer.document.title) or Words(viewer.around.face.name)


def _description(viewer: Viewer, page: Page) -> str:
    """What a search engine says of a page: its own words, the site's, or the first text that stands on it."""
    for texts in (page.description, viewer.document.description):
        if words := viewer.words(texts):
            return words.text[:LONGEST_DESCRIPTION]
    for block in page.blocks:
        if first := plain(said(block.content.get("text", {}), viewer.language, viewer.order).text):
            return first[:LONGEST_DESCRIPTION]
    return ""


def _share(blocks: list[BlockView]) -> Picture | None:
    """The picture that stands for a page where somebody shares its address: the first one on it."""
    pictures = (shown.of.get("picture") for shown in blocks)
    return next((picture for picture in pictures if picture), None)
