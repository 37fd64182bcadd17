"""The job that sends one batch: claim, send, write everything back in one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from app import clock
from app.delivery import breaker
from app.delivery.fan_out import TAKE_OVER
from app.delivery.journal import Busy, Journal
from app.delivery.senders import SENDERS
from app.delivery.states import BACKOFF, CHAIN, ENDS, STEPS, Event, Result, State, draw, step
from app.work.queues import LEASE
from app.work.runner import Task, job

CLAIM = """
with due as (
    select school_id, id from delivery where school_id = %(school)s and batch_id = %(batch)s and ended_at is null
    and state = any(%(from)s) and due_at <= now() for update skip locked
), mine as (
    update delivery d set state = 'sending', tries = tries + 1, due_at = now() + %(lease)s
    from due where d.school_id = due.school_id and d.id = due.id returning d.*
)
select m.id, m.tries, p.id as person_id, p.name, p.language, case when p.email_flagged_at is null then p.email end as email,
       (select jsonb_agg(jsonb_build_array(s.id, s.endpoint, s.p256dh, s.auth)) from subscription s
        where m.channel = 'push' and s.school_id = m.school_id and s.person_id = m.person_id) as devices
from mine m join person p on p.school_id = m.school_id and p.id = m.person_id order by m.id
"""
CLAIMED = """
select d.id, d.tries, d.unsure, d.created_at, p.email is not null and p.email_flagged_at is null as mailable
from delivery d join person p on p.school_id = d.school_id and p.id = d.person_id
where d.school_id = %(school)s and d.id = any(%(id)s) and d.state = 'sending' for update of d
"""
RECORD = """
with news as (
    select * from unnest(%(id)s::uuid[], %(state)s::text[], %(due)s::timestamptz[], %(event)s::text[], %(code)s::int[], %(answer)s::text[])
    as n (id, state, due_at, event, code, answer)
), moved as (
    update delivery d set state = n.state, due_at = n.due_at, unsure = n.event = 'unsure', tries = tries - (n.event = 'untried')::int,
        reason = case when n.event <> 'accepted' then n.answer end, ended_at = case when n.state = any(%(ends)s) then now() end
    from news n where d.school_id = %(school)s and d.id = n.id returning d.id, d.tries, n.event, n.code, n.answer
)
insert into attempt (school_id, delivery_id, number, event, code, answer)
select %(school)s, id, tries, event, code, answer from moved where event <> 'untried'
"""
FLAG = """update person p set email_flagged_at = now() from delivery d
where d.school_id = %s and d.id = any(%s) and p.school_id = d.school_id and p.id = d.person_id"""
UNSUBSCRIBE = "delete from subscription where school_id = %s and id = any(%s)"
OPEN = "select min(due_at) from delivery where school_id = %s and batch_id = %s and ended_at is null"


@job("delivery.send")
def send_batch(task: Task) -> datetime | None:
    """Send what is due of one batch; returns when the rest is due, or None when every delivery has ended."""
    try:
        journal = Journal(task.id)
    except Busy:
        return clock.now() + timedelta(seconds=1)
    again: datetime | None = clock.now()
    try:
        again = run(task, journal)
    finally:
        journal.close(done=again is None)
    return again


def run(task: Task, journal: Journal) -> datetime | None:
    """One run of a batch whose journal is ours."""
    key = (task.school_id, task.id)
    with task.acting() as conn:
        first = conn.execute("select channel from delivery where school_id = %s and batch_id = %s limit 1", key).fetchone()
        if first is None:
            return None
        channel: str = first.channel
        bring_home(conn, task, channel, journal.left_over())
    journal.clear()
    with task.acting() as conn:
        if closed := breaker.open_until(conn, channel):
            return closed
        query = {"school": task.school_id, "batch": task.id, "lease": LEASE, "from": sorted(STEPS[Event.CLAIM][0])}
        people = conn.execute(CLAIM, query).fetchall()
        message = conn.execute(
            "select * from message where school_id = %s and id = %s", (task.school_id, task.subject)
        ).fetchone()
        found = conn.execute(
            "select * from message_text where school_id = %s and message_id = %s", (task.school_id, task.subject)
        )
        texts = {t.language: t for t in found}
    results: dict[UUID, Result] = {}
    if people:
        for result in SENDERS[channel](message, texts, people, results, task.time_left):
            if result.event is not Event.UNTRIED:
                journal.note(result)
            results[result.id] = result
    tries = {r.id: r.tries for r in people}
    handed_back = [Result(id, Event.UNTRIED) for id in tries.keys() - results.keys()]
    with task.acting() as conn:
        bring_home(conn, task, channel, [*results.values(), *handed_back], tries)
        rest = conn.execute(OPEN, key).fetchone()
    journal.clear()
    due: datetime | None = rest[0] if rest else None
    if due and people and not any(r.event is not Event.UNTRIED for r in results.values()):  # the provider takes nothing at all
        due = max(due, clock.now() + BACKOFF[min(task.runs, 4) - 1])
    return due


def bring_home(
    conn: Connection[Any], task: Task, channel: str, results: list[Result], tries: Mapping[UUID, int] | None = None
) -> None:
    """Write results in bulk: states, attempts, who takes over, flagged addresses, dead subscriptions, the breaker.
    A delivery that has been claimed anew since `tries` was read is not ours any more and is left alone."""
    by_id = {r.id: r for r in results}
    if not by_id:
        return
    now, jitter, takes_over = clock.now(), draw(), CHAIN.get(channel)
    news: dict[str, list[Any]] = {k: [] for k in ("id", "state", "due", "event", "code", "answer")}
    for row in conn.execute(CLAIMED, {"school": task.school_id, "id": list(by_id)}).fetchall():
        if tries is not None and tries[row.id] != row.tries:
            continue
        result = by_id[row.id]
        fallback = takes_over is not None and row.mailable
        to = step(
            result, now=now, tries=row.tries, unsure=row.unsure, created_at=row.created_at, fallback=fallback, jitter=jitter
        )
        for key, value in zip(news, (row.id, to.state, to.due_at, to.event, result.code, result.answer or None), strict=True):
            news[key].append(value)
    conn.execute(RECORD, {**news, "school": task.school_id, "ends": sorted(ENDS)})
    if demoted := [id for id, state in zip(news["id"], news["state"], strict=True) if state is State.DEMOTED]:
        conn.execute(TAKE_OVER, {"school": task.school_id, "batch": task.id, "channel": takes_over, "ids": demoted})
    if bad := [r.id for r in results if r.bad_address]:
        conn.execute(FLAG, (task.school_id, bad))
    if gone := [device for r in results for device in r.gone]:
        conn.execute(UNSUBSCRIBE, (task.school_id, gone))
    breaker.note_faults(conn, channel, sum(r.provider_fault for r in results))
