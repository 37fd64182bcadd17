"""Reads of emergencies, shaped for the pages: the list, one with its texts, and what somebody sees of those for them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app import clock
from app.config import Settings
from app.delivery.seeing import delivery_of
from app.domain.closing import acting_if_open
from app.domain.emergencies import ALL_CLEAR
from app.domain.notices import language_for, paragraphs
from app.models.delivery import Delivery
from app.models.emergency import Emergency, EmergencyPerson
from app.models.person import Person
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

TOLD = dt.timedelta(hours=24)  # how long the dashboard says that an emergency is over
MOST = 5  # on one dashboard
STATES = ("going_on", "ended")


class Text(NamedTuple):
    """An emergency in one language, which `language` names."""

    language: str
    title: str
    message: str

    @property
    def paragraphs(self) -> list[str]:
        """The message cut at its empty lines."""
        return paragraphs(self.message)


class Row(NamedTuple):
    """One line of the list: how many it was for, and how many of them have answered."""

    id: UUID
    title: dict[str, str]
    audience: str
    by: str
    at: dt.datetime
    ended_at: dt.datetime | None
    ended_how: str | None
    people: int
    acknowledged: int

    @property
    def state(self) -> str:
        return state_of(self.ended_how)


class Detail(NamedTuple):
    """One emergency whole, with its texts by language code."""

    id: UUID
    title: dict[str, str]
    message: dict[str, str]
    audience: str
    by: str
    at: dt.datetime
    ended_at: dt.datetime | None
    ended_how: str | None
    ended_by: str | None
    message_id: UUID
    end_message_id: UUID | None

    @property
    def state(self) -> str:
        return state_of(self.ended_how)


class Mine(NamedTuple):
    """An emergency as one person sees it; `is_for` says whether it was for them, `acknowledged_at` when they answered."""

    id: UUID
    title: dict[str, str]
    message: dict[str, str]
    at: dt.datetime
    ended_at: dt.datetime | None
    ended_how: str | None
    is_for: bool
    acknowledged_at: dt.datetime | None

    @property
    def state(self) -> str:
        return state_of(self.ended_how)


class Answerer(NamedTuple):
    """Somebody who came by the link of a mail or a text message, and the emergency that it was about."""

    emergency: UUID
    person: UUID
    name: str
    language: str | None
    school_id: int
    school: str
    school_language: str
    timezone: str
    money: str
    currency: str
    phone: str | None
    title: dict[str, str]
    message: dict[str, str]
    at: dt.datetime
    ended_at: dt.datetime | None
    ended_how: str | None
    acknowledged_at: dt.datetime | None


_OF = EmergencyPerson.school_id == Emergency.school_id, EmergencyPerson.emergency_id == Emergency.id
_HOW_MANY = select(func.count()).select_from(EmergencyPerson).where(*_OF).correlate(Emergency)
_HEAD = (
    Emergency.id, Emergency.title, Emergency.audience, Emergency.by_name.label("by"), Emergency.created_at.label("at"),
    Emergency.ended_at, Emergency.ended_how,
)  # fmt: skip
_LIST = (
    select(
        *_HEAD, _HOW_MANY.scalar_subquery().label("people"),
        _HOW_MANY.where(EmergencyPerson.acknowledged_at.is_not(None)).scalar_subquery().label("acknowledged"),
    )
    .order_by(Emergency.id.desc())
    .limit(PAGE + 1)
)  # fmt: skip
_OLDER = Emergency.id < bindparam("after", type_=PG_UUID)
_IN_STATE = {"": None, "going_on": Emergency.ended_at.is_(None), "ended": Emergency.ended_at.is_not(None)}
_LISTS = {
    (state, is_older): Prepared(
        _LIST.where(*(condition for condition in (which, _OLDER if is_older else None) if condition is not None)), Row
    )
    for state, which in _IN_STATE.items()
    for is_older in (False, True)
}
_DETAIL = Prepared(
    select(
        Emergency.id, Emergency.title, Emergency.message, *_HEAD[2:], Emergency.ended_by, Emergency.message_id,
        Emergency.end_message_id,
    ).where(Emergency.id == bindparam("id", type_=PG_UUID)),
    Detail,
)  # fmt: skip
_MINE = (
    select(
        Emergency.id, Emergency.title, Emergency.message, Emergency.created_at.label("at"), Emergency.ended_at,
        Emergency.ended_how, EmergencyPerson.id.is_not(None).label("is_for"), EmergencyPerson.acknowledged_at,
    )
    .select_from(Emergency)
    .outerjoin(EmergencyPerson, and_(*_OF, EmergencyPerson.person_id == bindparam("person", type_=PG_UUID)))
)  # fmt: skip
_OPEN = Prepared(
    _MINE.where(or_(Emergency.ended_at.is_(None), Emergency.ended_at > bindparam("since", type_=DateTime(timezone=True))))
    .order_by(Emergency.id.desc())
    .limit(MOST),
    Mine,
)
_ONE = Prepared(_MINE.where(Emergency.id == bindparam("id", type_=PG_UUID)), Mine)
_ANSWERER = (
    select(
        Emergency.id, Person.id, Person.name, Person.language, School.id, School.name, School.language, School.timezone,
        School.money, School.currency, School.contact_phone, Emergency.title, Emergency.message, Emergency.created_at,
        Emergency.ended_at, Emergency.ended_how, EmergencyPerson.acknowledged_at,
    )
    .select_from(Delivery)
    .join(
        Emergency,
        and_(
            Emergency.school_id == Delivery.school_id,
            or_(Emergency.message_id == Delivery.message_id, Emergency.end_message_id == Delivery.message_id),
        ),
    )
    .join(EmergencyPerson, and_(*_OF, EmergencyPerson.person_id == Delivery.person_id))
    .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id, Person.ended_at.is_(None)))
    .join(School, School.id == Delivery.school_id)
)  # fmt: skip


def state_of(ended_how: str | None) -> str:
    """The state of an emergency in the vocabulary of badges."""
    return "going_on" if ended_how is None else "danger_over" if ended_how == ALL_CLEAR else "false_alarm"


def text_of(titles: dict[str, str], messages: dict[str, str], language: str, school_language: str | None) -> Text:
    """An emergency as the readers of one language see it."""
    shown = language_for(titles, language, school_language)
    return Text(shown, titles[shown], messages[shown])


def newest(*, state: str = "", after: Key | None = None) -> Page[Row]:
    """The emergencies of the school, the newest first; of one of STATES, and those before `after`."""
    values = {"after": after[0]} if after else {}
    with reading() as cursor:
        rows = _LISTS[state, bool(after)].all(cursor, **values)
    return cut(rows, lambda row: (row.id,))


def going_on() -> list[Row]:
    """The emergencies that have not ended."""
    with reading() as cursor:
        return _LISTS["going_on", False].all(cursor)


def emergency(emergency_id: UUID) -> Detail | None:
    """One emergency of the school, None if there is no such."""
    with reading() as cursor:
        found = _DETAIL.all(cursor, id=emergency_id)
    return found[0] if found else None


def now_for(person_id: UUID | None, *, sees_all: bool) -> list[Mine]:
    """The emergencies that go on and are for somebody, and what ended a short while ago; with `sees_all` whatever goes on."""
    with reading() as cursor:
        rows = _OPEN.all(cursor, person=person_id, since=clock.now() - TOLD)
    return [row for row in rows if row.is_for or (sees_all and row.ended_at is None)]


def for_person(emergency_id: UUID, person_id: UUID) -> Mine | None:
    """An emergency as somebody sees it whom it was for; None for everybody else, and for one that never was."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=emergency_id, person=person_id)
    return found[0] if found and found[0].is_for else None


def answerer(settings: Settings, token: str) -> Answerer | None:
    """Whose link this is; None for one that we did not make, or that leads to no emergency. Raises SchoolClosed."""
    if (found := delivery_of(settings, token)) is None:
        return None
    school_id, delivery_id = found
    with acting_if_open(school_id) as session:
        row = session.execute(_ANSWERER.where(Delivery.id == delivery_id)).one_or_none()
    return Answerer._make(row) if row else None
