"""Whom the link of a message to a lead belongs to, and what they do by it. Each enters the school of the link."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.audit.record import Actor
from app.config import Settings
from app.delivery.lead_leaving import lead_of
from app.domain.closing import acting_if_open
from app.domain.leads.records import standing, subscribe_again, unsubscribe
from app.models.school import School
from app.tenancy.doors import acting_for


class Leaver(NamedTuple):
    """Who holds the link, and the school that wrote. `is_open` is the school's: of a closed one a lead can only leave."""

    school_id: int
    lead_id: UUID
    email: str | None
    language: str
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


def leaver(settings: Settings, link: str) -> Leaver | None:
    """Whose link this is; None for one that we did not make, or whose lead was erased."""
    if (found := lead_of(settings, link)) is None:
        return None
    school_id, lead_id = found
    with acting_for(school_id) as session:
        lead, school = standing(lead_id), session.get(School, school_id)
        if lead is None or school is None:
            return None
        return Leaver(
            school_id, lead.id, lead.email, lead.language, lead.unsubscribed_at, school.name, school.language, school.timezone,
            school.money, school.currency, school.contact_email, school.is_open,
        )  # fmt: skip


def leave(person: Leaver) -> None:
    """Write to them no more. A second time changes nothing."""
    with acting_for(person.school_id) as session:
        if lead := standing(person.lead_id):
            unsubscribe(lead, "link", by=Actor("visitor", None, lead.name))
            session.commit()


def come_back(person: Leaver) -> None:
    """Take it back. Raises SchoolClosed."""
    with acting_if_open(person.school_id) as session:
        if lead := standing(person.lead_id):
            subscribe_again(lead, "link", by=Actor("visitor", None, lead.name))
            session.commit()
