"""Notices as every area sees them: who reads which, in which state, in which of their languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import ColumnElement, Date, DateTime, Text, Uuid, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.classes import has_place
from app.i18n.languages import DEFAULT, LANGUAGES
from app.models.classes import ClassTeacher, Enrolment
from app.models.learner import Guardianship
from app.models.notice import Audience, Notice
from app.models.user import Role
from app.tenancy.reading import Prepared

STATES = ("active", "coming", "past", "removed")
#: what a role reads, besides what is for everyone
READS = {
    Role.OWNER: Audience.STAFF,
    Role.ADMIN: Audience.STAFF,
    Role.TEACHER: Audience.STAFF,
    Role.OFFICER: Audience.STAFF,
    Role.GUARDIAN: Audience.GUARDIANS,
    Role.STUDENT: Audience.STUDENTS,
}
NOW: ColumnElement[dt.datetime] = bindparam("now", type_=DateTime(timezone=True))
_READER, _DAY = bindparam("reader", type_=Uuid), bindparam("day", type_=Date)
_OF_CHILDREN = select(Enrolment.class_id).join(Guardianship, Guardianship.learner_id == Enrolment.learner_id)
#: whether a notice is for a class with which the person in the bind `reader` has to do on the day in the bind `day`; who is
#: written to says `app.domain.channels.OF_CLASS`, and a test holds the two together
FOR_CLASS_OF_READER: ColumnElement[bool] = and_(
    Notice.audience == Audience.CLASS.value,
    or_(
        Notice.class_id.in_(select(Enrolment.class_id).where(Enrolment.learner_id == _READER, has_place(_DAY))),
        Notice.class_id.in_(
            _OF_CHILDREN.where(
                Guardianship.guardian_id == _READER, Guardianship.hears_notices, ~Guardianship.no_contact, has_place(_DAY)
            )
        ),
        Notice.class_id.in_(select(ClassTeacher.class_id).where(ClassTeacher.person_id == _READER)),
    ),
)
_WISHES = tuple(bindparam(f"wish{number}", type_=Text) for number in range(len(LANGUAGES)))


class ActiveNotice(NamedTuple):
    """A notice on a dashboard, in the first language of the reader's wishes that it has, which `language` names."""

    id: UUID
    title: str
    message: str
    language: str
    urgent: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None

    @property
    def paragraphs(self) -> list[str]:
        """The message cut at its empty lines."""
        return paragraphs(self.message)


class Counts(NamedTuple):
    """How many notices of a school are active and coming, and whether there has ever been one."""

    active: int
    coming: int
    ever: bool


def audiences_of(role: str) -> tuple[str, ...]:
    """The audiences that a role belongs to."""
    return (Audience.EVERYONE.value, READS[Role(role)].value)


def wishes(language: str | None, school_language: str | None) -> tuple[str, ...]:
    """Every language in the order in which a reader takes a text: theirs, the school's, English, any."""
    order = dict.fromkeys([language, school_language, DEFAULT, *LANGUAGES])
    return tuple(code for code in order if code in LANGUAGES)


def wished(language: str | None, school_language: str | None) -> dict[str, object]:
    """`wishes` as the values of a select that uses `in_reach` or `language_in_reach`."""
    return {part.key: code for part, code in zip(_WISHES, wishes(language, school_language), strict=True)}


def language_for(texts: Mapping[str, str], language: str | None, school_language: str | None) -> str:
    """The language in which a reader gets `texts`: the first of their wishes that is there. Raises ValueError for no text."""
    for code in wishes(language, school_language):
        if texts.get(code):
            return code
    raise ValueError("no text in any language")


def paragraphs(text: str) -> list[str]:
    """A text cut at its empty lines."""
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part]


def in_reach(texts: InstrumentedAttribute[dict[str, str]]) -> ColumnElement[str]:
    """The text of a column by language in the first language of the reader's wishes (values of `wished`)."""
    return func.coalesce(*(texts.op("->>", return_type=Text())(wish) for wish in _WISHES))


def language_in_reach(texts: InstrumentedAttribute[dict[str, str]]) -> ColumnElement[str]:
    """The language of `in_reach`."""
    first, second, last = _WISHES
    here = texts.op("->>", return_type=Text())
    return case((here(first).is_not(None), first), (here(second).is_not(None), second), else_=last)


def state_at(now: ColumnElement[dt.datetime] = NOW) -> ColumnElement[str]:
    """The state of a notice at a moment: one of STATES. The end is the first moment at which it is over."""
    return case(
        (Notice.removed_at.is_not(None), "removed"), (Notice.starts_at > now, "coming"), (Notice.ends_at <= now, "past"),
        else_="active",
    )  # fmt: skip


def state_of(notice: Notice, now: dt.datetime) -> str:
    """The state of one notice, as `state_at` says it."""
    if notice.removed_at:
        return "removed"
    if notice.starts_at > now:
        return "coming"
    return "past" if notice.ends_at and notice.ends_at <= now else "active"


_IS_ACTIVE = and_(Notice.removed_at.is_(None), Notice.starts_at <= NOW, or_(Notice.ends_at.is_(None), Notice.ends_at > NOW))
_ACTIVE_FOR = Prepared(
    select(
        Notice.id, in_reach(Notice.title).label("title"), in_reach(Notice.message).label("message"),
        language_in_reach(Notice.title).label("language"), Notice.urgent, Notice.starts_at, Notice.ends_at,
    )
    .where(
        _IS_ACTIVE,
        or_(Notice.audience.in_([bindparam("everyone", type_=Text), bindparam("own", type_=Text)]), FOR_CLASS_OF_READER),
    )
    .order_by(Notice.urgent.desc(), Notice.starts_at.desc(), Notice.id.desc())
    .limit(bindparam("limit")),
    ActiveNotice,
)  # fmt: skip
_COUNTS = Prepared(
    select(
        func.count().filter(Notice.starts_at <= NOW).label("active"),
        func.count().filter(Notice.starts_at > NOW).label("coming"),
        select(Notice.id).exists().label("ever"),
    ).where(Notice.removed_at.is_(None), or_(Notice.ends_at.is_(None), Notice.ends_at > NOW)),
    Counts,
)


def active_for(
    cursor: Cursor[Any], *, role: str, reader: UUID | None, day: dt.date, language: str, school_language: str | None,
    now: dt.datetime, limit: int,
) -> list[ActiveNotice]:  # fmt: skip
    """What a role and somebody's classes of the day should read now, urgent ones first, then the newest; at most `limit`."""
    everyone, own = audiences_of(role)
    values = {"everyone": everyone, "own": own, "reader": reader, "day": day, "now": now, "limit": limit}
    return _ACTIVE_FOR.all(cursor, **values, **wished(language, school_language))


def counts(cursor: Cursor[Any], now: dt.datetime) -> Counts:
    """How many notices are active and coming."""
    return _COUNTS.all(cursor, now=now)[0]
