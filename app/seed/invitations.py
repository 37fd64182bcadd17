"""Invitations of the demo schools: some that wait, some that were used, that nobody used in time, that were taken back."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app import clock
from app.access.sessions import hash_of
from app.domain.invitations import LIFE, ROLES, token_of
from app.ids import uuid7
from app.models.invitation import Invitation
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import Membership, Role
from app.seed.karoo import KAROO
from app.seed.thaba import THABA

MINUTES = dt.timedelta(minutes=1)
REFUSED = "550 5.1.1 no such mailbox"


class Fate(NamedTuple):
    """What became of an invitation made `hours` ago: `error` instead of having been sent; `revoked` so many hours after it."""

    hours: float
    error: str | None = None
    revoked: float | None = None


#: of people without an account, oldest first: expired twice, revoked, undelivered, and three that wait
FATES = (Fate(190), Fate(120), Fate(70, revoked=3), Fate(30, error=REFUSED), Fate(26), Fate(9), Fate(2))
USED = 3  # members whose accounts came by invitation


def top_up(session: Session) -> int:
    """Give each demo school that has none its invitations; returns how many were added. No mail goes out.

    Needs `across_schools`.
    """
    rows: list[Invitation] = []
    for school_id in session.scalars(select(School.id).where(School.slug.in_([THABA.slug, KAROO.slug]))):
        if session.scalar(select(Invitation.id).where(Invitation.school_id == school_id).limit(1)) is None:
            rows += [*_used(session, school_id), *_others(session, school_id)]
    for row in sorted(rows, key=lambda row: row.created_at):  # an id tells which one is newer
        row.id = uuid7()
        row.token_hash = hash_of(token_of(row.id))
    session.add_all(rows)
    session.flush()
    return len(rows)


def _used(session: Session, school_id: int) -> list[Invitation]:
    """Invitations that members came by, other than the owner, who invited them."""
    members = (
        select(Person, Membership)
        .join(Membership, and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id))
        .where(Membership.school_id == school_id, Membership.role != Role.OWNER.value, Person.email.is_not(None))
        .order_by(Membership.created_at, Membership.id)
        .limit(USED)
    )
    by, rows = _owner(session, school_id), []
    for person, membership in session.execute(members):
        row = _row(person, membership.role, by, membership.created_at - dt.timedelta(hours=5))
        row.sent_at, row.used_at = row.created_at + MINUTES, membership.created_at
        rows.append(row)
    return rows


def _others(session: Session, school_id: int) -> list[Invitation]:
    member = and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None))
    people = (
        select(Person)
        .outerjoin(Membership, member)
        .where(
            Person.school_id == school_id, Person.ended_at.is_(None), Person.email.is_not(None),
            Person.email_flagged_at.is_(None), Membership.id.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(len(FATES))
    )  # fmt: skip
    kinds = [session.scalars(people.where(Person.kind == kind.value)).all() for kind in (Kind.STAFF, Kind.GUARDIAN)]
    mixed = [person for pair in zip(*kinds, strict=False) for person in pair]
    now, by, rows = clock.now(), _owner(session, school_id), []
    for person, fate in zip(mixed, FATES, strict=False):
        row = _row(person, ROLES[person.kind][0].value, by, now - dt.timedelta(hours=fate.hours))
        row.error = fate.error
        row.sent_at = None if fate.error else row.created_at + MINUTES
        row.revoked_at = None if fate.revoked is None else row.created_at + dt.timedelta(hours=fate.revoked)
        rows.append(row)
    return rows


def _row(person: Person, role: str, by: str, at: dt.datetime) -> Invitation:
    return Invitation(
        school_id=person.school_id, person_id=person.id, role=role, email=person.email, invited_by=by, created_at=at,
        expires_at=at + LIFE,
    )  # fmt: skip


def _owner(session: Session, school_id: int) -> str:
    """Who invites at a demo school."""
    owner = and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id)
    found = (
        select(Person.name).join(Membership, owner).where(Person.school_id == school_id, Membership.role == Role.OWNER.value)
    )
    return session.scalar(found.limit(1)) or "Umthi"
