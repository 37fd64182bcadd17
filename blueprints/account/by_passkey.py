"""Signing in by a passkey: what a browser is given, and what comes of its answer. All that holds of a password holds here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import passkeys, throttle
from app.access.accounts import about_accounts
from app.access.passkeys import Answer, ChallengeGone, CounterBack, Known, NotKnown, NotProven, PasskeyRefused, Proof
from app.access.who import Who
from app.audit.record import Target, record
from app.extensions import current_settings
from app.models.passkey import Purpose
from blueprints.account import queries
from blueprints.account.operations import Way, admit, closed_to
from blueprints.account.queries import Account

REASON = "passkey"


def begin(person: Who | None) -> dict[str, Any]:
    """What a browser needs to prove a passkey: of this person for a step-up, of whoever it knows where a stranger signs in."""
    purpose = Purpose.STEP_UP if person else Purpose.SIGN_IN
    with about_accounts(REASON) as session:
        return passkeys.begin_proving(session, current_settings(), purpose, person and person.user_id)


def sign_in(said: str, *, address: str, instead_of: UUID | None) -> None:
    """Begin a session for the owner of the passkey that answered; `said` is what the browser posted.

    `address` is the visitor's, `instead_of` the session that this browser had before. Raises PasskeyRefused, TooManyTries, and
    TemporaryExpired and Suspended as the password does.
    """
    answer = passkeys.read(said)
    with about_accounts(REASON) as session:
        passkey = passkeys.known(session, answer)
        account = queries.account_of(session, passkey.user_id) if passkey else None
        whose = account.email if account else answer.credential_id.hex()
        number = throttle.count_try(session, throttle.PASSKEY, account=whose, address=address)
        is_open = passkeys.use_up(session, answer, Purpose.SIGN_IN, None)
    proof, why = judge(answer, passkey, is_open=is_open)
    if proof and answer.user_handle is None:  # a stranger says nothing else about who they are
        proof, why = None, NotProven("no user handle")
    with about_accounts(REASON) as session:
        if proof and passkey and account:
            try:
                held = _still(session, account, passkey, proof)
            except PasskeyRefused as refused:
                why = refused
            else:
                throttle.forgive(session, number)
                why = closed_to(session, held)
                if why is None:
                    admit(session, held, Way.PASSKEY, instead_of)
                    return
        target, label = Target("app_user", account and account.id), account.email if account else ""
        reason = why.why if isinstance(why, PasskeyRefused) else type(why).__name__
        record("account.sign_in_failed", target, label=label, after={"way": Way.PASSKEY.value, "why": reason})
        note_counter(why, passkey, account)
    raise why or NotProven


def judge(answer: Answer, passkey: Known | None, *, is_open: bool) -> tuple[Proof | None, Exception | None]:
    """What an answer proves, or why it proves nothing. Outside every transaction."""
    if not is_open:
        return None, ChallengeGone()
    if passkey is None:
        return None, NotKnown()
    try:
        return passkeys.check_known(answer, passkey, current_settings()), None
    except PasskeyRefused as refused:
        return None, refused


def note_counter(why: Exception | None, passkey: Known | None, account: Account | None) -> None:
    """Write down that there may be a copy of somebody's authenticator."""
    if isinstance(why, CounterBack) and passkey and account:
        record("passkeys.counter_back", Target("passkey", passkey.id), label=account.name)


def _still(session: Session, account: Account, passkey: Known, proof: Proof) -> Account:
    """The account as it is now, its row held; its passkey is noted as used. Raises NotKnown for a closed one, CounterBack."""
    held = queries.account_held(session, account.id)
    if held.disabled_at:
        raise NotKnown
    passkeys.note_use(session, passkey, proof)
    return held
