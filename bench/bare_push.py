"""The limit: encryption and a POST, one after the other. `python -m bench.bare_push ORIGIN TIMES P256DH AUTH` prints CPU seconds.

The payload is as long as the product's. No database, no token to sign, no journal, no results.
"""

from __future__ import annotations

import base64
import http.client
import sys
import time

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

BODY = (
    b'{"tag":"AZ9vQGJ3dXh5enFzZHNhZA","receipt":"' + b"r" * 48 + b'","title":"School 1","body":"Isikole sivala kusenesikhathi",'
    b'"url":"http://localhost/schedule-notices/1"}'
)


def send(origin: str, times: int, p256dh: bytes, auth: bytes) -> float:
    """CPU seconds of so many pushes over one connection."""
    line = http.client.HTTPConnection(origin.rpartition("/")[2])
    headers = {
        "TTL": "86400", "Topic": "AZ9vQGJ3dXh5enFzZHNhZA", "Urgency": "normal", "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream", "Authorization": "vapid t=" + "x" * 200,
    }  # fmt: skip
    begun = time.process_time()
    for number in range(times):
        key = ec.generate_private_key(ec.SECP256R1())
        line.request("POST", f"/201/{number}", http_ece.encrypt(BODY, private_key=key, dh=p256dh, auth_secret=auth), headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 201:
            raise SystemExit(f"the push service says {answer.status}")
    return time.process_time() - begun


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    print(send(sys.argv[1], int(sys.argv[2]), _bytes(sys.argv[3]), _bytes(sys.argv[4])))
