"""The secrets that payment providers sign with: of UMTHI_WEBHOOK_SECRETS, and those that operators have entered, sealed.

While one is replaced two hold; from `retires_at` on the old one holds no more. Each request reads them anew: what is
retired now opens nothing from the next request on.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.audit.record import Actor, record
from app.config import SHORTEST_WEBHOOK_SECRET, Settings
from app.delivery.sealing import CannotOpen, seal, unseal
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.webhook import WebhookSecret

PLATFORM = 0  # under whose key they are sealed: no school's
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
MAIL, SIMULATOR = "mail", "simulator"  # who tells of our mail is no provider of payments; the simulator is none in production
USED_ONCE_IN = dt.timedelta(minutes=1)
SHOWN = 12  # characters of a fingerprint


class Held(NamedTuple):
    """A secret that holds; `id` None: the settings have it."""

    id: UUID | None
    text: str
    last_used_at: dt.datetime | None


class Made(NamedTuple):
    """A secret that was stored, and its text: to be shown this once."""

    row: WebhookSecret
    text: str


class SecretFault(ValueError):
    """A secret that cannot be stored; `message` says why."""

    message = N_("This secret cannot be stored.")


class SecretKnown(SecretFault):
    """This provider has it already."""

    message = N_("This provider has this secret already.")


class SecretTooShort(SecretFault):
    """Somebody could guess it."""

    message = N_("A secret has at least 24 characters.")


class NotAProvider(SecretFault):
    """A name that no provider of payments can have."""

    message = N_("Use small letters, digits and hyphens, for example ‘payfast’. ‘mail’ is taken.")


class AlreadyRetired(SecretFault):
    """It holds no more."""

    message = N_("This secret holds no more.")


def is_provider(settings: Settings, name: str) -> bool:
    """Whether a provider of payments may be called like that here."""
    return bool(NAME.fullmatch(name)) and name != MAIL and not (name == SIMULATOR and settings.is_production)


def usable(session: Session, settings: Settings, provider: str, *, now: dt.datetime) -> list[Held]:
    """Every secret of a provider that holds now, the newest first; none for a name that no provider can have.

    Needs `across_schools`. One that was sealed under another UMTHI_SECRET holds nothing.
    """
    if not is_provider(settings, provider):
        return []
    rows = session.execute(
        select(WebhookSecret.id, WebhookSecret.sealed, WebhookSecret.last_used_at)
        .where(WebhookSecret.provider == provider, or_(WebhookSecret.retires_at.is_(None), WebhookSecret.retires_at > now))
        .order_by(WebhookSecret.id.desc())
    )
    held = [Held(row.id, text, row.last_used_at) for row in rows if (text := _opened(settings, provider, row.sealed))]
    return held + [Held(None, text, None) for text in settings.webhook_secrets.get(provider, ())]


def note_use(session: Session, used: Held, *, now: dt.datetime) -> None:
    """Keep when a secret was last used, written at most once a minute: every event would wait for this row."""
    if used.id and (used.last_used_at is None or used.last_used_at <= now - USED_ONCE_IN):
        fresh = or_(WebhookSecret.last_used_at.is_(None), WebhookSecret.last_used_at <= now - USED_ONCE_IN)
        mine = update(WebhookSecret).where(WebhookSecret.id == used.id, fresh).values(last_used_at=now)
        session.execute(mine, execution_options={"synchronize_session": False})


def add(session: Session, settings: Settings, provider: str, given: str = "", *, by: Actor) -> Made:
    """Store a secret that a provider gave us, or without one a new one. Needs `across_schools`. Raises SecretFault."""
    if not is_provider(settings, provider):
        raise NotAProvider
    text = given or f"whsec_{secrets.token_urlsafe(32)}"
    if len(text) < SHORTEST_WEBHOOK_SECRET:
        raise SecretTooShort
    print_ = fingerprint(settings, text)
    known = select(WebhookSecret.id).where(WebhookSecret.provider == provider, WebhookSecret.fingerprint == print_)
    if session.scalar(known):
        raise SecretKnown
    row = WebhookSecret(
        id=uuid7(), provider=provider, sealed=seal(settings, PLATFORM, f"{provider}\n{text}"), fingerprint=print_,
        created_by=by.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record("webhooks.add_secret", row, label=provider, by=by, after={"fingerprint": print_})
    return Made(row, text)


def roll_over(
    session: Session, settings: Settings, secret_id: UUID, given: str = "", *, retires_at: dt.datetime, by: Actor
) -> Made:
    """Store a new secret beside one that holds until `retires_at` only. Needs `across_schools`. Raises SecretFault."""
    old = _held(session, secret_id)
    made = add(session, settings, old.provider, given, by=by)
    _retire(old, retires_at, by)
    return made


def retire(session: Session, secret_id: UUID, *, now: dt.datetime, by: Actor) -> WebhookSecret:
    """Let a secret hold no more, from now on. Raises AlreadyRetired and LookupError."""
    old = _held(session, secret_id)
    if old.retires_at and old.retires_at <= now:
        raise AlreadyRetired
    _retire(old, now, by)
    return old


def fingerprint(settings: Settings, text: str) -> str:
    """What tells two secrets apart and gives none away: nobody without UMTHI_SECRET can try guesses against it."""
    return hmac.new(settings.secret.encode(), b"umthi webhook secret\0" + text.encode(), "sha256").hexdigest()[:SHOWN]


def _held(session: Session, secret_id: UUID) -> WebhookSecret:
    found = session.get(WebhookSecret, secret_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise LookupError(secret_id)
    return found


def _retire(secret: WebhookSecret, at: dt.datetime, by: Actor) -> None:
    before = secret.retires_at.isoformat() if secret.retires_at else None
    secret.retires_at = at
    record(
        "webhooks.retire_secret", secret, label=secret.provider, by=by, before={"retires_at": before},
        after={"retires_at": at.isoformat(), "fingerprint": secret.fingerprint},
    )  # fmt: skip


def _opened(settings: Settings, provider: str, sealed: str) -> str:
    """The text of a sealed secret; "" for one that was sealed for another provider or under another UMTHI_SECRET."""
    try:
        whose, _, text = unseal(settings, PLATFORM, sealed).partition("\n")
    except CannotOpen:
        return ""
    return text if whose == provider else ""
