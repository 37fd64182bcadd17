"""Many failed deliveries at once: begun by a press, carried out school by school, wherever it is interrupted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import Actor, Target, record
from app.domain import rollups
from app.ids import uuid7
from app.models.recovery import Deed, RecoveryRun
from app.models.school import is_open
from app.tenancy.doors import across_schools, outside
from app.work.outbox import queue
from blueprints.recovery import queries
from blueprints.recovery.choice import Choice, causes_of
from blueprints.recovery.operations import DEED, Done, discard_in, retry_in

JOB = "recovery.run"
AT_ONCE, SCHOOLS_AT_ONCE = 200, 10  # what a press does itself; more is a worker's
SPARE = dt.timedelta(minutes=1)  # then a worker looks whether a press that was to do it itself has died
CHUNK = 20  # schools in one step


class Wish(NamedTuple):
    """What somebody pressed: the deed on all of a reason, narrowed; `why` of a discard. `age` stands for what `until` is."""

    deed: Deed
    reason: str
    words: str
    channel: str
    school: int | None
    age: str
    why: str | None = None

    @property
    def chosen(self) -> str:
        """The same for the same wish."""
        return " ".join((self.deed, self.reason, self.channel or "*", str(self.school or "*"), self.age or "*"))


def begin(session: Session, wish: Wish, choice: Choice, *, by: Actor) -> tuple[UUID, bool]:
    """Store a run and its work; the id, and whether it is small enough to be carried out at once.

    `choice` is what the wish means now. While the same wish is being carried out, it is that run: nothing begins twice.
    """
    now = clock.now()
    held = queries.held(session, choice)
    row = {
        "id": uuid7(), "deed": wish.deed.value, "chosen": wish.chosen, "reason": wish.reason, "words": wish.words,
        "channel": wish.channel or None, "school": wish.school, "until": choice.until or now, "why": wish.why,
        "started_by": by.id, "started_name": by.name, "total": held.number, "schools": held.schools, "created_at": now,
    }  # fmt: skip
    storing = insert(RecoveryRun).values(row).on_conflict_do_nothing().returning(RecoveryRun.id)
    made = session.execute(storing).scalar_one_or_none()
    if made is None:
        running = select(RecoveryRun.id).where(RecoveryRun.chosen == wish.chosen, RecoveryRun.ended_at.is_(None))
        return session.scalars(running).one(), False
    after = {
        "number": held.number, "schools": held.schools, "reason": wish.reason, "channel": wish.channel, "school": wish.school,
        "age": wish.age, "why": wish.why,
    }  # fmt: skip
    told = {name: value for name, value in after.items() if value}
    action = "recovery.retry_all" if wish.deed is Deed.RETRY else "recovery.discard_all"
    record(action, Target("recovery_run", made), label=wish.words, after=told, by=by)
    is_small = held.number <= AT_ONCE and held.schools <= SCHOOLS_AT_ONCE
    queue(JOB, made, due=now + SPARE if is_small else None)
    return made, is_small


def carry_out(run_id: UUID, has_time: Callable[[], bool]) -> bool:
    """Go on with a run, school by school, as long as `has_time` says so; whether it is over.

    Each step holds the run, so that of two who carry it out one leaves. A school's letters and its log commit together; then
    the run moves on. After a crash between the two, the school has nothing left that the second time would find.
    """
    while has_time():
        with outside(), across_schools(DEED, routine=True) as session:
            held = select(RecoveryRun).where(RecoveryRun.id == run_id).with_for_update(skip_locked=True)
            run = session.scalars(held).one_or_none()
            if run is None or run.ended_at:
                return run is not None
            _step(session, run, has_time)
            session.commit()
            if run.ended_at:
                return True
    return False


def _step(session: Session, run: RecoveryRun, has_time: Callable[[], bool]) -> None:
    """The next schools of a run; its end when there are none."""
    choice, by = _choice(session, run), Actor("operator", run.started_by, run.started_name)
    touched: list[int] = []
    while len(touched) < CHUNK and has_time():
        found = queries.next_school(session, choice, run.at_school)
        if found is None:
            run.ended_at = clock.now()
            break
        school_id, state = found
        ids = queries.ids_in(session, choice, school_id)
        done = _deal_with(run, school_id, ids, is_open=is_open(state), by=by)
        run.done += done.done
        run.flagged += done.flagged
        run.forgotten += done.forgotten
        run.suspended += done.suspended
        run.at_school = school_id
        touched.append(school_id)
    if touched:
        rollups.refresh(session, touched)


def _deal_with(run: RecoveryRun, school_id: int, ids: list[UUID], *, is_open: bool, by: Actor) -> Done:
    if run.deed == Deed.DISCARD:
        return discard_in(school_id, ids, reason=run.reason, words=run.words, why=run.why or "", by=by)
    if not is_open:
        return Done(0, suspended=len(ids))
    return retry_in(school_id, ids, reason=run.reason, words=run.words, by=by)


def _choice(session: Session, run: RecoveryRun) -> Choice:
    """What a run means: by its reason, for what it is made of may have grown since."""
    schools = None if run.school is None else (run.school,)
    causes = causes_of(queries.tallies(session, schools, clock.now()), run.reason)
    return Choice(run.channel or "", causes, schools, run.until)
