"""The pictures of the current school's website: added, described, found where they are used, removed when they are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select

from app.audit.record import Actor, Target, record
from app.domain.site.document import Page, SiteDocument
from app.domain.site.drafting import draft_of, the_site
from app.domain.site.imaging import MIME, Drawn
from app.domain.site.publishing import published
from app.i18n.catalogue import N_
from app.models.site import SitePicture, SitePictureFile, SiteVersion
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading

MOST = 200
LONGEST_NAME, LONGEST_ALT = 120, 300


class PictureError(Exception):
    """Why something cannot be done to a picture; `message` is for people, marked with N_."""

    message = ""


class TooManyPictures(PictureError):
    message = N_("The website has 200 pictures, and may not have more. Remove some that are not used.")


class InUse(PictureError):
    message = N_("The picture is used. Take it off the pages first.")


class NotDescribed(PictureError):
    message = N_("The picture is used: describe it in every language of the website, or say that it only decorates.")


class Shown(NamedTuple):
    """A picture as a list shows it; `width` and `height` are of its largest file."""

    id: UUID
    name: str
    alt: Mapping[str, str]
    is_decorative: bool
    width: int
    height: int
    created_at: dt.datetime
    by_name: str
    bytes: int
    smallest: int


class File(NamedTuple):
    """A picture at one width, as it is sent."""

    image: bytes
    mime: str


class Use(NamedTuple):
    """A page that shows a picture: of the draft, or of what is published."""

    page: Page
    is_published: bool


_SIZES = (
    select(
        SitePictureFile.picture_id, func.sum(func.length(SitePictureFile.image)).label("bytes"),
        func.min(SitePictureFile.width).label("smallest"),
    )
    .group_by(SitePictureFile.picture_id)
    .subquery("sizes")
)  # fmt: skip
_ALL = Prepared(
    select(
        SitePicture.id, SitePicture.name, SitePicture.alt, SitePicture.is_decorative, SitePicture.width, SitePicture.height,
        SitePicture.created_at, SitePicture.by_name, _SIZES.c.bytes, _SIZES.c.smallest,
    )
    .join(_SIZES, _SIZES.c.picture_id == SitePicture.id)
    .order_by(SitePicture.id.desc()),
    Shown,
)  # fmt: skip
_FILE = Prepared(
    select(SitePictureFile.image, SitePictureFile.mime).where(
        SitePictureFile.picture_id == bindparam("picture_id"), SitePictureFile.width == bindparam("width")
    ),
    File,
)


def pictures() -> list[Shown]:
    """Every picture of the current school, the newest first."""
    with reading() as cursor:
        return _ALL.all(cursor)


def file_of(picture_id: UUID, width: int) -> File | None:
    """A picture of the current school at one of its widths; None where there is no such file."""
    if not 0 < width < 2**31:
        return None
    with reading() as cursor:
        found = _FILE.all(cursor, picture_id=picture_id, width=width)
    return found[0]._replace(image=bytes(found[0].image)) if found else None


def picture(picture_id: UUID, *, hold: bool = False) -> SitePicture | None:
    """A picture of the current school, held for a change with `hold`."""
    found = select(SitePicture).where(SitePicture.id == picture_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def add(
    drawn: Sequence[Drawn], *, name: str, alt: Mapping[str, str], is_decorative: bool, by: Actor
) -> SitePicture:  # fmt: skip
    """A further picture. Raises TooManyPictures. Audited."""
    if (db.session.scalar(select(func.count()).select_from(SitePicture)) or 0) >= MOST:
        raise TooManyPictures
    largest = drawn[-1]
    made = SitePicture(
        name=name, alt={} if is_decorative else dict(alt), is_decorative=is_decorative, width=largest.width,
        height=largest.height, by_name=by.name,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    for one in drawn:
        db.session.add(
            SitePictureFile(picture_id=made.id, width=one.width, height=one.height, mime=MIME, image=one.image)
        )  # fmt: skip
    record("site.add_picture", made, label=name, after={"size": f"{made.width} × {made.height}", **_facts(made)}, by=by)
    return made


def describe(
    one: SitePicture, *, name: str, alt: Mapping[str, str], is_decorative: bool, by: Actor
) -> bool:  # fmt: skip
    """Give a picture that is held other words; False where they are the same. Audited.

    Raises NotDescribed where it is published and a language of what is published would lose its words.
    """
    alt = {} if is_decorative else dict(alt)
    if (one.name, one.alt, one.is_decorative) == (name, alt, is_decorative):
        return False
    site = the_site()
    current = published(site) if site else None
    if current is not None and not is_decorative:
        document = SiteDocument.from_bytes(current.document)
        if _pages(document, one.id) and any(not alt.get(code) for code in document.languages):
            raise NotDescribed
    before = _facts(one)
    one.name, one.alt, one.is_decorative = name, alt, is_decorative
    record("site.describe_picture", one, label=name, before=before, after=_facts(one), by=by)
    return True


def remove(one: SitePicture, *, by: Actor) -> None:
    """Remove a picture that is held. Raises InUse where the draft or what is published shows it. Audited."""
    the_site(hold=True)  # nobody puts it on a page meanwhile
    if uses(one.id):
        raise InUse
    record("site.remove_picture", Target("site_picture", one.id), label=one.name, before=_facts(one), by=by)
    db.session.delete(one)
    db.session.flush()


def uses(picture_id: UUID) -> list[Use]:
    """The pages that show a picture: of the draft first, then of what is published."""
    site = the_site()
    if site is None:
        return []
    found = [Use(page, is_published=False) for page in _pages(draft_of(site), picture_id)]
    if current := published(site):
        found += [Use(page, is_published=True) for page in _pages(SiteDocument.from_bytes(current.document), picture_id)]
    return found


class _Number(NamedTuple):
    number: int


_NAMED = Prepared(
    select(SiteVersion.number)
    .where(func.encode(SiteVersion.document, "escape").contains(bindparam("picture_id", type_=Text)))
    .order_by(SiteVersion.number),
    _Number,
)


def old_versions_with(picture_id: UUID) -> list[int]:
    """The numbers of all versions that show a picture: without it they cannot be brought back."""
    with reading() as cursor:
        return [row.number for row in _NAMED.all(cursor, picture_id=str(picture_id))]


def in_use() -> dict[str, int]:
    """How many pages of the draft show each picture, by its id."""
    site = the_site()
    found: dict[str, int] = {}
    for page in draft_of(site).pages if site else ():
        for key in {key for block in page.blocks for key in block.pictures}:
            found[key] = found.get(key, 0) + 1
    return found


def _pages(document: SiteDocument, picture_id: UUID) -> list[Page]:
    key = str(picture_id)
    return [page for page in document.pages if any(key in block.pictures for block in page.blocks)]


def _facts(one: SitePicture) -> dict[str, object]:
    return {"name": one.name, "alt": dict(one.alt), "is_decorative": one.is_decorative}
