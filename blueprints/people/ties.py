"""Who is whose guardian, and what they may do and hear: change and unlink; linking stands in the domain."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor
from app.domain.guardianships import AlreadyLinked, Terms, link, note_tie
from app.models.learner import Guardianship
from app.models.person import Kind, Person
from app.tenancy.database import db

__all__ = ["AlreadyLinked", "Terms", "change", "guardian_here", "link", "terms_of", "tie_for_change", "unlink"]


def guardian_here(person_id: UUID) -> Person | None:
    """A guardian of the school who has not left."""
    found = select(Person).where(
        Person.id == person_id, Person.kind == Kind.GUARDIAN.value, Person.ended_at.is_(None)
    )  # fmt: skip
    return db.session.scalars(found).one_or_none()


def tie_for_change(tie_id: UUID) -> Guardianship | None:
    """A guardianship of the school, held until the end of the transaction."""
    return db.session.scalars(select(Guardianship).where(Guardianship.id == tie_id).with_for_update()).one_or_none()


def change(tie: Guardianship, terms: Terms, *, by: Actor) -> bool:
    """Change what a guardian may do and hear; False when nothing is different."""
    before, after = terms_of(tie).in_force, terms.in_force
    changed = [name for name in after if before[name] != after[name]]
    for name in changed:
        setattr(tie, name, after[name])
    if changed:
        note_tie(
            "people.edit_guardian", tie.learner, tie.guardian, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    return bool(changed)


def unlink(tie: Guardianship, *, by: Actor) -> None:
    """Let somebody no longer be the guardian of a learner; both stay people of the school."""
    note_tie("people.unlink_guardian", tie.learner, tie.guardian, by=by, before=terms_of(tie).in_force)
    db.session.delete(tie)


def terms_of(tie: Guardianship) -> Terms:
    """What a guardianship says now."""
    return Terms(
        relation=tie.relation, may_collect=tie.may_collect, no_contact=tie.no_contact,
        hears_attendance=tie.hears_attendance, hears_notices=tie.hears_notices, hears_billing=tie.hears_billing,
    )  # fmt: skip
