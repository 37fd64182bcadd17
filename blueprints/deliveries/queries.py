"""Reads of failed deliveries, shaped for the pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.delivery.dead_letters import ALIKE, IS_DEAD
from app.domain.last_try import IS_LAST_TRY
from app.domain.notices import in_reach, language_in_reach, wished
from app.domain.reasons import TAKEN, reason_for
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.delivery import Attempt, Channel, Delivery, Event
from app.models.message import Message, MessageText
from app.models.notice import Notice
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: what people did, which stands among the tries
DEEDS = {Event.RETRY.value: N_("Somebody had it tried again."), Event.DISCARD.value: N_("Somebody discarded it.")}
MOST = 100  # failed messages of one person on their page


class Letter(NamedTuple):
    """A delivery that failed, or that had; the title in `language`, `event`, `code` and `answer` of the last try.

    `notice_id` and `title` are None for what was no notice and has lost its text. `flagged`: it is a mail, and the address is
    known not to work. `forgotten`: its text has been deleted.
    """

    id: UUID
    person_id: UUID
    name: str
    channel: str
    is_dead: bool
    at: dt.datetime
    notice_id: UUID | None
    title: str | None
    language: str | None
    url: str
    event: str | None
    code: int | None
    answer: str | None
    flagged: bool
    forgotten: bool

    @property
    def reason(self) -> str:
        """Why, in the language of the reader."""
        return speech().gettext(reason_for(self.event, self.code, self.answer, self.channel))


class Try(NamedTuple):
    """One line of a delivery's history; `code` and `answer` are the provider's own."""

    delivery_id: UUID
    at: dt.datetime
    event: str
    code: int | None
    answer: str | None
    channel: str

    @property
    def words(self) -> str:
        """What happened, in the language of the reader."""
        if self.event == Event.ACCEPTED:
            return speech().gettext(TAKEN[self.channel])
        known = DEEDS.get(self.event) or reason_for(self.event, self.code, self.answer, self.channel)
        return speech().gettext(known)


class Held(NamedTuple):
    """Of the failed deliveries of a reason: all, and those that cannot be sent again as they are (see Letter)."""

    number: int
    flagged: int
    forgotten: int

    @property
    def able(self) -> int:
        """How many can."""
        return self.number - self.flagged - self.forgotten


_FLAGGED: ColumnElement[bool] = and_(
    Delivery.channel == literal_column(f"'{Channel.EMAIL.value}'"),
    or_(Person.email.is_(None), Person.email_flagged_at.is_not(None)),
)
_FORGOTTEN: ColumnElement[bool] = ~(
    select(MessageText.id)
    .where(MessageText.school_id == Delivery.school_id, MessageText.message_id == Delivery.message_id)
    .exists()
)
_IS_OF_KINDS: ColumnElement[bool] = any_(bindparam("kinds", type_=ARRAY(Text))) == ALIKE


def _of_text(column: Any) -> Any:
    """A column of the message's text in the reader's language, else the school's, else any."""
    first, second = bindparam("reader", type_=Text), bindparam("school_language", type_=Text)
    return (
        select(column)
        .where(MessageText.school_id == Delivery.school_id, MessageText.message_id == Delivery.message_id)
        .order_by((MessageText.language == first).desc(), (MessageText.language == second).desc(), MessageText.language)
        .limit(literal_column("1"))
        .correlate(Delivery)
        .scalar_subquery()
    )


def _letters() -> Select[Any]:
    """Every delivery with what a Letter holds, of whatever state."""
    return (
        select(
            Delivery.id, Person.id.label("person_id"), Person.name, Delivery.channel, IS_DEAD.label("is_dead"),
            func.coalesce(Delivery.ended_at, Delivery.created_at).label("at"), Notice.id.label("notice_id"),
            func.coalesce(in_reach(Notice.title), _of_text(MessageText.subject)).label("title"),
            case((Notice.id.is_not(None), language_in_reach(Notice.title)), else_=_of_text(MessageText.language))
            .label("language"),
            Message.url, Attempt.event, Attempt.code, Attempt.answer, _FLAGGED.label("flagged"), _FORGOTTEN.label("forgotten"),
        )
        .select_from(Delivery)
        .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id))
        .join(Message, and_(Message.school_id == Delivery.school_id, Message.id == Delivery.message_id))
        .outerjoin(Notice, and_(Notice.school_id == Delivery.school_id, Notice.message_id == Delivery.message_id))
        .outerjoin(Attempt, IS_LAST_TRY)
    )  # fmt: skip


