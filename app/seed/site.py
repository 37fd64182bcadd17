"""The websites of the demo schools: Thaba Nkulu has three versions and a draft that goes further, Karoo a small one.

The third demo school has none, so that the page that says so can be looked at.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.config import Settings
from app.domain.site.document import SiteDocument
from app.domain.site.imaging import MIME, read_picture
from app.domain.site.previews import hash_of, token_of
from app.models.site import SchoolEvent, Site, SitePicture, SitePictureFile, SitePreview, SiteVersion
from app.models.user import Role
from app.seed import site_texts
from app.seed.karoo import KAROO
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.seed.site_pictures import picture_of
from app.seed.site_texts import PICTURES
from app.seed.thaba import THABA
from app.tenancy.database import db


class EventPlan(NamedTuple):
    """An event: in how many days, from when for how many hours (None: no end is said), where, and whether it is shown."""

    key: str
    day: int
    starts: dt.time
    hours: float | None
    place: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    is_shown: bool = True


EVENTS: Mapping[str, tuple[EventPlan, ...]] = {
    THABA.slug: (
        EventPlan(
            "open-day", 12, dt.time(9), 3, "Ihholo lesikole",
            {"en": "Open day", "zu": "Usuku oluvulekile", "af": "Opedag"},
            {
                "en": "See the classrooms, meet the teachers and taste what the garden grows.",
                "zu": "Bona amagumbi okufundela, uhlangane nothisha, unambithe okukhula engadini.",
                "af": "Sien die klaskamers, ontmoet die onderwysers en proe wat in die tuin groei.",
            },
        ),
        EventPlan(
            "concert", 26, dt.time(18), 2, "Ihholo lesikole",
            {"en": "Choir concert", "zu": "Ikhonsathi yekhwaya", "af": "Koorkonsert"},
            {"en": "The choir sings songs in four languages.", "zu": "Ikhwaya icula amaculo ngezilimi ezine."},
        ),
        EventPlan(
            "meeting", 34, dt.time(17, 30), None, "Umtapo wezincwadi",
            {"en": "Meeting of the governing body", "zu": "Umhlangano wesigungu esilawula isikole"}, {}, is_shown=False,
        ),
        EventPlan(
            "planting", -9, dt.time(8, 30), 4, "Ingadi yesikole",
            {"en": "Planting day", "zu": "Usuku lokutshala", "af": "Plantdag"},
            {"en": "Bring a hat and a spade.", "zu": "Phatha isigqoko nefosholo.", "af": "Bring ’n hoed en ’n graaf."},
        ),
    ),
    KAROO.slug: (
        EventPlan(
            "market", 18, dt.time(8), 6, "Skoolterrein", {"af": "Herfsmark", "en": "Autumn market"},
            {"af": "Gebak, plante en tweedehandse boeke.", "en": "Baking, plants and second-hand books."},
        ),
    ),
}  # fmt: skip
#: days since a version was published, and what was noted
VERSIONS: Mapping[str, tuple[tuple[float, Mapping[str, str]], ...]] = {
    THABA.slug: (
        (41.2, {"zu": "Ikhasi eliyisiqalo nemininingwane yokuxhumana"}),
        (17.4, {"zu": "Ngathi, izaziso nemicimbi"}),
        (5.1, {"zu": "Amakilasi nemibono yemindeni"}),
    ),
    KAROO.slug: ((63.3, {"af": "Die eerste weergawe"}),),
}


def add_site(plan: SchoolPlan, settings: Settings, now: dt.datetime) -> int:
    """Add the website of the current school with pictures, versions, events and link, unless it has one; returns how many."""
    if plan.slug not in VERSIONS or db.session.scalar(select(Site.id).limit(1)):
        return 0
    author = plan.accounts[Role.OWNER]
    pictures = _add_pictures(plan, author, now) if plan is THABA else {}
    documents = [SiteDocument.read(_document(plan, pictures, number)) for number in range(1, len(VERSIONS[plan.slug]) + 1)]
    draft = SiteDocument.read(_document(plan, pictures, len(documents) + 1))
    for number, (document, (age, note)) in enumerate(zip(documents, VERSIONS[plan.slug], strict=True), start=1):
        db.session.add(
            SiteVersion(
                id=known_id(plan.slug, "site version", number), number=number, document=document.written,
                sha256=hashlib.sha256(document.written).hexdigest(), note=note[plan.language],
                published_at=now - dt.timedelta(days=age), by_name=author,
            )
        )  # fmt: skip
    db.session.flush()
    db.session.add(
        Site(
            id=known_id(plan.slug, "site"), is_on=True, draft=draft.as_dict(), draft_revision=len(documents) * 12 + 1,
            draft_at=now - dt.timedelta(days=1.2), draft_by_name=plan.accounts[Role.ADMIN], published_version=len(documents),
            created_at=now - dt.timedelta(days=VERSIONS[plan.slug][0][0] + 3),
        )
    )  # fmt: skip
    _add_events(plan, now)
    if plan is THABA:
        _add_preview(plan, settings, now)
    db.session.flush()
    return 1


def _document(plan: SchoolPlan, pictures: Mapping[str, str], version: int) -> dict[str, Any]:
    return site_texts.thaba(plan, pictures, version) if plan is THABA else site_texts.karoo(plan)


def _add_pictures(plan: SchoolPlan, author: str, now: dt.datetime) -> dict[str, str]:
    """The pictures, drawn anew; returns their ids by key."""
    ids: dict[str, str] = {}
    for key, (name, alt) in PICTURES.items():
        drawn, made = read_picture(picture_of(key)), known_id(plan.slug, "site picture", key)
        db.session.add(
            SitePicture(
                id=made, name=name, alt=dict(alt), width=drawn[-1].width, height=drawn[-1].height, by_name=author,
                created_at=now - dt.timedelta(days=43),
            )
        )  # fmt: skip
        db.session.flush()
        for one in drawn:
            file_id = known_id(plan.slug, "site picture", key, one.width)
            db.session.add(
                SitePictureFile(id=file_id, picture_id=made, width=one.width, height=one.height, mime=MIME, image=one.image)
            )  # fmt: skip
        ids[key] = str(made)
    return ids


def _add_events(plan: SchoolPlan, now: dt.datetime) -> None:
    for each in EVENTS[plan.slug]:
        starts = dt.datetime.combine(today_at_school(now) + dt.timedelta(each.day), each.starts, ZONE)
        made: UUID = known_id(plan.slug, "school event", each.key)
        db.session.add(
            SchoolEvent(
                id=made, title=dict(each.title), text=dict(each.text), place=each.place, starts_at=starts,
                ends_at=None if each.hours is None else starts + dt.timedelta(hours=each.hours), is_shown=each.is_shown,
                created_at=now - dt.timedelta(days=20),
            )
        )  # fmt: skip


def _add_preview(plan: SchoolPlan, settings: Settings, now: dt.datetime) -> None:
    """A link to the draft for the governing body, which holds for some days yet."""
    made = known_id(plan.slug, "site preview")
    db.session.add(
        SitePreview(
            id=made, token_hash=hash_of(token_of(settings, made)), note="Isigungu esilawula isikole",
            created_at=now - dt.timedelta(days=1), expires_at=now + dt.timedelta(days=29), by_name=plan.accounts[Role.OWNER],
        )
    )  # fmt: skip
