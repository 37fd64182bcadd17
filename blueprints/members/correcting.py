"""What operators correct of an account that is not theirs: its name, and the address that its person signs in with.

Whoever controls the address controls the account. So with another address every session and every open link ends, both
addresses are told, and until somebody has used a mail to the new one, the account gets nothing new by its address alone.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.access import passwords
from app.access.sessions import end_sessions
from app.access.who import Who
from app.audit.both import record_both
from app.audit.record import Target
from app.delivery.account_mail import mail_user
from app.i18n.catalogue import N_
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership, PlatformRole, User


class CannotCorrect(Exception):
    """Why an account stays as it is; `message` is for the operator."""

    message = ""


class AddressTaken(CannotCorrect):
    message = N_("Another account has this address. One person has one account: move or invite that one instead.")


class RunsThePlatform(CannotCorrect):
    message = N_("This person runs the platform. Only a superuser changes their account.")


class Known(NamedTuple):
    """An account and who it is in one school."""

    school_id: int
    school: str
    person_id: UUID
    person: str
    kind: str
    role: str
    user_id: UUID
    name: str
    email: str


def known(session: Session, school_id: int, person_id: UUID) -> Known | None:
    """The account that opens a school for one of its people, None where there is none. Needs `across_schools`."""
    if school_id >= 2**31:
        return None
    found = (
        select(
            School.id, School.name, Person.id, Person.name, Person.kind, Membership.role, User.id, User.name, User.email
        )
        .join(Person, Person.school_id == School.id)
        .join(
            Membership,
            and_(Membership.school_id == School.id, Membership.person_id == Person.id, Membership.ended_at.is_(None)),
        )
        .join(User, User.id == Membership.user_id)
        .where(School.id == school_id, Person.id == person_id)
    )  # fmt: skip
    row = session.execute(found).first()
    return Known._make(row) if row else None


def correct(session: Session, of: Known, *, name: str, email: str, asker: Who, language: str) -> bool:
    """Change the name and the address of an account; False when nothing is different. Needs `across_schools`.

    What schools call the person is theirs and stays; their record gets the new address where it had the old one. Raises
    AddressTaken and RunsThePlatform.
    """
    user = session.scalars(select(User).where(User.id == of.user_id).with_for_update()).one()
    if user.platform_role and asker.platform_role != PlatformRole.SUPERUSER:
        raise RunsThePlatform
    before = {"name": user.name, "email": user.email}
    after = {"name": name, "email": email}
    changed = [field for field in after if before[field] != after[field]]
    if not changed:
        return False
    user.name = name
    if "email" in changed:
        _readdress(session, user, email, language)
    record_both(
        session, of.school_id, "members.change_account", Target("person", of.person_id), label=of.person,
        before={field: before[field] for field in changed}, after={field: after[field] for field in changed},
    )  # fmt: skip
    return True


def _readdress(session: Session, user: User, email: str, language: str) -> None:
    old = user.email
    if session.scalar(select(User.id).where(User.email == email)):
        raise AddressTaken
    user.email, user.address_unproven_at = email, clock.now()
    try:
        session.flush()
    except IntegrityError:  # somebody took it since we looked
        raise AddressTaken from None
    passwords.use_up_links(session, user.id)
    end_sessions(session, user_id=user.id)
    mine = select(Person).join(
        Membership, and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id)
    )  # fmt: skip
    here = Membership.user_id == user.id, Membership.ended_at.is_(None), Person.email == old
    for person in session.scalars(mine.where(*here)).all():
        person.email, person.email_flagged_at = email, None
    told = user.language or language
    mail_user(session, user_id=user.id, kind="address_changed", language=told, address=old)
    mail_user(session, user_id=user.id, kind="address_changed", language=told)
