"""The job that sends one batch: claim, send, write everything back in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app import clock
from app.delivery import breaker, texting
from app.delivery.batch import Batch
from app.delivery.bring_home import UNMOVED, bring_home
from app.delivery.journal import FOLDER, Busy, Journal
from app.delivery.quiet import quiet_until, window
from app.delivery.review_link import address_for
from app.delivery.senders import SENDERS
from app.delivery.states import BACKOFF, STEPS, Channel, Event, Result
from app.domain.channels import PIECES
from app.domain.emergencies import emergency_of
from app.extensions import current_settings
from app.models.message import Message
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Bulk, driving
from app.work import progress
from app.work.jobs import Task, job
from app.work.queues import LEASE

CHANNEL = Bulk("SELECT channel FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s LIMIT 1")
#: the quiet hours of the people of a batch, each once
WINDOWS = Bulk("""
SELECT DISTINCT c.quiet_from, c.quiet_until FROM delivery d
LEFT JOIN contact_preference c ON c.school_id = d.school_id AND c.person_id = d.person_id
WHERE d.school_id = %(school)s AND d.batch_id = %(batch)s AND d.ended_at IS NULL AND d.due_at <= now()
""")
#: who has these quiet hours waits until they are over. Its day in which to give up begins then, unless it had begun before.
POSTPONE = Bulk("""
UPDATE delivery d SET due_at = %(ends)s, give_up_at = d.give_up_at + (%(ends)s - now()) FROM delivery m
LEFT JOIN contact_preference c ON c.school_id = m.school_id AND c.person_id = m.person_id
WHERE d.school_id = %(school)s AND m.school_id = d.school_id AND m.id = d.id AND m.batch_id = %(batch)s AND m.ended_at IS NULL
AND m.due_at <= now() AND m.state = ANY (%(from)s)
AND c.quiet_from IS NOT DISTINCT FROM %(start)s::time AND c.quiet_until IS NOT DISTINCT FROM %(until)s::time
RETURNING m.give_up_at > m.created_at + %(day)s AS again
""")
CLAIM = Bulk(
    """
WITH due AS (
    SELECT school_id, id FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL
    AND state = ANY (%(from)s) AND due_at <= now() FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE delivery d SET state = 'sending', tries = tries + 1, due_at = now() + %(lease)s
    FROM due WHERE d.school_id = due.school_id AND d.id = due.id RETURNING d.*
)
SELECT m.id, m.tries, m.put_off, m.person_id, p.name, p.phone, coalesce(p.language, s.language) AS language,
       CASE WHEN p.email_flagged_at IS NULL THEN p.email END AS email,
       p.email IS NOT NULL AND p.email_flagged_at IS NULL AND NOT $by_email AS unsubscribed
FROM $people JOIN mine m ON p.school_id = m.school_id AND p.id = m.person_id
WHERE m.school_id = %(school)s ORDER BY m.id
""",
    **PIECES,
)
DEVICES = Bulk("""
SELECT person_id, id, endpoint, p256dh, auth, key_id FROM push_subscription
WHERE school_id = %(school)s AND person_id = ANY (%(people)s) ORDER BY id
""")
TEXTS = Bulk("""
SELECT language, subject, lock_screen, body_text, body_html FROM message_text
WHERE school_id = %(school)s AND message_id = %(message)s
""")
OPEN = Bulk("""
SELECT min(due_at) AS due FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL
""")


@job("delivery.send")
def send_batch(task: Task) -> datetime | None:
    """Send what is due of one batch; returns when the rest is due, or None when every delivery has ended."""
    try:
        journal = Journal(current_settings().home / FOLDER, school_id=task.school_id, batch=task.id, run=task.runs)
    except Busy:
        return clock.now() + timedelta(seconds=1)
    is_home = False
    try:
        again = _send(task, journal)
        is_home = True
    finally:
        journal.close(is_home=is_home)
    return again


@contextmanager
def committed() -> Iterator[Cursor[Any]]:
    """A cursor whose work is committed with the block: while messages are on their way, no transaction is open."""
    with driving() as cursor:
        yield cursor
        db.session.commit()


def _send(task: Task, journal: Journal) -> datetime | None:
    """One run of a batch whose journal is ours."""
    with committed() as cursor:
        first = CHANNEL.run(cursor, batch=task.id).fetchone()
        if first is None:
            return None
        channel: str = first.channel
        message = db.session.get_one(Message, (task.school_id, task.subject))
        bring_home(cursor, task, channel, message, journal.left_over())
    journal.clear()
    with committed() as cursor:
        if closed := breaker.open_until(channel):
            return closed
        school = db.session.get_one(School, task.school_id)
        if not message.urgent:
            _postpone(cursor, task, message, school)
        claimed = {"from": sorted(STEPS[Event.CLAIM][0]), "lease": LEASE, "urgent": message.urgent}
        people = CLAIM.run(cursor, batch=task.id, **claimed).fetchall()
        results: dict[UUID, Result] = {}
        batch = _batch(cursor, task, channel, message, school, people, results)
    if people:
        for result in SENDERS[channel](batch):
            if result.event is not Event.UNTRIED:
                journal.note(result)
            results[result.id] = result
    tries = {row.id: row.tries for row in people}
    handed_back = [Result(id, Event.UNTRIED) for id in tries.keys() - results.keys()]
    with committed() as cursor:
        bring_home(cursor, task, channel, message, [*results.values(), *handed_back], tries)
        rest = OPEN.run(cursor, batch=task.id).fetchone()
    journal.clear()
    due: datetime | None = rest.due if rest else None
    if due and results and all(r.event is Event.UNTRIED for r in results.values()):  # the provider takes nothing at all
        due = max(due, clock.now() + BACKOFF[min(task.runs, 4) - 1])
    return due


def _postpone(cursor: Cursor[Any], task: Task, message: Message, school: School) -> None:
    """Let wait whose quiet hours, or the school's, hold now. It is no try."""
    now, ours = clock.now(), window(school.quiet_from, school.quiet_until)
    for row in WINDOWS.run(cursor, batch=task.id).fetchall():
        if ends := quiet_until(now, school.timezone, ours, window(row.quiet_from, row.quiet_until)):
            waiting = POSTPONE.run(
                cursor, batch=task.id, ends=ends, start=row.quiet_from, until=row.quiet_until, day=UNMOVED,
                **{"from": sorted(STEPS[Event.CLAIM][0])},
            ).fetchall()  # fmt: skip
            progress.advance(message.id, done=sum(not each.again for each in waiting))  # nobody waits for them at a bar


def _batch(
    cursor: Cursor[Any], task: Task, channel: str, message: Message, school: School, people: list[Any],
    results: Mapping[UUID, Result],
) -> Batch:  # fmt: skip
    """Everything that a sender needs, so that it needs no database."""
    devices: dict[UUID, list[Any]] = defaultdict(list)
    if channel == Channel.PUSH:
        for device in DEVICES.run(cursor, people=[row.person_id for row in people]).fetchall():
            devices[device.person_id].append(device)
    texts = {text.language: text for text in TEXTS.run(cursor, message=message.id)}
    return Batch(
        settings=current_settings(), school_id=school.id, school=school.name, reply_to=school.answers_to,
        url=address_for(message, school), urgent=message.urgent, texts=texts, people=people, done=results,
        time_left=task.time_left, devices=devices,
        gateway=texting.opened(channel) if channel in texting.CHANNELS else None, asks=emergency_of(message) is not None,
    )  # fmt: skip
