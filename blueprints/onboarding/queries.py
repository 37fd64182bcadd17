"""What the pages of onboarding read: across schools, inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from app import clock
from app.domain.onboarding import LATE, NEEDS_HELP, ROLES, address_key, first_person
from app.models.onboarding import OnboardingRun, OnboardingStep, RunState, StepState
from app.models.school import School
from app.models.user import Membership, Role, User
from app.tenancy.reading import LookUp
from app.web.paging import PAGE, Key, Page, cut

WORST = 20  # runs in trouble that are read
BEGUN = tuple(state.value for state in RunState if state is not RunState.DRAFT)


class RunRow(NamedTuple):
    """One run of the list. `step` and `error` are of the step that failed, if one did; `by` is who pressed Create."""

    id: UUID
    name: str
    state: str
    school: int | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    by: str | None
    step: str | None
    error: str | None


class StepRow(NamedTuple):
    """One step of a run, in their order."""

    name: str
    state: str
    attempts: int
    error: str | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


class Handover(NamedTuple):
    """An account that a run gave to a school. `until` is when a temporary password dies (None: there is none)."""

    role: Role
    user_id: UUID
    name: str
    email: str
    is_new: bool
    is_typed: bool
    is_changed: bool
    until: dt.datetime | None

    @property
    def can_generate(self) -> bool:
        """Whether a temporary password may be made: the run made the account, nobody typed one, its owner chose none."""
        return self.is_new and not self.is_typed and not self.is_changed

    @property
    def state(self) -> str:
        """What there is to say about its password."""
        if not self.is_new:
            return "existing"
        if self.is_changed:
            return "changed"
        if self.until and self.until <= clock.now():
            return "dead"
        if self.is_typed:
            return "typed"
        return "shown" if self.until else "none"


_BY = aliased(User)
_ROW = (
    select(
        OnboardingRun.id, OnboardingRun.name, OnboardingRun.state, OnboardingRun.school, OnboardingRun.started_at,
        OnboardingRun.ended_at, OnboardingRun.acknowledged_at, _BY.name.label("by"), OnboardingStep.name.label("step"),
        OnboardingStep.error,
    )
    .outerjoin(_BY, _BY.id == OnboardingRun.started_by)
    .outerjoin(
        OnboardingStep, and_(OnboardingStep.run_id == OnboardingRun.id, OnboardingStep.state == StepState.FAILED.value)
    )
)  # fmt: skip


class _Worst(NamedTuple):
    """A RunRow, and how many runs are in trouble (`total`), and of these have `stopped`."""

    id: UUID
    name: str
    state: str
    school: int | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    by: str | None
    step: str | None
    error: str | None
    total: int
    stopped: int


_IS_RUNNING = OnboardingRun.state == literal_column("'running'")
_TAKES_LONG = and_(_IS_RUNNING, OnboardingRun.started_at < func.now() - LATE)
_IN_TROUBLE = LookUp(
    _ROW.add_columns(func.count().over().label("total"), func.count().filter(NEEDS_HELP).over().label("stopped"))
    .where(
        or_(NEEDS_HELP, and_(_IS_RUNNING, OnboardingRun.started_at < func.now() - LATE)),
        OnboardingRun.acknowledged_at.is_(None),
    )
    .order_by(_IS_RUNNING, OnboardingRun.state, OnboardingRun.created_at)
    .limit(literal_column(str(WORST))),
    _Worst,
)


def runs(session: Session, *, state: str = "", after: Key | None = None) -> Page[RunRow]:
    """The first page of runs, newest first, or the one after a place; of one state."""
    statement = _ROW.where(OnboardingRun.state != RunState.DRAFT.value).order_by(OnboardingRun.id.desc()).limit(PAGE + 1)
    if state:
        statement = statement.where(OnboardingRun.state == state)
    if after:
        statement = statement.where(OnboardingRun.id < after[0])
    return cut([RunRow._make(row) for row in session.execute(statement)], lambda row: (row.id,))


def how_many(session: Session) -> dict[str, int]:
    """How many runs there are by state; every state but drafts is there."""
    counted = select(OnboardingRun.state, func.count()).where(OnboardingRun.state != RunState.DRAFT.value)
    found = session.execute(counted.group_by(OnboardingRun.state))
    return dict.fromkeys(BEGUN, 0) | {row[0]: row[1] for row in found}


def in_trouble(session: Session, limit: int) -> tuple[list[RunRow], int]:
    """The runs that stopped and that nobody has acknowledged, those without a school first, then the oldest; after them those
    that go on for longer than they should. At most `limit` (and WORST), and how many there are."""
    rows = _IN_TROUBLE.rows(session)
    return [RunRow(*row[:-2]) for row in rows[:limit]], rows[0].total if rows else 0


def needing_help(session: Session, limit: int) -> tuple[list[RunRow], int]:
    """The same without those that go on: at most `limit`, and how many there are."""
    rows = [row for row in _IN_TROUBLE.rows(session) if row.state != RunState.RUNNING]
    return [RunRow(*row[:-2]) for row in rows[:limit]], rows[0].stopped if rows else 0


def run_of(session: Session, run_id: UUID) -> OnboardingRun | None:
    """A run or a draft."""
    return session.get(OnboardingRun, run_id)


def steps(session: Session, run_id: UUID) -> list[StepRow]:
    """The steps of a run."""
    found = select(
        OnboardingStep.name, OnboardingStep.state, OnboardingStep.attempts, OnboardingStep.error, OnboardingStep.started_at,
        OnboardingStep.ended_at,
    )  # fmt: skip
    in_order = found.where(OnboardingStep.run_id == run_id).order_by(OnboardingStep.position)
    return [StepRow._make(row) for row in session.execute(in_order)]


def handovers(session: Session, run: OnboardingRun) -> list[Handover]:
    """The accounts that a run gave to its school so far."""
    given = [first for first in (first_person(run, role) for role in ROLES) if first.user_id is not None]
    users = {user.id: user for user in session.scalars(select(User).where(User.id.in_([first.user_id for first in given])))}
    found = []
    for first in given:
        user = users[first.user_id]  # type: ignore[index]
        is_changed = user.password_changed_at is not None or (
            user.password_hash is not None and user.password_temporary_until is None
        )
        is_changed = is_changed or user.platform_role is not None or user.disabled_at is not None  # not ours to open
        found.append(
            Handover(
                first.role, user.id, user.name, user.email, bool(first.is_new), first.password_typed, is_changed,
                user.password_temporary_until,
            )
        )  # fmt: skip
    return found


def with_account(session: Session, emails: Iterable[str | None]) -> dict[str, bool]:
    """Those of these addresses that have an account, and whether it is disabled."""
    asked = [email for email in emails if email]
    found = session.execute(select(User.email, User.disabled_at).where(User.email.in_(asked)))
    return {row.email: row.disabled_at is not None for row in found}


def has_admin(session: Session, school_id: int) -> bool:
    """Whether a school has an owner or an admin whose account may sign in."""
    found = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.school_id == school_id, Membership.role.in_((Role.OWNER.value, Role.ADMIN.value)),
            Membership.ended_at.is_(None), User.disabled_at.is_(None),
        )
    )  # fmt: skip
    return session.scalar(select(found.exists())) or False


class Namesake(NamedTuple):
    """What has a name already: a school, or else a run that is making one (or left one half made)."""

    name: str
    school_id: int | None
    run_id: UUID | None


def namesake(session: Session, key: str, *, but: UUID | None = None) -> Namesake | None:
    """The school of this `name_key`, or the run (other than `but`) that has it; None when the name is free."""
    school = session.execute(select(School.name, School.id).where(School.name_key == key)).one_or_none()
    if school is not None:
        return Namesake(school.name, school.id, None)
    making = OnboardingRun.state.in_((RunState.RUNNING.value, RunState.PARTIAL_FAILURE.value))
    asked = select(OnboardingRun.name, OnboardingRun.id).where(OnboardingRun.name_key == key, making)
    run = session.execute(asked.where(OnboardingRun.id != but) if but else asked).first()
    return None if run is None else Namesake(run.name, None, run.id)


def matching(session: Session, text: str, limit: int) -> list[RunRow]:
    """The runs, newest first, of which this is the id or an address: also of a finished one, which knows it by its key."""
    try:
        wanted = OnboardingRun.id == UUID(text)
    except ValueError:
        if "@" not in text:
            return []
        key = address_key(text)
        wanted = or_(
            OnboardingRun.admin_key == key, OnboardingRun.officer_key == key, OnboardingRun.admin_email == text,
            OnboardingRun.officer_email == text,
        )  # fmt: skip
    begun = _ROW.where(wanted, OnboardingRun.state != RunState.DRAFT.value)
    return [RunRow._make(row) for row in session.execute(begun.order_by(OnboardingRun.id.desc()).limit(limit))]
