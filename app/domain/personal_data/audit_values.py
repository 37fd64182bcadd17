"""The values of the audit's events that are about somebody, erased under a certificate. The events and their seals stay."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_, update
from sqlalchemy.orm import Session

from app.audit.record import ACTOR, VISIT
from app.domain.personal_data.walk import Found
from app.models.audit import PlatformEvent, PlatformValue
from app.tenancy.keys import Hand

AT_ONCE = 1000  # values in one statement
NOBODYS = (
    "audit.heads",
    "audit.checked",
    "audit.broken",
    "audit.expire",
)  # what the log says of itself, which a check holds it to
#: all values of the events about them but who did it; their own name in what they did; and whatever names them anywhere
_FORGET = """
UPDATE audit_value v SET value = NULL, salt = NULL, erased_under = %(under)s FROM audit_event e
WHERE v.school_id = %(school)s AND e.school_id = %(school)s AND e.id = v.event_id AND v.value IS NOT NULL
  AND NOT e.action = ANY (%(nobodys)s) AND (
    e.target_id = ANY (%(targets)s) AND NOT v.field = ANY (%(others)s)
    OR v.field = %(actor)s AND e.actor_id = ANY (%(users)s::uuid[])
    OR %(pattern)s <> '' AND v.value ~* %(pattern)s)
RETURNING v.event_id, v.field
"""


def forget_values(hand: Hand, session: Session, found: Found, pattern: str, number: int) -> Counter[str]:
    """Erase the values about somebody in the school's log, and in the platform's what was copied there; returns how many.

    `pattern` is what names them unmistakably ('' for nothing). Needs `across_schools`.
    """
    targets = sorted({str(key) for ids in found.own.values() for key in ids})
    rows = hand.rows(
        _FORGET, under=str(number), targets=targets, others=[ACTOR, VISIT], actor=ACTOR, users=list(found.users),
        pattern=pattern, nobodys=list(NOBODYS),
    )  # fmt: skip
    counts = Counter({"audit_value": len(rows)})
    counts["platform_value"] = _forget_copies(
        session, hand.school_id or 0, [(row.event_id, row.field) for row in rows], targets, number
    )  # fmt: skip
    return counts


def _forget_copies(session: Session, school_id: int, pairs: list[tuple[UUID, str]], targets: list[str], number: int) -> int:
    """What the platform's log has of the same values (a copy has the id of the original), or about the same rows."""
    about = select(PlatformEvent.id).where(PlatformEvent.target_id.in_(targets), PlatformEvent.action.not_in(NOBODYS))
    wanted: list[ColumnElement[bool]] = [PlatformValue.event_id.in_(about) & PlatformValue.field.not_in((ACTOR, VISIT))]
    for first in range(0, len(pairs), AT_ONCE):
        wanted.append(tuple_(PlatformValue.event_id, PlatformValue.field).in_(pairs[first : first + AT_ONCE]))
    forgotten = 0
    for theirs in wanted:
        forgetting = (
            update(PlatformValue)
            .where(theirs, PlatformValue.value.is_not(None))
            .values(value=None, salt=None, erased_under=f"{school_id}/{number}")
        )
        done: Any = session.execute(forgetting, execution_options={"synchronize_session": False})
        forgotten += int(done.rowcount)
    return forgotten
