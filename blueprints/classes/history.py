"""Everybody who was ever in a class."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.models.classes import Enrolment
from app.models.learner import Learner
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut


class Spell(NamedTuple):
    """A learner in a class from a day to a day; `state` is waiting or active."""

    id: UUID
    learner_id: UUID
    name: str
    number: str | None
    state: str
    starts_on: dt.date
    ends_on: dt.date | None
    created_at: dt.datetime


_SPELLS = (
    select(
        Enrolment.id, Learner.id.label("learner_id"), Person.name, Learner.number, Enrolment.state, Enrolment.starts_on,
        Enrolment.ends_on, Enrolment.created_at,
    )
    .join(Learner, Learner.id == Enrolment.learner_id)
    .join(Person, Person.id == Learner.id)
    .where(Enrolment.class_id == bindparam("class_id", type_=PG_UUID))
    .order_by(Enrolment.created_at.desc(), Enrolment.id.desc())
    .limit(PAGE + 1)
)  # fmt: skip
_KEY = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=PG_UUID))
_FIRST = Prepared(_SPELLS, Spell)
_OLDER = Prepared(_SPELLS.where(tuple_(Enrolment.created_at, Enrolment.id) < _KEY), Spell)


def of_class(class_id: UUID, after: Key | None) -> Page[Spell]:
    """Who was in a class and who is, the last one who came first; those before `after`."""
    with reading() as cursor:
        if after:
            rows = _OLDER.all(cursor, class_id=class_id, after_at=after[0], after_id=after[1])
        else:
            rows = _FIRST.all(cursor, class_id=class_id)
    return cut(rows, lambda row: (row.created_at, row.id))
