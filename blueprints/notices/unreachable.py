"""Reads about what did not arrive: people without a working address, and messages that failed."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, and_, bindparam, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.notices import in_reach, language_in_reach, wished
from app.domain.people import UNREACHABLE
from app.domain.reasons import reason_for
from app.i18n.speech import speech
from app.models.delivery import Attempt, Delivery, State
from app.models.notice import Notice
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

LOOK_BACK = dt.timedelta(days=30)


class Unreachable(NamedTuple):
    """Somebody without a working address: there is none, or a mail server said at `flagged_at` that it does not work."""

    id: str
    name: str
    sort_key: str
    kind: str
    flagged_at: dt.datetime | None


class Failed(NamedTuple):
    """One mail of a notice that never arrived; the title in `language`, `event`, `code` and `answer` of the last try."""

    id: UUID
    notice_id: UUID
    title: str
    language: str
    name: str
    at: dt.datetime
    event: str | None
    code: int | None
    answer: str | None

    @property
    def reason(self) -> str:
        """Why, in the language of the reader."""
        return speech().gettext(reason_for(self.event, self.code, self.answer))


class HowMany(NamedTuple):
    """A count."""

    number: int


_OF_NOTICE = and_(Notice.school_id == Delivery.school_id, Notice.message_id == Delivery.message_id)
_FAILED: ColumnElement[bool] = and_(
    Delivery.state == State.DEAD.value, Delivery.ended_at >= bindparam("since", type_=DateTime(timezone=True))
)
_HOW_MANY_FAILED = Prepared(
    select(func.count().label("number")).select_from(Delivery).join(Notice, _OF_NOTICE).where(_FAILED), HowMany
)


def without_address(after: Key | None) -> Page[Unreachable]:
    """The people without a working address, by name; those behind `after`."""
    values: dict[str, object] = dict(zip(("after_name", "after_id"), after or (), strict=False))
    with reading() as cursor:
        rows = _without(after is not None).all(cursor, **values)
    return cut(rows, lambda row: (row.sort_key, row.id))


def failed(*, language: str, school_language: str | None, now: dt.datetime, after: Key | None) -> Page[Failed]:
    """The mails of notices that failed for good within LOOK_BACK, newest first; those before `after`."""
    values: dict[str, object] = dict(zip(("after_at", "after_id"), after or (), strict=False))
    with reading() as cursor:
        rows = _dead(after is not None).all(cursor, since=now - LOOK_BACK, **values, **wished(language, school_language))
    return cut(rows, lambda row: (row.at, row.id))


def how_many_failed(now: dt.datetime) -> int:
    """How many mails `failed` lists."""
    with reading() as cursor:
        return _HOW_MANY_FAILED.all(cursor, since=now - LOOK_BACK)[0].number


@cache
def _without(later: bool) -> Prepared[Unreachable]:
    statement = (
        select(
            cast(Person.id, Text).label("id"), Person.name, Person.sort_key, Person.kind,
            Person.email_flagged_at.label("flagged_at"),
        )
        .where(UNREACHABLE)
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE + 1)
    )  # fmt: skip
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, Unreachable)


@cache
def _dead(older: bool) -> Prepared[Failed]:
    statement = (
        select(
            Delivery.id, Notice.id.label("notice_id"), in_reach(Notice.title).label("title"),
            language_in_reach(Notice.title).label("language"), Person.name, Delivery.ended_at.label("at"),
            Attempt.event, Attempt.code, Attempt.answer,
        )
        .select_from(Delivery)
        .join(Notice, _OF_NOTICE)
        .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id))
        .outerjoin(
            Attempt,
            and_(
                Attempt.school_id == Delivery.school_id, Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.tries
            ),
        )
        .where(_FAILED)
        .order_by(Delivery.ended_at.desc(), Delivery.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if older:
        key = tuple_(bindparam("after_at", type_=Delivery.ended_at.type), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Delivery.ended_at, Delivery.id) < key)
    return Prepared(statement, Failed)
