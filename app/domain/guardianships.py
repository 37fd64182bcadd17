"""Somebody becomes the guardian of a learner, and what they may do and hear by that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.audit.record import Actor, record
from app.domain.people_records import PeopleError
from app.i18n.catalogue import N_
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.tenancy.database import db


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


def link(learner: Learner, guardian: Person, terms: Terms, *, by: Actor) -> Guardianship:
    """Make somebody the guardian of a learner. Raises AlreadyLinked."""
    there = select(Guardianship.id).where(Guardianship.learner_id == learner.id, Guardianship.guardian_id == guardian.id)
    if db.session.scalar(there):
        raise AlreadyLinked
    tie = Guardianship(learner_id=learner.id, guardian_id=guardian.id, **terms.in_force)
    db.session.add(tie)
    note_tie("people.link_guardian", learner, guardian, by=by, after=terms.in_force)
    return tie


def note_tie(
    action: str, learner: Learner, guardian: Person, *, by: Actor,
    before: dict[str, object] | None = None, after: dict[str, object] | None = None,
) -> None:  # fmt: skip
    """Record what was done: the event is the learner's: their page tells who may collect them since when."""
    person: Person = learner.person
    named = {"guardian": guardian.name}
    record(action, person, label=person.name, by=by, before=before, after={**named, **(after or {})})
