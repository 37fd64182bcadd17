"""What can be exported about personal data: consents with their history, requests, certificates of erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.personal_data.purposes import PURPOSES
from app.exports.dataset import Column, Dataset, Kind, Row
from app.i18n.catalogue import N_
from app.models.learner import Learner
from app.models.person import Person
from app.models.personal_data import Consent, ConsentText, DataRequest, ErasureCertificate
from app.tenancy.reading import Prepared
from blueprints.personal_data.words import ANSWERS, ASKS, LAWS, REQUEST_STATES, WAYS


class _Consent(NamedTuple):
    number: str | None
    name: str
    purpose: str
    answer: str
    version: int | None
    at: dt.datetime
    by_name: str
    way: str
    signed_on: dt.date | None
    note: str | None


class _Request(NamedTuple):
    kind: str
    name: str
    asked_by: str
    way: str
    state: str
    created_at: dt.datetime
    due_on: dt.date
    decided_at: dt.datetime | None
    decided_by: str | None
    answer: str | None


class _Certificate(NamedTuple):
    number: int
    at: dt.datetime
    asked_on: dt.date
    law: str
    reason: str
    confirmed_by: str
    by_name: str


_CONSENTS = Prepared(
    select(
        Learner.number, Person.name, Consent.purpose, Consent.answer, ConsentText.version, Consent.at, Consent.by_name,
        Consent.way, Consent.signed_on, Consent.note,
    )
    .join(Person, (Person.school_id == Consent.school_id) & (Person.id == Consent.person_id))
    .outerjoin(Learner, (Learner.school_id == Person.school_id) & (Learner.id == Person.id))
    .outerjoin(ConsentText, (ConsentText.school_id == Consent.school_id) & (ConsentText.id == Consent.text_id))
    .order_by(Person.sort_key, Person.id, Consent.at),
    _Consent,
)  # fmt: skip
_REQUESTS = Prepared(
    select(
        DataRequest.kind, Person.name, DataRequest.asked_by, DataRequest.way, DataRequest.state, DataRequest.created_at,
        DataRequest.due_on, DataRequest.decided_at, DataRequest.decided_by, DataRequest.answer,
    )
    .join(Person, (Person.school_id == DataRequest.school_id) & (Person.id == DataRequest.person_id))
    .order_by(DataRequest.id),
    _Request,
)  # fmt: skip
_CERTIFICATES = Prepared(
    select(
        ErasureCertificate.number, ErasureCertificate.at, ErasureCertificate.asked_on, ErasureCertificate.law,
        ErasureCertificate.reason, ErasureCertificate.confirmed_by, ErasureCertificate.by_name,
    ).order_by(ErasureCertificate.number),
    _Certificate,
)  # fmt: skip


def _consents(cursor: Cursor[Any], _: Mapping[str, Any]) -> Iterator[Row]:
    return _CONSENTS.stream(cursor)


def _requests(cursor: Cursor[Any], _: Mapping[str, Any]) -> Iterator[Row]:
    return _REQUESTS.stream(cursor)


def _certificates(cursor: Cursor[Any], _: Mapping[str, Any]) -> Iterator[Row]:
    return _CERTIFICATES.stream(cursor)


_ANSWERS = {key: word for key, (_, word) in ANSWERS.items()}
_STATES = {key: word for key, (_, word) in REQUEST_STATES.items()}
_PURPOSES = {key: words.label for key, words in PURPOSES.items()}
DATASETS = (
    Dataset(
        "consents", N_("Consent"), Permission.PEOPLE_MANAGE,
        (
            Column("number", N_("Learner number")), Column("name", N_("Name")),
            Column("purpose", N_("Purpose"), Kind.WORD, _PURPOSES), Column("answer", N_("Answer"), Kind.WORD, _ANSWERS),
            Column("version", N_("Version of the text"), Kind.INTEGER), Column("at", N_("When"), Kind.MOMENT),
            Column("by_name", N_("Who said so")), Column("way", N_("How"), Kind.WORD, WAYS),
            Column("signed_on", N_("Day on the paper"), Kind.DAY), Column("note", N_("Note")),
        ),
        _consents, is_guarded=True,
    ),
    Dataset(
        "data_requests", N_("Requests about personal data"), Permission.PEOPLE_MANAGE,
        (
            Column("kind", N_("What is asked for"), Kind.WORD, ASKS), Column("name", N_("About")),
            Column("asked_by", N_("Asked by")), Column("way", N_("How"), Kind.WORD, WAYS),
            Column("state", N_("State"), Kind.WORD, _STATES), Column("created_at", N_("Asked"), Kind.MOMENT),
            Column("due_on", N_("Due"), Kind.DAY), Column("decided_at", N_("Decided"), Kind.MOMENT),
            Column("decided_by", N_("Decided by")), Column("answer", N_("Answer")),
        ),
        _requests, is_guarded=True,
    ),
    Dataset(
        "erasure_certificates", N_("Certificates of erasure"), Permission.PEOPLE_MANAGE,
        (
            Column("number", N_("Number"), Kind.INTEGER), Column("at", N_("Erased"), Kind.MOMENT),
            Column("asked_on", N_("Asked on"), Kind.DAY), Column("law", N_("Law"), Kind.WORD, LAWS),
            Column("reason", N_("Reason")), Column("confirmed_by", N_("Confirmed first by")),
            Column("by_name", N_("Confirmed second by")),
        ),
        _certificates,
    ),
)  # fmt: skip
