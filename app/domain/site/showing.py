"""What a page of a website shows beside its document, read for those blocks that it has. Inside the school.

Time alone makes notices, events and classes come and go: `Around.until` is the next moment at which it does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Cursor
from sqlalchemy import Date, Integer, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.leads.asking import FormView
from app.domain.leads.intake import form_for
from app.domain.notices import NOW
from app.domain.reviews.shown import Figures, ShownReview, figures, shown_reviews
from app.domain.school_face import Logo
from app.domain.site.document import SiteDocument
from app.domain.site.events import Event, shown_events
from app.domain.site.shapes import cleaned
from app.models.classes import ClassGroup, MeetingTime
from app.models.notice import Audience, Notice
from app.models.school import School, SchoolLogo
from app.models.site import SchoolEvent, SitePicture, SitePictureFile, SiteVersion
from app.tenancy.reading import Prepared, one_reading, reading
from app.tenancy.scope import current_school_id

DAY = dt.timedelta(days=1)
MOST = 500  # notices, or events, in a calendar
PAST = dt.timedelta(days=90)  # how long an event stays in the calendar after it was


class Face(NamedTuple):
    """What a school says of itself in its settings, without what nobody sees."""

    slug: str
    name: str
    language: str
    timezone: ZoneInfo
    money: str
    currency: str
    contact_email: str | None
    contact_phone: str | None
    contact_address: str | None


class File(NamedTuple):
    """A picture at one width in pixels."""

    width: int
    height: int
    mime: str


class Picture(NamedTuple):
    """A picture, its files from the narrowest to the widest; `alt` by language, {} for one that only decorates."""

    id: UUID
    alt: Mapping[str, str]
    files: tuple[File, ...]


class PublicNotice(NamedTuple):
    """A notice for everyone; texts by language."""

    id: UUID
    title: dict[str, str]
    message: dict[str, str]
    urgent: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    revision: int
    created_at: dt.datetime
    edited_at: dt.datetime | None


class Meeting(NamedTuple):
    """When a class meets."""

    class_id: UUID
    weekdays: list[int]
    every_weeks: int
    starts_at: dt.time
    ends_at: dt.time
    room: str | None


class PublicClass(NamedTuple):
    """A class of this year, with its meeting times."""

    name: str
    meetings: tuple[Meeting, ...]


class Around(NamedTuple):
    """All that is shown beside the document. `until` None: the clock changes nothing of it."""

    face: Face
    logo: Logo | None
    pictures: Mapping[UUID, Picture]
    notices: tuple[PublicNotice, ...]
    events: tuple[Event, ...]
    classes: Mapping[str, tuple[PublicClass, ...]]
    reviews: tuple[ShownReview, ...]
    rating: Figures | None
    form: FormView | None
    until: dt.datetime | None


class _Written(NamedTuple):
    document: bytes


class _Picture(NamedTuple):
    id: UUID
    alt: dict[str, str]
    is_decorative: bool
    width: int
    height: int
    mime: str


class _Class(NamedTuple):
    id: UUID
    name: str
    is_register: bool


class _Moments(NamedTuple):
    begins: dt.datetime | None
    ends: dt.datetime | None


_VERSION = Prepared(select(SiteVersion.document).where(SiteVersion.number == bindparam("number")), _Written)
_FACE = Prepared(
    select(
        School.slug, School.name, School.language, School.timezone, School.money, School.currency, School.contact_email,
        School.contact_phone, School.contact_address,
    ).where(School.id == bindparam("school")),
    Face,
)  # fmt: skip
_LOGO = Prepared(select(SchoolLogo.school_id, SchoolLogo.id, SchoolLogo.width, SchoolLogo.height, SchoolLogo.alt), Logo)
_PICTURES = Prepared(
    select(
        SitePicture.id, SitePicture.alt, SitePicture.is_decorative, SitePictureFile.width, SitePictureFile.height,
        SitePictureFile.mime,
    )
    .join(SitePictureFile, SitePictureFile.picture_id == SitePicture.id)
    .where(SitePicture.id == func.any(bindparam("pictures", type_=ARRAY(Uuid))))
    .order_by(SitePicture.id, SitePictureFile.width),
    _Picture,
)  # fmt: skip
_FOR_ALL = and_(
    Notice.audience == Audience.EVERYONE.value, Notice.removed_at.is_(None),
    or_(Notice.ends_at.is_(None), Notice.ends_at > NOW),
)  # fmt: skip
_NOTICES = Prepared(
    select(
        Notice.id, Notice.title, Notice.message, Notice.urgent, Notice.starts_at, Notice.ends_at, Notice.revision,
        Notice.created_at, Notice.edited_at,
    )
    .where(_FOR_ALL, Notice.starts_at <= NOW)
    .order_by(Notice.urgent.desc(), Notice.starts_at.desc(), Notice.id.desc())
    .limit(bindparam("most")),
    PublicNotice,
)  # fmt: skip
_TURNS_OF_NOTICES = Prepared(
    select(
        func.min(Notice.starts_at).filter(Notice.starts_at > NOW).label("begins"),
        func.min(Notice.ends_at).filter(Notice.starts_at <= NOW).label("ends"),
    )
    .select_from(Notice)
    .where(_FOR_ALL),
    _Moments,
)
_IN_CALENDAR = Prepared(
    select(
        SchoolEvent.id, SchoolEvent.title, SchoolEvent.text, SchoolEvent.place, SchoolEvent.starts_at, SchoolEvent.ends_at,
        SchoolEvent.is_shown, SchoolEvent.revision, SchoolEvent.created_at, SchoolEvent.edited_at,
    )
    .where(SchoolEvent.is_shown, SchoolEvent.removed_at.is_(None), SchoolEvent.starts_at > bindparam("since"))
    .order_by(SchoolEvent.starts_at, SchoolEvent.id)
    .limit(bindparam("most")),
    Event,
)  # fmt: skip
_CLASSES = Prepared(
    select(ClassGroup.id, ClassGroup.name, ClassGroup.is_register)
    .where(ClassGroup.year == bindparam("year", type_=Integer), ClassGroup.ended_at.is_(None))
    .order_by(ClassGroup.sort_key, ClassGroup.id)
    .limit(MOST),
    _Class,
)
_DAY = bindparam("day", type_=Date)
_MEETINGS = Prepared(
    select(
        MeetingTime.class_id, MeetingTime.weekdays, MeetingTime.every_weeks, MeetingTime.starts_at, MeetingTime.ends_at,
        MeetingTime.room,
    )
    .join(ClassGroup, ClassGroup.id == MeetingTime.class_id)
    .where(
        ClassGroup.year == bindparam("year", type_=Integer), ClassGroup.ended_at.is_(None),
        or_(MeetingTime.until_on.is_(None), MeetingTime.until_on >= _DAY), MeetingTime.from_on <= _DAY + 31,
    )
    .order_by(MeetingTime.weekdays, MeetingTime.starts_at),
    Meeting,
)  # fmt: skip


def published(number: int) -> SiteDocument | None:
    """The document of a version of the current school."""
    with reading() as cursor:
        found = _VERSION.all(cursor, number=number)
    return _read(bytes(found[0].document)) if found else None


@lru_cache(maxsize=16)
def _read(written: bytes) -> SiteDocument:
    """A document; frozen, so it may be shared. A large one takes 50 ms to read, and addresses that nobody keeps ask for it."""
    return SiteDocument.from_bytes(written)


def face() -> Face:
    """What the current school says of itself."""
    with reading() as cursor:
        return _face(cursor)


def around(kinds: Collection[str], pictures: Collection[UUID], language: str, now: dt.datetime) -> Around:
    """What a page with these kinds of blocks and these pictures shows at a moment, to readers of a language."""
    form = form_for(current_school_id(), language) if "lead_form" in kinds else None
    with one_reading(), reading() as cursor:
        school = _face(cursor)
        logos = _LOGO.all(cursor)
        notices, turns = public_notices(now) if "notices" in kinds else ((), [])
        events = tuple(shown_events(now)) if "events" in kinds else ()
        turns += [event.ends_at or event.starts_at + DAY for event in events]
        classes = _classes(cursor, now.astimezone(school.timezone).date()) if "classes" in kinds else {}
        if classes:
            turns.append(midnight_after(now, school.timezone))
        shown = _pictures(cursor, pictures) if pictures else {}
        reviews, rating = (tuple(shown_reviews(MOST)), figures()) if "reviews" in kinds else ((), None)
    return Around(
        school, logos[0] if logos else None, shown, notices, events, classes, reviews, rating,
        form if form and form.is_open else None, min(turns, default=None),
    )  # fmt: skip


def public_notices(now: dt.datetime) -> tuple[tuple[PublicNotice, ...], list[dt.datetime]]:
    """The notices for everyone that are current, urgent ones first, and the next moments at which that changes."""
    with reading() as cursor:
        turns = _TURNS_OF_NOTICES.all(cursor, now=now)[0]
        return tuple(_NOTICES.all(cursor, now=now, most=MOST)), [turn for turn in turns if turn]


def in_calendar(now: dt.datetime) -> list[Event]:
    """The events of the calendar that people subscribe to: those of the last months, and all that come."""
    with reading() as cursor:
        return _IN_CALENDAR.all(cursor, since=now - PAST, most=MOST)


def midnight_after(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The end of the day of a moment, by the clock of the school."""
    day = moment.astimezone(zone).date() + DAY
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _face(cursor: Cursor[Any]) -> Face:
    (found,) = _FACE.all(cursor, school=current_school_id())
    mail, phone, address = (found.contact_email or "", found.contact_phone or "", found.contact_address or "")
    return found._replace(
        name=cleaned(found.name), timezone=ZoneInfo(str(found.timezone)), contact_email=cleaned(mail) or None,
        contact_phone=cleaned(phone) or None, contact_address=cleaned(address, lines=True) or None,
    )  # fmt: skip


def _pictures(cursor: Cursor[Any], wanted: Collection[UUID]) -> dict[UUID, Picture]:
    shown: dict[UUID, Picture] = {}
    for row in _PICTURES.all(cursor, pictures=list(wanted)):
        files = shown[row.id].files if row.id in shown else ()
        shown[row.id] = Picture(row.id, {} if row.is_decorative else row.alt, (*files, File(row.width, row.height, row.mime)))
    return shown


def _classes(cursor: Cursor[Any], day: dt.date) -> dict[str, tuple[PublicClass, ...]]:
    """The classes of the year of a day by what a block may ask for: all, register classes, others."""
    meetings: dict[UUID, list[Meeting]] = {}
    for meeting in _MEETINGS.all(cursor, year=day.year, day=day):
        meetings.setdefault(meeting.class_id, []).append(meeting)
    rows = _CLASSES.all(cursor, year=day.year)
    told = [(row.is_register, PublicClass(row.name, tuple(meetings.get(row.id, ())))) for row in rows]
    return {
        "all": tuple(one for _, one in told),
        "register": tuple(one for is_register, one in told if is_register),
        "other": tuple(one for is_register, one in told if not is_register),
    }
