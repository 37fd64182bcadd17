"""What an operator does about a new school. Each verb opens the platform's door itself, for no school is entered here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.passwords import hash_password
from app.access.proofs import forget_proofs
from app.access.sessions import end_sessions
from app.audit.both import record_both
from app.audit.record import Target, record
from app.domain.onboarding import ROLES, first_person, forget_people, note_person
from app.domain.temporary_passwords import LIFE, make_password
from app.i18n.catalogue import N_
from app.models.onboarding import OnboardingRun, OnboardingStep, RunState, StepName, StepState
from app.models.school import School, name_key
from app.models.user import Role, User
from app.tenancy.doors import across_schools
from app.work.outbox import queue, wake
from blueprints.onboarding import queries
from blueprints.onboarding.queries import Handover, Namesake
from blueprints.onboarding.steps import open_school

ONCE = "onboarding_run_once"
STOPPED = (RunState.PARTIAL_FAILURE, RunState.FAILED)


class Newcomer(NamedTuple):
    """Somebody who gets an account; `password` as it was typed, None for one that is to be generated."""

    name: str
    email: str
    password: str | None


class Draft(NamedTuple):
    """What the form says about a new school."""

    name: str
    timezone: ZoneInfo
    close_time: dt.time
    language: str
    people: dict[Role, Newcomer]


class Shown(NamedTuple):
    """A temporary password that was made just now: nothing but this answer has it."""

    role: Role
    name: str
    email: str
    password: str


class NoSuchRun(LookupError):
    """There is no run or draft with this id."""


class NotADraft(Exception):
    """The draft has been created meanwhile: there is nothing to change or to create any more."""


class NameTaken(Exception):
    """A school has this name, in whatever spelling, or is being made with it."""

    def __init__(self, namesake: Namesake) -> None:
        super().__init__(namesake.name)
        self.namesake = namesake


class AccountDisabled(Exception):
    """The account with the address of this first person is disabled: nobody could sign in with it."""

    def __init__(self, role: Role) -> None:
        super().__init__(role.value)
        self.role = role


class CannotAcknowledge(Exception):
    """A run that still needs somebody. `message` says what to do first."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


NO_ADMIN = N_("This school has no admin yet. Resume the onboarding or invite an admin first, then acknowledge.")
NOT_STOPPED = N_("This onboarding does not wait for anybody.")


def keep_draft(draft: Draft, *, draft_id: UUID | None, by: Actor) -> UUID:
    """Store what was typed, of passwords only the hash; in the place of an earlier draft, if one is named. Returns its id.

    Raises NameTaken and AccountDisabled, NoSuchRun for an earlier one that is gone, NotADraft for one that has been created.
    """
    hashes = {role: hash_password(one.password) for role, one in draft.people.items() if one.password}  # outside: it takes long
    with _platform(N_("The draft of a new school")) as session:
        run = _draft(session, draft_id) if draft_id else OnboardingRun()
        _refuse_namesake(session, name_key(draft.name))
        accounts = queries.with_account(session, (one.email for one in draft.people.values()))
        for role, one in draft.people.items():
            if accounts.get(one.email):
                raise AccountDisabled(role)
        run.state, run.name, run.name_key, run.created_at = RunState.DRAFT, draft.name, name_key(draft.name), clock.now()
        run.timezone, run.close_time, run.language = draft.timezone, draft.close_time, draft.language
        run.started_by = by.id
        for role in ROLES:
            given = draft.people.get(role)
            note_person(
                run, role, name=given and given.name, email=given and given.email, password_typed=role in hashes,
                password_hash=hashes.get(role),
            )  # fmt: skip
        session.add(run)
        session.flush()
        return run.id


def create_school(run_id: UUID, *, by: Actor) -> None:
    """Begin to make the school of a draft: from here on the work goes on by itself.

    Whoever comes second, with the same draft or another spelling, makes nothing: raises NotADraft or NameTaken.
    """
    with _platform(N_("The review of a new school")) as session:
        run = queries.run_of(session, run_id)
        if run is None:
            raise NoSuchRun(run_id)
        key = run.name_key
        started = {"state": RunState.RUNNING, "started_at": clock.now(), "started_by": by.id}
        _start(session, run_id, (RunState.DRAFT,), key, **started)
        officer = [StepName.OFFICER] if first_person(run, Role.OFFICER).is_wanted else []
        names = [StepName.SCHOOL, StepName.ADMIN, *officer, StepName.FINISH]
        session.add_all(OnboardingStep(run_id=run_id, position=at, name=name) for at, name in enumerate(names, 1))
        queue("onboarding.step", run_id, queue="urgent")
        record("onboarding.start", run, label=run.name, by=by)


def resume(run_id: UUID, *, by: Actor) -> None:
    """Let a run that stopped go on with the step that failed, as if it had never been tried.

    Raises NotADraft when it does not wait for that (any more), NameTaken when another school has its name by now.
    """
    with _platform(N_("An onboarding")) as session:
        run = _run(session, run_id)
        if run.acknowledged_at:
            raise NotADraft(run_id)
        going = {"state": RunState.RUNNING, "ended_at": None, "resumed_by": by.id}  # what is left is the deed of who resumes it
        _start(session, run_id, STOPPED, run.name_key if run.school is None else None, **going)
        session.execute(
            update(OnboardingStep)
            .where(OnboardingStep.run_id == run_id, OnboardingStep.state != StepState.DONE)
            .values(state=StepState.WAITING, attempts=0, error=None, ended_at=None)
        )
        queue("onboarding.step", run_id, queue="urgent")
        _note(session, run, "onboarding.resume", by)