def failed(
    *, language: str, school_language: str | None, channel: str = "", kinds: Sequence[str] | None = None, pattern: str = "",
    after: Key | None = None,
) -> Page[Letter]:  # fmt: skip
    """The failed deliveries, newest first, or those before `after`: of a channel, of a reason's `kinds`, to a person whose name
    holds `pattern`."""
    values = _reader(language, school_language)
    if channel:
        values["channel"] = channel
    if kinds is not None:
        values["kinds"] = list(kinds)
    if pattern:
        values["pattern"] = pattern
    if after:
        values["after_at"], values["after_id"] = after
    with reading() as cursor:
        rows = _failed(bool(channel), kinds is not None, bool(pattern), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.at, row.id))


def letter(delivery_id: UUID, *, language: str, school_language: str | None) -> Letter | None:
    """One delivery of the school, whether it failed or not; None if there is no such."""
    with reading() as cursor:
        found = _LETTER.all(cursor, id=delivery_id, **_reader(language, school_language))
    return found[0] if found else None


def failed_of(person_id: UUID, *, language: str, school_language: str | None) -> list[Letter]:
    """What failed to reach a person, newest first; at most MOST."""
    with reading() as cursor:
        return _OF_PERSON.all(cursor, person=person_id, **_reader(language, school_language))


def tries(deliveries: Iterable[UUID]) -> dict[UUID, list[Try]]:
    """What happened to deliveries, oldest first, by delivery; nothing for one whose attempts have been deleted."""
    found: dict[UUID, list[Try]] = defaultdict(list)
    with reading() as cursor:
        for row in _TRIES.all(cursor, ids=list(deliveries)):
            found[row.delivery_id].append(row)
    return found


def held(kinds: Sequence[str]) -> Held:
    """How many failed deliveries of a reason there are, and how many of them cannot go again."""
    with reading() as cursor:
        return _HELD.all(cursor, kinds=list(kinds))[0]


_LETTER = Prepared(_letters().where(Delivery.id == bindparam("id", type_=PG_UUID)), Letter)
_NEWEST_FIRST = (Delivery.ended_at.desc(), Delivery.id.desc())
_OF_PERSON = Prepared(
    _letters().where(IS_DEAD, Delivery.person_id == bindparam("person", type_=PG_UUID)).order_by(*_NEWEST_FIRST).limit(MOST),
    Letter,
)
_TRIES = Prepared(
    select(Attempt.delivery_id, Attempt.at, Attempt.event, Attempt.code, Attempt.answer, Delivery.channel)
    .join(Delivery, and_(Delivery.school_id == Attempt.school_id, Delivery.id == Attempt.delivery_id))
    .where(any_(bindparam("ids", type_=ARRAY(PG_UUID))) == Attempt.delivery_id)
    .order_by(Attempt.delivery_id, Attempt.at, Attempt.id),
    Try,
)
_HELD = Prepared(
    select(
        func.count().label("number"), func.count().filter(_FLAGGED, ~_FORGOTTEN).label("flagged"),
        func.count().filter(_FORGOTTEN).label("forgotten"),
    )
    .select_from(Delivery)
    .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id))
    .outerjoin(Attempt, IS_LAST_TRY)
    .where(IS_DEAD, _IS_OF_KINDS),
    Held,
)  # fmt: skip


@cache
def _failed(by_channel: bool, by_kinds: bool, by_search: bool, older: bool) -> Prepared[Letter]:
    statement = _letters().where(IS_DEAD).order_by(*_NEWEST_FIRST).limit(PAGE + 1)
    if by_channel:
        statement = statement.where(Delivery.channel == bindparam("channel", type_=Text))
    if by_kinds:
        statement = statement.where(_IS_OF_KINDS)
    if by_search:
        statement = statement.where(Person.name.ilike(bindparam("pattern", type_=Text), escape="\\"))
    if older:
        key = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Delivery.ended_at, Delivery.id) < key)
    return Prepared(statement, Letter)


def _reader(language: str, school_language: str | None) -> dict[str, object]:
    """The values that say which of a title's languages is shown."""
    return {"reader": language, "school_language": school_language, **wished(language, school_language)}
