"""Reads of notices, shaped for the pages."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, case, cast, func, literal_column, or_, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.deliveries import STANDINGS, Progress, Recipient, so_far
from app.domain.notices import (
    FOR_CLASS_OF_READER,
    audiences_of,
    in_reach,
    language_for,
    language_in_reach,
    paragraphs,
    state_at,
    wished,
    wishes,
)
from app.domain.reach import Reach, gateways, reach
from app.i18n.languages import LANGUAGES
from app.models.classes import ClassGroup
from app.models.delivery import Delivery, State
from app.models.notice import Notice
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

MISSED_SHOWN = 10


class NoticeRow(NamedTuple):
    """One line of the list. `language` is that of the title, `group` the class that it is for.

    `failed` counts deliveries that did, None until it was sent.
    """

    id: str
    title: str
    language: str
    author: str
    audience: str
    group: str | None
    urgent: bool
    state: str
    starts: dt.datetime
    ends: dt.datetime | None
    failed: int | None


def newest(
    *,
    language: str,
    school_language: str | None,
    now: dt.datetime,
    state: str = "",
    pattern: str = "",
    after: Key | None = None,
) -> Page[NoticeRow]:  # fmt: skip
    """The notices with the newest start, or those before `after`; of one state, and with `pattern` in a title or a message."""
    values: dict[str, object] = {"now": now, **wished(language, school_language)}
    if state:
        values["state"] = state
    if pattern:
        values["pattern"] = pattern
    if after:
        values["after_starts"], values["after_id"] = after
    with reading() as cursor:
        rows = newest_select(bool(state), bool(pattern), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.starts, row.id))


@cache
def newest_select(by_state: bool = False, by_search: bool = False, older: bool = False) -> Prepared[NoticeRow]:
    """The select of the list, with the conditions that are asked for."""
    # Failures alone: they are few and have an index of their own, while a count of all deliveries grows with the school.
    failed = (
        select(func.count())
        .select_from(Delivery)
        .where(
            Delivery.school_id == Notice.school_id, Delivery.message_id == Notice.message_id,
            Delivery.state == literal_column(f"'{State.DEAD.value}'"),  # a literal, or the plan cannot use the partial index
        )
        .scalar_subquery()
    )  # fmt: skip
    state = state_at().label("state")
    statement = (
        select(
            cast(Notice.id, Text).label("id"), in_reach(Notice.title).label("title"),
            language_in_reach(Notice.title).label("language"), Person.name.label("author"), Notice.audience,
            ClassGroup.name.label("group"), Notice.urgent, state, Notice.starts_at.label("starts"),
            Notice.ends_at.label("ends"),
            case((Notice.message_id.is_not(None), failed)).label("failed"),
        )
        .join(Person, and_(Person.school_id == Notice.school_id, Person.id == Notice.author_id))
        .outerjoin(ClassGroup, and_(ClassGroup.school_id == Notice.school_id, ClassGroup.id == Notice.class_id))
        .order_by(Notice.starts_at.desc(), Notice.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if by_state:
        statement = statement.where(state == bindparam("state"))
    if by_search:
        texts = [column[code].astext for column in (Notice.title, Notice.message) for code in LANGUAGES]
        statement = statement.where(or_(*(text.ilike(bindparam("pattern"), escape="\\") for text in texts)))
    if older:
        key = tuple_(bindparam("after_starts", type_=Notice.starts_at.type), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Notice.starts_at, Notice.id) < key)
    return Prepared(statement, NoticeRow)


class NoticeDetail(NamedTuple):
    """One notice whole, with its texts by language code; `group` is the name of the class that it is for."""

    id: UUID
    title: dict[str, str]
    message: dict[str, str]
    author: str
    audience: str
    class_id: UUID | None
    group: str | None
    channel: str | None
    urgent: bool
    state: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    created_at: dt.datetime
    edited_at: dt.datetime | None
    removed_at: dt.datetime | None
    message_id: UUID | None


class Section(NamedTuple):
    """What the readers of `language` see, written in `shown`: another language when theirs is missing."""

    language: str
    shown: str
    title: str
    message: str

    @property
    def paragraphs(self) -> list[str]:
        """The message cut at its empty lines."""
        return paragraphs(self.message)


_DETAIL = Prepared(
    select(
        Notice.id, Notice.title, Notice.message, Person.name.label("author"), Notice.audience, Notice.class_id,
        ClassGroup.name.label("group"), Notice.channel, Notice.urgent,
        state_at().label("state"), Notice.starts_at, Notice.ends_at, Notice.created_at, Notice.edited_at, Notice.removed_at,
        Notice.message_id,
    )
    .join(Person, and_(Person.school_id == Notice.school_id, Person.id == Notice.author_id))
    .outerjoin(ClassGroup, and_(ClassGroup.school_id == Notice.school_id, ClassGroup.id == Notice.class_id))
    .where(Notice.id == bindparam("id", type_=PG_UUID)),
    NoticeDetail,
)  # fmt: skip


class Group(NamedTuple):
    """A class for which a notice may be."""

    id: UUID
    name: str
    year: int


class _Id(NamedTuple):
    id: UUID


_FOR_CLASS = Prepared(select(Notice.id).where(Notice.id == bindparam("id", type_=PG_UUID), FOR_CLASS_OF_READER), _Id)
_GROUPS = Prepared(
    select(ClassGroup.id, ClassGroup.name, ClassGroup.year)
    .where(or_(ClassGroup.ended_at.is_(None), ClassGroup.id == bindparam("also", type_=PG_UUID)))
    .order_by(ClassGroup.year.desc(), ClassGroup.sort_key, ClassGroup.id),
    Group,
)


def notice(notice_id: UUID, now: dt.datetime) -> NoticeDetail | None:
    """One notice of the school, None if there is no such."""
    with reading() as cursor:
        found = _DETAIL.all(cursor, id=notice_id, now=now)
    return found[0] if found else None


def is_for(notice: NoticeDetail, role: str, reader: UUID | None, day: dt.date) -> bool:
    """Whether somebody may read a notice: it is for their role or a class of theirs, has begun and was not removed.

    One that is over stays readable.
    """
    if notice.state not in ("active", "past"):
        return False
    if notice.class_id is None:
        return notice.audience in audiences_of(role)
    with reading() as cursor:
        return bool(_FOR_CLASS.all(cursor, id=notice.id, reader=reader, day=day))


def groups(also: UUID | None = None) -> list[Group]:
    """The classes that go on, the newest year first, then by name; and the one in `also`."""
    with reading() as cursor:
        return _GROUPS.all(cursor, also=also)


def section(notice: NoticeDetail, language: str, school_language: str | None) -> Section:
    """A notice as the readers of one language see it."""
    shown = language_for(notice.title, language, school_language)
    return Section(language, shown, notice.title[shown], notice.message[shown])


def sections(notice: NoticeDetail, school_language: str | None) -> list[Section]:
    """A notice as the readers of each language see it, the school's language first."""
    return [section(notice, language, school_language) for language in wishes(school_language, None)]


