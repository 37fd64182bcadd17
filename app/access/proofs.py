"""By what a person can prove anew who they are: passkey, recovery code, password; and when a password is not enough."""

from __future__ import annotations

import datetime as dt
import secrets
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.sessions import hash_of
from app.models.passkey import Passkey, PasskeyChallenge, RecoveryCode, StepUpFallback
from app.models.school import School
from app.models.setting import PlatformSetting
from app.models.user import Membership, Role, User

REQUIRED = "passkeys.required"
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks like something else
GROUPS, LETTERS = 4, 4
QUIETLY = {"synchronize_session": False}
BOUND = (Role.OWNER.value, Role.ADMIN.value)
FALLBACK = dt.timedelta(hours=24)  # for which a password does where somebody allows it


class Required(StrEnum):
    """Of whom a passkey is asked before something far-reaching, where a password would do otherwise."""

    OFF = "off"
    SCHOOLS = "schools"
    EVERYBODY = "everybody"


class Proofs(NamedTuple):
    """What a person has. `is_bound`: the platform asks them for a passkey; `fallback_until`: an operator lets a password do."""

    passkeys: int
    codes: int
    has_password: bool
    is_bound: bool
    fallback_until: dt.datetime | None

    @property
    def password_is_enough(self) -> bool:
        """A password alone, unless there is a passkey or has to be one; while an operator allows it, all the same."""
        return self.has_password and (self.fallback_until is not None or not (self.passkeys or self.is_bound))

    @property
    def may_begin(self) -> bool:
        """Whether a password opens the page on which the first passkey is added, and nothing else."""
        return self.has_password and not self.passkeys


def proofs_of(session: Session, user_id: UUID) -> Proofs:
    """What a user can prove themselves by. Needs `about_accounts`."""
    passkeys = select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id).scalar_subquery()
    unused = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    codes = select(func.count()).select_from(RecoveryCode).where(*unused).scalar_subquery()
    allowed = (
        select(func.max(StepUpFallback.expires_at))
        .where(StepUpFallback.user_id == user_id, StepUpFallback.ended_at.is_(None), StepUpFallback.expires_at > clock.now())
        .scalar_subquery()
    )
    manages = (
        select(Membership.id)
        .join(School, School.id == Membership.school_id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None), Membership.role.in_(BOUND), School.is_open)
        .exists()
    )
    row = session.execute(
        select(passkeys, codes, User.password_hash.is_not(None), manages, User.platform_role, allowed).where(User.id == user_id)
    ).one()
    rule = required(session)
    is_bound = (rule is not Required.OFF and row[3]) or (rule is Required.EVERYBODY and row[4] is not None)
    return Proofs(row[0], row[1], row[2], is_bound, row[5])


def required(session: Session) -> Required:
    """Of whom the platform asks a passkey. Needs `about_accounts`."""
    found = session.scalar(select(PlatformSetting.value).where(PlatformSetting.name == REQUIRED))
    return Required(found) if found in list(Required) else Required.OFF


def require(session: Session, rule: Required) -> None:
    """Ask a passkey of others than before. Needs `across_schools`."""
    row = {"name": REQUIRED, "value": rule.value, "changed_at": clock.now()}
    made = insert(PlatformSetting).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=["name"], set_={k: v for k, v in row.items() if k != "name"}))


def allow_password(session: Session, user_id: UUID, *, by: str, reason: str) -> dt.datetime:
    """Let a user prove themselves by password for FALLBACK, in place of what was allowed before; returns until when.

    `by` is the name of whoever allows it. Needs `across_schools`.
    """
    now = clock.now()
    open_ones = StepUpFallback.user_id == user_id, StepUpFallback.ended_at.is_(None), StepUpFallback.expires_at > now
    session.execute(update(StepUpFallback).where(*open_ones).values(ended_at=now), execution_options=QUIETLY)
    until = now + FALLBACK
    session.add(StepUpFallback(user_id=user_id, granted_by=by, reason=reason, created_at=now, expires_at=until))
    session.flush()
    return until


def new_codes(session: Session, user_id: UUID) -> list[str]:
    """Ten recovery codes in place of those that a user had; only their hashes are kept. Needs `about_accounts`."""
    forget_codes(session, user_id)
    codes = [_code() for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=hash_of(_normal(code))) for code in codes)
    return codes


def forget_codes(session: Session, user_id: UUID) -> None:
    """Let no recovery code of a user stand in for a passkey any more. Needs `about_accounts`."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id), execution_options=QUIETLY)


def forget_proofs(session: Session, user_id: UUID) -> None:
    """Let nothing but a new password prove who a user is: no passkey, code, challenge or fallback from before does any more.

    For whoever takes over an account by the mail of its address: who held it until then may have been somebody else.
    Needs `about_accounts`.
    """
    for table in (Passkey, RecoveryCode, PasskeyChallenge, StepUpFallback):
        session.execute(delete(table).where(table.user_id == user_id), execution_options=QUIETLY)


def use_code(session: Session, user_id: UUID, code: str) -> bool:
    """Use up a recovery code; False for one that is none, or was used. Of two at once one gets it. Needs `about_accounts`."""
    mine = RecoveryCode.user_id == user_id, RecoveryCode.code_hash == hash_of(_normal(code)), RecoveryCode.used_at.is_(None)
    used = update(RecoveryCode).where(*mine).values(used_at=clock.now()).returning(RecoveryCode.id)
    return session.execute(used, execution_options=QUIETLY).first() is not None


def _code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def _normal(code: str) -> str:
    """A code as it is hashed, however somebody copied it."""
    return "".join(each for each in code.lower() if each.isalnum())
