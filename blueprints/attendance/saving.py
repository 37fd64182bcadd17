"""A register is saved in one statement: what it says now, what it ever said, and the messages that follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app import clock
from app.audit.record import Actor, Target, record
from app.domain.attendance import is_unexplained
from app.i18n.catalogue import N_
from app.models.attendance import Status
from app.tenancy.reading import Bulk, driving
from blueprints.attendance.queries import Head, Row


class RegisterChanged(Exception):
    """Somebody else saved the register after it was opened; `message` is for people, marked with N_."""

    message = N_(
        "This register was saved by somebody else after you opened it. What you marked is still here, beside what is saved now:"
        " compare, then save again."
    )


class WhyMissing(Exception):
    """What was saved before is changed only with a reason."""

    message = N_("Enter why the register is corrected")


class Entry(NamedTuple):
    """What is said of a learner: `reason` only of an absence, `minutes` only of somebody late."""

    status: str
    reason: str | None = None
    minutes: int | None = None
    note: str | None = None


class Saved(NamedTuple):
    """What came of it: the register, which of its learners were marked otherwise than before, how many families hear of an
    absence if nobody undoes it."""

    register_id: UUID
    changed: int
    alerts: int


# The register's row comes first and is won by whoever saw its newest revision; without it nothing else happens. A mark is
# written only where it differs, an event for each mark that was, and an alert for each that is an unexplained absence today:
# one a learner and day, which an alert that was withheld becomes anew. A learner who is accounted for needs no alert, and if
# one went out, or is going out this moment, the follow-up finds that.
SAVE = Bulk("""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(learners)s::uuid[], %(statuses)s::text[], %(reasons)s::text[], %(minutes)s::int[], %(notes)s::text[])
        AS g (learner_id, status, reason, minutes, note)
), kept AS (
    INSERT INTO register (school_id, id, class_id, session_id, on_date, first_at, saved_at, saved_by, saved_name)
    VALUES (%(school)s, uuid7(), %(class_id)s, %(session)s, %(day)s, %(now)s, %(now)s, %(by_id)s, %(by_name)s)
    ON CONFLICT ON CONSTRAINT register_once DO UPDATE
        SET saved_at = EXCLUDED.saved_at, saved_by = EXCLUDED.saved_by, saved_name = EXCLUDED.saved_name,
            revision = register.revision + 1
        WHERE register.school_id = %(school)s AND register.revision = %(revision)s
    RETURNING id
), marked AS (
    INSERT INTO attendance_mark AS m
        (school_id, register_id, learner_id, on_date, status, reason, minutes, note, at, by_id, by_name)
    SELECT %(school)s, kept.id, g.learner_id, %(day)s, g.status, g.reason, g.minutes, g.note, %(now)s, %(by_id)s, %(by_name)s
    FROM kept, given g
    ON CONFLICT ON CONSTRAINT attendance_mark_once DO UPDATE
        SET status = EXCLUDED.status, reason = EXCLUDED.reason, minutes = EXCLUDED.minutes, note = EXCLUDED.note,
            at = EXCLUDED.at, by_id = EXCLUDED.by_id, by_name = EXCLUDED.by_name
        WHERE m.school_id = %(school)s AND (m.status, m.reason, m.minutes, m.note)
            IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.reason, EXCLUDED.minutes, EXCLUDED.note)
    RETURNING m.register_id, m.learner_id, m.status, m.reason, m.minutes, m.note
), told AS (
    INSERT INTO attendance_event (school_id, register_id, learner_id, status, reason, minutes, note, at, by_id, by_name, why)
    SELECT %(school)s, m.register_id, m.learner_id, m.status, m.reason, m.minutes, m.note, %(now)s, %(by_id)s, %(by_name)s,
        %(why)s FROM marked m
), armed AS (
    INSERT INTO absence_alert AS a (school_id, id, learner_id, register_id, on_date, due_at)
    SELECT %(school)s, uuid7(), m.learner_id, m.register_id, %(day)s, %(due)s FROM marked m
    WHERE %(due)s::timestamptz IS NOT NULL AND m.status = 'absent' AND m.reason IS NULL
    ON CONFLICT ON CONSTRAINT absence_alert_once DO UPDATE
        SET register_id = EXCLUDED.register_id, due_at = EXCLUDED.due_at, state = 'waiting', why = NULL, ended_at = NULL
        WHERE a.school_id = %(school)s AND a.state = 'withheld'
    RETURNING a.id
), filed AS (
    INSERT INTO outbox (school_id, id, job, subject, queue, due_at)
    SELECT %(school)s, uuid7(), 'attendance.alert', id, 'urgent', %(due)s FROM armed
), accounted AS (
    SELECT a.id, a.state FROM absence_alert a JOIN marked m USING (learner_id)
    WHERE a.school_id = %(school)s AND a.on_date = %(day)s AND a.state IN ('waiting', 'sent') AND a.followed_up_at IS NULL
    AND (m.status <> 'absent' OR m.reason IS NOT NULL)
), freed AS (
    UPDATE absence_alert a SET state = 'withheld', why = 'corrected', ended_at = %(now)s FROM accounted
    WHERE a.school_id = %(school)s AND a.id = accounted.id AND a.state = 'waiting'
), followed AS (
    INSERT INTO outbox (school_id, id, job, subject, queue)
    SELECT %(school)s, uuid7(), 'attendance.follow_up', id, 'urgent' FROM accounted
)
SELECT kept.id, (SELECT count(*) FROM marked) AS changed, (SELECT count(*) FROM armed) AS alerts FROM kept
""")


def save_register(
    head: Head, rows: Sequence[Row], entries: Mapping[UUID, Entry], *, day: dt.date, today: dt.date, revision: int, why: str,
    needs_why: bool, by: Actor, by_id: UUID | None,
) -> Saved | None:  # fmt: skip
    """Store what a register says of its learners, in one statement; None when it says so already.

    `revision` is what its keeper saw (0: nothing saved). An unexplained absence of `today` is told to the family after the
    school's delay. Raises RegisterChanged, and WhyMissing where something changes that needs a reason.
    """
    before = {row.id: entry_of(row) for row in rows if row.status is not None}
    changed = {learner: entry for learner, entry in entries.items() if before.get(learner) != entry}
    if not entries or (head.revision and not changed):
        return None  # nobody is in it, or nothing is different: perhaps the same form, sent twice
    if revision != (head.revision or 0):
        raise RegisterChanged
    if needs_why and not why and (changed.keys() & before.keys() or not head.revision):
        raise WhyMissing
    now = clock.now()
    due = now + dt.timedelta(minutes=head.alert_minutes) if head.alerts and day == today else None
    ordered = list(entries.items())
    values = {
        "class_id": head.class_id, "session": head.session_id, "day": day, "now": now, "by_id": by_id, "by_name": by.name,
        "revision": revision, "due": due, "why": why or None, "learners": [learner for learner, _ in ordered],
        "statuses": [entry.status for _, entry in ordered], "reasons": [entry.reason for _, entry in ordered],
        "minutes": [entry.minutes for _, entry in ordered], "notes": [entry.note for _, entry in ordered],
    }  # fmt: skip
    with driving() as cursor:
        done = SAVE.run(cursor, **values).fetchone()
    if done is None:
        raise RegisterChanged
    _tell_audit(head, rows, before, entries, changed, day=day, why=why, register_id=done.id, by=by)
    return Saved(done.id, done.changed, done.alerts)


def entry_of(row: Row) -> Entry:
    """What a register says of a learner now; who is not in it yet is present, or away where the school accepted a report."""
    if row.status is not None:
        return Entry(row.status, row.reason, row.minutes, row.note)
    if row.report_state == "accepted":
        return Entry(Status.ABSENT.value, row.report_reason)
    return Entry(Status.PRESENT.value)


def counts(entries: Mapping[UUID, Entry]) -> dict[str, int]:
    """How many of them stand how; `unexplained` are those absent without a reason."""
    found = {status.value: sum(entry.status == status for entry in entries.values()) for status in Status}
    return found | {"unexplained": sum(is_unexplained(entry.status, entry.reason) for entry in entries.values())}


def _tell_audit(
    head: Head, rows: Sequence[Row], before: Mapping[UUID, Entry], entries: Mapping[UUID, Entry],
    changed: Mapping[UUID, Entry], *, day: dt.date, why: str, register_id: UUID, by: Actor,
) -> None:  # fmt: skip
    """One event: the counts of a register that was taken, and of a correction what each learner was and is."""
    label, target = f"{head.name}, {day.isoformat()}", Target("register", register_id)
    if not before:
        said = {"marks": counts(entries)} | ({"why": why} if why else {})
        record("attendance.take", target, label=label, after=said, by=by)
        return
    names = {row.id: row.name for row in rows}
    was = {names[learner]: before[learner]._asdict() for learner in changed if learner in before}
    now = {names[learner]: entry._asdict() for learner, entry in changed.items()}
    record("attendance.correct", target, label=label, before={"marks": was}, after={"marks": now, "why": why}, by=by)
