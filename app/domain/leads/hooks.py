"""What else happens when something happens to a lead: areas put a function into one of these lists when they are imported.

Each is called inside the transaction of the change, in the lead's school, and commits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.models.lead import Lead

#: (session, lead, the stage before, the stage now); before is None when the lead has just come
OnStage = Callable[[Session, Lead, str | None, str], None]
#: (session, the lead that stays, the one that becomes part of it)
OnMerge = Callable[[Session, Lead, Lead], None]
#: (session, lead): whatever names the lead elsewhere goes
OnErase = Callable[[Session, Lead], None]
#: (session, ids of the lead and of those merged into it): what is held about them elsewhere, as JSON has it
OnCopy = Callable[[Session, Sequence[UUID]], Any]

_stage: list[OnStage] = []
_merge: list[OnMerge] = []
_erase: list[OnErase] = []
_copy: dict[str, OnCopy] = {}


def on_stage(hear: OnStage) -> OnStage:
    """Hear of every lead that comes, and of every change of a stage."""
    _stage.append(hear)
    return hear


def on_merge(hear: OnMerge) -> OnMerge:
    """Hear of two leads that become one, before the second is marked as part of the first."""
    _merge.append(hear)
    return hear


def on_erase(hear: OnErase) -> OnErase:
    """Hear of a lead that is erased, while its words are still there."""
    _erase.append(hear)
    return hear


def on_copy(name: str, give: OnCopy) -> OnCopy:
    """Add to the copy of all that is held about a lead, under `name`."""
    _copy[name] = give
    return give


def stage_changed(session: Session, lead: Lead, old: str | None, new: str) -> None:
    """Tell those who want to hear of stages."""
    for hear in _stage:
        hear(session, lead, old, new)


def merging(session: Session, kept: Lead, other: Lead) -> None:
    """Tell those who want to hear of two leads that become one."""
    for hear in _merge:
        hear(session, kept, other)


def erasing(session: Session, lead: Lead) -> None:
    """Tell those who hold something about a lead that it goes."""
    for hear in _erase:
        hear(session, lead)


def held_elsewhere(session: Session, leads: Sequence[UUID]) -> dict[str, Any]:
    """What others hold about these leads, by the name that they gave it."""
    return {name: give(session, leads) for name, give in _copy.items()}
