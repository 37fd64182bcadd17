"""Medical notes: reading one is an event, writing one too, and the owner names who may."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, cast, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app import clock
from app.audit.record import Actor, Target, record, record_read
from app.domain.people import HERE
from app.domain.person_search import binds, has_words, prefixes
from app.models.learner import Learner, MedicalNote
from app.models.person import Kind, Person
from app.models.user import Membership, Role
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: who can be named: an owner may anyway, and families read nothing of others
NAMEABLE = (Role.ADMIN.value, Role.TEACHER.value, Role.OFFICER.value)


class Note(NamedTuple):
    """What is noted of a learner's health, by whom and when; `text` None where nothing is."""

    name: str
    text: str | None
    updated_at: dt.datetime | None
    updated_by: str | None


class Noted(NamedTuple):
    """A learner, and whether something is noted of them; what, their own page tells."""

    id: str
    name: str
    sort_key: str
    number: str | None
    updated_at: dt.datetime | None


class Reader(NamedTuple):
    """A member of staff, and whether they read medical notes."""

    person_id: UUID
    name: str
    role: str
    reads_medical: bool


_NOTE = Prepared(
    select(Person.name, MedicalNote.note.label("text"), MedicalNote.updated_at, MedicalNote.updated_by)
    .select_from(Person)
    .outerjoin(MedicalNote, and_(MedicalNote.school_id == Person.school_id, MedicalNote.learner_id == Person.id))
    .where(
        Person.id == bindparam("id", type_=PG_UUID), Person.kind == Kind.LEARNER.value, Person.merged_into.is_(None)
    ),
    Note,
)  # fmt: skip
_READERS = Prepared(
    select(Membership.person_id, Person.name, Membership.role, Membership.reads_medical)
    .join(Person, and_(Person.school_id == Membership.school_id, Person.id == Membership.person_id))
    .where(Membership.ended_at.is_(None), Membership.role.in_(NAMEABLE))
    .order_by(Person.sort_key, Person.id),
    Reader,
)


def is_learner(learner_id: UUID) -> bool:
    """Whether the school has such a learner: asked before the note itself is read."""
    wanted = select(Person.id).where(
        Person.id == learner_id, Person.kind == Kind.LEARNER.value, Person.merged_into.is_(None)
    )  # fmt: skip
    return db.session.scalar(wanted) is not None


def read(learner_id: UUID, *, by: Actor) -> Note | None:
    """The note of a learner; None if there is no such learner. That it was read is written down at once."""
    with reading() as cursor:
        found = _NOTE.all(cursor, id=learner_id)
    if not found:
        return None
    record_read(
        "people.read_medical", Target("person", learner_id), label=found[0].name, by=by, after={"noted": bool(found[0].text)}
    )
    return found[0]


def write(learner: Learner, text: str, *, by: Actor) -> bool:
    """Note something of a learner's health, or with "" nothing any more; False when it is as it was.

    The audit keeps that it changed and not what it says: who reads the log need not be allowed to read the note.
    """
    note = db.session.scalars(select(MedicalNote).where(MedicalNote.learner_id == learner.id)).one_or_none()
    if (note.note if note else "") == text:
        return False
    before = note is not None
    if note is None:
        note = MedicalNote(learner_id=learner.id, note=text, updated_by=by.name)
        db.session.add(note)
    elif text:
        note.note, note.updated_at, note.updated_by = text, clock.now(), by.name
    else:
        db.session.delete(note)
    person: Person = learner.person
    record("people.write_medical", person, label=person.name, by=by, before={"noted": before}, after={"noted": bool(text)})
    return True


def readers() -> list[Reader]:
    """The members of staff whom the owner can let read medical notes, by name."""
    with reading() as cursor:
        return _READERS.all(cursor)


def allow(person_id: UUID, *, reads: bool, by: Actor) -> str | None:
    """Let a member of staff read medical notes, or no longer; returns their name, None if they are none who can be named."""
    wanted = select(Membership).where(
        Membership.person_id == person_id, Membership.ended_at.is_(None), Membership.role.in_(NAMEABLE)
    )
    memberships = db.session.scalars(wanted.with_for_update()).all()
    if not memberships:
        return None
    person: Person = memberships[0].person
    before = any(membership.reads_medical for membership in memberships)
    for membership in memberships:
        membership.reads_medical = reads
    if before != reads:
        record(
            "people.allow_medical", person, label=person.name, by=by,
            before={"reads_medical": before}, after={"reads_medical": reads},
        )  # fmt: skip
    return person.name


def learners(text: str, *, noted: bool, after: Key | None) -> Page[Noted]:
    """Learners who are here, by name; only those with a note, with these words; those behind `after`."""
    words = prefixes(text)
    asked = {name: value for name, value in binds(text).items() if int(name[5:]) < len(words)}
    values: dict[str, object] = {**asked, **dict(zip(("after_name", "after_id"), after or (), strict=False))}
    with reading() as cursor:
        rows = _learners(len(words), noted, after is not None).all(cursor, **values)
    return cut(rows, lambda row: (row.sort_key, row.id))


@cache
def _learners(words: int, noted: bool, later: bool) -> Prepared[Noted]:
    statement = (
        select(
            cast(Person.id, Text).label("id"), Person.name, Person.sort_key, Learner.number, MedicalNote.updated_at
        )
        .join(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
        .outerjoin(MedicalNote, and_(MedicalNote.school_id == Person.school_id, MedicalNote.learner_id == Person.id))
        .where(HERE, Person.kind == Kind.LEARNER.value)
        .order_by(Person.sort_key, Person.id)
        .limit(PAGE + 1)
    )  # fmt: skip
    if words:
        statement = statement.where(has_words(words))
    if noted:
        statement = statement.where(MedicalNote.id.is_not(None))
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, Noted)
