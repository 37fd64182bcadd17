"""What is done about requests, packs and legal holds. Each verb records what it did; those who asked are told the outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, Target, record, record_read
from app.delivery.publish import send_message
from app.domain.people_records import (
    Contact,
    LearnerDraft,
    edit_adult,
    edit_learner,
    learner_for_change,
    person_for_change,
)
from app.domain.personal_data.merged import heirs_of, records_of
from app.i18n.catalogue import N_
from app.models.learner import Learner
from app.models.person import Kind, Person
from app.models.personal_data import Asks, DataPack, DataRequest, ErasureCertificate, LegalHold, RequestState, Way
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work import progress
from app.work.outbox import queue
from blueprints.personal_data import messages

DAYS = dt.timedelta(days=30)  # in which a school has to answer
KEPT = dt.timedelta(days=7)  # for which a pack can be fetched
SECOND = dt.timedelta(hours=24)  # within which the second confirmation follows the first
MAKE, ERASE = "personal_data.pack", "personal_data.erase"
FAMILY = "/family/data/"


class DataError(Exception):
    """Why something cannot be done; `message` is for people, marked with N_."""

    message = ""


class AlreadyAsked(DataError):
    message = N_("This has been asked for already and waits for an answer.")


class Decided(DataError):
    message = N_("This request has been decided already.")


class Held(DataError):
    message = N_("A legal hold stands. Nothing can be erased until it is lifted.")


class StillHere(DataError):
    message = N_("Only somebody who is archived can be erased. Archive them first.")


class TooLate(DataError):
    message = N_("The first confirmation is older than a day. Confirm once more from the beginning.")


class Erased(DataError):
    message = N_("This person’s data has been erased already.")


class NobodyThere(DataError):
    message = N_("There is no such person any more.")


def ask(
    kind: Asks, person: Person, *, asked_by: str, asked_by_id: UUID | None, way: Way, reason: str, today: dt.date, by: Actor,
    field: str | None = None, wanted: str | None = None, law: str | None = None,
) -> DataRequest:  # fmt: skip
    """Store what somebody asks about a person, who is held. Raises AlreadyAsked and Erased."""
    if is_erased(person.id):
        raise Erased
    same = select(DataRequest.id).where(
        DataRequest.person_id == person.id, DataRequest.kind == kind.value,
        DataRequest.state.in_((RequestState.OPEN.value, RequestState.CONFIRMED.value, RequestState.RUNNING.value)),
        DataRequest.field.is_(None) if field is None else DataRequest.field == field,
    )  # fmt: skip
    if db.session.scalar(same.limit(1)):
        raise AlreadyAsked
    asked = DataRequest(
        kind=kind.value, person_id=person.id, asked_by_id=asked_by_id, asked_by=asked_by, way=way.value, field=field,
        wanted=wanted, reason=reason, law=law, created_at=clock.now(), due_on=today + DAYS,
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    after = {"kind": kind.value, "field": field, "wanted": wanted, "reason": reason, "asked_by": asked_by}
    record("personal_data.ask", _about(person), label=person.name, by=by, after={k: v for k, v in after.items() if v})
    return asked


def withdraw(asked: DataRequest, *, by: Actor) -> None:
    """Take a request back that nobody has decided. Raises Decided."""
    if asked.state != RequestState.OPEN:
        raise Decided
    _end(asked, RequestState.WITHDRAWN, "personal_data.withdraw", by=by)


def request_for_change(request_id: UUID) -> DataRequest | None:
    """A request, held until the end of the transaction."""
    return db.session.scalars(select(DataRequest).where(DataRequest.id == request_id).with_for_update()).one_or_none()


def accept_correction(asked: DataRequest, *, by: Actor) -> None:
    """Make the change that was asked for, as the office would; what stood there before is in the audit.

    Raises Decided, NobodyThere, and NumberTaken of the people's records.
    """
    if asked.state != RequestState.OPEN or asked.kind != Asks.CORRECTION:
        raise Decided
    person = person_for_change(asked.person_id)
    if person is None:
        raise NobodyThere
    change(person, asked.field or "", asked.wanted or "", by=by)
    _end(asked, RequestState.DONE, "personal_data.accept", by=by)
    _tell(asked, person.name, accepted=True)


def decline(asked: DataRequest, answer: str, *, by: Actor) -> None:
    """Decline a request with a reason. Raises Decided."""
    if asked.state not in (RequestState.OPEN, RequestState.CONFIRMED):
        raise Decided
    asked.answer = answer
    _end(asked, RequestState.DECLINED, "personal_data.decline", by=by)
    _tell(asked, _name(asked.person_id), accepted=False)


def change(person: Person, field: str, wanted: str, *, by: Actor) -> bool:
    """Write another value into one field of somebody's record; False if it stood there. Raises NumberTaken."""
    contact = Contact(email=person.email and str(person.email), phone=person.phone, language=person.language)
    if field in ("email", "phone", "language"):
        contact = replace(contact, **{field: wanted or None})
    if person.kind != Kind.LEARNER:
        return edit_adult(person, wanted if field == "name" else person.name, contact, by=by)
    learner: Learner | None = learner_for_change(person.id)
    if learner is None:
        raise NobodyThere
    draft = LearnerDraft(
        first_name=learner.first_name, last_name=learner.last_name, known_as=learner.known_as, birth_date=learner.birth_date,
        number=learner.number, photo_consent=learner.photo_consent, status=learner.status, contact=contact,
    )  # fmt: skip
    match field:
        case "first_name":
            draft = replace(draft, first_name=wanted)
        case "last_name":
            draft = replace(draft, last_name=wanted)
        case "known_as":
            draft = replace(draft, known_as=wanted or None)
        case "number":
            draft = replace(draft, number=wanted or None)
        case "birth_date":
            draft = replace(draft, birth_date=dt.date.fromisoformat(wanted) if wanted else None)
    return edit_learner(learner, draft, by=by)


