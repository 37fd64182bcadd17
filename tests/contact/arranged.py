"""Devices and keys as the tests of contact arrange them, and what the database holds of them."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.ids import uuid7
from tests.cast import Someone
from tests.conftest import Browser
from tests.pages import Page, words

ENDPOINT = "https://fcm.googleapis.com/fcm/send/"
CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
AUDIT = "SELECT action, actor_kind, school_id FROM audit_event ORDER BY seq"


def letters(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def point() -> str:
    """A browser's public key."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return letters(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def subscription(endpoint: str = "", **more: object) -> dict[str, Any]:
    """What `PushSubscription.toJSON()` gives."""
    keys = {"p256dh": point(), "auth": letters(secrets.token_bytes(16))}
    endpoint = endpoint or ENDPOINT + secrets.token_urlsafe(12)
    return {"endpoint": endpoint, "expirationTime": None, "keys": keys, **more}


def post_json(browser: Browser, path: str, body: object, *, token: bool = True, **headers: str) -> Page:
    """Post as the script of the page does."""
    given = {"X-CSRF-Token": browser.token()} if token else {}
    return Page(browser.client.post(path, json=body, headers={"User-Agent": CHROME, **given, **headers}))


def add_device(sql: psycopg.Connection[Any], someone: Someone, endpoint: str = "", *, key_id: str = "k") -> UUID:
    """A device of somebody, stored as if it had been subscribed long ago."""
    device = uuid7()
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device, created_at)"
        " VALUES (%s, %s, %s, %s, 'p', 'a', %s, 'Firefox/Windows', now() - interval '40 days')",
        (someone.school, device, someone.person_id, endpoint or ENDPOINT + secrets.token_urlsafe(12), key_id),
    )
    return device


def preference(sql: psycopg.Connection[Any], person: UUID | None) -> dict[str, Any] | None:
    """What stands of a person's choice; None for who has chosen nothing."""
    cursor = sql.execute(
        "SELECT push, quiet_from::text, quiet_until::text, unsubscribed_at IS NOT NULL AS unsubscribed"
        " FROM contact_preference WHERE person_id = %s", (person,),
    )  # fmt: skip
    row = cursor.fetchone()
    return dict(zip([column.name for column in cursor.description or ()], row, strict=True)) if row else None


def devices(sql: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Every stored device: whose, where, and what it is called."""
    return sql.execute("SELECT person_id, endpoint, device FROM push_subscription ORDER BY created_at, id").fetchall()


def actions(sql: psycopg.Connection[Any]) -> list[str]:
    """What the audit of the schools holds, in order."""
    return [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY seq").fetchall()]


def fact(page: Page, term: str) -> str:
    """What stands behind a term of the page's facts."""
    pairs = zip(page.all("dt"), page.all("dd"), strict=True)
    return next(words(value) for name, value in pairs if words(name) == term)
