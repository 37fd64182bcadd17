"""An authenticator in software: makes passkeys (ES256, attestation 'none') and answers challenges, rightly or with a chosen fault."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://localhost"
PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """One device with one passkey. It counts, unless `counts` is False; `model` is its AAGUID; `synced`: it lives elsewhere too."""

    counts: bool = True
    synced: bool = False
    model: bytes = bytes(16)
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: bytes = b""

    def create(self, options: dict[str, Any], *, origin: str = ORIGIN, rp: str | None = None, verified: bool = True) -> str:
        """What a browser posts after navigator.credentials.create()."""
        self.user_handle = unletters(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        made = self.model + len(self.credential_id).to_bytes(2) + self.credential_id + cose
        data = self._data(rp or options["rp"]["id"], verified=verified, flags=ATTESTED) + made
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], origin)
        return self._said({"clientDataJSON": client, "attestationObject": attestation}, transports=["internal", "hybrid"])

    def get(
        self, options: dict[str, Any], *, origin: str = ORIGIN, rp: str | None = None, verified: bool = True,
        tampered: bool = False, handle: bytes | None = None,
    ) -> str:  # fmt: skip
        """What a browser posts after navigator.credentials.get(); `handle` replaces that of the user, b"" leaves it out."""
        if self.counts:
            self.sign_count += 1
        data = self._data(rp or options["rpId"], verified=verified)
        client = self._client("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        if tampered:
            data = data[:-1] + bytes([data[-1] ^ 1])
        handle = self.user_handle if handle is None else handle
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._said(parts | ({"userHandle": handle} if handle else {}))

    def _data(self, rp: str, *, verified: bool, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if verified else 0) | ((BACKUP_ELIGIBLE | BACKED_UP) if self.synced else 0)
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4)

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def _said(self, response: dict[str, bytes], **more: Any) -> str:
        told = {name: letters(part) for name, part in response.items()}
        me = letters(self.credential_id)
        return json.dumps({"id": me, "rawId": me, "type": "public-key", "clientExtensionResults": {}, "response": told | more})


def letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unletters(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
