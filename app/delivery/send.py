"""The job that sends one batch: claim, send, write everything back in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app import clock
from app.delivery import breaker
from app.delivery.fan_out import take_over
from app.delivery.journal import Busy, Journal
from app.delivery.senders import SENDERS, Batch
from app.delivery.states import BACKOFF, CHAIN, ENDS, STEPS, Event, Result, State, draw, step
from app.extensions import current_settings
from app.models.message import Message
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Bulk, driving
from app.work.jobs import Task, job
from app.work.queues import LEASE

CHANNEL = Bulk("SELECT channel FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s LIMIT 1")
CLAIM = Bulk("""
WITH due AS (
    SELECT school_id, id FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL
    AND state = ANY (%(from)s) AND due_at <= now() FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE delivery d SET state = 'sending', tries = tries + 1, due_at = now() + %(lease)s
    FROM due WHERE d.school_id = due.school_id AND d.id = due.id RETURNING d.*
)
SELECT m.id, m.tries, p.name, coalesce(p.language, s.language) AS language,
       CASE WHEN p.email_flagged_at IS NULL THEN p.email END AS email
FROM mine m JOIN person p ON p.school_id = m.school_id AND p.id = m.person_id JOIN school s ON s.id = m.school_id
WHERE m.school_id = %(school)s ORDER BY m.id
""")
TEXTS = Bulk("""
SELECT language, subject, body_text, body_html FROM message_text WHERE school_id = %(school)s AND message_id = %(message)s
""")
CLAIMED = Bulk("""
SELECT d.id, d.tries, d.unsure, d.created_at, p.email IS NOT NULL AND p.email_flagged_at IS NULL AS mailable
FROM delivery d JOIN person p ON p.school_id = d.school_id AND p.id = d.person_id
WHERE d.school_id = %(school)s AND d.id = ANY (%(id)s) AND d.state = 'sending' FOR UPDATE OF d
""")
RECORD = Bulk("""
WITH news AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(state)s::text[], %(due)s::timestamptz[], %(event)s::text[], %(code)s::int[],
                         %(answer)s::text[]) AS n (id, state, due_at, event, code, answer)
), moved AS (
    UPDATE delivery d SET state = n.state, due_at = n.due_at, unsure = n.event = 'unsure',
        tries = tries - (n.event = 'untried')::int, reason = CASE WHEN n.event <> 'accepted' THEN n.answer END,
        ended_at = CASE WHEN n.state = ANY (%(ends)s) THEN now() END
    FROM news n WHERE d.school_id = %(school)s AND d.id = n.id RETURNING d.id, d.tries, n.event, n.code, n.answer
)
INSERT INTO attempt (school_id, id, delivery_id, number, event, code, answer)
SELECT %(school)s, uuid7(), id, tries, event, code, answer FROM moved WHERE event <> 'untried'
""")
FLAG = Bulk("""
UPDATE person p SET email_flagged_at = now() FROM delivery d
WHERE d.school_id = %(school)s AND d.id = ANY (%(ids)s) AND p.school_id = d.school_id AND p.id = d.person_id
""")
OPEN = Bulk("""
SELECT min(due_at) AS due FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL
""")


@job("delivery.send")
def send_batch(task: Task) -> datetime | None:
    """Send what is due of one batch; returns when the rest is due, or None when every delivery has ended."""
    try:
        journal = Journal(current_settings().home / "journal", task.id)
    except Busy:
        return clock.now() + timedelta(seconds=1)
    again: datetime | None = clock.now()
    try:
        again = _send(task, journal)
    finally:
        journal.close(done=again is None)
    return again


@contextmanager
def committed() -> Iterator[Cursor[Any]]:
    """A cursor whose work is committed with the block: while mail is on its way, no transaction is open."""
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
        bring_home(cursor, task, channel, journal.left_over())
    journal.clear()
    with committed() as cursor:
        if closed := breaker.open_until(channel):
            return closed
        claimed = {"from": sorted(STEPS[Event.CLAIM][0]), "lease": LEASE}
        people = CLAIM.run(cursor, batch=task.id, **claimed).fetchall()
        results: dict[UUID, Result] = {}
        batch = _batch(cursor, task, people, results)
    if people:
        for result in SENDERS[channel](batch):
            if result.event is not Event.UNTRIED:
                journal.note(result)
            results[result.id] = result
    tries = {row.id: row.tries for row in people}
    handed_back = [Result(id, Event.UNTRIED) for id in tries.keys() - results.keys()]
    with committed() as cursor:
        bring_home(cursor, task, channel, [*results.values(), *handed_back], tries)
        rest = OPEN.run(cursor, batch=task.id).fetchone()
    journal.clear()
    due: datetime | None = rest.due if rest else None
    if due and people and all(r.event is Event.UNTRIED for r in results.values()):  # the provider takes nothing at all
        due = max(due, clock.now() + BACKOFF[min(task.runs, 4) - 1])
    return due


def _batch(cursor: Cursor[Any], task: Task, people: list[Any], results: Mapping[UUID, Result]) -> Batch:
    """Everything that a sender needs, so that it needs no database."""
    message, school = db.session.get_one(Message, (task.school_id, task.subject)), db.session.get_one(School, task.school_id)
    texts = {text.language: text for text in TEXTS.run(cursor, message=message.id)}
    return Batch(
        settings=current_settings(), school=school.name, reply_to=school.contact_email, url=message.url, texts=texts,
        people=people, done=results, time_left=task.time_left,
    )  # fmt: skip


def bring_home(
    cursor: Cursor[Any], task: Task, channel: str, results: list[Result], tries: Mapping[UUID, int] | None = None
) -> None:
    """Write results in bulk: states, attempts, who takes over, flagged addresses, the breaker.

    A delivery that has been claimed anew since `tries` was read is not ours any more and is left alone.
    """
    by_id = {result.id: result for result in results}
    if not by_id:
        return
    now, jitter, takes_over = clock.now(), draw(), CHAIN.get(channel)
    news: dict[str, list[Any]] = {key: [] for key in ("id", "state", "due", "event", "code", "answer")}
    for row in CLAIMED.run(cursor, id=list(by_id)).fetchall():
        if tries is not None and tries[row.id] != row.tries:
            continue
        result = by_id[row.id]
        to = step(
            result, now=now, tries=row.tries, unsure=row.unsure, created_at=row.created_at,
            fallback=takes_over is not None and row.mailable, jitter=jitter,
        )  # fmt: skip
        for key, value in zip(news, (row.id, to.state, to.due_at, to.event, result.code, result.answer or None), strict=True):
            news[key].append(value)
    RECORD.run(cursor, ends=sorted(ENDS), **news)
    if takes_over and (given_up := [id for id, state in zip(news["id"], news["state"], strict=True) if state is State.DEMOTED]):
        take_over(cursor, batch=task.id, channel=takes_over, deliveries=given_up)
    if bad := [result.id for result in results if result.bad_address]:
        FLAG.run(cursor, ids=bad)
    breaker.note_faults(channel, sum(result.provider_fault for result in results))
