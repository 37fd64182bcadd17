"""What a school has done to find out why a learner is away for long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.i18n.catalogue import N_
from app.models.attendance import AbsenceInquiry
from app.tenancy.reading import Prepared, reading

KINDS = {
    "called": N_("Telephoned the family"),
    "wrote": N_("Wrote to the family"),
    "visited": N_("Visited the family"),
    "referred": N_("Referred to social services or the district"),
}


class Inquiry(NamedTuple):
    """One step, and what came of it."""

    id: UUID
    learner_id: UUID
    kind: str
    note: str
    at: dt.datetime
    by_name: str


_COLUMNS = (
    AbsenceInquiry.id, AbsenceInquiry.learner_id, AbsenceInquiry.kind, AbsenceInquiry.note, AbsenceInquiry.at,
    AbsenceInquiry.by_name,
)  # fmt: skip
_OF_LEARNER = Prepared(
    select(*_COLUMNS)
    .where(AbsenceInquiry.learner_id == bindparam("learner", type_=Uuid))
    .order_by(AbsenceInquiry.at.desc(), AbsenceInquiry.id.desc()),
    Inquiry,
)
_LAST = Prepared(
    select(*_COLUMNS)
    .where(AbsenceInquiry.learner_id == func.any(bindparam("learners", type_=ARRAY(Uuid))))
    .ext(distinct_on(AbsenceInquiry.learner_id))
    .order_by(AbsenceInquiry.learner_id, AbsenceInquiry.at.desc(), AbsenceInquiry.id.desc()),
    Inquiry,
)


def of_learner(learner_id: UUID) -> list[Inquiry]:
    """Every step about a learner, the newest first."""
    with reading() as cursor:
        return _OF_LEARNER.all(cursor, learner=learner_id)


def last_of(learners: Collection[UUID]) -> dict[UUID, Inquiry]:
    """The newest step about each of these learners; whoever has none is left out."""
    with reading() as cursor:
        return {one.learner_id: one for one in _LAST.all(cursor, learners=list(learners))}
