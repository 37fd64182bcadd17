"""How long what was sent is kept: texts of messages and the tries of their deliveries for a time that is a setting.

Messages, deliveries and their states stay, for they are the counts of a school; what was said, and what servers answered, goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, delete, select, tuple_
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import current_settings
from app.models.delivery import Attempt, Delivery
from app.models.message import Message, MessageText
from app.models.outbox import Outbox
from app.models.progress import Progress
from app.tenancy.database import db
from app.work.jobs import Task, job

BATCH = 5000  # rows that one transaction deletes
PROGRESS = timedelta(days=30)  # for which it is kept how work went that somebody waited for
_Open = aliased(Delivery)


@job("delivery.forget")
def forget(task: Task) -> datetime | None:
    """Delete what is older than the setting, in batches; returns when to go on, if time was up before the end."""
    for statement in _old(clock.now(), timedelta(days=current_settings().keep_messages)):
        while True:
            if task.time_left() <= 0:
                return clock.now()
            gone = db.session.execute(statement, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
            db.session.commit()
            if gone < BATCH:
                break
    return None


def _old(now: datetime, keep: timedelta) -> Iterator[Delete]:
    """What deletes one batch each."""
    before = now - keep
    texts = (
        select(MessageText.school_id, MessageText.id)
        .join(Message, (Message.school_id == MessageText.school_id) & (Message.id == MessageText.message_id))
        .where(Message.created_at < before, *_nothing_open(Message.school_id, Message.id))
    )
    yield delete(MessageText).where(tuple_(MessageText.school_id, MessageText.id).in_(texts.limit(BATCH)))
    tries = (
        select(Attempt.school_id, Attempt.id)
        .join(Delivery, (Delivery.school_id == Attempt.school_id) & (Delivery.id == Attempt.delivery_id))
        .where(Attempt.at < before, *_nothing_open(Delivery.school_id, Delivery.message_id))
    )
    yield delete(Attempt).where(tuple_(Attempt.school_id, Attempt.id).in_(tries.limit(BATCH)))
    ended = select(Progress.school_id, Progress.id).where(Progress.ended_at < now - PROGRESS)
    yield delete(Progress).where(tuple_(Progress.school_id, Progress.id).in_(ended.limit(BATCH)))


def _nothing_open(school_id: Any, message_id: Any) -> tuple[ColumnElement[bool], ...]:
    """That nothing of a message is still to be sent. Two conditions: the planner makes two joins of them."""
    deliveries = select(_Open.id).where(_Open.school_id == school_id, _Open.message_id == message_id, _Open.ended_at.is_(None))
    work = select(Outbox.id).where(Outbox.school_id == school_id, Outbox.subject == message_id, Outbox.done_at.is_(None))
    return ~deliveries.exists(), ~work.exists()
