"""What operators read of all accounts: the cards, the list, its file, and the recounts of the ledger. Inside `across_schools`.

What is counted comes from the rollups; a row of the list costs the same however much a school was billed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, select
from sqlalchemy.orm import Session

from app.domain import metrics
from app.domain.billing.accounts import NONE, days_of_cover
from app.domain.metrics import Number
from app.models.billing import BillingAccount
from app.models.bookkeeping import LedgerProof
from app.models.metric import Metric
from app.models.school import School, SchoolState, name_key
from app.web.paging import PAGE, Key, Page, cut
from blueprints.accounts.rollups import ACCOUNTS, BANDS, MONTHLY, OWED, RESERVE, SHORT, STATES

#: what the list can be narrowed to
FILTERS = (*STATES, NONE)
ALL_SCHOOLS = tuple(f"schools.{state.value}" for state in SchoolState)
_OF_ROW = (RESERVE, SHORT, OWED, MONTHLY, *STATES.values())
MOST_PROOFS = 30
CHUNK = 1000  # schools of a file at a time


class Band(NamedTuple):
    """How many accounts have a reserve that lasts for so many days: from `since`, to below `until` (None: for ever)."""

    since: int
    until: int | None
    accounts: int


class Overview(NamedTuple):
    """The accounts together, in cents; `computed_at` None while nobody has counted. `cover` is of all reserves together."""

    accounts: int
    without: int
    reserve: int
    owed: int
    monthly: int
    counts: dict[str, int]
    bands: list[Band]
    past_due_since: dt.datetime | None
    computed_at: dt.datetime | None

    @property
    def cover(self) -> int | None:
        return days_of_cover(self.reserve, self.monthly)


class AccountRow(NamedTuple):
    """A school and its account. `name`, `currency` and `minimum` None: it has none. `state` is a word of the domain's; money
    and `since` (past due since) are as they were counted, None while nobody has."""

    school_id: int
    key: str
    school: str
    school_state: str
    name: str | None
    currency: str | None
    minimum: int | None
    dunning_step: int | None
    state: str = NONE
    reserve: int | None = None
    owed: int | None = None
    monthly: int | None = None
    since: dt.datetime | None = None

    @property
    def cover(self) -> int | None:
        return None if self.reserve is None or self.monthly is None else days_of_cover(self.reserve, self.monthly)


class Proven(NamedTuple):
    """A recount: `detail` holds the first of its faults."""

    id: UUID
    begun_at: dt.datetime
    ended_at: dt.datetime
    schools: int
    transactions: int
    faults: int
    detail: list[dict[str, Any]]


_ROW = select(
    School.id, School.name_key, School.name, School.state, BillingAccount.name, BillingAccount.currency,
    BillingAccount.minimum_reserve, BillingAccount.dunning_step,
).outerjoin(BillingAccount, BillingAccount.school_id == School.id)  # fmt: skip


def overview(session: Session) -> Overview:
    """The four cards and the days of cover: one select of what was counted, whatever the number of schools."""
    names = (ACCOUNTS, RESERVE, SHORT, OWED, MONTHLY, *STATES.values(), *(name for name, _ in BANDS), *ALL_SCHOOLS)
    found = metrics.of_platform(session, *names)
    accounts, schools = _of(found, ACCOUNTS), sum(_of(found, name) for name in ALL_SCHOOLS)
    without, since, bands = max(0, schools - accounts), 0, []
    for name, until in BANDS:
        bands.append(Band(since, until, _of(found, name)))
        since = until or since
    overdue = found.get(STATES["past_due"])
    return Overview(
        accounts, without, _of(found, RESERVE) - _of(found, SHORT), _of(found, OWED), _of(found, MONTHLY),
        {"": schools} | {state: _of(found, name) for state, name in STATES.items()} | {NONE: without}, bands,
        overdue.moment if overdue else None, found[ACCOUNTS].computed_at if ACCOUNTS in found else None,
    )  # fmt: skip


def page(session: Session, *, state: str = "", search: str = "", after: Key | None = None) -> Page[AccountRow]:
    """The first page of schools by name, or the one after a place; of one state, and with `search` in the name."""
    statement = _matching(state, search).order_by(School.name_key).limit(PAGE + 1)
    if after:
        statement = statement.where(School.name_key > after[0])
    found = cut([AccountRow(*row) for row in session.execute(statement)], lambda row: (row.key,))
    return Page(_told(session, found.rows), found.older)


def every(session: Session, *, state: str = "", search: str = "") -> list[AccountRow]:
    """All that match, by name, for a file."""
    rows = [AccountRow(*row) for row in session.execute(_matching(state, search).order_by(School.name_key))]
    return [row for first in range(0, len(rows), CHUNK) for row in _told(session, rows[first : first + CHUNK])]


def proofs(session: Session) -> list[Proven]:
    """The last recounts, the newest first."""
    row = LedgerProof
    found = (
        select(row.id, row.begun_at, row.ended_at, row.schools, row.transactions, row.faults, row.detail)
        .order_by(row.ended_at.desc())
        .limit(MOST_PROOFS)
    )
    return [Proven(*each) for each in session.execute(found)]


def names_of(session: Session, schools: Sequence[int]) -> dict[int, str]:
    """What these schools are called."""
    return {row.id: row.name for row in session.execute(select(School.id, School.name).where(School.id.in_(schools)))}


def named(search: str) -> list[ColumnElement[bool]]:
    """The conditions of a search in the names of schools; what has neither letters nor digits is in none."""
    keys = [key for each in search.split() if (key := name_key(each))]
    return [School.name_key.like(f"%{key}%") for key in keys] or [false()]


def _matching(state: str, search: str) -> Select[*tuple[Any, ...]]:
    statement = _ROW.where(*named(search)) if search else _ROW
    if state == NONE:
        return statement.where(BillingAccount.id.is_(None))
    if state:
        mine = and_(Metric.school_id == School.id, Metric.name == STATES[state], Metric.number > 0)
        return statement.where(exists().where(mine))
    return statement


def _told(session: Session, rows: Sequence[AccountRow]) -> list[AccountRow]:
    """The rows with what was counted of them: one select, however many there are."""
    counted = metrics.of_schools(session, [row.school_id for row in rows], *_OF_ROW)
    return [_with(row, counted[row.school_id]) for row in rows]


def _with(row: AccountRow, counted: dict[str, Number]) -> AccountRow:
    if row.name is None or RESERVE not in counted:
        return row
    state = next((state for state, name in STATES.items() if _of(counted, name)), NONE)
    return row._replace(
        state=state, reserve=_of(counted, RESERVE) - _of(counted, SHORT), owed=_of(counted, OWED),
        monthly=_of(counted, MONTHLY), since=counted[STATES[state]].moment if state in STATES else None,
    )  # fmt: skip


def _of(found: dict[str, Number], name: str) -> int:
    return found[name].number if name in found else 0
