"""What a person does with their own passkeys and recovery codes. Each verb opens the platform's door itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.access import passkeys
from app.access.accounts import about_accounts
from app.access.passkeys import AddedBefore, ChallengeGone
from app.access.proofs import Proofs, forget_codes, new_codes, proofs_of
from app.access.visits import end_visits, of_sessions
from app.access.who import Who
from app.audit.record import Target, record
from app.delivery.account_news import tell
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.login import LoginSession
from app.models.passkey import Passkey, Purpose
from app.models.user import User

REASON = "passkeys"
MOST = 20
QUIETLY = {"synchronize_session": False}


class NoSuchPasskey(Exception):
    """None of the person's own, or one that is gone."""

    message = N_("This passkey is not there any more.")


class LastWayIn(Exception):
    """Without this passkey the person could not sign in."""

    message = N_("This is your only way to sign in. Set a password or add another passkey first.")


class TooMany(Exception):
    """MOST of them are enough for anybody."""

    message = N_("You have 20 passkeys, and more are not possible. Remove one that you no longer use.")


class NoPasskey(Exception):
    """Recovery codes stand in for a passkey: without one there is nothing to stand in for."""

    message = N_("Recovery codes stand in for a passkey. Add a passkey first.")


class Added(NamedTuple):
    """A new passkey's name, and with the first one the recovery codes: shown this once."""

    name: str
    codes: list[str]


def held_by(person: Who) -> tuple[list[Passkey], Proofs]:
    """The passkeys of a person, the oldest first, and what else they can prove themselves by."""
    with about_accounts(REASON) as session:
        found = passkeys.of_user(session, person.user_id)
        session.expunge_all()
        return found, proofs_of(session, person.user_id)


def one_of(person: Who, passkey_id: UUID) -> Passkey:
    """A passkey of this person. Raises NoSuchPasskey."""
    with about_accounts(REASON) as session:
        found = _held(session, person, passkey_id)
        session.expunge(found)
        return found


def begin(person: Who) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person. Raises TooMany."""
    with about_accounts(REASON) as session:
        if len(passkeys.of_user(session, person.user_id)) >= MOST:
            raise TooMany
        return passkeys.begin_adding(session, current_settings(), user_id=person.user_id, email=person.email, name=person.name)


def add(person: Who, said: str, *, name: str, called: Callable[[str], str]) -> Added:
    """Keep the passkey that a browser made for this person; with the first one come recovery codes.

    `called` names it by its make where `name` is empty. Raises PasskeyRefused and TooMany.
    """
    answer = passkeys.read(said)
    with about_accounts(REASON) as session:
        is_open = passkeys.use_up(session, answer, Purpose.ADD, person.user_id)
    if not is_open:
        raise ChallengeGone
    made = passkeys.check_new(answer, current_settings())
    with about_accounts(REASON) as session:
        _hold(session, person)
        held = passkeys.of_user(session, person.user_id)
        if len(held) >= MOST:
            raise TooMany
        if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
            raise AddedBefore
        row = Passkey(
            user_id=person.user_id, credential_id=made.credential_id, public_key=made.public_key, sign_count=made.sign_count,
            transports=made.transports, name=name or called(made.model), is_synced=made.is_synced, created_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        record("passkeys.add", row, label=person.name, after={"name": row.name, "is_synced": row.is_synced})
        tell(session, "passkey_added", user_id=person.user_id, language=_reads(person), name=row.name)
        codes = [] if held else new_codes(session, person.user_id)
        return Added(row.name, codes)


def rename(person: Who, passkey_id: UUID, name: str) -> None:
    """Call a passkey otherwise. Raises NoSuchPasskey."""
    with about_accounts(REASON) as session:
        row = _held(session, person, passkey_id)
        record("passkeys.rename", row, label=person.name, before={"name": row.name}, after={"name": name})
        row.name = name


def remove(person: Who, passkey_id: UUID) -> str:
    """Let a passkey open nothing any more; returns what it was called.

    Other devices that came in by a passkey are signed out, and what any of them had proven lately counts no more. With the last
    one the recovery codes go. Raises NoSuchPasskey and LastWayIn.
    """
    with about_accounts(REASON) as session:
        _hold(session, person)
        row = _held(session, person, passkey_id)
        proofs = proofs_of(session, person.user_id)
        is_last = proofs.passkeys == 1
        if is_last and not proofs.has_password:
            raise LastWayIn
        name = row.name
        record("passkeys.remove", row, label=person.name, before={"name": name})
        tell(session, "passkey_removed", user_id=person.user_id, language=_reads(person), name=name)
        session.delete(row)
        if is_last:
            forget_codes(session, person.user_id)
        others = (
            LoginSession.user_id == person.user_id, LoginSession.revoked_at.is_(None), LoginSession.id != person.session_id,
        )  # fmt: skip
        by_passkey = (*others, LoginSession.way == "passkey")
        end_visits(session, of_sessions(*by_passkey), by=None)
        session.execute(update(LoginSession).where(*by_passkey).values(revoked_at=clock.now()), execution_options=QUIETLY)
        session.execute(update(LoginSession).where(*others).values(stepped_up_at=None), execution_options=QUIETLY)
        return name


def make_codes(person: Who) -> list[str]:
    """Ten new recovery codes in place of the old ones: returned this once. Raises NoPasskey."""
    with about_accounts(REASON) as session:
        _hold(session, person)
        if not proofs_of(session, person.user_id).passkeys:
            raise NoPasskey
        codes = new_codes(session, person.user_id)
        record("passkeys.make_codes", Target("app_user", person.user_id), label=person.name)
        tell(session, "codes_made", user_id=person.user_id, language=_reads(person))
        return codes


def _reads(person: Who) -> str:
    """The language of this person's mails: their own, or the one in which they are doing this."""
    return person.language or speech().language


def _held(session: Session, person: Who, passkey_id: UUID) -> Passkey:
    row = session.get(Passkey, passkey_id)
    if row is None or row.user_id != person.user_id:
        raise NoSuchPasskey
    return row


def _hold(session: Session, person: Who) -> None:
    """Keep the person's row: of two deeds at once on their passkeys, one waits for the other."""
    session.execute(select(User.id).where(User.id == person.user_id).with_for_update(key_share=True))
