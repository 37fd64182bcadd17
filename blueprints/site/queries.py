"""What the pages about the website read beside the document: where it is shown, the preview links, and the lists of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.site.events import ENDS
from app.models.school import School
from app.models.site import SchoolEvent, SitePreview
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut


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


class EventLine(NamedTuple):
    """An event as a list shows it; `removed_at` is None for one that is there."""

    id: UUID
    title: Mapping[str, str]
    place: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_shown: bool
    removed_at: dt.datetime | None


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
_EVENTS = select(
    SchoolEvent.id, SchoolEvent.title, SchoolEvent.place, SchoolEvent.starts_at, SchoolEvent.ends_at, SchoolEvent.is_shown,
    SchoolEvent.removed_at,
).limit(bindparam("limit"))  # fmt: skip
_NOW = bindparam("now", type_=DateTime(timezone=True))
_KEY = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=PG_UUID))
_IS_PAST = _EVENTS.where(SchoolEvent.removed_at.is_(None), ENDS <= _NOW).order_by(
    SchoolEvent.starts_at.desc(), SchoolEvent.id.desc()
)
_IS_REMOVED = _EVENTS.where(SchoolEvent.removed_at.is_not(None)).order_by(
    SchoolEvent.removed_at.desc(), SchoolEvent.id.desc()
)  # fmt: skip
_PAST = Prepared(_IS_PAST, EventLine)
_PAST_AFTER = Prepared(_IS_PAST.where(tuple_(SchoolEvent.starts_at, SchoolEvent.id) < _KEY), EventLine)
_REMOVED = Prepared(_IS_REMOVED, EventLine)
_REMOVED_AFTER = Prepared(_IS_REMOVED.where(tuple_(SchoolEvent.removed_at, SchoolEvent.id) < _KEY), EventLine)
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


def past_events(now: dt.datetime, after: Key | None = None) -> Page[EventLine]:
    """The events of the current school that are over, the last one first, or those before the place `after`."""
    values: dict[str, object] = {"now": now, "limit": PAGE + 1}
    if after:
        values["after_at"], values["after_id"] = after
    with reading() as cursor:
        rows = (_PAST_AFTER if after else _PAST).all(cursor, **values)
    return cut(rows, lambda row: (row.starts_at, row.id))


def removed_events(after: Key | None = None) -> Page[EventLine]:
    """The events of the current school that were removed, the one removed last first, or those before the place `after`."""
    values: dict[str, object] = {"limit": PAGE + 1}
    if after:
        values["after_at"], values["after_id"] = after
    with reading() as cursor:
        rows = (_REMOVED_AFTER if after else _REMOVED).all(cursor, **values)
    return cut(rows, lambda row: (row.removed_at, row.id))
