"""A lead becomes a learner and a guardian of the school, with a place in a class if there is one for them.

The lead stays, with its consent and its history, and leads to both people; where the school knows one of them already, that
record is used and none is doubled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, update

from app.audit.record import Actor, record
from app.domain.guardianships import AlreadyLinked, Terms, link
from app.domain.leads import stages
from app.domain.leads.records import LeadError, note
from app.domain.names import sort_key
from app.domain.people_records import Contact, LearnerDraft, add_adult, add_learner
from app.domain.places import class_for_change, enrol
from app.i18n.catalogue import N_
from app.models.classes import ClassGroup
from app.models.lead import Happening, Lead, Stage
from app.models.learner import Learner
from app.models.person import Kind, Person
from app.tenancy.database import db


class AlreadyConverted(LeadError):
    message = N_("This lead became a learner already.")


class Archived(LeadError):
    message = N_("This lead is archived. Bring it back first.")


class NoSuchPerson(LeadError):
    message = N_("This person is not known to the school any more. Choose again.")


class NoSuchClass(LeadError):
    message = N_("This class is not there any more. Choose another one.")


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What a lead becomes: people who are there (`learner_id`, `guardian_id`), else new ones; `class_id` None: no class yet."""

    learner_id: UUID | None
    learner: LearnerDraft
    guardian_id: UUID | None
    guardian_name: str
    contact: Contact
    terms: Terms
    class_id: UUID | None
    starts_on: dt.date


class Converted(NamedTuple):
    """The two people; `waits` when the class was full, `elsewhere` the register class that the learner has already."""

    learner: Person
    guardian: Person
    waits: bool
    elsewhere: str | None


def convert(lead: Lead, wanted: Conversion, *, by: Actor) -> Converted:
    """Let a held lead become people of the school.

    Raises AlreadyConverted, Archived, NoSuchPerson, NoSuchClass, NumberTaken (of the learner's number), ClassEnded.
    """
    if lead.learner_id:
        raise AlreadyConverted
    if lead.stage == Stage.ARCHIVED:
        raise Archived
    group = _class(wanted.class_id)
    guardian = _here(wanted.guardian_id, Kind.GUARDIAN) or add_adult(
        Kind.GUARDIAN, wanted.guardian_name, wanted.contact, by=by
    )  # fmt: skip
    learner = _here(wanted.learner_id, Kind.LEARNER) or add_learner(wanted.learner, by=by)
    with suppress(AlreadyLinked):  # the family is known
        link(db.session.get_one(Learner, (learner.school_id, learner.id)), guardian, wanted.terms, by=by)
    waits, elsewhere = False, None
    if group is not None:
        db.session.flush()
        placed = enrol(group, [learner.id], on=wanted.starts_on, by=by)
        waits = bool(placed.waiting)
        elsewhere = placed.elsewhere[0].group if placed.elsewhere else None
    lead.learner_id, lead.guardian_id = learner.id, guardian.id
    lead.next_step, lead.next_due_on = "", None
    theirs = update(Lead).where(Lead.merged_into == lead.id).values(learner_id=learner.id, guardian_id=guardian.id)
    db.session.execute(theirs, execution_options={"synchronize_session": False})
    note(lead, Happening.CONVERTED, {"learner": learner.name, "guardian": guardian.name}, by=by)
    record("leads.convert", lead, label=lead.name, by=by, after={"learner": learner.name, "guardian": guardian.name})
    if lead.stage != Stage.ENROLLED:
        stages.change(lead, Stage.ENROLLED.value, by=by)
    return Converted(learner, guardian, waits, elsewhere)


def guardians_like(lead: Lead) -> Sequence[Person]:
    """Parents and guardians of the school with the lead's address or number: rather these than a second record."""
    same = [column == value for column, value in ((Person.email, lead.email), (Person.phone, lead.phone)) if value]
    if not same:
        return []
    here = Person.kind == Kind.GUARDIAN.value, Person.ended_at.is_(None)
    return db.session.scalars(select(Person).where(or_(*same), *here).order_by(Person.sort_key, Person.id).limit(10)).all()


def learners_like(lead: Lead) -> Sequence[Person]:
    """Learners of the school with the name of the lead's child, and no other date of birth."""
    if not lead.child_name:
        return []
    here = Person.kind == Kind.LEARNER.value, Person.ended_at.is_(None)
    found = select(Person).join(Learner, Learner.id == Person.id).where(Person.sort_key == sort_key(lead.child_name), *here)
    if lead.child_birth_date:
        found = found.where(or_(Learner.birth_date.is_(None), Learner.birth_date == lead.child_birth_date))
    return db.session.scalars(found.order_by(Person.id).limit(10)).all()


def _here(person_id: UUID | None, kind: Kind) -> Person | None:
    """Somebody of the school who has not left, held; None where none was chosen. Raises NoSuchPerson."""
    if person_id is None:
        return None
    held = select(Person).where(Person.id == person_id, Person.kind == kind.value, Person.ended_at.is_(None)).with_for_update()
    if (person := db.session.scalars(held).one_or_none()) is None:
        raise NoSuchPerson
    return person


def _class(class_id: UUID | None) -> ClassGroup | None:
    if class_id is None:
        return None
    if (group := class_for_change(class_id)) is None:
        raise NoSuchClass
    return group
