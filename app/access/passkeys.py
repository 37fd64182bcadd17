"""The ceremonies of WebAuthn: a challenge goes out once, and what an authenticator answers is checked against it.

Rows are read and written inside `about_accounts`; checking an answer needs none of them, and is done outside of transactions.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from base64 import urlsafe_b64decode
from binascii import Error
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import clock
from app.config import Settings
from app.i18n.catalogue import N_
from app.models.passkey import Passkey, PasskeyChallenge, Purpose

LIFE = dt.timedelta(minutes=5)
SWEPT = 50  # challenges that are past, forgotten each time a new one is made
LONGEST = 20_000  # characters of an answer
TRANSPORTS = {"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}
CALLED = "Umthi"
QUIETLY = {"synchronize_session": False}


class PasskeyRefused(Exception):
    """An answer that is not taken: `why` is for the audit, `message` for the person, marked with N_."""

    why = "refused"
    message = N_("The answer of your passkey could not be checked. Nothing was changed. Try again.")


class Unreadable(PasskeyRefused):
    """No browser sends that."""

    why = "unreadable"
    message = N_("What your browser sent is not complete. Reload the page and try again.")


class ChallengeGone(PasskeyRefused):
    """The challenge was never ours, was for something or somebody else, was used before, or is too old."""

    why = "challenge"
    message = N_("That took longer than five minutes, or it was sent twice. Nothing was changed. Try again.")


class NotKnown(PasskeyRefused):
    """There is no such passkey, it is somebody else's, or its account is closed: the same for all of them."""

    why = "unknown"
    message = N_("This passkey does not open an account here. Use another passkey, or your password.")


class NotProven(PasskeyRefused):
    """Another site, another signature, or nobody who showed the device that it is them."""

    why = "proof"


class CounterBack(PasskeyRefused):
    """The counter of an authenticator went back, or stood still: there may be a copy of it."""

    why = "counter"
    message = N_("This passkey answered as a copy of it would, so it was refused. Use another way, and remove this passkey.")


class AddedBefore(PasskeyRefused):
    """The credential is somebody's already."""

    why = "added before"
    message = N_("This passkey was added before.")


class Answer(NamedTuple):
    """What a browser sent: all of it, the credential that it is of, the challenge that it says it answers, and whose it is."""

    said: dict[str, Any]
    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


