"""How a draft becomes what everybody sees, and how an old version becomes it again, to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select

from app import clock
from app.audit.record import Actor, record
from app.domain.site.checks import Facts, Finding, Picture, findings
from app.domain.site.document import SiteDocument
from app.domain.site.drafting import draft_of, keep
from app.i18n.catalogue import N_
from app.models.lead_form import LeadForm
from app.models.school import School
from app.models.site import Site, SitePicture, SiteVersion
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

LONGEST_NOTE = 300


class PublishError(Exception):
    """Why nothing was published; `message` is for people, marked with N_."""

    message = ""


class NotFit(PublishError):
    """`found` says what is wrong, and where."""

    message = N_("It cannot be published like this. Mend what is listed first.")

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__(", ".join(one.code for one in found))
        self.found = found


class NothingNew(PublishError):
    message = N_("Nothing has changed since the last version. There is nothing to publish.")


class DraftMoved(PublishError):
    message = N_("Somebody has changed the draft since you looked at it. Look at it again, then publish.")


class NoSuchVersion(PublishError):
    message = N_("There is no such version.")


class NotPublished(PublishError):
    message = N_("Nothing has been published yet. Publish the draft first.")


def facts() -> Facts:
    """What the checks have to know of the current school beside a document."""
    pictures = db.session.scalars(select(SitePicture))
    form = db.session.scalar(select(LeadForm.is_open))
    school = db.session.scalars(select(School).where(School.id == current_school_id())).one()
    return Facts(
        pictures={str(one.id): Picture(one.name, one.alt, one.is_decorative) for one in pictures},
        form_is_open=bool(form),
        contact={
            "email": bool(school.contact_email), "phone": bool(school.contact_phone), "address": bool(school.contact_address),
        },
    )  # fmt: skip


def what_is_wrong(document: SiteDocument) -> list[Finding]:
    """The findings about a document of the current school, as it stands now."""
    return findings(document, facts())


def publish(site: Site, *, revision: int, note: str, by: Actor) -> SiteVersion:
    """Make the draft of a site that is held what everybody sees. The first time it also goes online. Audited.

    `revision` is the draft that was looked at. Raises DraftMoved, NothingNew, NotFit.
    """
    if site.draft_revision != revision:
        raise DraftMoved
    document = draft_of(site)
    _refuse_unfit(document)
    current = published(site)
    if current is not None and current.sha256 == document.sha256:
        raise NothingNew
    return _add(site, document.written, note=note, same_as=None, by=by)


def roll_back(site: Site, number: int, *, note: str, by: Actor) -> SiteVersion:
    """Make the bytes of an old version what everybody sees, as a new version; the draft stays as it is. Audited.

    Raises NoSuchVersion, NothingNew where they are it already, NotFit where they would be broken now.
    """
    old = db.session.scalars(select(SiteVersion).where(SiteVersion.number == number)).one_or_none()
    if old is None:
        raise NoSuchVersion
    current = published(site)
    if current is not None and current.sha256 == old.sha256:
        raise NothingNew
    _refuse_unfit(SiteDocument.from_bytes(old.document))
    return _add(site, old.document, note=note, same_as=number, by=by)


def edit_again(site: Site, number: int, *, by: Actor) -> bool:
    """Make the draft of a site that is held what a version was; False where it is. Audited. Raises NoSuchVersion."""
    old = db.session.scalars(select(SiteVersion).where(SiteVersion.number == number)).one_or_none()
    if old is None:
        raise NoSuchVersion
    document = SiteDocument.from_bytes(old.document)
    return keep(site, document, "site.take_draft_from", label=str(number), after={"version": number}, by=by)


def take_offline(site: Site, *, why: str, by: Actor) -> bool:
    """Show the website to nobody; False where it is so already. Audited."""
    if not site.is_on:
        return False
    site.is_on, site.off_why = False, why
    site.stamp += 1
    record("site.take_offline", site, label=_school_name(), before={"is_on": True}, after={"is_on": False, "why": why}, by=by)
    return True


def put_online(site: Site, *, by: Actor) -> bool:
    """Show the published version to everybody again; False where it is shown. Audited. Raises NotPublished."""
    if site.published_version is None:
        raise NotPublished
    if site.is_on:
        return False
    site.is_on, site.off_why = True, ""
    site.stamp += 1
    record("site.put_online", site, label=_school_name(), before={"is_on": False}, after={"is_on": True}, by=by)
    return True


def published(site: Site) -> SiteVersion | None:
    """The version that everybody sees; None before the first one."""
    if site.published_version is None:
        return None
    return db.session.scalars(select(SiteVersion).where(SiteVersion.number == site.published_version)).one()


def _refuse_unfit(document: SiteDocument) -> None:
    found = what_is_wrong(document)
    if any(one.is_error for one in found):
        raise NotFit(found)


def _add(site: Site, document: bytes, *, note: str, same_as: int | None, by: Actor) -> SiteVersion:
    last = db.session.scalar(select(func.max(SiteVersion.number))) or 0
    made = SiteVersion(
        number=last + 1, document=document, sha256=hashlib.sha256(document).hexdigest(), note=note, same_as=same_as,
        published_at=clock.now(), by_id=by.id, by_name=by.name,
    )  # fmt: skip
    before = {"version": site.published_version}
    site.is_on = site.is_on or site.published_version is None  # the first one goes online
    db.session.add(made)
    site.published_version = made.number
    site.stamp += 1
    db.session.flush()
    after = {"version": made.number, "sha256": made.sha256, "note": note}
    if same_as is None:
        record("site.publish", site, label=str(made.number), before=before, after=after, by=by)
    else:
        record("site.roll_back", site, label=str(made.number), before=before, after=after | {"same_as": same_as}, by=by)
    return made


def _school_name() -> str:
    return db.session.scalar(select(School.name).where(School.id == current_school_id())) or ""
