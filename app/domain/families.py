"""Families: whose guardians are whose, and which of them hear about a learner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.i18n.catalogue import N_
from app.models.learner import Guardianship, Learner, Relation
from app.models.person import Person
from app.tenancy.reading import Prepared, reading

#: what a guardian is to a learner, in words
RELATIONS = {
    Relation.MOTHER.value: N_("Mother"),
    Relation.FATHER.value: N_("Father"),
    Relation.GRANDPARENT.value: N_("Grandparent"),
    Relation.GUARDIAN.value: N_("Guardian"),
    Relation.FOSTER.value: N_("Foster parent"),
    Relation.SIBLING.value: N_("Brother or sister"),
    Relation.OTHER.value: N_("Somebody else"),
}


class Guardian(NamedTuple):
    """A guardian of a learner; `person` is theirs."""

    learner: UUID
    person: UUID
    name: str
    relation: str
    email: str | None
    phone: str | None
    language: str | None
    may_collect: bool
    no_contact: bool
    hears_attendance: bool
    hears_notices: bool


class Child(NamedTuple):
    """A learner of a guardian, who is still at the school."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None
    no_contact: bool


_GUARDIANS = Prepared(
    select(
        Guardianship.learner_id.label("learner"), Guardianship.guardian_id.label("person"), Person.name, Guardianship.relation,
        Person.email, Person.phone, Person.language, Guardianship.may_collect, Guardianship.no_contact,
        Guardianship.hears_attendance, Guardianship.hears_notices,
    )
    .join(Person, Person.id == Guardianship.guardian_id)
    .where(Guardianship.learner_id == any_(bindparam("learners", type_=ARRAY(Uuid))), Person.ended_at.is_(None))
    .order_by(Guardianship.created_at, Guardianship.id),
    Guardian,
)  # fmt: skip
_CHILDREN = Prepared(
    select(Learner.id, Person.name, Learner.known_as, Learner.number, Guardianship.no_contact)
    .join(Learner, Learner.id == Guardianship.learner_id)
    .join(Person, Person.id == Learner.id)
    .where(Guardianship.guardian_id == bindparam("guardian"), Person.ended_at.is_(None))
    .order_by(Person.sort_key, Person.id),
    Child,
)


def guardians_of(learners: Sequence[UUID]) -> dict[UUID, list[Guardian]]:
    """The guardians of each of these learners who are still known to the school, whoever was entered first first."""
    found: dict[UUID, list[Guardian]] = {learner: [] for learner in learners}
    with reading() as cursor:
        for guardian in _GUARDIANS.all(cursor, learners=list(learners)):
            found[guardian.learner].append(guardian)
    return found


def hears_of_attendance(guardian: Guardian) -> bool:
    """Whether a guardian is told that a learner is away: never one without contact."""
    return guardian.hears_attendance and not guardian.no_contact


def children_of(guardian: UUID) -> list[Child]:
    """The learners of a guardian of the current school, by name. One without contact has them too, and sees none of it."""
    with reading() as cursor:
        return _CHILDREN.all(cursor, guardian=guardian)
