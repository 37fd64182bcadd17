"""A report in the making: its row knows what was chosen, which days are counted, and the table so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from app import clock
from app.domain.report_counts import count_slice, next_slice
from app.domain.reporting import Choice, Scope, Table
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.report import Report

RUNNING, DONE, FAILED = "running", "done", "failed"
#: what a failed report says: a message of these
FAULT = N_("Something went wrong while the numbers were counted. What was counted is kept: try again.")
ENDLESS = N_("It took far too long, so it was stopped. Choose a shorter period or fewer classes.")
SCOPE, FAULTS = "scope", "faults"  # in Report.choice, beside what was chosen


class Kept(Protocol):
    """A row of `report`, as a model or as what a list reads of it."""

    @property
    def kind(self) -> str: ...
    @property
    def choice(self) -> Mapping[str, Any]: ...


def new_report(choice: Choice, scope: Scope, *, name: str, by_id: UUID | None, by_name: str) -> Report:
    """A report of which nothing is counted yet."""
    return Report(
        id=uuid7(), kind=choice.kind.value, name=name, choice={**choice.written(), SCOPE: scope.written()}, state=RUNNING,
        by_id=by_id, by_name=by_name, created_at=clock.now(),
    )  # fmt: skip


def read(report: Kept) -> tuple[Choice, Scope]:
    """What a report was chosen to be, and what that came to."""
    return Choice.read(report.kind, report.choice), Scope.read(report.choice[SCOPE])


def count_next(report: Report) -> bool:
    """Count the next days of a report; returns whether any are left, and ends it where none are.

    What is counted and how far are the same row: whoever commits after each call can be stopped anywhere.
    """
    choice, scope = read(report)
    table = Table(choice.kind, report.rows)
    if days := next_slice(choice, scope):
        count_slice(table, choice, scope, *days)
        scope = scope._replace(through=days[1])
    report.rows = table.written()
    report.choice = {**report.choice, SCOPE: scope.written()}
    if next_slice(choice, scope):
        return True
    report.state, report.ended_at = DONE, clock.now()
    return False
