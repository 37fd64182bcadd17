"""Links by which somebody sees a website before it is published: shared ones are rows that expire and can be ended.

Whoever builds the site has a link of their own in the builder, which holds for half an hour and is written down nowhere.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import struct
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, bindparam, select

from app import clock
from app.audit.record import Actor, record
from app.config import Settings
from app.domain.site.document import SiteDocument
from app.models.site import Site, SitePreview, SiteVersion
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id

OWN = dt.timedelta(minutes=30)
#: how long a shared link may hold, in days
LIVES = (1, 7, 30)
MOST = 50  # links that hold at one time
_PURPOSE = b"site preview "
_TILL = struct.Struct(">I")
_PROOF = 16  # bytes of HMAC-SHA256
_SHARED, _OWN = "p", "o"  # the first letter of a token


class TooManyPreviews(Exception):
    """There are as many links as there may be."""


class Previewed(NamedTuple):
    """What a preview link shows: the draft, or with `version` that one. It holds until `expires_at`."""

    document: SiteDocument
    version: int | None
    expires_at: dt.datetime


class _Link(NamedTuple):
    version: int | None
    expires_at: dt.datetime


class _Written(NamedTuple):
    document: bytes


_LINK = Prepared(
    select(SitePreview.version, SitePreview.expires_at).where(
        SitePreview.token_hash == bindparam("token_hash", type_=Text), SitePreview.revoked_at.is_(None)
    ),
    _Link,
)
_VERSION = Prepared(select(SiteVersion.document).where(SiteVersion.number == bindparam("number")), _Written)


class _Draft(NamedTuple):
    draft: dict[str, Any]


_DRAFT = Prepared(select(Site.draft), _Draft)


def previewed(settings: Settings, token: str) -> Previewed | None:
    """What a preview link of the current school shows; None for one that is not ours, has expired or was ended."""
    if token.startswith(_OWN):
        link = _own(settings, token)
    else:
        with reading() as cursor:
            found = _LINK.all(cursor, token_hash=hash_of(token))
        link = found[0] if found else None
    if link is None or link.expires_at <= clock.now():
        return None
    with reading() as cursor:
        if link.version is not None:
            versions = _VERSION.all(cursor, number=link.version)
            document = SiteDocument.from_bytes(bytes(versions[0].document)) if versions else None
        else:
            drafts = _DRAFT.all(cursor)
            document = SiteDocument.read(drafts[0].draft) if drafts else None
    return Previewed(document, link.version, link.expires_at) if document else None


def own_token(settings: Settings, version: int | None = None) -> str:
    """The token of a link of one's own in the current school, to the draft or to a version. For pages that may show both."""
    till = _TILL.pack(int((clock.now() + OWN).timestamp())) + _TILL.pack(version or 0)
    return _OWN + _text(till + _proof(settings, _school() + till))


def token_of(settings: Settings, preview_id: UUID) -> str:
    """The token of a shared link: made from the secret of this instance, so that it can be shown again."""
    return _SHARED + _text(preview_id.bytes + _proof(settings, _school() + preview_id.bytes))


def share(settings: Settings, *, days: int, note: str, version: int | None, by: Actor) -> SitePreview:
    """Make a link that holds for so many `days`. Raises TooManyPreviews. Audited."""
    now = clock.now()
    holding = select(SitePreview.id).where(SitePreview.revoked_at.is_(None), SitePreview.expires_at > now)
    if len(db.session.scalars(holding.limit(MOST)).all()) >= MOST:
        raise TooManyPreviews
    made = SitePreview(note=note, version=version, expires_at=now + dt.timedelta(days=days), by_name=by.name, token_hash="")
    made.token_hash = hash_of(token_of(settings, made.id))
    db.session.add(made)
    after: dict[str, object] = {"expires_at": made.expires_at.isoformat()}
    if version is not None:
        after["version"] = version
    record("site.share_preview", made, label=note, after=after, by=by)
    return made


def held(preview_id: UUID) -> SitePreview | None:
    """A link of the current school, held for a change; None where it has none such."""
    return db.session.scalars(select(SitePreview).where(SitePreview.id == preview_id).with_for_update()).one_or_none()


def end(preview: SitePreview, *, by: Actor) -> bool:
    """Let a link lead nowhere from now on; False where it does not already. Audited."""
    if preview.revoked_at is not None:
        return False
    preview.revoked_at = clock.now()
    record("site.end_preview", preview, label=preview.note, by=by)
    return True


def _own(settings: Settings, token: str) -> _Link | None:
    try:
        raw = base64.b64decode(token[1:] + "=" * (-len(token[1:]) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    till, proof = raw[: 2 * _TILL.size], raw[2 * _TILL.size :]
    if len(till) != 2 * _TILL.size or not hmac.compare_digest(proof, _proof(settings, _school() + till)):
        return None
    (seconds,), (version,) = _TILL.unpack(till[: _TILL.size]), _TILL.unpack(till[_TILL.size :])
    return _Link(version or None, dt.datetime.fromtimestamp(seconds, dt.UTC))


def _school() -> bytes:
    return b"%d " % current_school_id()


def _proof(settings: Settings, message: bytes) -> bytes:
    return hmac.digest(settings.secret.encode(), _PURPOSE + message, "sha256")[:_PROOF]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    """What a row keeps of a shared link."""
    return hashlib.sha256(token.encode()).hexdigest()
