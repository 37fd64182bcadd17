"""Reads about personal data: requests, holds, packs, certificates, and whose data somebody may ask about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select, true

from app.domain.personal_data.erasing import Plan, plan
from app.domain.personal_data.pack import Pack, gather
from app.models.learner import Guardianship, Learner
from app.models.person import Kind, Person
from app.models.personal_data import (
    ConsentText,
    DataPack,
    DataRequest,
    ErasureCertificate,
    LegalHold,
    RequestState,
)
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.keys import Hand
from app.tenancy.reading import Prepared, driving, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut

ON_PAGE = 20  # rows of a section; the pack has all of them
GOING_ON = (RequestState.OPEN.value, RequestState.CONFIRMED.value, RequestState.RUNNING.value)


class Somebody(NamedTuple):
    """A person of the school. `ended_at`: since when they are archived."""

    id: UUID
    kind: str
    name: str
    ended_at: dt.datetime | None


class RequestRow(NamedTuple):
    """A request, whom it is about, and how it stands."""

    id: UUID
    kind: str
    person_id: UUID
    name: str
    person_kind: str
    ended_at: dt.datetime | None
    asked_by_id: UUID | None
    asked_by: str
    way: str
    field: str | None
    wanted: str | None
    reason: str
    law: str | None
    state: str
    created_at: dt.datetime
    due_on: dt.date
    confirmed_at: dt.datetime | None
    confirmed_by: str | None
    decided_at: dt.datetime | None
    decided_by: str | None
    answer: str | None
    error: str | None


class PackRow(NamedTuple):
    """A copy of what is held; `by_id` is who had it made."""

    id: UUID
    person_id: UUID
    request_id: UUID | None
    state: str
    rows: int | None
    size: int | None
    sha256: str | None
    is_released: bool
    by_id: UUID | None
    by_name: str
    created_at: dt.datetime
    expires_at: dt.datetime | None


class HoldRow(NamedTuple):
    """A legal hold; `lifted_at` None while it stands."""

    id: UUID
    person_id: UUID
    name: str
    reason: str
    set_by: str
    set_at: dt.datetime
    lifted_at: dt.datetime | None
    lifted_by: str | None
    lifted_why: str | None


class CertificateRow(NamedTuple):
    """A certificate of erasure, without what was erased."""

    id: UUID
    number: int
    person_id: UUID
    kind: str
    law: str
    reason: str
    counts: Mapping[str, int]
    kept: Mapping[str, Mapping[str, Any]]
    at: dt.datetime
    asked_on: dt.date
    by_name: str
    confirmed_by: str


class TextRow(NamedTuple):
    """A version of a text."""

    version: int
    texts: Mapping[str, str]
    by_name: str
    published_at: dt.datetime


class _Count(NamedTuple):
    number: int


_PERSON = Prepared(
    select(Person.id, Person.kind, Person.name, Person.ended_at).where(
        Person.id == bindparam("id", type_=Uuid), Person.merged_into.is_(None)
    ),
    Somebody,
)
_OWN = Prepared(
    select(Person.id, Person.kind, Person.name, Person.ended_at)
    .outerjoin(
        Guardianship,
        (Guardianship.school_id == Person.school_id)
        & (Guardianship.learner_id == Person.id)
        & (Guardianship.guardian_id == bindparam("me", type_=Uuid))
        & Guardianship.no_contact.is_(False),
    )
    .where(or_(Person.id == bindparam("me", type_=Uuid), Guardianship.id.is_not(None)), Person.merged_into.is_(None))
    .order_by((Person.kind != Kind.LEARNER.value), Person.sort_key, Person.id),
    Somebody,
)
_REQUEST = (
    select(
        DataRequest.id, DataRequest.kind, DataRequest.person_id, Person.name, Person.kind.label("person_kind"), Person.ended_at,
        DataRequest.asked_by_id, DataRequest.asked_by, DataRequest.way, DataRequest.field, DataRequest.wanted,
        DataRequest.reason, DataRequest.law, DataRequest.state, DataRequest.created_at, DataRequest.due_on,
        DataRequest.confirmed_at, DataRequest.confirmed_by, DataRequest.decided_at, DataRequest.decided_by, DataRequest.answer,
        DataRequest.error,
    )
    .join(Person, (Person.school_id == DataRequest.school_id) & (Person.id == DataRequest.person_id))
)  # fmt: skip
_ONE = Prepared(_REQUEST.where(DataRequest.id == bindparam("id", type_=Uuid)), RequestRow)
_OF_PERSON = Prepared(
    _REQUEST.where(DataRequest.person_id == bindparam("person", type_=Uuid)).order_by(DataRequest.id.desc()).limit(50),
    RequestRow,
)
_WAITING = Prepared(
    select(func.count().label("number")).select_from(DataRequest).where(DataRequest.state.in_(GOING_ON)), _Count
)
_PACKS = Prepared(
    select(
        DataPack.id, DataPack.person_id, DataPack.request_id, DataPack.state, DataPack.rows, DataPack.size, DataPack.sha256,
        DataPack.is_released, DataPack.by_id, DataPack.by_name, DataPack.created_at, DataPack.expires_at,
    )
    .where(DataPack.person_id == bindparam("person", type_=Uuid))
    .order_by(DataPack.id.desc())
    .limit(20),
    PackRow,
)  # fmt: skip
_HOLD = (
    select(
        LegalHold.id, LegalHold.person_id, Person.name, LegalHold.reason, LegalHold.set_by, LegalHold.set_at,
        LegalHold.lifted_at, LegalHold.lifted_by, LegalHold.lifted_why,
    )
    .join(Person, (Person.school_id == LegalHold.school_id) & (Person.id == LegalHold.person_id))
    .order_by(LegalHold.id.desc())
)  # fmt: skip
_HOLDS = Prepared(_HOLD.where(LegalHold.person_id == bindparam("person", type_=Uuid)), HoldRow)
_STANDING = Prepared(_HOLD.where(LegalHold.lifted_at.is_(None)).limit(50), HoldRow)
_HOLD_BY_ID = Prepared(_HOLD.where(LegalHold.id == bindparam("id", type_=Uuid)), HoldRow)
_CERTIFICATE = select(
    ErasureCertificate.id, ErasureCertificate.number, ErasureCertificate.person_id, ErasureCertificate.kind,
    ErasureCertificate.law, ErasureCertificate.reason, ErasureCertificate.counts, ErasureCertificate.kept,
    ErasureCertificate.at, ErasureCertificate.asked_on, ErasureCertificate.by_name, ErasureCertificate.confirmed_by,
).order_by(ErasureCertificate.number.desc())  # fmt: skip
_CERTIFICATES = Prepared(_CERTIFICATE.limit(100), CertificateRow)
_CERTIFICATE_BY_ID = Prepared(_CERTIFICATE.where(ErasureCertificate.id == bindparam("id", type_=Uuid)), CertificateRow)
_CERTIFICATE_OF = Prepared(
    _CERTIFICATE.where(ErasureCertificate.person_id == bindparam("person", type_=Uuid)).limit(1), CertificateRow
)  # fmt: skip
_TEXTS = Prepared(
    select(ConsentText.version, ConsentText.texts, ConsentText.by_name, ConsentText.published_at)
    .where(ConsentText.purpose == bindparam("purpose"))
    .order_by(ConsentText.version.desc()),
    TextRow,
)


def person(person_id: UUID) -> Somebody | None:
    """Somebody of the school, also somebody archived; None for nobody, and for a record that was merged away."""
    with reading() as cursor:
        return next(iter(_PERSON.all(cursor, id=person_id)), None)


def own_people(me: UUID) -> list[Somebody]:
    """Whose data somebody may ask about: their children, also those who have left, and themselves."""
    with reading() as cursor:
        return _OWN.all(cursor, me=me)


def held(person_id: UUID) -> Pack:
    """What the school holds about somebody, as much as a page shows."""
    with driving() as cursor:
        return gather(Hand(cursor), person_id, most=ON_PAGE, mentions=False)


def requests(kind: str, state: str, after: Key | None) -> Page[RequestRow]:
    """Requests of the school, the newest first; `kind` and `state` narrow ('' for all, 'going' for those that wait)."""
    narrowed = [
        DataRequest.kind == kind if kind else true(),
        DataRequest.state.in_(GOING_ON) if state == "going" else DataRequest.state == state if state else true(),
        DataRequest.id < after[1] if after else true(),
    ]
    found = _REQUEST.where(*narrowed).order_by(DataRequest.id.desc()).limit(PAGE + 1)
    rows = [RequestRow._make(row) for row in db.session.execute(found)]
    return cut(rows, lambda row: (row.created_at, row.id))


def how_many_wait() -> int:
    """How many requests wait for the school."""
    with reading() as cursor:
        return _WAITING.all(cursor)[0].number


def request(request_id: UUID) -> RequestRow | None:
    """One request of the school."""
    with reading() as cursor:
        return next(iter(_ONE.all(cursor, id=request_id)), None)


def requests_of(person_id: UUID) -> list[RequestRow]:
    """The requests about somebody, the newest first."""
    with reading() as cursor:
        return _OF_PERSON.all(cursor, person=person_id)


def packs_of(person_id: UUID) -> list[PackRow]:
    """The copies that were made of somebody's data, the newest first."""
    with reading() as cursor:
        return _PACKS.all(cursor, person=person_id)


