"""What the pages about the website read beside the document: where it is shown, and the preview links."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from app.models.school import School
from app.models.site import SitePreview
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class Link(NamedTuple):
    """A preview link as a list shows it."""

    id: UUID
    note: str
    version: int | None
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    created_at: dt.datetime
    by_name: str

    def state(self, now: dt.datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


class _Slug(NamedTuple):
    slug: str


_LINKS = Prepared(
    select(
        SitePreview.id, SitePreview.note, SitePreview.version, SitePreview.expires_at, SitePreview.revoked_at,
        SitePreview.created_at, SitePreview.by_name,
    )
    .order_by(SitePreview.id.desc())
    .limit(100),
    Link,
)  # fmt: skip
_SLUG = Prepared(select(School.slug).where(School.id == bindparam("school")), _Slug)


def public_path() -> str:
    """The address of the website of the current school, below that of the product."""
    with reading() as cursor:
        (row,) = _SLUG.all(cursor, school=current_school_id())
    return f"/s/{row.slug}/"


def links() -> list[Link]:
    """The preview links of the current school, the newest first, those that hold no more as well."""
    with reading() as cursor:
        return _LINKS.all(cursor)
