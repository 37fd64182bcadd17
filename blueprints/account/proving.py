"""Proving anew who one is: by password, by passkey, by a recovery code.

Every try is counted, by the user: whoever fails at the door in somebody else's name does not keep them from an emergency.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access import passkeys, passwords, step_up, throttle
from app.access.accounts import about_accounts
from app.access.passkeys import NotKnown, PasskeyRefused
from app.access.proofs import proofs_of, use_code
from app.access.who import Who
from app.audit.record import Target, record
from app.delivery.account_news import tell
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.passkey import Purpose
from blueprints.account import queries
from blueprints.account.by_passkey import judge, note_counter
from blueprints.account.operations import WrongPassword

REASON = step_up.REASON


class PasswordNotEnough(Exception):
    """The person has a passkey, or has to have one."""

    message = N_("Your password is not enough for this. Use your passkey or a recovery code.")


class WrongCode(Exception):
    """None of the person's recovery codes, or one that was used."""

    message = N_("This is none of your unused recovery codes. Each works once.")


def prove_by_password(person: Who, password: str, *, address: str, first: bool = False) -> bool:
    """Let the session of somebody who knows their password count as freshly proven; `address` is the visitor's.

    Where a password is not enough, it may still be for adding the `first` passkey: then the session does not count as proven,
    and False says so. Raises PasswordNotEnough, WrongPassword and TooManyTries.
    """
    with about_accounts(REASON) as session:
        number = throttle.count_try(session, throttle.STEP_UP, account=str(person.user_id), address=address)
        account = queries.account_of(session, person.user_id)
    right = passwords.verify(account, password)  # outside every transaction: it takes long on purpose
    with about_accounts(REASON) as session:
        held = queries.account_if_still(session, account) if right else None
        proofs = proofs_of(session, person.user_id)
        begins = first and proofs.may_begin
        if held:
            throttle.forgive(session, number)
        if held and proofs.password_is_enough:
            _note(session, person, by="password")
        elif held and begins:
            record("account.step_up", _target(person), label=person.name, after={"by": "password", "for": "first passkey"})
        else:
            _note_failure(person, by="password", why="not enough" if held else "wrong")
    if held is None:
        raise WrongPassword
    if not (proofs.password_is_enough or begins):
        raise PasswordNotEnough
    return proofs.password_is_enough


def prove_by_passkey(person: Who, said: str, *, address: str) -> None:
    """Let the session of somebody whose passkey answered count as freshly proven; `said` is what the browser posted.

    Raises PasskeyRefused and TooManyTries.
    """
    answer = passkeys.read(said)
    with about_accounts(REASON) as session:
        number = throttle.count_try(session, throttle.STEP_UP, account=str(person.user_id), address=address)
        is_open = passkeys.use_up(session, answer, Purpose.STEP_UP, person.user_id)
        passkey = passkeys.known(session, answer)
        account = queries.account_of(session, person.user_id)
    mine = passkey if passkey and passkey.user_id == person.user_id else None
    proof, why = judge(answer, mine, is_open=is_open)
    with about_accounts(REASON) as session:
        if proof and mine:
            try:
                passkeys.note_use(session, mine, proof)
            except PasskeyRefused as refused:
                why = refused
            else:
                throttle.forgive(session, number)
                _note(session, person, by="passkey")
                return
        _note_failure(person, by="passkey", why=why.why if isinstance(why, PasskeyRefused) else "refused")
        note_counter(why, mine, account)
    raise why or NotKnown


def prove_by_code(person: Who, code: str, *, address: str) -> int:
    """Let the session of somebody with a recovery code count as freshly proven, once for each; returns how many are left.

    Raises WrongCode and TooManyTries.
    """
    with about_accounts(REASON) as session:
        number = throttle.count_try(session, throttle.STEP_UP, account=str(person.user_id), address=address)
    with about_accounts(REASON) as session:
        right = use_code(session, person.user_id, code)
        left = proofs_of(session, person.user_id).codes
        if right:
            throttle.forgive(session, number)
            _note(session, person, by="recovery code")
            tell(session, "code_used", user_id=person.user_id, language=person.language or speech().language)
        else:
            _note_failure(person, by="recovery code", why="wrong")
    if not right:
        raise WrongCode
    return left


def _note(session: Session, person: Who, *, by: str) -> None:
    step_up.note(session, person)
    record("account.step_up", _target(person), label=person.name, after={"by": by})


def _note_failure(person: Who, *, by: str, why: str) -> None:
    record("account.step_up_failed", _target(person), label=person.name, after={"by": by, "why": why})


def _target(person: Who) -> Target:
    return Target("app_user", person.user_id)
