"""Suspending a school and bringing it back: the row of the school, and every door that closes and opens with it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.audit.both import record_both
from app.domain.closing import Door, Effect
from app.i18n.catalogue import N_
from app.models.school import School, SchoolState
from app.work.outbox import wake

LARGEST = 2**31  # the numbers of schools are below it


class NoSuchSchool(LookupError):
    """There is no school with this number."""


class NotTheName(ValueError):
    """What was typed to confirm is not the name of the school."""

    message = N_("This is not the name of the school. Type it exactly as it stands above; capital letters count.")


class SuspendedAlready(Exception):
    """Somebody has suspended the school before."""


class NotSuspended(Exception):
    """The school is not suspended, or somebody has brought it back before."""


def find(session: Session, school_id: int, *, hold: bool = False) -> School:
    """The school with this number; with `hold` nobody else changes its state, or begins a session in it, before the commit.

    Needs `across_schools`. Raises NoSuchSchool.
    """
    one = select(School).where(School.id == school_id).execution_options(populate_existing=True)
    school = session.scalar(one.with_for_update(key_share=True) if hold else one) if 0 < school_id < LARGEST else None
    if school is None:
        raise NoSuchSchool(school_id)
    return school


def suspend(session: Session, school_id: int, *, name: str, doors: Iterable[Door]) -> School:
    """Close a school with all its doors, in the caller's transaction: its commit is the moment. `name` confirms it.

    Nothing of the school is lost, and it comes back as it was. Needs `across_schools`. Raises NoSuchSchool, SuspendedAlready
    and NotTheName.
    """
    school = find(session, school_id, hold=True)
    if school.state == SchoolState.DISABLED:
        raise SuspendedAlready
    _confirm(name, school)
    before = school.state
    school.state, school.state_before, school.disabled_at = SchoolState.DISABLED, before, clock.now()
    session.flush()
    for door in doors:
        if door.close:
            door.close(session, school_id)
    _record(session, "lifecycle.suspend", school, before=before)
    return school


def reactivate(session: Session, school_id: int, *, name: str, doors: Iterable[Door]) -> tuple[School, list[Effect]]:
    """Bring a school back into the state that it was suspended in, and let go what waited; returns what became of that.

    Needs `across_schools`. Raises NoSuchSchool, NotSuspended and NotTheName.
    """
    school = find(session, school_id, hold=True)
    if school.state != SchoolState.DISABLED:
        raise NotSuspended
    _confirm(name, school)
    since = suspended_since(school)
    school.state, school.state_before, school.disabled_at = state_after(school), None, None
    session.flush()
    effects = [effect for door in doors if door.reopen for effect in door.reopen(session, school_id, since)]
    _record(session, "lifecycle.reactivate", school, before=SchoolState.DISABLED)
    wake()
    return school, effects


def state_after(school: School) -> str:
    """The state that a suspended school comes back to."""
    return school.state_before or SchoolState.ACTIVE.value


def suspended_since(school: School) -> dt.datetime:
    """When a suspended school was."""
    return school.disabled_at or clock.now()


def _confirm(typed: str, school: School) -> None:
    """Raise NotTheName unless what was typed is the name: without the white space around it, capitals as they are.

    White space within a name is shown as one space; how a letter and its accent are put together nobody sees.
    """
    shown = " ".join(school.name.split())
    if unicodedata.normalize("NFC", typed.strip()) not in {unicodedata.normalize("NFC", each) for each in (school.name, shown)}:
        raise NotTheName


def _record(session: Session, action: str, school: School, *, before: str) -> None:
    was, now = {"state": str(before)}, {"state": str(school.state)}
    record_both(session, school.id, action, school, label=school.name, before=was, after=now)
