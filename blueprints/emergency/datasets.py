"""What can be taken out of emergencies: whom each was for, where they were, and since when they were known to be safe."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import and_, case, func, select

from app.access.permissions import Permission
from app.domain.emergencies import ALL_CLEAR
from app.domain.notices import in_reach
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_day
from app.exports.reader import as_read, between
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.emergency import Emergency, EmergencyPerson
from app.models.person import Person
from app.web.badges import STATES

YES_NO = {"yes": N_("Yes"), "no": N_("No")}
STATE_WORDS = {state: STATES[state][1] for state in ("going_on", "danger_over", "false_alarm")}


class _Row(NamedTuple):
    emergency: str | None
    began: dt.datetime
    by: str
    state: str
    ended: dt.datetime | None
    ended_by: str | None
    person: str
    on_site: str
    safe: dt.datetime | None
    safe_by: str | None


_STATE = case(
    (Emergency.ended_how.is_(None), "going_on"), (Emergency.ended_how == ALL_CLEAR, "danger_over"), else_="false_alarm"
)
_ROWS = (
    select(
        in_reach(Emergency.title).label("emergency"), Emergency.created_at.label("began"), Emergency.by_name.label("by"),
        _STATE.label("state"), Emergency.ended_at.label("ended"), Emergency.ended_by,
        func.coalesce(Person.name, "").label("person"), case((EmergencyPerson.was_on_site, "yes"), else_="no").label("on_site"),
        EmergencyPerson.acknowledged_at.label("safe"), EmergencyPerson.acknowledged_by.label("safe_by"),
    )
    .select_from(Emergency)
    .join(
        EmergencyPerson,
        and_(EmergencyPerson.school_id == Emergency.school_id, EmergencyPerson.emergency_id == Emergency.id),
    )
    .join(Person, and_(Person.school_id == EmergencyPerson.school_id, Person.id == EmergencyPerson.person_id))
    .order_by(Emergency.created_at.desc(), Emergency.id, Person.sort_key, Person.id)
)  # fmt: skip
EMERGENCIES = Dataset(
    "emergencies", N_("Emergencies"), Permission.EMERGENCY_SEND,
    (
        Column("emergency", N_("Emergency")),
        Column("began", N_("Began"), Kind.MOMENT),
        Column("by", N_("Broadcast by")),
        Column("state", N_("State"), Kind.WORD, STATE_WORDS),
        Column("ended", N_("Ended"), Kind.MOMENT),
        Column("ended_by", N_("Ended by")),
        Column("person", N_("Person")),
        Column("on_site", N_("Was on site"), Kind.WORD, YES_NO),
        Column("safe", N_("Acknowledged"), Kind.MOMENT),
        Column("safe_by", N_("Acknowledged by")),
    ),
    selected(_ROWS, _Row, between(Emergency.created_at), as_read),
    {"since": a_day(N_("From")), "until": a_day(N_("Until"))},
)  # fmt: skip
DATASETS = (EMERGENCIES,)