def acknowledge(run_id: UUID, *, by: Actor) -> None:
    """Take a run that stopped off the list: somebody has seen to it. What it knew of people is wiped.

    A school that was left pending opens. Raises CannotAcknowledge while it has no admin who may sign in.
    """
    with _platform(N_("An onboarding")) as session:
        run = _run(session, run_id)
        if run.state not in STOPPED or run.acknowledged_at:
            raise CannotAcknowledge(NOT_STOPPED)
        if run.school is not None:
            if not queries.has_admin(session, run.school):
                raise CannotAcknowledge(NO_ADMIN)
            open_school(session.get_one(School, run.school, with_for_update=True))
            wake()  # its mails have waited for that
        run.acknowledged_at, run.acknowledged_by = clock.now(), by.id
        forget_people(run)
        _note(session, run, "onboarding.acknowledge", by)


def stamp_of(accounts: list[Handover]) -> str:
    """What the last showing of a run's passwords left behind: a form that carries an older one is a page that was reloaded."""
    return "~".join(account.until.isoformat() if account.until else "" for account in accounts)


def show_passwords(run_id: UUID, *, stamp: str, only: str, by: Actor) -> list[Shown]:
    """Make temporary passwords, store their hashes, and return them, once: for accounts that the run made, whose owner has not
    chosen a password yet and for which nobody typed one. `only` names a role; "" means every one that has none yet.

    An older one works no longer. Empty when `stamp` is not that of `stamp_of`: they have been shown already.
    """
    made = {role: (password := make_password(), hash_password(password)) for role in ROLES if only in ("", role)}
    with _platform(N_("Temporary passwords of a school")) as session:
        run = _run(session, run_id)
        given = [user_id for user_id in (first_person(run, role).user_id for role in ROLES) if user_id]
        session.execute(select(User.id).where(User.id.in_(given)).order_by(User.id).with_for_update(key_share=True)).all()
        accounts = queries.handovers(session, run)
        if run.state not in (RunState.COMPLETED, RunState.PARTIAL_FAILURE) or stamp != stamp_of(accounts):
            return []
        shown = []
        for account in accounts:
            if account.role in made and account.can_generate and (only or account.until is None):
                password, password_hash = made[account.role]
                temporary = {"password_hash": password_hash, "password_temporary_until": clock.now() + LIFE}
                session.execute(update(User).where(User.id == account.user_id).values(**temporary))
                end_sessions(session, user_id=account.user_id)
                forget_proofs(session, account.user_id)
                target = Target("app_user", account.user_id)
                if run.school is not None:
                    record_both(session, run.school, "onboarding.show_password", target, label=account.name, by=by)
                shown.append(Shown(account.role, account.name, account.email, password))
        return shown


@contextmanager
def _platform(reason: str) -> Iterator[Session]:
    """The platform's session for one deed; committed when the block ends well."""
    with across_schools(reason) as session:
        yield session
        session.commit()


def _run(session: Session, run_id: UUID) -> OnboardingRun:
    """A run, held until the transaction ends. Raises NoSuchRun, also for a draft."""
    begun = select(OnboardingRun).where(OnboardingRun.id == run_id, OnboardingRun.state != RunState.DRAFT)
    if (run := session.scalar(begun.with_for_update())) is None:
        raise NoSuchRun(run_id)
    return run


def _draft(session: Session, run_id: UUID) -> OnboardingRun:
    """A draft, held until the transaction ends."""
    run = session.scalar(select(OnboardingRun).where(OnboardingRun.id == run_id).with_for_update())
    if run is None:
        raise NoSuchRun(run_id)
    if run.state != RunState.DRAFT:
        raise NotADraft(run_id)
    return run


def _start(session: Session, run_id: UUID, before: tuple[RunState, ...], key: str | None, **values: object) -> None:
    """Turn a run from one of these states to running: of several at once the database lets one through.

    With `key`, only if nothing has that name. The school is looked for after the change: a run that was first is then either in
    the index of running ones, or over, and then its school is seen.
    """
    starting = update(OnboardingRun).where(
        OnboardingRun.id == run_id, OnboardingRun.state.in_([state.value for state in before])
    )
    try:
        started = session.execute(
            starting.values(**values).returning(OnboardingRun.id), execution_options={"synchronize_session": "fetch"}
        )
        if started.one_or_none() is None:
            raise NotADraft(run_id)
    except IntegrityError as fault:
        if ONCE not in str(fault.orig):
            raise
        session.rollback()
        _refuse_namesake(session, key or "", but=run_id)
        raise NotADraft(run_id) from None  # the other one has failed within this moment: the person may press again
    if key is not None:
        _refuse_namesake(session, key, but=run_id)


def _refuse_namesake(session: Session, key: str, *, but: UUID | None = None) -> None:
    if found := queries.namesake(session, key, but=but):
        raise NameTaken(found)


def _note(session: Session, run: OnboardingRun, action: str, by: Actor) -> None:
    """In the platform's log, and in the school's where there is one."""
    if run.school is None:
        record(action, run, label=run.name, by=by)
    else:
        record_both(session, run.school, action, run, label=run.name, by=by)
