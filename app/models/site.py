"""The website of a school: its draft and what was published of it, its pictures, its preview links, its events."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, false, func, true
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Site(Tenant, Model):
    """The website of a school, at most one. Strangers see `published_version` of it, where it `is_on` and the school is open.

    `draft` is a document (`app.domain.site.document`), `draft_revision` grows with each change of it; `removed` are the parts
    that were taken out of it lately, newest first. `stamp` grows, at the commit, with everything that public pages show beside
    the document (notices, events, pictures, classes, the school's own row …: by triggers) and with each publishing, so that
    (version, stamp) names what a page shows. Time alone moves nothing: whatever begins or ends by the clock is up to who shows.
    `off_why` is what somebody wrote when they took it offline.
    """

    __tablename__ = "site"
    is_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    off_why: Mapped[str] = mapped_column(default="", server_default=sql_text("''"))
    draft: Mapped[dict[str, Any]]
    draft_revision: Mapped[int] = mapped_column(default=1, server_default=sql_text("1"))
    draft_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    draft_by_name: Mapped[str] = mapped_column(default="", server_default=sql_text("''"))
    removed: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=sql_text("'[]'"))
    published_version: Mapped[int | None]
    stamp: Mapped[int] = mapped_column(BigInteger, default=1, server_default=sql_text("1"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("school_id", name="site_once"),
        CheckConstraint("NOT is_on OR published_version IS NOT NULL", name="site_on_is_published"),
    )


class SiteVersion(Tenant, Model):
    """What was published, to the byte: `document` is canonical JSON in UTF-8, `sha256` (hexadecimal) is of these bytes.

    `number` counts from 1 in each school. One that was rolled back to comes again as a new row with the same bytes, whose
    `same_as` is the number of the old one. Bytes never change.
    """

    __tablename__ = "site_version"
    number: Mapped[int]
    document: Mapped[bytes]
    sha256: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default=sql_text("''"))
    same_as: Mapped[int | None]
    published_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    __table_args__ = (
        CheckConstraint("number > 0", name="site_version_number"),
        UniqueConstraint("school_id", "number", name="site_version_once"),
    )


class SitePicture(Tenant, Model):
    """A picture of the website; its bytes stand in `SitePictureFile`, one row a width.

    `alt` says by language what is on it, for whoever does not see it; one that only decorates has none. `width` and `height`
    are of the largest file. `name` is what the people of the school call it.
    """

    __tablename__ = "site_picture"
    name: Mapped[str]
    alt: Mapped[dict[str, str]]
    is_decorative: Mapped[bool] = mapped_column(default=False, server_default=false())
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_name: Mapped[str]
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="site_picture_size"),
        Index("site_picture_newest", "school_id", sql_text("id DESC")),
    )


class SitePictureFile(Tenant, Model):
    """A picture at one width in pixels, as we drew it: nothing of what was uploaded is in it but what it looks like."""

    __tablename__ = "site_picture_file"
    picture_id: Mapped[UUID]
    width: Mapped[int]
    height: Mapped[int]
    mime: Mapped[str]
    image: Mapped[bytes]
    __table_args__ = (
        school_key("picture_id", "site_picture", ondelete="CASCADE"),
        CheckConstraint("mime IN ('image/jpeg', 'image/png', 'image/webp')", name="site_picture_file_mime"),
        UniqueConstraint("school_id", "picture_id", "width", name="site_picture_file_once"),
    )


class SitePreview(Tenant, Model):
    """A link by which whoever has it sees the draft, or with `version` that version, until `expires_at` or `revoked_at`."""

    __tablename__ = "site_preview"
    token_hash: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default=sql_text("''"))
    version: Mapped[int | None]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_name: Mapped[str]
    __table_args__ = (UniqueConstraint("school_id", "token_hash", name="site_preview_once"),)


class SchoolEvent(Tenant, Model):
    """Something that happens at the school, from `starts_at` until `ends_at` (None: no end is said); texts by language.

    With `is_shown` it stands on the website and in its calendar; one that was removed can be brought back.
    """

    __tablename__ = "school_event"
    title: Mapped[dict[str, str]]
    text: Mapped[dict[str, str]]
    place: Mapped[str] = mapped_column(default="", server_default=sql_text("''"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime | None]
    is_shown: Mapped[bool] = mapped_column(default=True, server_default=true())
    revision: Mapped[int] = mapped_column(default=1, server_default=sql_text("1"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    edited_at: Mapped[dt.datetime | None]
    removed_at: Mapped[dt.datetime | None]
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="school_event_order"),
        Index("school_event_by_start", "school_id", "starts_at", "id", postgresql_where=sql_text("removed_at IS NULL")),
    )