def holds_of(person_id: UUID) -> list[HoldRow]:
    """The legal holds on somebody, the newest first."""
    with reading() as cursor:
        return _HOLDS.all(cursor, person=person_id)


def standing_holds() -> list[HoldRow]:
    """The legal holds of the school that stand."""
    with reading() as cursor:
        return _STANDING.all(cursor)


def hold(hold_id: UUID) -> HoldRow | None:
    """One legal hold."""
    with reading() as cursor:
        return next(iter(_HOLD_BY_ID.all(cursor, id=hold_id)), None)


def certificates() -> list[CertificateRow]:
    """The certificates of the school, the newest first."""
    with reading() as cursor:
        return _CERTIFICATES.all(cursor)


def certificate(certificate_id: UUID) -> CertificateRow | None:
    """One certificate."""
    with reading() as cursor:
        return next(iter(_CERTIFICATE_BY_ID.all(cursor, id=certificate_id)), None)


def certificate_of(person_id: UUID) -> CertificateRow | None:
    """The certificate under which somebody was erased."""
    with reading() as cursor:
        return next(iter(_CERTIFICATE_OF.all(cursor, person=person_id)), None)


def versions(purpose: str) -> list[TextRow]:
    """The texts of a purpose that were published, the newest first."""
    with reading() as cursor:
        return _TEXTS.all(cursor, purpose=purpose)


def school() -> School:
    """The current school."""
    return db.session.get_one(School, current_school_id())


def plan_for(person_id: UUID) -> Plan:
    """What an erasure of somebody would do."""
    with driving() as cursor:
        return plan(Hand(cursor), person_id)


def value_of(person_id: UUID, field: str) -> str:
    """What stands in a field of somebody's record now, as text; '' for nothing."""
    found = db.session.execute(
        select(Person, Learner)
        .outerjoin(Learner, (Learner.school_id == Person.school_id) & (Learner.id == Person.id))
        .where(Person.id == person_id)
    ).one()
    of = found[1] if found[1] is not None and field in Learner.__table__.c else found[0]
    value = getattr(of, field, None)
    return "" if value is None else str(value)
