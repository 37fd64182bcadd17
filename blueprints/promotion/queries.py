"""What the pages of assets read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Uuid, any_, bindparam, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.follow_ups.settings import utm_defaults
from app.domain.promotion.making import Around, Design, fingerprint
from app.extensions import current_settings
from app.models.promotion import PromotionAsset, PromotionDrawing
from app.models.school import School, SchoolLogo
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut

UP_TO_DATE, OUTDATED, NOT_DRAWN = "up_to_date", "outdated", "not_drawn"


class Drawing(NamedTuple):
    """A drawing without its bytes."""

    id: UUID
    asset_id: UUID
    number: int
    language: str
    alt: str
    fingerprint: str
    has_png: bool
    by_name: str
    drawn_at: dt.datetime


class Asset(NamedTuple):
    """An asset with its drawings, the newest first; `state` says whether they show what the asset is now."""

    id: UUID
    design: Design
    by_name: str
    created_at: dt.datetime
    changed_at: dt.datetime
    drawings: list[Drawing]
    state: str

    @property
    def newest(self) -> list[Drawing]:
        """The newest drawing of each language, in the order of the asset's languages."""
        last: dict[str, Drawing] = {}
        for each in self.drawings:
            last.setdefault(each.language, each)
        return [last[code] for code in self.design.languages if code in last]

    @property
    def older(self) -> list[Drawing]:
        """The drawings that a newer one has followed, or whose language the asset has no more."""
        kept = {each.id for each in self.newest}
        return [each for each in self.drawings if each.id not in kept]

    def preview(self, language: str, default: str) -> Drawing | None:
        """The drawing that a list shows to a reader of `language`."""
        by_language = {each.language: each for each in self.newest}
        return by_language.get(language) or by_language.get(default) or next(iter(self.newest), None)


class File(NamedTuple):
    """A drawing as it is taken out."""

    kind: str
    title: str
    language: str
    alt: str
    svg: str
    png: bytes | None


class _Row(NamedTuple):
    id: UUID
    kind: str
    title: str
    leads_to: str
    theme: str
    texts: Mapping[str, Any]
    by_name: str
    created_at: dt.datetime
    changed_at: dt.datetime


class _School(NamedTuple):
    slug: str
    name: str
    contact_phone: str | None
    contact_email: str | None
    contact_address: str | None


class _Logo(NamedTuple):
    id: UUID
    image: bytes


_FIELDS = [getattr(PromotionAsset, name) for name in _Row._fields]
_AFTER_AT, _AFTER_ID = bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid)
_PLACE = tuple_(PromotionAsset.created_at, PromotionAsset.id)
_ASSETS = Prepared(
    select(*_FIELDS)
    .where(or_(_AFTER_ID.is_(None), tuple_(_AFTER_AT, _AFTER_ID) > _PLACE))
    .order_by(PromotionAsset.created_at.desc(), PromotionAsset.id.desc())
    .limit(PAGE + 1),
    _Row,
)
_ASSET = Prepared(select(*_FIELDS).where(PromotionAsset.id == bindparam("id", type_=Uuid)), _Row)
_DRAWINGS = Prepared(
    select(
        PromotionDrawing.id, PromotionDrawing.asset_id, PromotionDrawing.number, PromotionDrawing.language,
        PromotionDrawing.alt, PromotionDrawing.fingerprint, PromotionDrawing.png.is_not(None).label("has_png"),
        PromotionDrawing.by_name, PromotionDrawing.drawn_at,
    )
    .where(PromotionDrawing.asset_id == any_(bindparam("assets", type_=ARRAY(Uuid))))
    .order_by(PromotionDrawing.number.desc(), PromotionDrawing.language),
    Drawing,
)  # fmt: skip
_FILE = Prepared(
    select(
        PromotionAsset.kind, PromotionAsset.title, PromotionDrawing.language, PromotionDrawing.alt, PromotionDrawing.svg,
        PromotionDrawing.png,
    )
    .join(PromotionAsset, PromotionAsset.id == PromotionDrawing.asset_id)
    .where(PromotionDrawing.id == bindparam("id", type_=Uuid)),
    File,
)  # fmt: skip
_SCHOOL = Prepared(
    select(School.slug, School.name, School.contact_phone, School.contact_email, School.contact_address).where(
        School.id == bindparam("school")
    ),
    _School,
)
_LOGO = Prepared(select(SchoolLogo.id, SchoolLogo.image), _Logo)


def around() -> Around:
    """What assets take from the current school, as it is now."""
    with reading() as cursor:
        (school,) = _SCHOOL.all(cursor, school=current_school_id())
        logos = _LOGO.all(cursor)
    logo_id, logo = (logos[0].id, bytes(logos[0].image)) if logos else (None, None)
    return Around(
        current_settings().public_url, school.slug, school.name, school.contact_phone, school.contact_email,
        school.contact_address, logo_id, logo, tuple(utm_defaults().items()),
    )  # fmt: skip


def newest(after: Key | None) -> Page[Asset]:
    """The assets of the current school, the newest first."""
    after_at, after_id = after or (None, None)
    with reading() as cursor:
        rows = _ASSETS.all(cursor, after_at=after_at, after_id=after_id)
    page = cut(rows, lambda row: (row.created_at, row.id))
    return Page(_with_drawings(page.rows), page.older)


def asset(asset_id: UUID) -> Asset | None:
    """An asset of the current school."""
    with reading() as cursor:
        found = _ASSET.all(cursor, id=asset_id)
    return _with_drawings(found)[0] if found else None


def file(drawing_id: UUID) -> File | None:
    """A drawing of the current school."""
    with reading() as cursor:
        found = _FILE.all(cursor, id=drawing_id)
    return found[0] if found else None


def _with_drawings(rows: Any) -> list[Asset]:
    if not rows:
        return []
    now = around()
    with reading() as cursor:
        drawings = _DRAWINGS.all(cursor, assets=[row.id for row in rows])
    assets = []
    for row in rows:
        design = Design(row.kind, row.title, row.leads_to, row.theme, row.texts)
        ours = [each for each in drawings if each.asset_id == row.id]
        made = Asset(row.id, design, row.by_name, row.created_at, row.changed_at, ours, UP_TO_DATE)
        assets.append(made._replace(state=_state(made, now)))
    return assets


def _state(asset: Asset, now: Around) -> str:
    current = {each.language: each.fingerprint for each in asset.newest}
    if not current:
        return NOT_DRAWN
    wanted = {code: fingerprint(asset.design, now, code) for code in asset.design.languages}
    return UP_TO_DATE if current == wanted else OUTDATED
