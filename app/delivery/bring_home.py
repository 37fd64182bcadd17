"""What a run has learnt, written in bulk: states, attempts, who takes over, addresses, devices, the breaker, the progress."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app import clock
from app.delivery import breaker
from app.delivery.fan_out import take_over
from app.delivery.states import CHAIN, ENDS, GIVE_UP, Channel, Event, Result, State, draw, step
from app.domain import causes
from app.domain.channels import PIECES
from app.models.message import Message
from app.tenancy.reading import Bulk
from app.work import progress
from app.work.jobs import Task

#: whose `give_up_at` is later than that after it was made has waited for the end of quiet hours, or was sent again
UNMOVED = GIVE_UP + timedelta(minutes=1)
CLAIMED = Bulk(
    """
SELECT d.id, d.person_id, d.tries, d.put_off, d.unsure, d.give_up_at,
    d.give_up_at > d.created_at + %(day)s AS postponed, $by_push AS push, $by_email AS email
FROM $people JOIN delivery d ON p.school_id = d.school_id AND p.id = d.person_id
WHERE d.school_id = %(school)s AND d.id = ANY (%(id)s) AND d.state = 'sending' FOR UPDATE OF d
""",
    **PIECES,
)
RECORD = Bulk(
    """
WITH news AS (
    SELECT * FROM unnest(%(id)s::uuid[], %(state)s::text[], %(due)s::timestamptz[], %(event)s::text[], %(code)s::int[],
                         %(answer)s::text[], %(provider)s::text[], %(milliseconds)s::int[])
    AS n (id, state, due_at, event, code, answer, provider, milliseconds)
), moved AS (
    UPDATE delivery d SET state = n.state, due_at = n.due_at, unsure = n.event = 'unsure',
        tries = tries - (n.event = 'untried')::int, put_off = put_off + (n.state = 'deferred')::int,
        reason = CASE WHEN n.event <> 'accepted' THEN n.answer END, cause = CASE WHEN n.state = 'dead' THEN $cause ELSE '' END,
        ended_at = CASE WHEN n.state = ANY (%(ends)s) THEN now() END
    FROM news n WHERE d.school_id = %(school)s AND d.id = n.id
    RETURNING d.id, d.tries, n.event, n.code, n.answer, n.provider, n.milliseconds
)
INSERT INTO attempt (school_id, id, delivery_id, number, event, code, answer, provider, milliseconds)
SELECT %(school)s, uuid7(), id, tries, event, code, answer, provider, milliseconds FROM moved WHERE event <> 'untried'
""",
    cause=causes.IN_SQL,
)
FLAG = Bulk("""
UPDATE person p SET email_flagged_at = now() FROM delivery d
WHERE d.school_id = %(school)s AND d.id = ANY (%(ids)s) AND p.school_id = d.school_id AND p.id = d.person_id
""")
FORGET = Bulk("DELETE FROM push_subscription WHERE school_id = %(school)s AND id = ANY (%(ids)s)")
#: an hour is exact enough for "last success", and spares most of the writing
REACHED = Bulk("""
UPDATE push_subscription SET last_success_at = now()
WHERE school_id = %(school)s AND person_id = ANY (%(people)s) AND id <> ALL (%(missed)s)
AND (last_success_at IS NULL OR last_success_at < now() - interval '1 hour')
""")


def bring_home(
    cursor: Cursor[Any],
    task: Task,
    channel: str,
    message: Message,
    results: list[Result],
    tries: Mapping[UUID, int] | None = None,
) -> None:
    """Write results of a batch of `channel`, in the transaction of `cursor`.

    A delivery that has been claimed anew since `tries` was read is not ours any more and is left alone.
    """
    by_id = {result.id: result for result in results}
    if not by_id:
        return
    now, jitter = clock.now(), draw()
    news: dict[str, list[Any]] = {
        key: [] for key in ("id", "state", "due", "event", "code", "answer", "provider", "milliseconds")
    }
    given_up: dict[str, list[UUID]] = defaultdict(list)
    reached: list[UUID] = []
    done = 0
    for row in CLAIMED.run(cursor, id=list(by_id), urgent=message.urgent, day=UNMOVED).fetchall():
        if tries is not None and tries[row.id] != row.tries:
            continue
        result = by_id[row.id]
        takes_over = next((each for each in CHAIN[channel] if getattr(row, each)), None)
        to = step(
            result, now=now, put_off=row.put_off, unsure=row.unsure, give_up_at=row.give_up_at, fallback=takes_over is not None,
            jitter=jitter,
        )  # fmt: skip
        values = (
            row.id, to.state, to.due_at, to.event, result.code, result.answer or None, result.provider or channel,
            result.milliseconds,
        )  # fmt: skip
        for key, value in zip(news, values, strict=True):
            news[key].append(value)
        done += to.state in ENDS and not row.postponed  # those were counted when they began to wait for the end of quiet hours
        if to.state is State.DEMOTED and takes_over:
            given_up[takes_over].append(row.id)
        elif to.event is Event.ACCEPTED:
            reached.append(row.person_id)
    RECORD.run(cursor, ends=sorted(ENDS), **news)
    more = sum(take_over(cursor, batch=task.id, channel=other, deliveries=ids) for other, ids in given_up.items())
    if bad := [result.id for result in results if result.bad_address]:
        FLAG.run(cursor, ids=bad)
    if channel == Channel.PUSH:
        _keep_devices(cursor, results, reached)
    accepted = len(reached)
    breaker.note(channel, faults=sum(result.provider_fault for result in results), successes=accepted)
    progress.advance(message.id, done=done, more=more)


def _keep_devices(cursor: Cursor[Any], results: list[Result], reached: list[UUID]) -> None:
    """Delete the devices that are gone, and note when the others were reached."""
    if gone := [device for result in results for device in result.gone]:
        FORGET.run(cursor, ids=gone)
    if reached:
        REACHED.run(cursor, people=reached, missed=[device for result in results for device in result.missed])
