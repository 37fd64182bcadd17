"""The runner of steps: a worker takes the next one after any crash, and what a step did is noted in its own transaction."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import record
from app.models.onboarding import OnboardingRun, OnboardingStep, RunState, StepState
from app.models.user import User
from app.tenancy.database import db
from app.work.faults import fault_point
from app.work.jobs import Task, job
from blueprints.onboarding.reasons import CUT_OFF, technical
from blueprints.onboarding.steps import STEPS, CannotGoOn

log = logging.getLogger("umthi.onboarding")
MOST_ATTEMPTS = 5
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (1, 4, 15, 60))  # before the second attempt, the third, …


@job("onboarding.step")
def take_steps(task: Task) -> dt.datetime | None:
    """Take the steps that are left of the run `task.subject`, one after the other; returns when to go on after a fault.

    That a step is being tried is committed before it, and what it did with its end: killed anywhere, the run goes on with the
    step that is not done. Of two copies of this work one does each step, for both must hold the run.
    """
    session: Session = db.session()
    while task.time_left() > 0:
        name = _begin(session, task.subject)
        if name is None:
            return None
        fault_point(f"onboarding.before.{name}")
        again = _take(session, task.subject, name)
        if again is not None:
            return again
        fault_point(f"onboarding.after.{name}")
    return clock.now()


def _begin(session: Session, run_id: UUID | None) -> str | None:
    """Note the next step as being tried, and commit. None when there is nothing (more) to do."""
    run = _hold(session, run_id)
    step = _next(session, run) if run else None
    if run is None or step is None:
        session.commit()
        return None
    if step.attempts >= MOST_ATTEMPTS:
        _stop(session, run, step, CUT_OFF)
        session.commit()
        return None
    step.state, step.attempts, step.error = StepState.WORKING, step.attempts + 1, None
    step.started_at = step.started_at or clock.now()
    session.commit()
    return step.name


def _take(session: Session, run_id: UUID | None, name: str) -> dt.datetime | None:
    """Do one step and note its end, in one transaction. Returns when to try again after a fault that may pass."""
    try:
        run = _hold(session, run_id)
        step = _next(session, run) if run else None
        if run is not None and step is not None and step.name == name:
            STEPS[name](session, run, _operator(session, run))
            step.state, step.ended_at = StepState.DONE, clock.now()
        session.commit()
    except CannotGoOn as fault:
        session.rollback()
        return _note(session, run_id, name, str(fault), is_final=True)
    except Exception as fault:
        if isinstance(fault, OperationalError) and fault.connection_invalidated:
            raise  # the database is away: the worker has patience of its own
        session.rollback()
        where = traceback.format_tb(fault.__traceback__)[-3:]
        log.error("step %s of onboarding %s: %s", name, run_id, technical(fault), extra={"fields": {"trace": where}})
        return _note(session, run_id, name, technical(fault))
    return None


def _note(session: Session, run_id: UUID | None, name: str, error: str, *, is_final: bool = False) -> dt.datetime | None:
    """Leave the reason on the step; returns when to try again, or stops the run after the last attempt."""
    run = _hold(session, run_id)
    step = _next(session, run) if run else None
    if run is None or step is None or step.name != name:
        session.commit()
        return None
    again = None
    if is_final or step.attempts >= MOST_ATTEMPTS:
        _stop(session, run, step, error)
    else:
        step.state, step.error = StepState.WAITING, error
        again = clock.now() + BACKOFF[step.attempts - 1]
    session.commit()
    return again


def _stop(session: Session, run: OnboardingRun, step: OnboardingStep, error: str) -> None:
    """The run ends here: `partial_failure` where a school is left for somebody to look after, `failed` where none was made."""
    now = clock.now()
    step.state, step.error, step.ended_at = StepState.FAILED, error, now
    run.state, run.ended_at = RunState.FAILED if run.school is None else RunState.PARTIAL_FAILURE, now
    what = {"step": step.name, "error": error}
    if run.school is None:
        record("onboarding.fail", run, label=run.name, after=what)
    else:
        record_both(session, run.school, "onboarding.fail", run, label=run.name, after=what)


def _hold(session: Session, run_id: UUID | None) -> OnboardingRun | None:
    """The run as it is now, if it is running, held until the transaction ends."""
    running = select(OnboardingRun).where(OnboardingRun.id == run_id, OnboardingRun.state == RunState.RUNNING)
    return session.scalar(running.with_for_update().execution_options(populate_existing=True))


def _next(session: Session, run: OnboardingRun) -> OnboardingStep | None:
    """The first step that is not done."""
    left = select(OnboardingStep).where(OnboardingStep.run_id == run.id, OnboardingStep.state != StepState.DONE)
    return session.scalar(left.order_by(OnboardingStep.position).limit(1).execution_options(populate_existing=True))


def _operator(session: Session, run: OnboardingRun) -> Actor:
    """On whose behalf: whoever resumed it last, else whoever pressed 'Create school'."""
    who = run.resumed_by or run.started_by
    name = session.scalar(select(User.name).where(User.id == who))
    return Actor("user", who, name) if name else Actor("system", None, "")


JOBS = (take_steps,)
