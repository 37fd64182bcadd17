"""What can be taken out of the website: its versions, its pictures, its preview links, and the events of the school."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.site import SchoolEvent, SitePicture, SitePreview, SiteVersion

YES_NO = {"yes": N_("Yes"), "no": N_("No")}


def _in(texts: Any, code: str) -> ColumnElement[str]:
    return func.jsonb_extract_path_text(texts, code).label(f"{texts.key}_{code}")


def _yes(column: Any, name: str) -> ColumnElement[str]:
    return case((column, "yes"), else_="no").label(name)


class _Version(NamedTuple):
    number: int
    published_at: dt.datetime
    by_name: str
    note: str
    same_as: int | None
    sha256: str
    bytes: int


VERSIONS = Dataset(
    "site_versions", N_("Versions of the website"), Permission.SITE_MANAGE,
    (
        Column("number", N_("Version"), Kind.INTEGER),
        Column("published_at", N_("Published"), Kind.MOMENT),
        Column("by_name", N_("By")),
        Column("note", N_("What is new")),
        Column("same_as", N_("Brought back from version"), Kind.INTEGER),
        Column("sha256", N_("SHA-256")),
        Column("bytes", N_("Bytes"), Kind.INTEGER),
    ),
    selected(
        select(
            SiteVersion.number, SiteVersion.published_at, SiteVersion.by_name, SiteVersion.note, SiteVersion.same_as,
            SiteVersion.sha256, func.length(SiteVersion.document).label("bytes"),
        ).order_by(SiteVersion.number.desc()),
        _Version,
    ),
)  # fmt: skip


class _Picture(NamedTuple):
    name: str
    alt_en: str | None
    alt_af: str | None
    alt_zu: str | None
    is_decorative: str
    width: int
    height: int
    created_at: dt.datetime
    by_name: str


PICTURES = Dataset(
    "site_pictures", N_("Pictures of the website"), Permission.SITE_MANAGE,
    (
        Column("name", N_("Name of the picture")),
        Column("alt_en", N_("Description in English")),
        Column("alt_af", N_("Description in Afrikaans")),
        Column("alt_zu", N_("Description in isiZulu")),
        Column("is_decorative", N_("Only decorates"), Kind.WORD, YES_NO),
        Column("width", N_("Width in pixels"), Kind.INTEGER),
        Column("height", N_("Height in pixels"), Kind.INTEGER),
        Column("created_at", N_("Added"), Kind.MOMENT),
        Column("by_name", N_("By")),
    ),
    selected(
        select(
            SitePicture.name, _in(SitePicture.alt, "en"), _in(SitePicture.alt, "af"), _in(SitePicture.alt, "zu"),
            _yes(SitePicture.is_decorative, "is_decorative"), SitePicture.width, SitePicture.height, SitePicture.created_at,
            SitePicture.by_name,
        ).order_by(SitePicture.id.desc()),
        _Picture,
    ),
)  # fmt: skip


class _Event(NamedTuple):
    title_en: str | None
    title_af: str | None
    title_zu: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    place: str
    is_shown: str
    text_en: str | None
    text_af: str | None
    text_zu: str | None


EVENTS = Dataset(
    "school_events", N_("Events of the school"), Permission.SITE_MANAGE,
    (
        Column("title_en", N_("Title in English")),
        Column("title_af", N_("Title in Afrikaans")),
        Column("title_zu", N_("Title in isiZulu")),
        Column("starts_at", N_("Start of the event"), Kind.MOMENT),
        Column("ends_at", N_("End of the event"), Kind.MOMENT),
        Column("place", N_("Place")),
        Column("is_shown", N_("Shown to the public"), Kind.WORD, YES_NO),
        Column("text_en", N_("Text in English")),
        Column("text_af", N_("Text in Afrikaans")),
        Column("text_zu", N_("Text in isiZulu")),
    ),
    selected(
        select(
            _in(SchoolEvent.title, "en"), _in(SchoolEvent.title, "af"), _in(SchoolEvent.title, "zu"), SchoolEvent.starts_at,
            SchoolEvent.ends_at, SchoolEvent.place, _yes(SchoolEvent.is_shown, "is_shown"), _in(SchoolEvent.text, "en"),
            _in(SchoolEvent.text, "af"), _in(SchoolEvent.text, "zu"),
        ).where(SchoolEvent.removed_at.is_(None)).order_by(SchoolEvent.starts_at.desc(), SchoolEvent.id),
        _Event,
    ),
)  # fmt: skip


class _Preview(NamedTuple):
    note: str
    version: int | None
    created_at: dt.datetime
    by_name: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None


PREVIEWS = Dataset(
    "site_previews", N_("Preview links of the website"), Permission.SITE_MANAGE,
    (
        Column("note", N_("Whom it is for")),
        Column("version", N_("Version"), Kind.INTEGER),
        Column("created_at", N_("Made"), Kind.MOMENT),
        Column("by_name", N_("By")),
        Column("expires_at", N_("Holds until"), Kind.MOMENT),
        Column("revoked_at", N_("Ended"), Kind.MOMENT),
    ),
    selected(
        select(
            SitePreview.note, SitePreview.version, SitePreview.created_at, SitePreview.by_name, SitePreview.expires_at,
            SitePreview.revoked_at,
        ).order_by(SitePreview.id.desc()),
        _Preview,
    ),
)  # fmt: skip
DATASETS = (VERSIONS, PICTURES, EVENTS, PREVIEWS)
