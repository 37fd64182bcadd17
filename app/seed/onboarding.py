"""How the demo's schools came to be: a finished onboarding for each, one that stopped half way, and one that made no school."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit.both import record_both
from app.audit.record import Actor, Target, record
from app.domain.onboarding import address_key
from app.models.onboarding import OnboardingRun, OnboardingStep, RunState, StepName, StepState
from app.models.school import School, SchoolState, name_key
from app.models.user import Role, User
from app.seed.accounts import OF_PLATFORM
from app.seed.karoo import KAROO
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.thaba import THABA

OPERATOR = OF_PLATFORM[0].email
ZONE = ZoneInfo("Africa/Johannesburg")
STEP = dt.timedelta(seconds=1)  # what a step takes
BACKOFF = dt.timedelta(seconds=80)  # five attempts, with the pauses between them
FINISHED = (THABA, KAROO)
HALF, HALF_SLUG = "Zamani Secondary", "zamani-secondary"
NONE = "Nongoma Combined School"
STOPPED_AGO, FAILED_AGO = dt.timedelta(days=1, hours=3), dt.timedelta(hours=5)
#: the step that failed -> what the database said five times, as the runner writes it down
TOO_MANY, STARTING = "OperationalError 53300", "OperationalError 57P03"


def top_up(session: Session) -> int:
    """Add the runs that are missing, written down in the logs; returns how many. Needs `across_schools`; commits nothing.

    A run that somebody has resumed or acknowledged stays as it is.
    """
    operator = session.scalars(select(User).where(User.email == OPERATOR)).one_or_none()
    if operator is None:
        return 0
    now = clock.now()
    there = set(session.scalars(select(OnboardingRun.name_key)))
    schools = {school.slug: school for school in session.scalars(select(School))}
    runs = [
        _finished(session, plan, schools[plan.slug], operator)
        for plan in FINISHED
        if plan.slug in schools and name_key(plan.name) not in there
    ]
    if name_key(HALF) not in there and HALF_SLUG not in schools:
        runs.append(_half_made(session, operator, now - STOPPED_AGO))
    if name_key(NONE) not in there:
        runs.append(_failed(session, operator, now - FAILED_AGO))
    return len(runs)


def _finished(session: Session, plan: SchoolPlan, school: School, operator: User) -> OnboardingRun:
    at = school.created_at
    admin, officer = (f"{role.value}@{plan.host}" for role in (Role.ADMIN, Role.OFFICER))
    run = _run(session, school.name, operator, at, RunState.COMPLETED)
    run.timezone, run.close_time, run.language, run.school = school.timezone, school.close_time, school.language, school.id
    run.admin_key, run.admin_user_id, run.admin_is_new = address_key(admin), _user(session, admin), True
    run.officer_key, run.officer_user_id, run.officer_is_new = address_key(officer), _user(session, officer), True
    _steps(session, run, at, (StepName.SCHOOL, StepName.ADMIN, StepName.OFFICER, StepName.FINISH))
    record_both(session, school.id, "onboarding.complete", Target("school", school.id), label=school.name, by=_by(operator))
    return run


def _half_made(session: Session, operator: User, at: dt.datetime) -> OnboardingRun:
    """A school that is pending and has no admin yet: its second step failed."""
    school = School(slug=HALF_SLUG, name=HALF, state=SchoolState.PENDING, created_at=at)
    session.add(school)
    session.flush()
    run = _run(session, HALF, operator, at, RunState.PARTIAL_FAILURE)
    run.school, run.admin_name, run.admin_email = school.id, "Lindiwe Nkosi", "lindiwe@zamani.example.com"
    _steps(session, run, at, (StepName.SCHOOL, StepName.ADMIN, StepName.FINISH), failed=StepName.ADMIN, error=TOO_MANY)
    record_both(
        session, school.id, "onboarding.fail", run, label=HALF, by=_by(operator), after={"step": "admin", "error": TOO_MANY}
    )
    return run


def _failed(session: Session, operator: User, at: dt.datetime) -> OnboardingRun:
    """No school was made: the first step failed."""
    run = _run(session, NONE, operator, at, RunState.FAILED)
    run.admin_name, run.admin_email = "Sibusiso Buthelezi", "sibusiso@nongoma.example.com"
    run.officer_name, run.officer_email = "Nokuthula Zwane", "nokuthula@nongoma.example.com"
    steps = (StepName.SCHOOL, StepName.ADMIN, StepName.OFFICER, StepName.FINISH)
    _steps(session, run, at, steps, failed=StepName.SCHOOL, error=STARTING)
    record("onboarding.fail", run, label=NONE, by=_by(operator), after={"step": "school", "error": STARTING})
    return run


def _run(session: Session, name: str, operator: User, at: dt.datetime, state: RunState) -> OnboardingRun:
    run = OnboardingRun(
        id=_id_of(at, name), state=state, name=name, name_key=name_key(name), timezone=ZONE, close_time=dt.time(17, 0),
        language="en", started_by=operator.id, created_at=at, started_at=at,
    )  # fmt: skip
    session.add(run)
    return run


def _steps(
    session: Session,
    run: OnboardingRun,
    at: dt.datetime,
    names: tuple[StepName, ...],
    *,
    failed: StepName | None = None,
    error: str | None = None,
) -> None:
    """The steps of a run that began at a moment, each as long as usual; from the one that failed on none was taken."""
    session.flush()
    done = names.index(failed) if failed else len(names)
    for number, name in enumerate(names):
        step = OnboardingStep(run_id=run.id, position=number + 1, name=name, state=StepState.WAITING)
        begun = at + number * STEP
        if number < done:
            step.state, step.attempts, step.started_at, step.ended_at = StepState.DONE, 1, begun, begun + STEP
        elif name is failed:
            step.state, step.attempts, step.error = StepState.FAILED, 5, error
            step.started_at, step.ended_at = begun, begun + BACKOFF
        session.add(step)
    run.ended_at = at + done * STEP + (BACKOFF if failed else dt.timedelta())
    session.flush()


def _user(session: Session, email: str) -> UUID | None:
    return session.scalar(select(User.id).where(User.id == known_id("user", email)))


def _by(operator: User) -> Actor:
    return Actor("user", operator.id, operator.name)


def _id_of(at: dt.datetime, name: str) -> UUID:
    """A UUIDv7 of that moment, which sorts the run where it belongs; its chance is a known one."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | known_id("onboarding", name).int & ((1 << 80) - 1))
