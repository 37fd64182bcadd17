"""What an operator does to a school stands in two logs: the platform's, and the school's own, where its people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.audit.record import Actor, Target, add_event, current_actor
from app.tenancy.scope import WrongSchool, current_scope


def record_both(
    session: Session,
    school_id: int,
    action: str,
    target: Any,
    *,
    label: str,
    by: Actor | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Add the event `action` to both logs, in the platform's `session`: both commit with the deed, or neither.

    `target` is a row, a Target, or None for the school itself; `label` what it is called now. The two events have salts of
    their own, so that erasing the values of one says nothing about the other. Raises WrongSchool outside `across_schools`.
    """
    if not current_scope().is_across:
        raise WrongSchool(f"the platform's log cannot be written as {current_scope()}")
    target = Target("school", school_id) if target is None else target
    who = by or current_actor()
    seen = replace(who, kind="operator") if by is None and who.kind == "user" else who  # to the school: the platform's staff
    for log, actor in ((None, who), (school_id, seen)):
        add_event(session, action, target, label=label, by=actor, before=before, after=after, school_id=log)
