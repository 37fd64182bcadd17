"""What the page of notifications reads: how one person is reached by the school, and on which devices."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, and_, bindparam, func, select

from app.config import Settings
from app.delivery.quiet import Window, window
from app.delivery.unsubscribing import person_of
from app.domain.user_agents import stored
from app.models.contact import ContactPreference, PushSubscription
from app.models.person import Kind, Person
from app.models.school import School
from app.tenancy.doors import acting_for
from app.tenancy.reading import Prepared, reading
from blueprints.contact.hours import together


class Reached(NamedTuple):
    """How a person is reached: what they chose, what the school did, and what is known of their address."""

    kind: str
    email: str | None
    email_flagged_at: dt.datetime | None
    push: bool
    quiet_from: dt.time | None
    quiet_until: dt.time | None
    unsubscribed_at: dt.datetime | None
    school_quiet_from: dt.time | None
    school_quiet_until: dt.time | None
    writes_to_students: bool

    @property
    def is_written_to(self) -> bool:
        """Learners are written to only where the school does so."""
        return self.kind != Kind.LEARNER or self.writes_to_students

    @property
    def school_hours(self) -> Window | None:
        """The school's own quiet hours."""
        return window(self.school_quiet_from, self.school_quiet_until)

    @property
    def quiet(self) -> list[Window]:
        """When nothing comes that is not urgent: the school's quiet hours and the person's together."""
        return together(self.school_hours, window(self.quiet_from, self.quiet_until))

    @property
    def is_never_open(self) -> bool:
        """Whether the two leave no hour of the day."""
        return any(each.start == each.until for each in self.quiet)


class _Row(NamedTuple):
    id: UUID
    device: str
    endpoint: str
    created_at: dt.datetime
    last_success_at: dt.datetime | None


class DeviceRow(NamedTuple):
    """A device of a person. `fingerprint` tells a browser which of them it is, without the secret that its endpoint is."""

    id: UUID
    browser: str
    system: str
    fingerprint: str
    created_at: dt.datetime
    last_success_at: dt.datetime | None


class Leaver(NamedTuple):
    """Who holds the link of a mail, and the school that it came from. `language` None means the school's.

    `is_open` is the school's: of one that is closed a person can leave, and not come back.
    """

    school_id: int
    person_id: UUID
    name: str
    email: str | None
    language: str | None
    unsubscribed_at: dt.datetime | None
    school: str
    school_language: str
    timezone: ZoneInfo
    money: str
    currency: str
    contact_email: str | None
    is_open: bool

    @property
    def masked(self) -> str:
        """The address, so that its owner knows it and nobody else learns it: `n***@example.com`."""
        local, _, domain = (self.email or "").rpartition("@")
        return f"{local[:1]}***@{domain}" if local else ""


_PERSON = bindparam("person", type_=Uuid)
_OF_PERSON = and_(ContactPreference.school_id == Person.school_id, ContactPreference.person_id == Person.id)
_REACHED = Prepared(
    select(
        Person.kind, Person.email, Person.email_flagged_at, func.coalesce(ContactPreference.push, True).label("push"),
        ContactPreference.quiet_from, ContactPreference.quiet_until, ContactPreference.unsubscribed_at,
        School.quiet_from.label("school_quiet_from"), School.quiet_until.label("school_quiet_until"), School.writes_to_students,
    )
    .join(School, School.id == Person.school_id)
    .outerjoin(ContactPreference, _OF_PERSON)
    .where(Person.id == _PERSON),
    Reached,
)  # fmt: skip
_LEAVER = (
    select(
        Person.school_id, Person.id, Person.name, Person.email, Person.language, ContactPreference.unsubscribed_at, School.name,
        School.language, School.timezone, School.money, School.currency, School.contact_email, School.is_open,
    )
    .join(School, School.id == Person.school_id)
    .outerjoin(ContactPreference, _OF_PERSON)
)  # fmt: skip
_DEVICES = Prepared(
    select(
        PushSubscription.id, PushSubscription.device, PushSubscription.endpoint, PushSubscription.created_at,
        PushSubscription.last_success_at,
    )
    .where(PushSubscription.person_id == _PERSON)
    .order_by(PushSubscription.created_at, PushSubscription.id),
    _Row,
)  # fmt: skip


def reached(person_id: UUID) -> tuple[Reached, list[DeviceRow]]:
    """How a person of the current school is reached, and their devices, the oldest first."""
    with reading() as cursor:
        (found,) = _REACHED.all(cursor, person=person_id)
        rows = _DEVICES.all(cursor, person=person_id)
    return found, [_shown(row) for row in rows]


def leaver(settings: Settings, link: str) -> Leaver | None:
    """Whose link this is; None for one that we did not make, or whose person the school has not got any more."""
    if (found := person_of(settings, link)) is None:
        return None
    school_id, person_id = found
    with acting_for(school_id) as session:
        row = session.execute(_LEAVER.where(Person.id == person_id)).one_or_none()
    return Leaver._make(row) if row else None


def fingerprint(endpoint: str) -> str:
    """SHA-256 of an endpoint, as hex: the browser computes the same of its own."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _shown(row: _Row) -> DeviceRow:
    device = stored(row.device)
    return DeviceRow(
        row.id, device.browser, device.system, fingerprint(row.endpoint), row.created_at, row.last_success_at
    )  # fmt: skip
