"""What the pages and the console say of a run that needs somebody."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from app.i18n.speech import speech
from app.models.onboarding import RunState, StepName
from blueprints.onboarding.queries import RunRow
from blueprints.onboarding.reasons import STEP_WORDS, reason


class Task(NamedTuple):
    """A set-up that stopped: the row of its run, and why in the reader's language."""

    run: RunRow
    why: str

    @property
    def run_id(self) -> UUID:
        return self.run.id


def task(row: RunRow) -> Task:
    """A stopped run with its reason."""
    return Task(row, speech().gettext(reason(row.step or StepName.SCHOOL, row.error)))


def stopped(row: RunRow) -> str:
    """A whole sentence about a run that stopped."""
    if row.state == RunState.FAILED:
        return speech().gettext("%(school)s could not be created.", school=row.name)
    step = speech().gettext(STEP_WORDS[row.step or StepName.FINISH])
    return speech().gettext("%(school)s was created, but its set-up stopped at “%(step)s”.", school=row.name, step=step)


def takes_long(row: RunRow) -> str:
    """A whole sentence about a run that goes on for longer than it should."""
    return speech().gettext("%(school)s has been in the making for longer than usual.", school=row.name)