class New(NamedTuple):
    """A credential that was just made; `model` is the AAGUID, which names the make of the authenticator."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    is_synced: bool
    model: str


class Known(NamedTuple):
    """A passkey as it is checked against."""

    id: UUID
    user_id: UUID
    credential_id: bytes
    public_key: bytes


class Proof(NamedTuple):
    """An answer that holds: the counter it came with, and whether its passkey lives on several devices."""

    sign_count: int
    is_synced: bool


def site_of(settings: Settings) -> tuple[str, str]:
    """The id and the origin under which passkeys are made: the host name of the public address, and that address."""
    parts = urlsplit(settings.public_url)
    return parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}"


def begin_adding(session: Session, settings: Settings, *, user_id: UUID, email: str, name: str) -> dict[str, Any]:
    """What a browser needs to make a passkey for a user. Needs `about_accounts`."""
    library, structs = _library()
    held = [structs.PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in of_user(session, user_id)]
    criteria = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = library.generate_registration_options(
        rp_id=site_of(settings)[0], rp_name=CALLED, user_id=user_id.bytes, user_name=email, user_display_name=name,
        challenge=_challenge(session, Purpose.ADD, user_id), timeout=_milliseconds(LIFE), authenticator_selection=criteria,
        exclude_credentials=held,
    )  # fmt: skip
    return _plain(options)


def begin_proving(session: Session, settings: Settings, purpose: Purpose, user_id: UUID | None) -> dict[str, Any]:
    """What a browser needs to prove a passkey: one of a user's, or with None any that it has for this site.

    Needs `about_accounts`.
    """
    library, structs = _library()
    held = of_user(session, user_id) if user_id else []
    options = library.generate_authentication_options(
        rp_id=site_of(settings)[0],
        challenge=_challenge(session, purpose, user_id),
        timeout=_milliseconds(LIFE),
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in held],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    made = _plain(options)
    for descriptor, passkey in zip(made["allowCredentials"], held, strict=True):
        descriptor["transports"] = passkey.transports
    return made


def read(text: str) -> Answer:
    """What a browser posted, taken apart but not believed. Raises Unreadable."""
    try:
        said = json.loads(text[:LONGEST])
        response = said["response"]
        client = json.loads(_bytes(response["clientDataJSON"]))
        handle = response.get("userHandle")
        return Answer(said, _bytes(said["rawId"]), _bytes(client["challenge"]), _bytes(handle) if handle else None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreadable from None


def use_up(session: Session, answer: Answer, purpose: Purpose, user_id: UUID | None) -> bool:
    """Use up the challenge of an answer, whatever comes of it; False when it does not hold (any more).

    Of two at once one gets it. Needs `about_accounts`, committed before the answer is believed.
    """
    mine = PasskeyChallenge.challenge == answer.challenge, PasskeyChallenge.purpose == purpose.value
    whose = PasskeyChallenge.user_id.is_(None) if user_id is None else PasskeyChallenge.user_id == user_id
    is_open = PasskeyChallenge.used_at.is_(None), PasskeyChallenge.expires_at > clock.now()
    used = update(PasskeyChallenge).where(*mine, whose, *is_open).values(used_at=clock.now()).returning(PasskeyChallenge.id)
    return session.execute(used, execution_options=QUIETLY).first() is not None


def known(session: Session, answer: Answer) -> Known | None:
    """The passkey that an answer says it is of. Needs `about_accounts`."""
    found = select(Passkey.id, Passkey.user_id, Passkey.credential_id, Passkey.public_key)
    row = session.execute(found.where(Passkey.credential_id == answer.credential_id)).one_or_none()
    return Known(*row) if row else None


def of_user(session: Session, user_id: UUID) -> list[Passkey]:
    """The passkeys of a user in the order in which they were added. Needs `about_accounts`."""
    return list(session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def check_new(answer: Answer, settings: Settings) -> New:
    """The credential that an answer brings, made for this site by somebody whom the device knows. Raises NotProven.

    Its challenge is for `use_up` to judge.
    """
    library, structs = _library()
    rp_id, origin = site_of(settings)
    try:
        made = library.verify_registration_response(
            credential=answer.said, expected_challenge=answer.challenge, expected_rp_id=rp_id, expected_origin=origin,
            require_user_verification=True,
        )  # fmt: skip
    except Exception as fault:  # whatever the library makes of bytes that a stranger chose
        raise NotProven(str(fault)) from fault
    transports = answer.said["response"].get("transports")
    several = structs.CredentialDeviceType.MULTI_DEVICE
    return New(
        made.credential_id, made.credential_public_key, made.sign_count,
        [each for each in transports if each in TRANSPORTS] if isinstance(transports, list) else [],
        made.credential_device_type == several, made.aaguid,
    )  # fmt: skip


def check_known(answer: Answer, passkey: Known, settings: Settings) -> Proof:
    """What holds of an answer for a known passkey. Raises NotProven.

    Its challenge is for `use_up` to judge, and its counter for `note_use`, once the signature is known to hold.
    """
    library, structs = _library()
    rp_id, origin = site_of(settings)
    if answer.user_handle not in (None, passkey.user_id.bytes):
        raise NotProven("the user handle is another user's")
    try:
        found = library.verify_authentication_response(
            credential=answer.said, expected_challenge=answer.challenge, expected_rp_id=rp_id, expected_origin=origin,
            credential_public_key=passkey.public_key, credential_current_sign_count=0, require_user_verification=True,
        )  # fmt: skip
    except Exception as fault:  # whatever the library makes of bytes that a stranger chose
        raise NotProven(str(fault)) from fault
    return Proof(found.new_sign_count, found.credential_device_type == structs.CredentialDeviceType.MULTI_DEVICE)


def note_use(session: Session, passkey: Known, proof: Proof) -> None:
    """Write down that a passkey was used, if it still is there and its counter went on. Needs `about_accounts`.

    Authenticators that do not count say 0 each time. Raises NotKnown and CounterBack.
    """
    row = session.get(Passkey, passkey.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotKnown
    if (row.sign_count or proof.sign_count) and proof.sign_count <= row.sign_count:
        raise CounterBack
    row.sign_count, row.is_synced, row.last_used_at = proof.sign_count, proof.is_synced, clock.now()


def _challenge(session: Session, purpose: Purpose, user_id: UUID | None) -> bytes:
    """A new challenge, stored; some that are past are forgotten."""
    now = clock.now()
    past = select(PasskeyChallenge.id).where(PasskeyChallenge.expires_at < now).limit(SWEPT).with_for_update(skip_locked=True)
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.id.in_(past)), execution_options=QUIETLY)
    row = PasskeyChallenge(
        challenge=secrets.token_bytes(32), purpose=purpose.value, user_id=user_id, created_at=now, expires_at=now + LIFE
    )
    session.add(row)
    session.flush()
    return row.challenge


def _library() -> tuple[Any, Any]:
    """The library and its structures: loaded when somebody uses a passkey, for that takes a fifth of a second."""
    return import_module("webauthn"), import_module("webauthn.helpers.structs")


def _plain(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = import_module("webauthn.helpers").options_to_json_dict(options)
    return made


def _bytes(text: str) -> bytes:
    """Base64url without its padding. Raises ValueError."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Error as fault:
        raise ValueError from fault


def _milliseconds(span: dt.timedelta) -> int:
    return int(span.total_seconds() * 1000)
