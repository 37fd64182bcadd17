"""What the pages say before a deed: what it would do, as the doors of all areas tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from app.domain.closing import Door, Effect
from app.domain.lifecycle import NotSuspended, SuspendedAlready, find, state_after, suspended_since
from app.i18n.catalogue import N_
from app.models.school import SchoolState
from app.tenancy.doors import across_schools


class Suspending(NamedTuple):
    """A school that is not suspended, and what a suspension would do to it."""

    id: int
    name: str
    state: str
    effects: list[Effect]


class Returning(NamedTuple):
    """A suspended school: since when, the state that it comes back to, and what would become of what waits."""

    id: int
    name: str
    since: dt.datetime
    state_after: str
    effects: list[Effect]


def before_suspending(school_id: int, doors: Iterable[Door]) -> Suspending:
    """Raises NoSuchSchool and SuspendedAlready."""
    with across_schools(N_("What a suspension would do")) as session:
        school = find(session, school_id)
        if school.state == SchoolState.DISABLED:
            raise SuspendedAlready
        found = (door.effect(session, school_id) for door in doors if door.effect)
        return Suspending(school.id, school.name, school.state, [effect for effect in found if effect])


def before_returning(school_id: int, doors: Iterable[Door]) -> Returning:
    """Raises NoSuchSchool and NotSuspended."""
    with across_schools(N_("What the end of a suspension would do")) as session:
        school = find(session, school_id)
        if school.state != SchoolState.DISABLED:
            raise NotSuspended
        since = suspended_since(school)
        effects = [effect for door in doors if door.outlook for effect in door.outlook(session, school_id, since)]
        return Returning(school.id, school.name, since, state_after(school), effects)
