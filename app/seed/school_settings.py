"""Accounts of the demo schools in every state that the table of people can be narrowed by, and a logo for one of them."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.ids import uuid7
from app.models.invitation import Invitation
from app.models.passkey import Passkey
from app.models.person import Kind, Person
from app.models.school import School, SchoolLogo
from app.models.user import EndReason, Membership, Role, User
from app.seed.karoo import KAROO
from app.seed.known import known_id
from app.seed.thaba import THABA

JOINED = dt.timedelta(days=200)
SIDE, GREEN, GOLD = 160, "#2f6b4f", "#e3b23c"


class Fate(NamedTuple):
    """What became of somebody's account: they signed in `seen` days ago, and it `ended` so many days ago, for `reason`."""

    kind: Kind
    role: Role
    seen: float | None = None
    ended: float | None = None
    reason: EndReason | None = None


#: of the people of a kind who have an address and nothing else, from the end of the list
FATES = (
    Fate(Kind.STAFF, Role.TEACHER, seen=12),
    Fate(Kind.STAFF, Role.OFFICER),
    Fate(Kind.STAFF, Role.ADMIN, seen=61, ended=60, reason=EndReason.DISABLED),
    Fate(Kind.STAFF, Role.TEACHER, seen=35, ended=34, reason=EndReason.MOVED),
    Fate(Kind.GUARDIAN, Role.GUARDIAN, seen=3),
    Fate(Kind.GUARDIAN, Role.GUARDIAN),
    Fate(Kind.GUARDIAN, Role.GUARDIAN, seen=90, ended=80, reason=EndReason.DISABLED),
)


def top_up(session: Session) -> int:
    """Give each demo school that has none its further accounts; returns how many. None of them has a password.

    Needs `across_schools`.
    """
    schools = dict(session.execute(select(School.slug, School.id).where(School.slug.in_([THABA.slug, KAROO.slug]))).all())
    added = 0
    for slug, school_id in schools.items():
        ended = Membership.school_id == school_id, Membership.end_reason.is_not(None)
        if session.scalar(select(Membership.id).where(*ended).limit(1)) is None:
            others = [number for number in schools.values() if number != school_id]
            added += sum(_add(session, slug, school_id, fate, others) for fate in FATES)
    if THABA.slug in schools:
        _add_logo(session, schools[THABA.slug])
    return added


def _add(session: Session, slug: str, school_id: int, fate: Fate, others: list[int]) -> bool:
    """One more account, of somebody who has none and was never invited; False where nobody is left."""
    now, person = clock.now(), _somebody(session, school_id, fate.kind)
    if person is None or not person.email:
        return False
    moves = fate.reason is EndReason.MOVED
    if moves and not others:
        return False
    user = User(
        id=known_id(slug, "account", person.email), email=person.email, name=person.name, created_at=now - JOINED,
        last_sign_in_at=None if fate.seen is None else now - dt.timedelta(days=fate.seen),
    )  # fmt: skip
    session.add(user)
    session.flush()
    if fate.seen is not None:
        session.add(
            Passkey(
                user_id=user.id, credential_id=user.id.bytes, public_key=b"of the demo", name="Pixel 9", is_synced=True,
                created_at=now - JOINED, last_used_at=user.last_sign_in_at,
            )
        )  # fmt: skip
    ended = None if fate.ended is None else now - dt.timedelta(days=fate.ended)
    session.add(
        Membership(
            school_id=school_id, user_id=user.id, person_id=person.id, role=fate.role.value, created_at=now - JOINED,
            ended_at=ended, end_reason=fate.reason,
        )
    )  # fmt: skip
    if moves:
        there = Person(
            school_id=others[0], kind=person.kind, name=person.name, sort_key=person.sort_key, email=person.email,
            created_at=ended,
        )  # fmt: skip
        session.add(there)
        session.flush()
        session.add(
            Membership(
                school_id=others[0], user_id=user.id, person_id=there.id, role=fate.role.value, created_at=ended
            )
        )  # fmt: skip
    session.flush()
    return True


def _somebody(session: Session, school_id: int, kind: Kind) -> Person | None:
    """The last by name of those of a kind with an address that works and is nobody's account, without account or invitation."""
    mine = Membership.school_id == Person.school_id, Membership.person_id == Person.id
    invited = Invitation.school_id == Person.school_id, Invitation.person_id == Person.id
    free = (
        select(Person)
        .where(
            Person.school_id == school_id, Person.kind == kind.value, Person.ended_at.is_(None), Person.email.is_not(None),
            Person.email_flagged_at.is_(None), ~select(Membership.id).where(*mine).exists(),
            ~select(Invitation.id).where(*invited).exists(), ~select(User.id).where(User.email == Person.email).exists(),
        )
        .order_by(Person.sort_key.desc(), Person.id)
        .limit(1)
    )  # fmt: skip
    return session.scalars(free).one_or_none()


def _add_logo(session: Session, school_id: int) -> None:
    """A mountain in the sun, drawn here: thaba is one in Sesotho."""
    if session.scalar(select(SchoolLogo.id).where(SchoolLogo.school_id == school_id)) is None:
        session.add(
            SchoolLogo(school_id=school_id, id=uuid7(), image=_mountain(), width=SIDE, height=SIDE, alt=THABA.name)
        )  # fmt: skip
        session.flush()


def _mountain() -> bytes:
    picture = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((4, 4, SIDE - 4, SIDE - 4), fill=GREEN)
    pen.ellipse((92, 34, 124, 66), fill=GOLD)
    pen.polygon(((24, 118), (66, 52), (92, 92), (104, 76), (136, 118)), fill="white")
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
