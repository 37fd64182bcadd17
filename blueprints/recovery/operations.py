"""What an operator does about failed deliveries: each deed by the school's own verbs, and in both logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import Actor, Target, record
from app.delivery import dead_letters
from app.delivery.dead_letters import Outcome
from app.domain import rollups
from app.i18n.catalogue import N_, catalogue
from app.models.person import Person
from app.models.school import School
from app.tenancy.doors import across_schools, acting_for, outside
from blueprints.recovery.queries import Letter

REASON = "failure_reason"
DEED = "deed of an operator on failed deliveries"


class SchoolSuspended(Exception):
    """Nothing is sent for a school that is suspended."""

    message = N_("%(school)s is suspended: nothing is sent for it. Reactivate the school first.")


class Done(NamedTuple):
    """What became of the chosen letters of one school: dealt with, and what had to stay (see RecoveryRun)."""

    done: int
    flagged: int = 0
    forgotten: int = 0
    suspended: int = 0


def retry_letter(letter: Letter, *, by: Actor) -> Outcome:
    """Send one failed delivery again. Nothing happens to one that somebody else has dealt with. Raises SchoolSuspended."""
    with outside(), acting_for(letter.school_id) as session:
        _refuse_suspended(session)
        outcome = dead_letters.send_again([letter.id])
        if outcome.again:
            label = _name_of(session, letter.person_id)
            target, staff = Target("delivery", letter.id), replace(by, kind="operator")
            record("deliveries.retry", target, label=label, after={"number": 1}, by=staff, mirrored=True)
            session.commit()
    if outcome.again:
        _count_anew(letter.school_id)
    return outcome


def discard_letter(letter: Letter, *, why: str, by: Actor) -> int:
    """Give one failed delivery up. Returns how many it was: 0 when somebody else has dealt with it."""
    with outside(), acting_for(letter.school_id) as session:
        number = dead_letters.discard([letter.id], why=why)
        if number:
            after = {"number": number, "why": why}
            label = _name_of(session, letter.person_id)
            target, staff = Target("delivery", letter.id), replace(by, kind="operator")
            record("deliveries.discard", target, label=label, after=after, by=staff, mirrored=True)
            session.commit()
    if number:
        _count_anew(letter.school_id)
    return number


def retry_in(school_id: int, ids: Sequence[UUID], *, reason: str, words: str, by: Actor) -> Done:
    """Send failed deliveries of one school again, all of them of a `reason`, and write it into the school's log."""
    with outside(), acting_for(school_id) as session:
        if not _is_open(session):
            return Done(0, suspended=len(ids))
        outcome = dead_letters.send_again(ids)
        if outcome.again:
            after = {"number": outcome.again, "reason": reason}
            record("deliveries.retry_all", Target(REASON, reason), label=_as_said(session, words), after=after, by=by)
            session.commit()
    return Done(outcome.again, outcome.flagged, outcome.forgotten)


def discard_in(school_id: int, ids: Sequence[UUID], *, reason: str, words: str, why: str, by: Actor) -> Done:
    """Give failed deliveries of one school up, all of them of a `reason`, and write it into the school's log."""
    with outside(), acting_for(school_id) as session:
        number = dead_letters.discard(ids, why=why)
        if number:
            after = {"number": number, "reason": reason, "why": why}
            record("deliveries.discard", Target(REASON, reason), label=_as_said(session, words), after=after, by=by)
            session.commit()
    return Done(number)


def _count_anew(school_id: int) -> None:
    """Count the school's numbers anew, so that what the console shows of the letter is gone."""
    with across_schools(DEED, routine=True) as session:
        rollups.refresh(session, [school_id])
        session.commit()


def _refuse_suspended(session: Session) -> None:
    if not _is_open(session):
        raise SchoolSuspended


def _is_open(session: Session) -> bool:
    """Whether the school that is acted for is open: the only one whose row it may read."""
    return bool(session.scalar(select(School.is_open)))


def _as_said(session: Session, words: str) -> str:
    """A message in the language of the school, for its own log."""
    return catalogue(session.scalars(select(School.language)).one()).gettext(words)


def _name_of(session: Session, person_id: UUID) -> str:
    """What the school calls the person, for its own log: the operator's page does not show it."""
    return session.scalar(select(Person.name).where(Person.id == person_id)) or ""
