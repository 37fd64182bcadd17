"""`webhook.forged`: events that are forged, altered, old, of the future, played back, too large, too deep, ambiguous or no events at
all. Each has to be refused under its own reason, or to be counted as a copy; none may leave a thing behind.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import psycopg

from app.delivery.signatures import HEADER, sign
from app.domain.webhooks.body import LARGEST
from bench.figure import Figure, figure, is_full
from bench.platform import log_to_nowhere, platform
from bench.webhook_place import PROVIDER, arrange, event

EACH, FULL = 320, 2000
GOOD = 20  # events that are there before
LATE = dt.timedelta(minutes=6)
WRONG = "whsec_somebody-else-has-this-one-and-we-do-not"


class Letter(NamedTuple):
    """What is sent: a body, its header, to whom; and what has to become of it: a reason of refusal, or 'copy'."""

    body: bytes
    header: str
    wanted: str
    provider: str = PROVIDER


def kinds(secret: str, since: dt.datetime, now: dt.datetime) -> list[Callable[[int], Letter]]:
    """How each kind of bad letter is written, the n-th of it: about what happened at `since`, signed at `now`."""

    def plain(n: int, kind: str) -> bytes:
        return event(f"bad_{kind}_{n}", "payment.succeeded", since, payment=f"bad_{n}")

    def good(n: int) -> bytes:
        return event(f"good_{n % GOOD}", "payment.succeeded", since, payment=f"good_{n % GOOD}")

    def signed(raw: bytes, wanted: str) -> Letter:
        return Letter(raw, sign(raw, secret, at=now), wanted)

    def within(text: str, n: int) -> bytes:
        return plain(n, "within").replace(b'"currency"', b'"x": ' + text.encode() + b', "currency"')

    def turned(n: int) -> Letter:
        """One bit of the body is another one."""
        raw = bytearray(plain(n, "turned"))
        header = sign(bytes(raw), secret, at=now)
        raw[n % len(raw)] ^= 1 << n % 8
        return Letter(bytes(raw), header, "bad_signature")

    return [
        lambda n: Letter(plain(n, "forged"), sign(plain(n, "forged"), WRONG, at=now), "bad_signature"),
        lambda n: Letter(plain(n, "bare"), ("", "t=1", f"v1={n:064x}", f"t={n},v1=", "nonsense")[n % 5], "bad_signature"),
        turned,
        lambda n: Letter(plain(n, "shifted"), sign(plain(n, "shifted"), secret, at=now).replace("t=1", "t=2", 1), "bad_signature"),
        lambda n: Letter(plain(n, "old"), sign(plain(n, "old"), secret, at=now - LATE), "too_old"),
        lambda n: Letter(plain(n, "early"), sign(plain(n, "early"), secret, at=now + LATE), "too_early"),
        lambda n: signed(good(n), "copy"),
        lambda n: signed(good(n).replace(b"115000", f"{n + 1}".encode()), "altered"),
        lambda n: signed(plain(n, "large") + b" " * (LARGEST + n), "too_large"),
        lambda n: signed(within("[" * (20 + n) + "]" * (20 + n), n), "too_deep"),
        lambda n: signed(within('{"a": 1, "a": 2}', n), "duplicate_key"),
        lambda n: signed(within(("NaN", "Infinity", "-Infinity", "1e999", "9" * (30 + n))[n % 5], n), "bad_number"),
        lambda n: signed(plain(n, "bytes") + bytes([0x80 + n % 0x40]), "not_utf8"),
        lambda n: signed(plain(n, "cut")[: 5 + n % 40], "not_json"),
        lambda n: signed(plain(n, "shape").replace(b'"id"', b'"no"'), "not_an_event"),
        lambda n: Letter(plain(n, "who"), sign(plain(n, "who"), secret, at=now), "unknown_provider", f"nobody{n}"),
    ]  # fmt: skip


def measure() -> list[Figure]:
    """What was let in, and what was not counted under its reason."""
    place = platform()
    place.grow(1, first=1)
    app = place.application()
    log_to_nowhere()
    secret, now = arrange(app), dt.datetime.now(dt.UTC).replace(microsecond=0)
    client, number = app.test_client(), FULL if is_full() else EACH

    def post(letter: Letter) -> int:
        address, kind = f"/webhooks/{letter.provider}", "application/json"
        return client.post(address, data=letter.body, headers={HEADER: letter.header}, content_type=kind).status_code

    for n in range(GOOD):
        raw = event(f"good_{n}", "payment.succeeded", now, payment=f"good_{n}")
        post(Letter(raw, sign(raw, secret, at=dt.datetime.now(dt.UTC)), ""))
    wanted, let_in = Counter[str](), 0
    for n in range(number):
        for write in kinds(secret, now, dt.datetime.now(dt.UTC)):
            letter = write(n)
            wanted[letter.wanted] += 1
            let_in += (post(letter) == 200) != (letter.wanted == "copy")
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        counted = {
            reason: int(total) for reason, total in sql.execute("SELECT reason, sum(number) FROM webhook_refusal GROUP BY 1")
        }
        (events, copies, altered) = sql.execute("SELECT count(*), sum(copies), sum(altered) FROM webhook_event").fetchone() or (
            0,
            0,
            0,
        )
    counted["copy"] = int(copies)
    failures = let_in + abs(events - GOOD) + abs(altered - wanted["altered"])
    failures += sum(abs(counted.get(reason, 0) - wanted[reason]) for reason in {*wanted, *counted})
    if failures:
        print(f"wanted {dict(wanted)}, counted {counted}, let in {let_in}, {events} events", file=sys.stderr)
    return [
        figure(
            "webhook.forged", failures, unit="accepted or not counted", goal=0, against="refused under its reason, or counted as a copy",
            detail=f"{wanted.total()} events of {len(kinds(secret, now, now))} kinds, {len(wanted)} reasons",
        )
    ]  # fmt: skip
