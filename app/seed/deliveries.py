"""Deliveries of a message that are over, with their attempts and batches, as the product would have written them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import update

from app.audit.record import Target, record
from app.delivery.fan_out import BATCH
from app.delivery.quiet import Window, quiet_until, window
from app.delivery.states import GIVE_UP, Channel, Event, State
from app.domain import causes
from app.ids import uuid7
from app.models.delivery import Attempt, Delivery, Instead
from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Person
from app.models.progress import Course
from app.models.school import School
from app.seed.fates import DEEDS, Fate, Try, Way
from app.seed.filling import fill
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work import progress

FANNED_OUT = dt.timedelta(seconds=1)  # after the start
FIRST, EACH = dt.timedelta(seconds=1.4), dt.timedelta(milliseconds=30)
TAKES_OVER = dt.timedelta(seconds=0.8)  # from the end on one channel to the first try on the next
LOOKED = dt.timedelta(minutes=2)  # from the end of the work until its author has looked
PUSH_SERVICES = ("fcm.googleapis.com",) * 4 + ("updates.push.services.mozilla.com", "web.push.apple.com")


class Addressee(NamedTuple):
    """Somebody of the audience, and how they could and wanted to be reached."""

    id: UUID
    name: str
    has_email: bool
    flagged_at: dt.datetime | None
    wants_push: bool
    unsubscribed_at: dt.datetime | None
    quiet: Window | None

    def is_mailed(self, begun: dt.datetime, *, urgent: bool) -> bool:
        """Whether mail went to them at that moment."""
        left = None if urgent else self.unsubscribed_at
        return self.has_email and all(end is None or end > begun for end in (self.flagged_at, left))

    def fits(self, fate: Fate, *, is_mailed: bool, urgent: bool) -> bool:
        """Whether this can become of a message to them: without mail only where push suffices, or is all that they have."""
        channels = {way.channel for way in fate}
        if Channel.PUSH in channels and not (urgent or self.wants_push):
            return False
        if Channel.EMAIL in channels:
            return is_mailed
        return not is_mailed or (not urgent and fate[-1].state(is_followed=False) is State.SENT)


class Past:
    """Deliveries, attempts and batches of one message as the product makes them; each table is one statement."""

    def __init__(self, message: Message, begun: dt.datetime, now: dt.datetime, why: str) -> None:
        self.message, self.begun, self.now, self.why = message, begun, now, why
        self.school = db.session.get_one(School, current_school_id())
        self.random = Random(message.url)  # noqa: S311  not a secret
        self.number, self.through = 0, begun
        self.batches: dict[tuple[Channel, int], list[dict[str, Any]]] = defaultdict(list)
        self.attempts: list[dict[str, Any]] = []
        self.deeds: list[tuple[UUID, Addressee, Try, dt.datetime]] = []

    def add(self, one: Addressee, fate: Fate) -> None:
        """What became of the message for one person."""
        created_at, first = self.begun + FANNED_OUT, self._first(one)
        for place, way in enumerate(fate):
            ended_at = first + way.ended
            self.through = max(self.through, first + way.through)
            self._deliver(one, way, place, created_at, first, is_followed=place < len(fate) - 1)
            if not self.message.urgent:
                created_at, first = ended_at, ended_at + TAKES_OVER
        self.number += 1

    def _first(self, one: Addressee) -> dt.datetime:
        """When its turn came, or the quiet hours in which it came were over."""
        turn = self.begun + FIRST + self.number * EACH
        if self.message.urgent:
            return turn
        ours = window(self.school.quiet_from, self.school.quiet_until)
        ends = quiet_until(turn, self.school.timezone, ours, one.quiet)
        return turn if ends is None or ends > self.now else ends

    def _deliver(
        self, one: Addressee, way: Way, place: int, created_at: dt.datetime, first: dt.datetime, *, is_followed: bool
    ) -> None:  # fmt: skip
        id, state, number = uuid7(), way.state(is_followed=is_followed), 0
        provider = self.random.choice(PUSH_SERVICES) if way.channel is Channel.PUSH else way.channel.value
        for number, each in way.numbered():
            is_try = each.event not in DEEDS
            pushed = is_try and way.channel is Channel.PUSH
            self.attempts.append({
                "id": uuid7(), "delivery_id": id, "number": number, "at": first + each.after, "event": each.event.value,
                "code": each.code, "answer": each.answer,
                "provider": provider if is_try or each.event is Event.BOUNCED else None,
                "milliseconds": self.random.randrange(60, 420) if pushed else None,
            })  # fmt: skip
            if not is_try:
                self.deeds.append((id, one, each, first + each.after))
        last = next(each for each in reversed(way.tries) if each.event not in (Event.RETRY, Event.DISCARD))
        by_itself = place == 0 or self.message.urgent
        self.batches[way.channel, place].append({
            "id": id, "message_id": self.message.id, "person_id": one.id, "channel": way.channel.value, "state": state.value,
            "due_at": first + way.last.after, "give_up_at": max(created_at, first - FIRST) + GIVE_UP, "tries": number,
            "put_off": sum(each.event in (Event.TEMPORARY, Event.UNSURE) for each in way.tries),
            "instead": Instead.NOT_CONNECTED.value if self.message.channel and by_itself else None,
            "reason": None if last.event is Event.ACCEPTED else last.answer,
            "discard_reason": self.why if state is State.DISCARDED else None,
            "cause": causes.write(way.channel, last.event, last.code, last.answer) if state is State.DEAD else "",
            "created_at": created_at, "ended_at": first + way.ended,
        })  # fmt: skip

    def store(self, *, label: str, author_id: UUID) -> None:
        """Everything that was added, what was done by people with its audit, and that the author has seen how it went."""
        batches: list[dict[str, Any]] = []
        deliveries: list[dict[str, Any]] = []
        for of_channel in self.batches.values():
            for at in range(0, len(of_channel), BATCH):
                part, batch_id = of_channel[at : at + BATCH], uuid7()
                done_at = max(each["due_at"] for each in part)
                batches.append({
                    "id": batch_id, "job": "delivery.send", "subject": self.message.id,
                    "queue": "urgent" if self.message.urgent else "bulk", "due_at": done_at, "runs": 1,
                    "created_at": min(each["created_at"] for each in part), "done_at": done_at,
                })  # fmt: skip
                deliveries += ({**each, "batch_id": batch_id} for each in part)
        fill(Outbox, batches)
        fill(Delivery, deliveries)
        fill(Attempt, self.attempts)
        for deed in self.deeds:
            self._done(*deed)
        if deliveries:
            self._seen(label, author_id, deliveries)

    def _done(self, id: UUID, one: Addressee, deed: Try, at: dt.datetime) -> None:
        target = Target("delivery", id)
        if deed.event is Event.BOUNCED:
            db.session.execute(update(Person).where(Person.id == one.id).values(email_flagged_at=at))
            record("deliveries.bounce", target, label=one.name, after={"code": deed.code, "answer": deed.answer})
        elif deed.event is Event.RETRY:
            record("deliveries.retry", target, label=one.name, after={"number": 1})
        else:
            record("deliveries.discard", target, label=one.name, after={"number": 1, "why": self.why})

    def _seen(self, label: str, author_id: UUID, deliveries: Sequence[Mapping[str, Any]]) -> None:
        sent = sum(each["state"] != State.DEMOTED for each in deliveries)
        work = progress.start("send", self.message.id, person_id=author_id, label=label, url=self.message.url, total=sent)
        work.state, work.done, work.created_at = Course.DONE.value, sent, self.begun + FANNED_OUT
        work.ended_at, work.seen_at = self.through, min(self.through + LOOKED, self.now)
