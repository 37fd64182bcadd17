"""What waits to be delivered while its school is suspended, and what becomes of it when the school is back.

What is too late then is discarded, with the reason: a notice that is over, and an urgent message of more than a day ago. The
rest goes out, and has as much time left to be tried as it had when the school was suspended. Works across schools.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from app.delivery.bring_home import UNMOVED
from app.delivery.fan_out import FAN_OUT, asked_of
from app.delivery.states import STEPS, Event
from app.models.delivery import Delivery
from app.models.message import Message
from app.models.notice import Notice
from app.models.outbox import Outbox
from app.tenancy.reading import Bulk, driving
from app.work import progress

EXPIRED = "expired while the school was suspended"  # in the rows; people read `app.domain.reasons.EXPIRED`
URGENT = timedelta(hours=24)  # in which something urgent is worth saying
FAN = "delivery.fan_out"

# A worker that still holds one of them writes down itself what came of it.
EXPIRE = Bulk("""
WITH gone AS (
    UPDATE delivery SET state = %(to)s, discard_reason = %(why)s, ended_at = now()
    WHERE school_id = %(school)s AND ended_at IS NULL AND message_id = ANY (%(messages)s) AND state = ANY (%(from)s)
    AND (state <> 'sending' OR due_at <= now()) RETURNING id, message_id, tries, give_up_at > created_at + %(day)s AS postponed
), noted AS (
    INSERT INTO attempt (school_id, id, delivery_id, number, event)
    SELECT %(school)s, uuid7(), id, tries, %(event)s FROM gone
)
SELECT message_id, count(*) AS number, count(*) FILTER (WHERE NOT postponed) AS done FROM gone GROUP BY message_id
""")
# Whose end lies more than a day off is one that nobody waits for at a bar: it counts as done there (see UNMOVED).
MOVE = Bulk("""
WITH moved AS (
    UPDATE delivery SET give_up_at = give_up_at + (now() - greatest(%(since)s, created_at))
    WHERE school_id = %(school)s AND ended_at IS NULL
    RETURNING message_id, give_up_at > created_at + %(day)s
        AND give_up_at - (now() - greatest(%(since)s, created_at)) <= created_at + %(day)s AS postponed
)
SELECT message_id, count(*) AS number, count(*) FILTER (WHERE postponed) AS done FROM moved GROUP BY message_id
""")


class Held(NamedTuple):
    """Deliveries that wait and will go out, those that are too late, and messages whose recipients are not looked up yet."""

    going: int
    expired: int
    unread: int


def held(session: Session, school_id: int) -> Held:
    """What waits in a school, by what would become of it now."""
    open_ones = (
        select(func.count().filter(~_is_over()), func.count().filter(_is_over()))
        .select_from(Delivery)
        .join(Message, and_(Message.school_id == Delivery.school_id, Message.id == Delivery.message_id))
        .where(Delivery.school_id == school_id, Delivery.ended_at.is_(None))
    )
    going, expired = session.execute(open_ones).one()
    unread = session.scalar(select(func.count(Outbox.id)).where(*_is_unread(school_id)))
    return Held(going, expired, unread or 0)


def release(session: Session, school_id: int, *, since: datetime) -> Held:
    """Discard what is too late and give the rest its time back: the suspension began at `since`. Returns how many of each."""
    over = _over(session, school_id)
    with driving() as cursor:
        for message in over:
            _look_up(session, cursor, message)
        sources, to, _ = STEPS[Event.EXPIRED]
        gone = EXPIRE.run_across(
            cursor, school_id, messages=[message.id for message in over], why=EXPIRED, to=to.value, event=Event.EXPIRED.value,
            day=UNMOVED, **{"from": sorted(sources)},
        ).fetchall()  # fmt: skip
        moved = MOVE.run_across(cursor, school_id, since=since, day=UNMOVED).fetchall()
    for row in (*gone, *moved):
        progress.advance(row.message_id, done=row.done)
    unread = session.scalar(select(func.count(Outbox.id)).where(*_is_unread(school_id)))
    return Held(sum(row.number for row in moved), sum(row.number for row in gone), unread or 0)


def _over(session: Session, school_id: int) -> list[Message]:
    """The messages of a school that are too late and of which something is still to be done."""
    waiting = select(Delivery.id).where(
        Delivery.school_id == school_id, Delivery.message_id == Message.id, Delivery.ended_at.is_(None)
    )
    unread = select(Outbox.id).where(*_is_unread(school_id), Outbox.subject == Message.id)
    found = select(Message).where(Message.school_id == school_id, _is_over(), or_(waiting.exists(), unread.exists()))
    return list(session.scalars(found.order_by(Message.id)))


def _look_up(session: Session, cursor: Cursor[Any], message: Message) -> None:
    """File the deliveries of a message that nobody was looked up for, so that each of its readers sees what became of it."""
    closing = update(Outbox).where(*_is_unread(message.school_id), Outbox.subject == message.id)
    done = closing.values(done_at=func.now(), leased=False).returning(Outbox.id)
    if session.execute(done, execution_options={"synchronize_session": False}).first():
        FAN_OUT.run_across(cursor, message.school_id, **asked_of(message))


def _is_unread(school_id: int) -> tuple[ColumnElement[bool], ...]:
    """Of a row of the outbox: whether it is still to look up for whom a message is."""
    return Outbox.school_id == school_id, Outbox.job == FAN, Outbox.done_at.is_(None)


def _is_over() -> ColumnElement[bool]:
    """Of a message: whether it is too late to send it."""
    ended = select(Notice.id).where(
        Notice.school_id == Message.school_id, Notice.message_id == Message.id, Notice.ends_at <= func.now()
    )
    return or_(ended.exists(), and_(Message.urgent, Message.created_at < func.now() - URGENT))
