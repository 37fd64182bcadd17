"""The draft of the current school's website, as it is kept: read, begun, and changed step by step."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.domain.site.document import SiteDocument, blank
from app.domain.site.editing import Gone, Removed, kept
from app.models.school import School
from app.models.site import Site
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

HOME_KEY = "home"


def the_site(*, hold: bool = False) -> Site | None:
    """The website of the current school, None until it is begun; held for a change with `hold`, so that no other gets lost."""
    found = select(Site)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def draft_of(site: Site) -> SiteDocument:
    """The draft as a document."""
    return SiteDocument.read(site.draft)


def begin(*, by: Actor) -> Site:
    """The website of the current school, made now if it has none: an empty home page in the school's languages. Audited."""
    school = db.session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()
    if site := the_site():
        return site
    draft = blank(school.name, school.language, tuple(school.languages), key=HOME_KEY)
    site = Site(draft=draft.as_dict(), draft_revision=1, draft_at=clock.now(), draft_by_name=by.name, removed=[])
    db.session.add(site)
    db.session.flush()
    record("site.begin", site, label=school.name, by=by)
    return site


def keep(
    site: Site, document: SiteDocument, action: str, *, label: str, by: Actor, before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None, removed: Removed | None = None,
) -> bool:  # fmt: skip
    """Make a document the draft of a site that is held; False, and nothing written, where it is the draft already. Audited.

    `removed` is what it no longer has, to be put back.
    """
    if (data := document.as_dict()) == site.draft and removed is None:
        return False
    site.draft = data
    if removed:
        site.removed = kept(site.removed, removed)
    site.draft_revision += 1
    site.draft_at, site.draft_by_name = clock.now(), by.name
    after = {"revision": site.draft_revision, **(after or {})}
    record(action, site, label=label, before=before, after=after, by=by)
    return True


def removed_of(site: Site, key: str) -> Removed:
    """A part that was taken out and can be put back. Raises Gone."""
    for part in site.removed:
        if part["key"] == key:
            return Removed(**part)
    raise Gone


def forget(site: Site, key: str) -> None:
    """A part stands in the draft again, or is to be forgotten: it is not offered any more."""
    site.removed = [part for part in site.removed if part["key"] != key]
