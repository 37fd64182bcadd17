"""What a school writes down of a person, and how that changes: for the office, for corrections that were asked for, and for
leads that become people of the school."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.audit.record import Actor, record
from app.domain.names import sort_key
from app.domain.personal_data import consents
from app.i18n.catalogue import N_
from app.models.learner import Learner, PhotoConsent
from app.models.person import Kind, Person
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


class PeopleError(Exception):
    """Why something cannot be done about somebody; `message` is for people, marked with N_."""

    message = ""


class NumberTaken(PeopleError):
    """Another learner has this number; `name` is theirs."""

    message = N_("%(name)s has this learner number")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How somebody is reached: `phone` in E.164, `language` None for the school's."""

    email: str | None
    phone: str | None
    language: str | None


@dataclass(frozen=True, kw_only=True)
class LearnerDraft:
    """What a school writes down of a learner."""

    first_name: str
    last_name: str
    known_as: str | None
    birth_date: dt.date | None
    number: str | None
    photo_consent: str
    status: str
    contact: Contact

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


def person_for_change(person_id: UUID) -> Person | None:
    """Somebody of the school, held until the end of the transaction; None where there is no such record, or not any more."""
    found = select(Person).where(Person.id == person_id, Person.merged_into.is_(None)).with_for_update()
    return db.session.scalars(found).one_or_none()


def learner_for_change(learner_id: UUID) -> Learner | None:
    """A learner's profile, held with the person."""
    person = person_for_change(learner_id)
    return db.session.get(Learner, (person.school_id, person.id)) if person else None


def add_learner(draft: LearnerDraft, *, by: Actor) -> Person:
    """A new learner of the school. Raises NumberTaken."""
    refuse_number(draft.number, None)
    person = _add(Kind.LEARNER, draft.name, draft.contact)
    learner = Learner(
        id=person.id, first_name=draft.first_name, last_name=draft.last_name, known_as=draft.known_as,
        birth_date=draft.birth_date, number=draft.number, photo_consent=draft.photo_consent, status=draft.status,
        photo_consent_at=None if draft.photo_consent == PhotoConsent.UNKNOWN else clock.now(),
    )  # fmt: skip
    db.session.add(learner)
    db.session.flush()
    consents.note_photo(person, draft.photo_consent, by=by)
    record("people.add", person, label=person.name, by=by, after={"kind": person.kind, **facts(person, learner)})
    return person


def add_adult(kind: Kind, name: str, contact: Contact, *, by: Actor) -> Person:
    """A new guardian or member of staff. They get no account by this: that is what an invitation gives."""
    person = _add(kind, name, contact)
    record("people.add", person, label=name, by=by, after={"kind": person.kind, **facts(person, None)})
    return person


def edit_learner(learner: Learner, draft: LearnerDraft, *, by: Actor) -> bool:
    """Change what is written down of a learner; False when nothing is different. Raises NumberTaken.

    A photo consent that changes has its date, and is an event of its own. Who left keeps that status.
    """
    refuse_number(draft.number, learner.id)
    person: Person = learner.person
    before, consent = facts(person, learner), learner.photo_consent
    learner.first_name, learner.last_name, learner.known_as = draft.first_name, draft.last_name, draft.known_as
    learner.birth_date, learner.number = draft.birth_date, draft.number
    if not person.ended_at:
        learner.status = draft.status
    _rename(person, draft.name)
    _reach(person, draft.contact)
    changed = _note("people.edit", person, before, facts(person, learner), by=by)
    if consent != draft.photo_consent:
        learner.photo_consent, learner.photo_consent_at = draft.photo_consent, clock.now()
        consents.note_photo(person, draft.photo_consent, by=by)
        record(
            "people.consent", person, label=person.name, by=by,
            before={"photo_consent": consent}, after={"photo_consent": draft.photo_consent},
        )  # fmt: skip
        changed = True
    db.session.flush()
    return changed


def edit_adult(person: Person, name: str, contact: Contact, *, by: Actor) -> bool:
    """Change what is written down of a guardian or of staff; False when nothing is different."""
    before = facts(person, None)
    _rename(person, name)
    _reach(person, contact)
    return _note("people.edit", person, before, facts(person, None), by=by)


def _add(kind: Kind, name: str, contact: Contact) -> Person:
    person = Person(
        kind=kind.value, name=name, sort_key=sort_key(name), email=contact.email, phone=contact.phone, language=contact.language
    )
    db.session.add(person)
    db.session.flush()
    return person


def _rename(person: Person, name: str) -> None:
    if person.name != name:
        person.name, person.sort_key = name, sort_key(name)


def _reach(person: Person, contact: Contact) -> None:
    if (person.email or None) != contact.email:
        person.email, person.email_flagged_at = contact.email, None
    person.phone, person.language = contact.phone, contact.language


def refuse_number(number: str | None, but: UUID | None) -> None:
    """Raise NumberTaken where another learner than `but` has a number; of two who ask at once the second waits."""
    if not number:
        return
    key = hashlib.sha256(f"learner number\0{current_school_id()}\0{number}".encode()).digest()
    db.session.execute(
        select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True)))
    )  # of two at once the second waits
    others = select(Person.name).join(Learner, Learner.id == Person.id).where(Learner.number == number)
    if taken := db.session.scalar(others.where(Learner.id != but) if but else others):
        raise NumberTaken(taken)


def facts(person: Person, learner: Learner | None) -> dict[str, object]:
    """What the audit compares; the photo consent has events of its own."""
    facts: dict[str, object] = {
        "name": person.name, "email": person.email and str(person.email), "phone": person.phone, "language": person.language,
    }  # fmt: skip
    if learner is not None:
        born = learner.birth_date and learner.birth_date.isoformat()
        facts |= {"known_as": learner.known_as, "birth_date": born, "number": learner.number, "status": learner.status}
    return facts


def _note(action: str, person: Person, before: dict[str, object], after: dict[str, object], *, by: Actor) -> bool:
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        record(
            action, person, label=person.name, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    return bool(changed)
