"""What can be taken out of the gate: every scan, with what it came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import Date, Text, and_, bindparam, or_, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind, Row, one_of
from app.i18n.catalogue import N_
from app.models.gate import Direction, GateScan
from app.models.learner import Learner
from app.models.person import Person
from app.tenancy.reading import Prepared
from blueprints.gate.words import DIRECTIONS


class _Scan(NamedTuple):
    """A line of the export."""

    scanned_at: dt.datetime
    name: str | None
    number: str | None
    direction: str
    code: str
    received_at: dt.datetime
    by_name: str


_SCANS = Prepared(
    select(
        GateScan.scanned_at, Person.name, Learner.number, GateScan.direction, GateScan.code, GateScan.received_at,
        GateScan.by_name,
    )
    .outerjoin(Learner, and_(Learner.school_id == GateScan.school_id, Learner.id == GateScan.learner_id))
    .outerjoin(Person, and_(Person.school_id == GateScan.school_id, Person.id == GateScan.learner_id))
    .where(
        or_(bindparam("day", type_=Date).is_(None), GateScan.on_date == bindparam("day", type_=Date)),
        or_(bindparam("direction", type_=Text).is_(None), GateScan.direction == bindparam("direction", type_=Text)),
    )
    .order_by(GateScan.scanned_at.desc(), GateScan.id.desc()),
    _Scan,
)  # fmt: skip


def scans(cursor: Cursor[Any], filters: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of GATE; the code only of what is nobody's, for a card's is a key."""
    for row in _SCANS.stream(cursor, day=filters.get("day"), direction=filters.get("direction")):
        yield row._replace(code=row.code if row.name is None else "")


GATE = Dataset(
    "gate", N_("Gate scans"), Permission.PEOPLE_MANAGE,
    (
        Column("scanned", N_("Scanned"), Kind.MOMENT),
        Column("learner", N_("Learner")),
        Column("number", N_("Learner number")),
        Column("direction", N_("In or out"), Kind.WORD, {key: word for key, (_, word) in DIRECTIONS.items()}),
        Column("code", N_("Unknown code")),
        Column("received", N_("Received"), Kind.MOMENT),
        Column("by", N_("Scanned by")),
    ),
    scans,
    {"day": dt.date.fromisoformat, "direction": one_of(*Direction)},
)  # fmt: skip
DATASETS = (GATE,)
