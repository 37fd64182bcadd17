"""What the settings of a school read."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.models.person import Person
from app.models.provider import Gateway
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class Contacting(NamedTuple):
    """When and how the school writes to people: what the form shows and changes."""

    quiet_from: dt.time | None
    quiet_until: dt.time | None
    names_on_push: bool
    writes_to_students: bool


class Alerts(NamedTuple):
    """Whether and when families are told of an absence that nobody has explained."""

    absence_alerts: bool
    alert_minutes: int


class Connected(NamedTuple):
    """A gateway as it is stored: `key` and `secret` are sealed."""

    school_id: int
    id: UUID
    channel: str
    url: str
    key: str
    secret: str | None
    sender: str | None
    ping_url: str | None


class Phone(NamedTuple):
    """A number as the school keeps it."""

    phone: str | None


_CONTACTING = Prepared(
    select(School.quiet_from, School.quiet_until, School.names_on_push, School.writes_to_students).where(
        School.id == bindparam("school")
    ),
    Contacting,
)
_ALERTS = Prepared(
    select(School.absence_alerts, School.alert_minutes).where(School.id == bindparam("school")), Alerts
)  # fmt: skip
_GATEWAY = Prepared(
    select(
        Gateway.school_id, Gateway.id, Gateway.channel, Gateway.url, Gateway.key, Gateway.secret, Gateway.sender,
        Gateway.ping_url,
    ).where(Gateway.channel == bindparam("channel")),
    Connected,
)  # fmt: skip
_PHONE = Prepared(select(Person.phone).where(Person.id == bindparam("id", type_=PG_UUID)), Phone)


def contacting() -> Contacting:
    """The settings of the current school."""
    with reading() as cursor:
        return _CONTACTING.all(cursor, school=current_school_id())[0]


def alerts() -> Alerts:
    """When families of the current school are told of an absence; it is changed with attendance."""
    with reading() as cursor:
        return _ALERTS.all(cursor, school=current_school_id())[0]


def gateway(channel: str) -> Connected | None:
    """The school's gateway for a channel, None where none is connected."""
    with reading() as cursor:
        found = _GATEWAY.all(cursor, channel=channel)
    return found[0] if found else None


def phone_of(person_id: UUID) -> str | None:
    """The number that the school keeps of one of its people."""
    with reading() as cursor:
        found = _PHONE.all(cursor, id=person_id)
    return found[0].phone if found else None
