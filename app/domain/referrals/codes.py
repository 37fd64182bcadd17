"""The code of a family: short enough to be said on the phone, one at a time."""

from __future__ import annotations

import secrets
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.learner import Guardianship
from app.models.person import Person
from app.models.referral import ReferralCode
from app.tenancy.database import db

#: no vowels, so that no word comes out, and nothing that is read as something else
LETTERS = "BCDFGHJKMNPQRTVWXYZ23456789"
LENGTH = 7


class ReferralError(Exception):
    """Why something cannot be done; `message` is for people, marked with N_."""

    message = ""


class NotAGuardian(ReferralError):
    message = N_("Choose a parent or guardian of a learner at the school.")


class HasCode(ReferralError):
    message = N_("This family has a code already.")


class NoSuchCode(LookupError):
    """The school has no such code."""


class Made(NamedTuple):
    """A code and whose it is."""

    id: UUID
    code: str
    guardian_id: UUID


def spelled(text: str) -> str:
    """A code as it is stored, from what somebody typed: capitals, without spaces and hyphens; '' for what is none."""
    code = "".join(letter for letter in text.upper() if letter.isalnum())
    return code if 0 < len(code) <= 2 * LENGTH and code.isascii() else ""


def make_code(guardian_id: UUID, *, by: Actor) -> Made:
    """Give a family its code. Raises NotAGuardian and HasCode."""
    person = db.session.scalars(select(Person).where(Person.id == guardian_id).with_for_update()).one_or_none()
    if person is None or person.ended_at or not _has_child(guardian_id):
        raise NotAGuardian
    if open_code(guardian_id):
        raise HasCode
    row = ReferralCode(guardian_id=guardian_id, code=_fresh(), by_id=by.id, by_name=by.name)
    db.session.add(row)
    record("referrals.make_code", row, label=row.code, by=by, after={"family": person.name})
    db.session.flush()
    return Made(row.id, row.code, guardian_id)


def close_code(code_id: UUID, *, by: Actor) -> bool:
    """Let a code count no more; what came by it stays. False if it was closed before. Raises NoSuchCode."""
    row = db.session.scalars(select(ReferralCode).where(ReferralCode.id == code_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchCode(code_id)
    if row.closed_at:
        return False
    row.closed_at = clock.now()
    record("referrals.close_code", row, label=row.code, by=by)
    return True


def open_code(guardian_id: UUID) -> ReferralCode | None:
    """The code that a family may give out now."""
    mine = select(ReferralCode).where(ReferralCode.guardian_id == guardian_id, ReferralCode.closed_at.is_(None))
    return db.session.scalars(mine).one_or_none()


def _has_child(guardian_id: UUID) -> bool:
    of = select(Guardianship.id).where(Guardianship.guardian_id == guardian_id, Guardianship.no_contact.is_(False))
    return db.session.scalar(of.limit(1)) is not None


def _fresh() -> str:
    """A code that the school has never had."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        if db.session.scalar(select(ReferralCode.id).where(ReferralCode.code == code)) is None:
            return code
