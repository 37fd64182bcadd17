"""What a school does about its people: archive and bring back; adding and changing stand in the domain. Each verb records what
it did."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from app import clock
from app.audit.record import Actor, record
from app.domain import invitations
from app.domain.memberships import LastOwner, hold_owners, keep_an_owner
from app.domain.people_records import (
    Contact,
    LearnerDraft,
    NumberTaken,
    PeopleError,
    add_adult,
    add_learner,
    edit_adult,
    edit_learner,
    learner_for_change,
    person_for_change,
)
from app.i18n.catalogue import N_
from app.models.classes import Enrolment
from app.models.learner import Learner, LearnerStatus
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import Membership, Role
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

__all__ = [
    "Contact", "LearnerDraft", "NumberTaken", "PeopleError", "add_adult", "add_learner", "archive", "bring_back", "edit_adult",
    "edit_learner", "has_account", "learner_for_change", "person_for_change", "refuse_owners", "revoke_invitation", "school",
]  # fmt: skip


class OnlyOwner(PeopleError):
    message = LastOwner.message


class OwnRecord(PeopleError):
    message = N_("You cannot archive yourself. Ask somebody else who runs the school.")


class OnlyOwners(PeopleError):
    message = N_("This is an owner of the school. Only an owner can do that.")


class Merged(PeopleError):
    message = N_("This record was merged into another one and cannot be brought back.")


def has_account(person_id: UUID) -> bool:
    """Whether an account of the person opens the school."""
    members = select(Membership.id).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    return db.session.scalar(members.limit(1)) is not None


def archive(person: Person, *, on: dt.date, why: str, editor: UUID | None, role: str | None, by: Actor) -> bool:
    """Let somebody have left on a day; False if they had before. `editor` and `role` are of who says so.

    Their places in classes end with that day, their account no longer opens the school, and an open invitation is taken back.
    What was written down about them stays. Raises OwnRecord, OnlyOwners and OnlyOwner.
    """
    if person.ended_at:
        return False
    if person.id == editor:
        raise OwnRecord
    owners = hold_owners(db.session(), current_school_id())
    refuse_owners(person, role)
    theirs = select(Membership.id).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    try:
        keep_an_owner(owners, but=owners & set(db.session.scalars(theirs)))
    except LastOwner:
        raise OnlyOwner from None
    person.ended_at = clock.now()
    if person.kind == Kind.LEARNER:
        learner = db.session.get_one(Learner, (person.school_id, person.id))
        learner.status, learner.left_on = LearnerStatus.LEFT.value, on
        _end_places(person.id, on)
    members = update(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    db.session.execute(members.values(ended_at=clock.now()), execution_options={"synchronize_session": False})
    revoke_invitation(person)
    record("people.archive", person, label=person.name, by=by, after={"left_on": on.isoformat(), "why": why})
    return True


def bring_back(person: Person, *, by: Actor) -> bool:
    """Undo that somebody left; False if they had not. They have no class and no account until they are given one.

    Raises Merged for a record that is no longer one of its own.
    """
    if person.merged_into:
        raise Merged
    if not person.ended_at:
        return False
    person.ended_at = None
    if person.kind == Kind.LEARNER:
        learner = db.session.get_one(Learner, (person.school_id, person.id))
        learner.status, learner.left_on = LearnerStatus.ENROLLED.value, None
    record("people.bring_back", person, label=person.name, by=by)
    return True


def refuse_owners(person: Person, role: str | None) -> None:
    """Raise OnlyOwners when the person is an owner of the school and whoever acts with `role` is none."""
    if role == Role.OWNER:
        return
    owns = Membership.person_id == person.id, Membership.ended_at.is_(None), Membership.role == Role.OWNER.value
    if db.session.scalar(select(Membership.id).where(*owns).limit(1)):
        raise OnlyOwners


def revoke_invitation(person: Person) -> None:
    """Take the open invitation of somebody back, if there is one."""
    session = db.session()
    if held := invitations.open_invitation(session, school_id=current_school_id(), person_id=person.id):
        invitations.revoke(session, held)


def school() -> School:
    """The current school, as the ORM has it."""
    return db.session.get_one(School, current_school_id())


def _end_places(learner_id: UUID, on: dt.date) -> None:
    """A place ends on a day; one that would begin later, or that is only waited for, does not come to be."""
    theirs = Enrolment.learner_id == learner_id
    later = delete(Enrolment).where(theirs, or_(Enrolment.starts_on > on, Enrolment.state == "waiting"))
    db.session.execute(later, execution_options={"synchronize_session": False})
    ending = update(Enrolment).where(theirs, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on > on)).values(ends_on=on)
    db.session.execute(ending, execution_options={"synchronize_session": False})