def written(notice: Notice) -> list[Section]:
    """A stored notice in the languages in which it is written."""
    return [Section(code, code, title, notice.message[code]) for code, title in notice.title.items()]


class HowFar(NamedTuple):
    """What a message would reach if it went now, by audience, and for which text channels the school has a gateway."""

    reach: dict[str, Reach]
    connected: frozenset[str]


class Sent(NamedTuple):
    """How far a notice has come, and the first of those whom it did not reach; `rests` when nothing will happen soon."""

    progress: Progress
    missed: list[Recipient]
    rests: bool

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many people stand where, in the order of the page; without what nobody does."""
        counted = [(standing, getattr(self.progress, standing)) for standing in STANDINGS]
        return [(standing, number) for standing, number in counted if number]


def how_far(*, channel: str | None, urgent: bool, class_id: UUID | None = None) -> HowFar:
    """How many people of each audience a notice would reach on which channel; of a class where one is named."""
    with reading() as cursor:
        connected = gateways(cursor)
        return HowFar(
            reach(cursor, channel=channel, urgent=urgent, connected=channel in connected, class_id=class_id), connected
        )


def deliveries(notice: NoticeDetail, now: dt.datetime) -> Sent | None:
    """How far the messages of a notice have come; None until it is sent."""
    if notice.message_id is None:
        return None
    progress, missed = so_far(notice.message_id, MISSED_SHOWN)
    return Sent(progress, missed, progress.rests(now))
