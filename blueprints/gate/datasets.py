"""What can be taken out of the gate: every scan, with what it came to."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Date, Text, and_, bindparam, case, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_choice, a_day
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.gate import GateScan
from app.models.learner import Learner
from app.models.person import Person
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


#: only of what is nobody's, for a card's code is a key
_CODE = case((Person.name.is_(None), GateScan.code), else_="")
_SCANS = (
    select(
        GateScan.scanned_at, Person.name, Learner.number, GateScan.direction, _CODE.label("code"), GateScan.received_at,
        GateScan.by_name,
    )
    .outerjoin(Learner, and_(Learner.school_id == GateScan.school_id, Learner.id == GateScan.learner_id))
    .outerjoin(Person, and_(Person.school_id == GateScan.school_id, Person.id == GateScan.learner_id))
    .order_by(GateScan.scanned_at.desc(), GateScan.id.desc())
)  # fmt: skip
_ONLY = {
    "day": GateScan.on_date == bindparam("day", type_=Date),
    "since": GateScan.on_date >= bindparam("since", type_=Date),
    "until": GateScan.on_date <= bindparam("until", type_=Date),
    "direction": GateScan.direction == bindparam("direction", type_=Text),
}
WORDS = {key: word for key, (_, word) in DIRECTIONS.items()}

GATE = Dataset(
    "gate", N_("Gate scans"), Permission.PEOPLE_MANAGE,
    (
        Column("scanned", N_("Scanned"), Kind.MOMENT),
        Column("learner", N_("Learner")),
        Column("number", N_("Learner number")),
        Column("direction", N_("In or out"), Kind.WORD, WORDS),
        Column("code", N_("Unknown code")),
        Column("received", N_("Received"), Kind.MOMENT),
        Column("by", N_("Scanned by")),
    ),
    selected(_SCANS, _Scan, _ONLY),
    {
        "day": dt.date.fromisoformat, "since": a_day(N_("From")), "until": a_day(N_("Until")),
        "direction": a_choice(N_("In or out"), WORDS),
    },
)  # fmt: skip
DATASETS = (GATE,)
