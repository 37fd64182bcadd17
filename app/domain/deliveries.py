"""What became of a message: who was to get it, how many did, and why not, in words that a school understands."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, DateTime, Text, and_, any_, bindparam, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.people import HAS_NONE, IS_EXPECTED, KINDS, UNREACHABLE
from app.domain.reasons import reason_for
from app.i18n.speech import speech
from app.models.delivery import Attempt, Delivery, State
from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Person
from app.tenancy.reading import Prepared, reading

MOST_FAILURES = 500


class Progress(NamedTuple):
    """The people whom a message is for, each counted once.

    `accepted` means that the mail server took it, not that it was read; `failed` will not be tried again; `no_address` have
    none that works, and so no delivery. A learner without one is not counted: nobody misses it (`app.domain.people`).
    """

    queued: int
    accepted: int
    retrying: int
    failed: int
    no_address: int

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.queued == self.retrying == 0


class Failure(NamedTuple):
    """A person whom a message did not reach. `code` and `answer` are the mail server's own, for those who can read them."""

    person_id: UUID
    person: str
    at: dt.datetime
    event: str | None
    code: int | None
    answer: str | None

    @property
    def reason(self) -> str:
        """Why, in the language of the reader."""
        return speech().gettext(reason_for(self.event, self.code, self.answer))


class _Sent(NamedTuple):
    """`at` is when the deliveries were made; until then `waiting`."""

    audience: str
    person: UUID | None
    at: dt.datetime
    waiting: bool


class _Number(NamedTuple):
    number: int


_MESSAGE: ColumnElement[UUID] = bindparam("message", type_=PG_UUID)
_WAITING: ColumnElement[bool] = bindparam("waiting", type_=Boolean)
_AT: ColumnElement[dt.datetime] = bindparam("at", type_=DateTime(timezone=True))
_HAS_FAILED = Delivery.state.in_([State.DEAD.value, State.DISCARDED.value])
_NO_DELIVERY = Delivery.id.is_(None)

_SENT = Prepared(
    select(
        Message.audience, Message.person_id.label("person"),
        func.coalesce(
            select(func.min(Delivery.created_at)).where(Delivery.message_id == _MESSAGE).scalar_subquery(), Message.created_at
        ).label("at"),
        select(Outbox.id)
        .where(Outbox.subject == _MESSAGE, Outbox.job == "delivery.fan_out", Outbox.done_at.is_(None))
        .exists()
        .label("waiting"),
    ).where(Message.id == _MESSAGE),
    _Sent,
)  # fmt: skip
_WAS_FOR = and_(
    or_(Person.id == bindparam("person", type_=PG_UUID), Person.kind == any_(bindparam("kinds", type_=ARRAY(Text)))),
    Person.created_at <= _AT,
    or_(Person.ended_at.is_(None), Person.ended_at > _AT),
    IS_EXPECTED,
)
_COMING = and_(_WAITING, _NO_DELIVERY, not_(HAS_NONE))
_PROGRESS = Prepared(
    select(
        func.count().filter(or_(Delivery.state.in_([State.QUEUED.value, State.SENDING.value]), _COMING)).label("queued"),
        func.count().filter(Delivery.state == State.SENT.value).label("accepted"),
        func.count().filter(Delivery.state == State.DEFERRED.value).label("retrying"),
        func.count().filter(_HAS_FAILED).label("failed"),
        func.count().filter(_NO_DELIVERY, not_(_COMING)).label("no_address"),
    )
    .select_from(Person)
    .outerjoin(
        Delivery,
        and_(
            Delivery.school_id == Person.school_id, Delivery.person_id == Person.id, Delivery.message_id == _MESSAGE,
            Delivery.state != State.DEMOTED.value,  # the channel that took over counts
        ),
    )
    .where(or_(Delivery.id.is_not(None), _WAS_FOR)),
    Progress,
)  # fmt: skip
_FAILURES = Prepared(
    select(
        Person.id.label("person_id"), Person.name.label("person"), Delivery.ended_at.label("at"), Attempt.event, Attempt.code,
        Attempt.answer,
    )
    .select_from(Delivery)
    .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id))
    .outerjoin(
        Attempt,
        and_(
            Attempt.school_id == Delivery.school_id, Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.tries
        ),
    )
    .where(Delivery.message_id == _MESSAGE, _HAS_FAILED)
    .order_by(Person.sort_key, Person.id)
    .limit(MOST_FAILURES),
    Failure,
)  # fmt: skip
_FAILED = Prepared(
    select(func.count().label("number")).select_from(Delivery).where(
        Delivery.state == State.DEAD.value, Delivery.ended_at >= bindparam("since", type_=DateTime(timezone=True))
    ),
    _Number,
)  # fmt: skip
_WITHOUT_ADDRESS = Prepared(
    select(func.count().label("number")).select_from(Person).where(
UNREACHABLE),
    _Number,
)  # fmt: skip


def progress(message_id: UUID) -> Progress:
    """How far a message has come. All zeros for one that is not of the current school."""
    with reading() as cursor:
        found = _SENT.all(cursor, message=message_id)
        if not found:
            return Progress(0, 0, 0, 0, 0)
        (sent,) = found
        kinds = [] if sent.person else list(KINDS[sent.audience])
        values = {"person": sent.person, "kinds": kinds, "at": sent.at, "waiting": sent.waiting}
        return _PROGRESS.all(cursor, message=message_id, **values)[0]


def failures(message_id: UUID) -> list[Failure]:
    """Whom a message did not reach and why, by name; at most MOST_FAILURES."""
    with reading() as cursor:
        return _FAILURES.all(cursor, message=message_id)


def failed_count(since: dt.datetime) -> int:
    """How many deliveries have failed for good since a moment."""
    with reading() as cursor:
        return _FAILED.all(cursor, since=since)[0].number


def people_without_address_count() -> int:
    """How many people of the school have no address that works and should."""
    with reading() as cursor:
        return _WITHOUT_ADDRESS.all(cursor)[0].number
