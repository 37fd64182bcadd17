"""Suspending a school and bringing it back. The platform's door is opened here, and each deed is one transaction."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain import lifecycle, rollups
from app.domain.closing import Door, Effect
from app.i18n.catalogue import N_
from app.tenancy.doors import across_schools


def suspend_school(school_id: int, *, name: str, doors: Iterable[Door]) -> str:
    """Suspend a school; returns its name. Raises NoSuchSchool, SuspendedAlready and NotTheName."""
    with across_schools(N_("Suspending a school")) as session:
        called = lifecycle.suspend(session, school_id, name=name, doors=doors).name
        session.commit()  # the school is closed from here on, however long it takes to count it anew
        rollups.refresh(session, [school_id])
        session.commit()
    return called


def reactivate_school(school_id: int, *, name: str, doors: Iterable[Door]) -> tuple[str, list[Effect]]:
    """Bring a suspended school back; returns its name and what became of what waited.

    Raises NoSuchSchool, NotSuspended and NotTheName.
    """
    with across_schools(N_("Reactivating a school")) as session:
        school, effects = lifecycle.reactivate(session, school_id, name=name, doors=doors)
        called = school.name
        session.commit()
        rollups.refresh(session, [school_id])
        session.commit()
    return called, effects
