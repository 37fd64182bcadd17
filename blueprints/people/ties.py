"""Who is whose guardian, and what they may do and hear: link, change, unlink."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.learner import Guardianship, Learner
from app.models.person import Kind, Person
from app.tenancy.database import db
from blueprints.people.operations import PeopleError


class AlreadyLinked(PeopleError):
    message = N_("They are linked to this learner already.")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a guardian is to a learner, and what follows from it. Without contact they collect nobody and hear nothing."""

    relation: str
    may_collect: bool
    no_contact: bool
    hears_attendance: bool
    hears_notices: bool
    hears_billing: bool

    @property
    def in_force(self) -> dict[str, object]:
        """The values as they are stored."""
        free = not self.no_contact
        return {
            "relation": self.relation, "no_contact": self.no_contact, "may_collect": self.may_collect and free,
            "hears_attendance": self.hears_attendance and free, "hears_notices": self.hears_notices and free,
            "hears_billing": self.hears_billing and free,
        }  # fmt: skip


def guardian_here(person_id: UUID) -> Person | None:
    """A guardian of the school who has not left."""
    found = select(Person).where(
        Person.id == person_id, Person.kind == Kind.GUARDIAN.value, Person.ended_at.is_(None)
    )  # fmt: skip
    return db.session.scalars(found).one_or_none()


def tie_for_change(tie_id: UUID) -> Guardianship | None:
    """A guardianship of the school, held until the end of the transaction."""
    return db.session.scalars(select(Guardianship).where(Guardianship.id == tie_id).with_for_update()).one_or_none()


def link(learner: Learner, guardian: Person, terms: Terms, *, by: Actor) -> Guardianship:
    """Make somebody the guardian of a learner. Raises AlreadyLinked."""
    there = select(Guardianship.id).where(Guardianship.learner_id == learner.id, Guardianship.guardian_id == guardian.id)
    if db.session.scalar(there):
        raise AlreadyLinked
    tie = Guardianship(learner_id=learner.id, guardian_id=guardian.id, **terms.in_force)
    db.session.add(tie)
    _note("people.link_guardian", learner, guardian, by=by, after=terms.in_force)
    return tie


def change(tie: Guardianship, terms: Terms, *, by: Actor) -> bool:
    """Change what a guardian may do and hear; False when nothing is different."""
    before, after = terms_of(tie).in_force, terms.in_force
    changed = [name for name in after if before[name] != after[name]]
    for name in changed:
        setattr(tie, name, after[name])
    if changed:
        _note(
            "people.edit_guardian", tie.learner, tie.guardian, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    return bool(changed)


def unlink(tie: Guardianship, *, by: Actor) -> None:
    """Let somebody no longer be the guardian of a learner; both stay people of the school."""
    _note("people.unlink_guardian", tie.learner, tie.guardian, by=by, before=terms_of(tie).in_force)
    db.session.delete(tie)


def terms_of(tie: Guardianship) -> Terms:
    """What a guardianship says now."""
    return Terms(
        relation=tie.relation, may_collect=tie.may_collect, no_contact=tie.no_contact,
        hears_attendance=tie.hears_attendance, hears_notices=tie.hears_notices, hears_billing=tie.hears_billing,
    )  # fmt: skip


def _note(
    action: str, learner: Learner, guardian: Person, *, by: Actor,
    before: dict[str, object] | None = None, after: dict[str, object] | None = None,
) -> None:  # fmt: skip
    """The event is the learner's: their page tells who may collect them since when."""
    person: Person = learner.person
    named = {"guardian": guardian.name}
    record(action, person, label=person.name, by=by, before=before, after={**named, **(after or {})})
