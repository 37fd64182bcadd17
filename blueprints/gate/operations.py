"""What is done at the gate: scans are taken, somebody is put right by hand, a card is replaced, the settings change."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from app import clock
from app.audit.record import Actor, Target, record
from app.domain.gate import BY_HAND
from app.domain.on_site import Hours
from app.domain.scanning import By, Scan, Taken, take
from app.ids import uuid7
from app.models.learner import Learner
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import driving, writing
from app.tenancy.scope import current_school_id

CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # what can be told apart when it is read aloud
LENGTH = 12


class NoSuchLearner(LookupError):
    """The school has no such learner."""


class ThereAlready(Exception):
    """Somebody is to be marked where they are already."""


def take_scans(scans: Sequence[Scan], *, by: By, timezone: ZoneInfo) -> dict[UUID, Taken]:
    """Store scans and what follows from them, at once; returns what each came to. A scan is an event of itself.

    Raises Busy (app.domain.scanning).
    """
    with writing() as cursor:
        return take(cursor, scans, by=by, timezone=timezone)


def take_now(code: str, *, scan_id: UUID, by: By, timezone: ZoneInfo) -> Taken:
    """Store a scan that is made at this moment; returns what it came to. The same id again is the same scan."""
    now = clock.now()
    return take_scans([Scan(scan_id, code, now, now)], by=by, timezone=timezone)[scan_id]


def mark_by_hand(learner_id: UUID, *, on_site: bool, why: str, by: By, actor: Actor, timezone: ZoneInfo) -> Taken:
    """Put a learner in or out from now on, whatever the scans of today say; `why` goes into the audit.

    Raises NoSuchLearner, and ThereAlready when that is where they are today.
    """
    now = clock.now()
    code = next(code for code, means in BY_HAND.items() if means is on_site)
    scan = Scan(uuid7(), code, now, now, learner_id)
    with driving() as cursor:
        taken = take(cursor, [scan], by=by, timezone=timezone)[scan.id]
    if taken.learner is None:
        raise NoSuchLearner(learner_id)
    if taken.direction == "repeat":
        raise ThereAlready
    told = {"on_site": on_site, "reason": why}
    record("gate.correct", Target(Learner.__tablename__, learner_id), label=taken.name or "", after=told, by=actor)
    return taken


def new_card(learner_id: UUID, *, by: Actor) -> str:
    """Give a learner's card another code, so that the lost one is nobody's; returns their name. Raises NoSuchLearner."""
    learner = db.session.get(Learner, (current_school_id(), learner_id), with_for_update=True)
    person = db.session.get(Person, (current_school_id(), learner_id))
    if learner is None or person is None:
        raise NoSuchLearner(learner_id)
    learner.card_code = "".join(secrets.choice(CODE) for _ in range(LENGTH))
    record("gate.new_card", learner, label=person.name, by=by)
    return person.name


def change_pickup(minutes: int, *, before: Hours, by: Actor) -> bool:
    """Set how long after the last lesson a learner is late in being collected; False when it was that already."""
    if minutes == before.pickup_minutes:
        return False
    school = db.session.get_one(School, current_school_id())
    school.pickup_minutes = minutes
    record(
        "gate.change_settings", None, label=school.name, before={"pickup_minutes": before.pickup_minutes},
        after={"pickup_minutes": minutes}, by=by,
    )  # fmt: skip
    return True


def begin_of(day: dt.date, timezone: ZoneInfo) -> dt.datetime:
    """The first moment of a school's day."""
    return dt.datetime.combine(day, dt.time(), timezone)
