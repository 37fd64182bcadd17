"""What became of a notice that was sent before the demo began: written down as done, and mailed to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.delivery.fan_out import BATCH
from app.delivery.publish import Text, send_message
from app.delivery.states import BACKOFF, Event, State
from app.domain.people import KINDS
from app.ids import uuid7
from app.models.delivery import Attempt, Delivery
from app.models.message import Message
from app.models.notice import Notice
from app.models.outbox import Outbox
from app.models.person import Person
from app.seed.filling import fill
from app.tenancy.database import db

FANNED_OUT = dt.timedelta(seconds=1)  # after the start
FIRST, EACH = dt.timedelta(seconds=1.4), dt.timedelta(milliseconds=30)
FEW = 60  # smaller audiences have no failures
FLAGGED_WITH = dt.timedelta(minutes=10)  # an address that was flagged so soon after the start was flagged by this message


class Try(NamedTuple):
    """One attempt, and what the mail server said."""

    after: dt.timedelta
    event: Event
    code: int
    answer: str


Fate = tuple[Try, ...]


def _after_waits(tries: int, event: Event, code: int, answer: str) -> Fate:
    """So many attempts that were to be tried again, by the product's own back-off, and the last."""
    waits = (sum(BACKOFF[:n], dt.timedelta()) for n in range(tries + 1))
    *before, last = waits
    later = Event.TEMPORARY
    return (*(Try(wait, later, 450, "4.7.1 Greylisted, try again later") for wait in before), Try(last, event, code, answer))


TAKEN: Fate = (Try(dt.timedelta(), Event.ACCEPTED, 250, "2.0.0 Ok: queued"),)
TAKEN_LATER = _after_waits(4, Event.ACCEPTED, 250, "2.0.0 Ok: queued")
NEVER_TAKEN = _after_waits(len(BACKOFF), Event.EXHAUSTED, 450, "4.7.1 Greylisted, try again later")
UNKNOWN: Fate = (Try(dt.timedelta(), Event.PERMANENT, 550, "5.1.1 Recipient address rejected: User unknown"),)
FULL: Fate = (Try(dt.timedelta(), Event.PERMANENT, 552, "5.2.2 The recipient's mailbox is over its quota"),)
REFUSED: Fate = (Try(dt.timedelta(), Event.PERMANENT, 554, "5.7.1 Message refused by the policy of the recipient's server"),)


def store_as_sent(notice: Notice, *, url: str, spared: Collection[UUID], now: dt.datetime) -> Message:
    """The message of a notice whose start has come, with a delivery for each person whom it went to; all of it is over.

    `spared` are persons whose mail arrived for sure. Must run in the transaction in which the notice is added: until the
    commit no worker sees the work, and then it is done.
    """
    texts = {code: Text(title, notice.message[code]) for code, title in notice.title.items()}
    begun = notice.starts_at
    message = send_message(audience=notice.audience, texts=texts, url=url, urgent=notice.urgent, due=begun)
    for work in db.session.scalars(select(Outbox).where(Outbox.subject == message.id, Outbox.done_at.is_(None))):
        work.runs, work.done_at = 1, begun + FANNED_OUT
    _file(message, _fates(notice, spared, now), begun)
    return message


def _fates(notice: Notice, spared: Collection[UUID], now: dt.datetime) -> dict[UUID, Fate]:
    """What became of each person's mail: most of it arrived, a few boxes were full, a few servers refused it."""
    people = db.session.execute(
        select(Person.id, Person.email_flagged_at)
        .where(Person.kind.in_(KINDS[notice.audience]), Person.email.is_not(None), Person.ended_at.is_(None))
        .order_by(Person.id)
    ).all()
    begun = notice.starts_at
    fates = {row.id: TAKEN for row in people if row.email_flagged_at is None or row.email_flagged_at > begun}
    if len(fates) >= FEW:
        random = Random(notice.id.bytes)  # noqa: S311  not a secret
        odd = [FULL, TAKEN_LATER, TAKEN_LATER, random.choice((REFUSED, FULL, NEVER_TAKEN))]
        safe = [fate for fate in odd if begun + fate[-1].after < now - FLAGGED_WITH]
        fates |= zip(random.sample([person for person in fates if person not in spared], len(safe)), safe, strict=True)
    flagged = (row for row in people if row.id in fates and row.email_flagged_at)
    return fates | {row.id: UNKNOWN for row in flagged if row.email_flagged_at - begun < FLAGGED_WITH}


def _file(message: Message, fates: dict[UUID, Fate], begun: dt.datetime) -> None:
    """Batches as the fan-out makes them, deliveries, attempts: each table in one statement."""
    batches: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    created_at = begun + FANNED_OUT
    for people in _batches(list(fates)):
        batch_id, ended = uuid7(), created_at
        for at, person_id in enumerate(people, len(deliveries)):
            fate, delivery_id, first = fates[person_id], uuid7(), begun + FIRST + at * EACH
            last = fate[-1]
            taken = last.event is Event.ACCEPTED
            ended = max(ended, first + last.after)
            deliveries.append({
                "id": delivery_id, "message_id": message.id, "person_id": person_id, "channel": "email", "batch_id": batch_id,
                "state": (State.SENT if taken else State.DEAD).value, "due_at": first + last.after, "tries": len(fate),
                "reason": None if taken else last.answer, "created_at": created_at, "ended_at": first + last.after,
            })  # fmt: skip
            attempts += (
                {
                    "id": uuid7(), "delivery_id": delivery_id, "number": number, "at": first + tried.after,
                    "event": tried.event.value, "code": tried.code, "answer": tried.answer,
                }
                for number, tried in enumerate(fate, 1)
            )  # fmt: skip
        batches.append({
            "id": batch_id, "job": "delivery.send", "subject": message.id, "queue": "urgent" if message.urgent else "bulk",
            "due_at": ended, "runs": 1, "created_at": created_at, "done_at": ended,
        })  # fmt: skip
    fill(Outbox, batches)
    fill(Delivery, deliveries)
    fill(Attempt, attempts)


def _batches(people: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for at in range(0, len(people), BATCH):
        yield people[at : at + BATCH]
