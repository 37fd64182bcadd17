"""Onboarding: what a run that makes a school knows of the people whom it gives an account, and which runs need somebody."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column

from app.extensions import current_settings
from app.models.onboarding import OnboardingRun, RunState
from app.models.user import Role

LATE = dt.timedelta(minutes=2)  # a run that takes longer is worth a look
ROLES = (Role.ADMIN, Role.OFFICER)
_FIELDS = ("name", "email", "key", "password_typed", "password_hash", "user_id", "is_new")
#: stopped, and nobody has said yet that it is taken care of; literals, or no plan can use the partial index
NEEDS_HELP: ColumnElement[bool] = and_(
    OnboardingRun.state.in_([literal_column(f"'{state.value}'") for state in (RunState.PARTIAL_FAILURE, RunState.FAILED)]),
    OnboardingRun.acknowledged_at.is_(None),
)


class FirstPerson(NamedTuple):
    """The first admin or the first officer of a run: its columns `admin_…` or `officer_…` under one set of names."""

    role: Role
    name: str | None
    email: str | None
    key: bytes | None
    password_typed: bool
    password_hash: str | None
    user_id: UUID | None
    is_new: bool | None

    @property
    def is_wanted(self) -> bool:
        """Whether there is, or was, such a person: the officer may be left out."""
        return self.email is not None or self.key is not None


def first_person(run: OnboardingRun, role: Role) -> FirstPerson:
    """What a run knows of its first person in this role (one of ROLES)."""
    return FirstPerson(role, *(getattr(run, f"{role.value}_{field}") for field in _FIELDS))


def note_person(run: OnboardingRun, role: Role, **changes: object) -> None:
    """Change what a run knows of its first person in this role. Raises KeyError for a field that is none of FirstPerson."""
    for field, value in changes.items():
        if field not in _FIELDS:
            raise KeyError(field)
        setattr(run, f"{role.value}_{field}", value)


def forget_people(run: OnboardingRun) -> None:
    """Wipe names, addresses and hashes of passwords from a run that is over; only keyed hashes of the addresses remain."""
    for role in ROLES:
        if email := first_person(run, role).email:
            note_person(run, role, name=None, email=None, password_hash=None, key=address_key(email))


def address_key(email: str) -> bytes:
    """By which a finished run still knows an address that somebody asks for, and tells nobody who lacks the secret."""
    return hmac.digest(current_settings().secret.encode(), b"address of an onboarding" + email.lower().encode(), "sha256")
