"""Emergencies: whom one is for, how each of them can be reached now, and which of them a message belongs to."""

from __future__ import annotations

import datetime as dt
from string import Template
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from app import clock
from app.domain.channels import PIECES
from app.domain.on_site import day_of
from app.domain.reach import TEXT_CHANNELS, gateways
from app.models.emergency import Emergency
from app.models.message import Message
from app.models.notice import Audience
from app.models.person import Kind
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Bulk, driving, reading
from app.tenancy.scope import current_school_id

#: whom an emergency may be for; the first is what a form begins with
AUDIENCES = ("everyone", "families", "site", "staff")
#: the audience of the message, which says the kinds of people: who of them gets it stands in `emergency_person`
KINDS_OF = {"staff": Audience.STAFF.value}
#: the rollup that counts how many were sent within a day
IN_A_DAY = "emergencies.day"
#: how an emergency ends: the danger is over, or there never was one
ALL_CLEAR, CANCELLED = "all_clear", "cancelled"

# A guardian who is to have no contact with any of their learners is told nothing. Of learners only those are counted whom
# something reaches, and those who are on site: somebody has to look for these.
_PEOPLE = Template("""
WITH people AS (
    SELECT p.id, p.kind,
        p.kind = 'learner' AND EXISTS (SELECT FROM gate_state g WHERE g.school_id = p.school_id AND g.id = p.id
            AND g.on_site AND g.on_date = %(day)s::date) AS on_site,
        p.kind = 'guardian' AND EXISTS (SELECT FROM guardianship f JOIN gate_state g
            ON g.school_id = f.school_id AND g.id = f.learner_id WHERE f.school_id = p.school_id AND f.guardian_id = p.id
            AND NOT f.no_contact AND g.on_site AND g.on_date = %(day)s::date) AS has_child_on_site,
        CASE WHEN $is_written_to THEN array_remove(ARRAY[
            CASE WHEN %(connected)s AND coalesce($by_phone, false) THEN 'text' END,
            CASE WHEN $by_push THEN 'push' END, CASE WHEN $by_email THEN 'email' END], NULL) ELSE '{}' END AS by
    FROM $people WHERE p.school_id = %(school)s AND p.ended_at IS NULL
    AND (p.kind <> 'guardian'
        OR NOT EXISTS (SELECT FROM guardianship f WHERE f.school_id = p.school_id AND f.guardian_id = p.id)
        OR EXISTS (SELECT FROM guardianship f WHERE f.school_id = p.school_id AND f.guardian_id = p.id AND NOT f.no_contact))
)
""").substitute(PIECES)
_COUNTS = Bulk("$people SELECT kind, on_site, has_child_on_site, by, count(*) FROM people GROUP BY 1, 2, 3, 4", people=_PEOPLE)
_ADD = Bulk(
    """$people
INSERT INTO emergency_person (school_id, emergency_id, person_id, was_on_site)
SELECT %(school)s, %(emergency)s, id, on_site FROM people
WHERE CASE %(audience)s::text WHEN 'everyone' THEN kind <> 'learner' OR on_site OR by <> '{}'
    WHEN 'families' THEN kind <> 'learner' WHEN 'staff' THEN kind = 'staff'
    ELSE kind = 'staff' OR on_site OR has_child_on_site END
""",
    people=_PEOPLE,
)


class Whom(NamedTuple):
    """How many people an audience has now, how many each channel reaches, and whom none does.

    It goes by all channels at once, so somebody may be counted on several. `in_person` are learners on site whom nothing
    reaches: they are told there. `without` ought to be reached and cannot be.
    """

    people: int = 0
    text: int = 0
    push: int = 0
    email: int = 0
    in_person: int = 0
    without: int = 0


def whom() -> dict[str, Whom]:
    """Whom an emergency of each audience would be for if it were sent now."""
    with reading() as cursor:
        connected = text_channel(gateways(cursor)) is not None
        rows = _COUNTS.run(cursor, day=today(), urgent=True, connected=connected).fetchall()
    return {
        audience: _added([row for row in rows if _is_for(audience, row[0], row[1], row[2], row[3])]) for audience in AUDIENCES
    }


def add_people(emergency: Emergency) -> int:
    """Write down whom an emergency of the current school is for: everybody of its audience as it is now; returns how many."""
    with driving() as cursor:
        connected = db.session.get_one(Message, (emergency.school_id, emergency.message_id)).channel is not None
        values = {"day": today(), "urgent": True, "connected": connected}
        return _ADD.run(cursor, emergency=emergency.id, audience=emergency.audience, **values).rowcount


def text_channel(connected: frozenset[str]) -> str | None:
    """The text channel of those that a school has connected which an emergency takes, besides push and email."""
    return next((channel for channel in TEXT_CHANNELS if channel in connected), None)


def emergency_of(message: Message) -> UUID | None:
    """The emergency that a message tells of, whether it begins or ends it. Asks the session of the current scope."""
    if not message.urgent:
        return None
    is_told = or_(Emergency.message_id == message.id, Emergency.end_message_id == message.id)
    return db.session.scalar(select(Emergency.id).where(Emergency.school_id == message.school_id, is_told))


def today() -> dt.date | None:
    """The day of the current school on which whoever is on site is so; None after its close time."""
    return day_of(db.session.get_one(School, current_school_id()), clock.now())


def _added(rows: list[tuple[str, bool, bool, list[str], int]]) -> Whom:
    """What rows of `_COUNTS` come to together."""
    numbers = dict.fromkeys(Whom._fields, 0)
    for _, on_site, _, by, people in rows:
        for name in ("people", *(by or (["in_person"] if on_site else ["without"]))):
            numbers[name] += people
    return Whom(**numbers)


def _is_for(audience: str, kind: str, on_site: bool, has_child_on_site: bool, by: list[str]) -> bool:
    """Whether somebody is one of an audience; `_ADD` says the same, and a test holds the two together."""
    if audience == "everyone":
        return kind != Kind.LEARNER or on_site or bool(by)
    if audience == "families":
        return kind != Kind.LEARNER
    return kind == Kind.STAFF or (audience == "site" and (on_site or has_child_on_site))
