"""From an asset and its school to drawings: what stands on them, where their codes lead, and whether they are still true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from PIL import Image

from app.domain.names import plain
from app.domain.promotion import pixels, vectors
from app.domain.promotion.kinds import KINDS, PARTS
from app.domain.promotion.layouts import Content, draw
from app.domain.promotion.palettes import PALETTES
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Words

#: grows when a layout changes, so that what was drawn before is known to be old
EDITION = 1
SITE, LEAD = "site", "lead"
#: where a code leads -> what it is called
TARGETS = {LEAD: N_("The enquiry form"), SITE: N_("The website of the school")}
#: what stands in the place of a drawing unless somebody writes something else
ALTS = {
    "poster": N_("Poster of %(school)s: %(headline)s. The code leads to %(address)s."),
    "flyer": N_("Flyer of %(school)s: %(headline)s. The code leads to %(address)s."),
    "card": N_("Card of %(school)s: %(headline)s. The code leads to %(address)s."),
}


class Design(NamedTuple):
    """What somebody decided about an asset: `texts` by language have `headline`, `body`, `call` and `alt`."""

    kind: str
    title: str
    leads_to: str
    theme: str
    texts: Mapping[str, Mapping[str, str]]

    @property
    def languages(self) -> list[str]:
        """Those in which it is drawn, in the order of the product: the ones that have a headline."""
        return [code for code in LANGUAGES if self.texts.get(code, {}).get("headline")]


class Around(NamedTuple):
    """What an asset takes from its school. `public_url` is where the site stands; `utm` what its settings say of every link."""

    public_url: str
    slug: str
    school: str
    phone: str | None
    email: str | None
    place: str | None
    logo_id: UUID | None
    logo: bytes | None
    utm: tuple[tuple[str, str], ...] = ()


class Drawn(NamedTuple):
    """A drawing: SVG, for some kinds a PNG too, the words in its place, and the fingerprint of all that it was drawn from."""

    svg: str
    png: bytes | None
    alt: str
    fingerprint: str


def link_of(design: Design, around: Around, language: str) -> str:
    """Where the code leads: the site or the enquiry form. Its utm_… name the asset, its campaign and its language: an enquiry
    that is sent from the page to which it leads carries them.
    """
    campaign = "-".join(plain(design.title).split())[:60]
    utm = {
        "utm_source": design.kind, "utm_medium": KINDS[design.kind].medium, "utm_campaign": campaign, "utm_content": language,
        **dict(around.utm),
    }  # fmt: skip
    return f"{around.public_url}{_path(design, around)}?{urlencode({name: value for name, value in utm.items() if value})}"


def address_of(design: Design, around: Around) -> str:
    """The same as people type it."""
    host = urlsplit(around.public_url).netloc
    return f"{host}{_path(design, around)}".rstrip("/")


def alt_of(design: Design, around: Around, language: str) -> str:
    """The words in the place of a drawing: those of the school, else made of what stands on it."""
    texts = design.texts[language]
    return texts.get("alt") or Words(language).gettext(
        ALTS[design.kind], school=around.school, headline=texts["headline"], address=address_of(design, around)
    )


def fingerprint(design: Design, around: Around, language: str) -> str:
    """Of everything that a drawing shows: another one means that the drawing is out of date."""
    texts = design.texts[language]
    seen = [
        EDITION, design.kind, language, PALETTES[design.theme], [texts.get(part, "") for part in PARTS],
        alt_of(design, around, language), around.school, around.phone, around.email, around.place, str(around.logo_id),
        link_of(design, around, language),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


def made(design: Design, around: Around, language: str) -> Drawn:
    """Draw an asset in one of its languages. Raises TooLong."""
    contact = tuple(" ".join(line.split()) for line in (around.phone, around.email, around.place) if line)
    content = Content(
        texts=design.texts[language], school=around.school, contact=contact, logo=_readable(around.logo),
        link=link_of(design, around, language), address=address_of(design, around),
    )  # fmt: skip
    scene = draw(design.kind, design.theme, content)
    alt = alt_of(design, around, language)
    svg = vectors.written(scene, title=alt, language=language)
    png = pixels.painted(scene) if KINDS[design.kind].has_pixels else None
    return Drawn(svg, png, alt, fingerprint(design, around, language))


def _readable(logo: bytes | None) -> bytes | None:
    """A logo that can be drawn: a sheet without one is better than none."""
    if logo is None:
        return None
    try:
        with Image.open(BytesIO(logo), formats=("PNG",)) as opened:
            opened.load()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for what is no picture, or a broken one
        return None
    return logo


def _path(design: Design, around: Around) -> str:
    return f"/s/{around.slug}/lead" if design.leads_to == LEAD else f"/s/{around.slug}/"
