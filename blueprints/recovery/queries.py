"""Reads of failed deliveries across schools, inside `across_schools`.

Nobody's name is read, and of an address no more than tells what is wrong with it: an operator mends ways, a school its people.
Every read goes along an index that holds failed deliveries alone, so that it costs the same however many schools there are.
What is deferred is not here: it is tried again by itself and stands here when that was in vain, after a day at the latest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from app.delivery.dead_letters import IS_DEAD
from app.domain.causes import read
from app.domain.last_try import DEEDS, IS_LAST_TRY
from app.i18n.speech import speech
from app.models.delivery import Attempt, Channel, Delivery
from app.models.message import MessageText
from app.models.person import Person
from app.models.recovery import RecoveryRun
from app.models.school import School, is_open
from app.web.paging import PAGE, Key, Page, cut
from blueprints.recovery.choice import AGES, Choice, Tally

MOST_SCHOOLS = 8  # of those with the most failures
SHOWN_FOR = dt.timedelta(days=1)  # after its end, on the list


class Letter(NamedTuple):
    """A delivery that failed, or that had. `whither` is the domain of a mail's address, or the beginning of a phone number.

    `code` and `answer` are the provider's own at the last try. `flagged`: it is a mail, and the address is known not to work.
    `forgotten`: its text has been deleted, so that there is nothing left to send.
    """

    school_id: int
    id: UUID
    school: str
    state_of_school: str
    channel: str
    state: str
    at: dt.datetime
    cause: str
    discard_reason: str | None
    message_id: UUID
    person_id: UUID
    kind: str
    whither: str | None
    event: str | None
    code: int | None
    answer: str | None
    provider: str | None
    tries: int
    flagged: bool
    forgotten: bool

    @property
    def is_dead(self) -> bool:
        """Whether it has failed, and nobody has dealt with it since."""
        return self.state == "dead"

    @property
    def is_open(self) -> bool:
        """Whether its school is open: one that is suspended sends nothing."""
        return is_open(self.state_of_school)

    @property
    def words(self) -> str:
        """Why it failed, in English: a message to be translated."""
        return read(self.cause, self.channel).words

    @property
    def reason(self) -> str:
        """Why it failed, in the language of the reader."""
        return speech().gettext(self.words)


class OfSchool(NamedTuple):
    """How many failed in a school, and since when; `schools` is in how many there are any."""

    id: int
    name: str
    state: str
    number: int
    oldest: dt.datetime
    schools: int


class Held(NamedTuple):
    """Of chosen failed deliveries: all, in how many schools, and those that cannot be sent again as they are."""

    number: int
    schools: int
    suspended: int
    suspended_schools: int
    flagged: int
    forgotten: int

    @property
    def able(self) -> int:
        """How many can."""
        return self.number - self.suspended - self.flagged - self.forgotten


_FLAGGED: ColumnElement[bool] = and_(
    Delivery.channel == Channel.EMAIL.value, or_(Person.email.is_(None), Person.email_flagged_at.is_not(None))
)
_FORGOTTEN: ColumnElement[bool] = ~(
    select(MessageText.id)
    .where(MessageText.school_id == Delivery.school_id, MessageText.message_id == Delivery.message_id)
    .exists()
)
_WHITHER = case(
    (Delivery.channel == Channel.EMAIL.value, func.split_part(Person.email, "@", 2)),
    (Delivery.channel.in_((Channel.SMS.value, Channel.WHATSAPP.value)), func.left(Person.phone, 3)),
)
_TRIED = (
    select(func.count())
    .where(Attempt.school_id == Delivery.school_id, Attempt.delivery_id == Delivery.id, Attempt.event.not_in(DEEDS))
    .correlate(Delivery)
    .scalar_subquery()
)
_IS_PERSON = and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id)
_LETTERS = (
    select(
        Delivery.school_id, Delivery.id, School.name, School.state, Delivery.channel, Delivery.state,
        func.coalesce(Delivery.ended_at, Delivery.created_at), Delivery.cause, Delivery.discard_reason, Delivery.message_id,
        Delivery.person_id, Person.kind, _WHITHER, Attempt.event, Attempt.code, Attempt.answer, Attempt.provider, _TRIED,
        _FLAGGED, _FORGOTTEN,
    )
    .select_from(Delivery)
    .join(School, School.id == Delivery.school_id)
    .join(Person, _IS_PERSON)
    .outerjoin(Attempt, IS_LAST_TRY)
)  # fmt: skip


def tallies(session: Session, schools: Sequence[int] | None, now: dt.datetime) -> list[Tally]:
    """How many failed for each cause on each channel, by age; in some schools, or in all."""
    older = (func.count().filter(Delivery.ended_at < now - age) for age in AGES.values())
    found = (
        select(Delivery.cause, Delivery.channel, func.count(), *older, func.min(Delivery.ended_at))
        .where(IS_DEAD)
        .group_by(Delivery.cause, Delivery.channel)
    )
    if schools is not None:
        found = found.where(Delivery.school_id.in_(schools))
    return [Tally._make(row) for row in session.execute(found)]


def worst_schools(session: Session, choice: Choice) -> list[OfSchool]:
    """The schools in which the most of what is meant failed, at most MOST_SCHOOLS."""
    number, oldest = func.count().label("number"), func.min(Delivery.ended_at).label("oldest")
    counted = (
        select(Delivery.school_id, number, oldest, func.count().over().label("schools"))
        .where(_meant(choice))
        .group_by(Delivery.school_id)
        .order_by(number.desc(), Delivery.school_id)
        .limit(MOST_SCHOOLS)
        .subquery()
    )
    found = (
        select(School.id, School.name, School.state, counted.c.number, counted.c.oldest, counted.c.schools)
        .join(counted, counted.c.school_id == School.id)
        .order_by(counted.c.number.desc(), School.id)
    )
    return [OfSchool(*row) for row in session.execute(found)]


def letters(session: Session, choice: Choice, *, oldest_first: bool = False, after: Key | None = None) -> Page[Letter]:
    """What is meant, the newest first (or the oldest); what lies behind `after`."""
    key = tuple_(Delivery.ended_at, Delivery.id)
    meant = [_meant(choice)]
    if after:
        meant.append(key > after if oldest_first else key < after)
    order = (Delivery.ended_at, Delivery.id) if oldest_first else (Delivery.ended_at.desc(), Delivery.id.desc())
    chosen = _first(choice, meant, order).subquery()
    is_chosen = and_(Delivery.school_id == chosen.c.school_id, Delivery.id == chosen.c.id)
    rows = [Letter._make(row) for row in session.execute(_LETTERS.join(chosen, is_chosen).order_by(*order))]
    return cut(rows, lambda row: (row.at, row.id))


def _first(choice: Choice, meant: list[ColumnElement[bool]], order: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """The keys of the first of what is meant. Causes are read one by one, each along the index that begins with it."""
    keys = select(Delivery.school_id, Delivery.id, Delivery.ended_at).where(*meant).order_by(*order).limit(PAGE + 1)
    if choice.causes is None or choice.schools is not None:
        return keys
    causes = func.unnest(literal(list(choice.causes), ARRAY(Text))).table_valued("cause").render_derived()
    of_cause = keys.where(Delivery.cause == causes.c.cause).lateral()
    direction: list[ColumnElement[Any]] = [of_cause.c.ended_at, of_cause.c.id]
    if order[0] is not Delivery.ended_at:
        direction = [column.desc() for column in direction]
    of_all = select(of_cause.c.school_id, of_cause.c.id).select_from(causes.join(of_cause, true()))
    return of_all.order_by(*direction).limit(PAGE + 1)


def letter(session: Session, school_id: int, delivery_id: UUID) -> Letter | None:
    """One delivery that failed, or that had and was dealt with; None if there is no such."""
    wanted = _LETTERS.where(Delivery.school_id == school_id, Delivery.id == delivery_id)
    found = session.execute(wanted).one_or_none()
    return None if found is None else Letter._make(found)


def held(session: Session, choice: Choice) -> Held:
    """How many there are of what is meant, and how many of them cannot go again."""
    closed = ~School.is_open
    found = (
        select(
            func.count(), func.count(distinct(Delivery.school_id)), func.count().filter(closed),
            func.count(distinct(Delivery.school_id)).filter(closed),
            func.count().filter(~closed, _FLAGGED, ~_FORGOTTEN), func.count().filter(~closed, _FORGOTTEN),
        )
        .select_from(Delivery)
        .join(School, School.id == Delivery.school_id)
        .join(Person, _IS_PERSON)
        .where(_meant(choice))
    )  # fmt: skip
    return Held(*session.execute(found).one())


def next_school(session: Session, choice: Choice, after: int) -> tuple[int, str] | None:
    """The first school behind the number `after` that has something of what is meant, and its state; None if none has."""
    found = (
        select(Delivery.school_id, School.state)
        .join(School, School.id == Delivery.school_id)
        .where(_meant(choice), Delivery.school_id > after)
        .order_by(Delivery.school_id)
        .limit(1)
    )
    row = session.execute(found).one_or_none()
    return None if row is None else (row.school_id, row.state)


def ids_in(session: Session, choice: Choice, school_id: int) -> list[UUID]:
    """What is meant in one school."""
    return list(session.scalars(select(Delivery.id).where(_meant(choice), Delivery.school_id == school_id)))


def runs(session: Session, now: dt.datetime) -> list[RecoveryRun]:
    """The runs that go on, and those that ended lately, the newest first; at most five."""
    shown = or_(RecoveryRun.ended_at.is_(None), RecoveryRun.ended_at > now - SHOWN_FOR)
    return list(session.scalars(select(RecoveryRun).where(shown).order_by(RecoveryRun.created_at.desc()).limit(5)))


def _meant(choice: Choice) -> ColumnElement[bool]:
    """The condition that a choice is."""
    parts: list[ColumnElement[bool]] = [IS_DEAD]
    if choice.channel:
        parts.append(Delivery.channel == choice.channel)
    if choice.causes is not None:
        parts.append(any_(literal(list(choice.causes), ARRAY(Text))) == Delivery.cause)
    if choice.schools is not None:
        parts.append(Delivery.school_id.in_(choice.schools))
    if choice.until:
        parts.append(Delivery.ended_at < choice.until)
    return and_(*parts)