def make_pack(
    person: Person, *, language: str, by: Actor, by_id: UUID, url: str, asked: DataRequest | None = None
) -> DataPack:  # fmt: skip
    """Have a copy made of all that is held about somebody; for a request it is released to the one who asked, who is told.

    `url` leads to the page on which it can be fetched. Raises Decided for a request that is over.
    """
    if asked is not None and asked.state != RequestState.OPEN:
        raise Decided
    pack = DataPack(
        person_id=person.id, request_id=asked.id if asked else None, language=language, is_released=asked is not None,
        by_id=by_id, by_name=by.name, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(pack)
    db.session.flush()
    record("personal_data.make_pack", _about(person), label=person.name, by=by, after={"released": asked is not None})
    progress.start("export", pack.id, person_id=by_id, label=person.name, url=url)
    queue(MAKE, pack.id)
    if asked is not None:
        asked.error = None
        _end(asked, RequestState.RUNNING, "personal_data.accept", by=by)
    return pack


def note_download(person_id: UUID, name: str, pack_id: UUID, *, by: Actor) -> None:
    """Write down that somebody took a pack along."""
    record_read("personal_data.download", Target("person", person_id), label=name, by=by, after={"pack": str(pack_id)})


def note_look(person_id: UUID, name: str, tables: list[str], *, by: Actor) -> None:
    """Write down that somebody looked at what is held about a person."""
    record_read("personal_data.look", Target("person", person_id), label=name, by=by, after={"sections": tables})


def set_hold(person: Person, reason: str, *, by: Actor) -> LegalHold:
    """Let nothing of somebody be erased, for a reason in law."""
    hold = LegalHold(person_id=person.id, reason=reason, set_by=by.name, set_at=clock.now())
    db.session.add(hold)
    record("personal_data.hold", _about(person), label=person.name, by=by, after={"reason": reason})
    return hold


def lift_hold(hold_id: UUID, why: str, *, by: Actor) -> None:
    """End a legal hold. Raises Decided for one that was lifted before."""
    hold = db.session.scalars(select(LegalHold).where(LegalHold.id == hold_id).with_for_update()).one()
    if hold.lifted_at:
        raise Decided
    hold.lifted_at, hold.lifted_by, hold.lifted_why = clock.now(), by.name, why
    record(
        "personal_data.lift", Target("person", hold.person_id), label=_name(hold.person_id), by=by, after={"reason": why}
    )  # fmt: skip


def confirm(asked: DataRequest, *, law: str, reason: str, by: Actor) -> None:
    """The first of two confirmations of an erasure. Raises Decided, Held and StillHere."""
    if asked.state not in (RequestState.OPEN, RequestState.CONFIRMED) or asked.kind != Asks.ERASURE:
        raise Decided
    _refuse(asked.person_id)
    asked.state, asked.confirmed_at, asked.confirmed_by = RequestState.CONFIRMED.value, clock.now(), by.name
    asked.law, asked.reason, asked.error = law, reason, None
    record(
        "personal_data.confirm", Target("person", asked.person_id), label=_name(asked.person_id), by=by,
        after={"law": law, "reason": reason},
    )  # fmt: skip


def begin(asked: DataRequest, *, by: Actor) -> None:
    """The second confirmation: a worker erases. Raises Decided, TooLate, Held and StillHere."""
    if asked.state != RequestState.CONFIRMED or asked.confirmed_at is None:
        raise Decided
    if clock.now() - asked.confirmed_at > SECOND:
        raise TooLate
    _refuse(asked.person_id)
    asked.state, asked.decided_at, asked.decided_by = RequestState.RUNNING.value, clock.now(), by.name
    record("personal_data.begin", Target("person", asked.person_id), label=_name(asked.person_id), by=by)
    queue(ERASE, asked.id)


def is_erased(person_id: UUID) -> bool:
    """Whether somebody's data has been erased, also as part of the record that theirs was merged into."""
    theirs = heirs_of(db.session(), current_school_id(), person_id)
    found = select(ErasureCertificate.id).where(ErasureCertificate.person_id.in_(theirs)).limit(1)
    return db.session.scalar(found) is not None


def _refuse(person_id: UUID) -> None:
    records = records_of(db.session(), current_school_id(), person_id)  # a merge lifts no hold
    holds = select(LegalHold.id).where(LegalHold.person_id.in_(records), LegalHold.lifted_at.is_(None))
    if db.session.scalar(holds.limit(1)) is not None:
        raise Held
    person = person_for_change(person_id)
    if person is None:
        raise NobodyThere
    if person.ended_at is None:
        raise StillHere


def _end(asked: DataRequest, state: RequestState, action: str, *, by: Actor) -> None:
    before = asked.state
    asked.state, asked.decided_at, asked.decided_by = state.value, clock.now(), by.name
    after = {"state": state.value, "kind": asked.kind, "answer": asked.answer}
    record(
        action, Target("person", asked.person_id), label=_name(asked.person_id), by=by, before={"state": before},
        after={name: value for name, value in after.items() if value},
    )  # fmt: skip


def _tell(asked: DataRequest, name: str, *, accepted: bool) -> None:
    """Tell the one who asked, if the school knows them and they asked about somebody else, or themselves."""
    if asked.asked_by_id is None:
        return
    send_message(
        audience="guardians", texts=messages.outcome(asked.kind, accepted=accepted, name=name, answer=asked.answer or ""),
        url=f"{FAMILY}{asked.person_id}/", urgent=False, due=None, person_id=asked.asked_by_id,
    )  # fmt: skip


def finish_access(asked: DataRequest) -> None:
    """The copy that a request asked for is there: the request is done, and the one who asked is told."""
    if asked.state == RequestState.RUNNING:
        asked.state = RequestState.DONE.value
    _tell(asked, _name(asked.person_id), accepted=True)


def _name(person_id: UUID) -> str:
    return db.session.scalars(select(Person.name).where(Person.id == person_id)).one()


def _about(person: Person) -> Target:
    return Target("person", person.id)
