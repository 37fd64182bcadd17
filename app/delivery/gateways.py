"""What a provider of SMS or WhatsApp has to be, and the one there is: one POST of JSON a message, over HTTPS.

Another provider is another class and a line in `app.delivery.texting.open_row`.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

from app.config import Settings
from app.delivery.outward import PATIENCE, Answer, Forbidden, Line, NoAnswer, Place, Unreachable, place_of
from app.delivery.states import Event, Result

PING = 5.0  # seconds for a look that sends nothing
NO_KEY, NOT_PUBLIC = "no key that opens", "not a public address"  # `app.domain.reasons` has words for them
#: not the message's fault: it may go later
TEMPORARY = frozenset({401, 403, 408, 409, 425, 429})
#: the school's key is refused: everybody's message would be
KEY_REFUSED = frozenset({401, 403})
SAID = re.compile(r"[A-Za-z][\w .,:'()/-]{0,98}", re.ASCII)  # words of a gateway that may be kept
TAIL = 9  # letters and digits at the end: of a number they are the same however it begins, of a secret too many to keep
REFERENCE = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class Gateway(Protocol):
    """A provider of one text channel."""

    @property
    def name(self) -> str:
        """Who it is, for the timeline: its host."""

    def send(self, id: UUID, to: str, text: str) -> Result:
        """Hand over one message for a number in E.164. The same `id` is the same message, however often it comes."""

    def ping(self) -> str | None:
        """Look whether it would take messages, sending none; None when all is well, else a code (`app.domain.providers`)."""

    def close(self) -> None:
        """Hang up."""


@dataclass
class HttpsGateway:
    """The generic one. `url` may hold {to} and {sender}; `ping_url` answers a GET with the key when all is well."""

    url: str
    key: str = field(repr=False)
    secret: str | None = field(repr=False)
    sender: str | None
    ping_url: str | None
    settings: Settings = field(repr=False)
    patience: float = PATIENCE
    _lines: dict[tuple[str, str, int], Line] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        try:
            return place_of(fill(self.url, to="", sender=""), self.settings).shown
        except Forbidden:  # allowed where it was stored, as on one's own machine
            return ""

    def send(self, id: UUID, to: str, text: str) -> Result:
        message = {"to": to, "from": self.sender, "text": text, "id": str(id)}
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        headers = self._headers() | {"Content-Type": "application/json", "Idempotency-Key": str(id)}
        if self.secret:
            headers["Webhook-Signature"] = signature(self.secret, body, at=int(time.time()))
        begun = time.monotonic()
        try:
            answer = self._ask("POST", place_of(fill(self.url, to=to, sender=self.sender or ""), self.settings), headers, body)
        except Forbidden:
            return Result(id, Event.PERMANENT, None, NOT_PUBLIC, provider_fault=True)
        except Unreachable as reason:
            return Result(id, Event.UNTRIED, None, f"the gateway cannot be reached: {reason}", provider_fault=True)
        except NoAnswer as reason:
            said, spent = f"the gateway did not answer: {reason}", _since(begun)
            return Result(id, Event.TEMPORARY, None, said, milliseconds=spent, provider_fault=True)
        return verdict(id, answer, hidden=(self.key, self.secret or "", to), milliseconds=_since(begun))

    def ping(self) -> str | None:
        method = "GET" if self.ping_url else "HEAD"
        try:
            place = place_of(self.ping_url or fill(self.url, to="", sender=""), self.settings)
            place = place if self.ping_url else place._replace(target="/")
            status = self._ask(method, place, self._headers(), patience=PING).status
        except Forbidden as reason:
            return str(reason)
        except Unreachable:
            return "unreachable"
        except NoAnswer:
            return "no_answer"
        if status in KEY_REFUSED:
            return "key_refused"
        well = not self.ping_url or 200 <= status < 300  # an address of no checks need not know HEAD: that it answers is all
        return None if well else "bad_answer"

    def close(self) -> None:
        for line in self._lines.values():
            line.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept": "application/json", "User-Agent": "Umthi"}

    def _ask(
        self, method: str, place: Place, headers: dict[str, str], body: bytes = b"", *, patience: float | None = None
    ) -> Answer:
        line = self._lines.setdefault(place[:3], Line(place, self.settings))
        return line.ask(method, place.target, headers, body, patience=patience or self.patience)


class Unreadable:
    """A gateway whose key was sealed under another UMTHI_SECRET."""

    name = ""

    def send(self, id: UUID, to: str, text: str) -> Result:
        return Result(id, Event.PERMANENT, None, NO_KEY)

    def ping(self) -> str | None:
        return "sealed"

    def close(self) -> None:
        pass


def signature(secret: str, body: bytes, *, at: int) -> str:
    """The header by which a gateway knows that a request is ours and fresh: HMAC-SHA256 over `<at>.<body>`, as hex."""
    return f"t={at},v1={hmac.digest(secret.encode(), b'%d.' % at + body, 'sha256').hex()}"


def fill(template: str, *, to: str, sender: str) -> str:
    """The address for one number."""
    return template.replace("{to}", quote(to, safe="")).replace("{sender}", quote(sender, safe=""))


def verdict(id: UUID, answer: Answer, *, hidden: tuple[str, ...], milliseconds: int) -> Result:
    """The class of an answer; what it says is kept only where it is neither a number nor a secret of anybody's."""
    said = _said(answer, hidden)
    if 200 <= answer.status < 300:
        return Result(id, Event.ACCEPTED, answer.status, said, milliseconds=milliseconds)
    if 400 <= answer.status < 500 and answer.status not in TEMPORARY:
        return Result(id, Event.PERMANENT, answer.status, said, milliseconds=milliseconds)
    ours = answer.status not in TEMPORARY or answer.status in KEY_REFUSED
    return Result(id, Event.TEMPORARY, answer.status, said, wait=answer.wait, milliseconds=milliseconds, provider_fault=ours)


def _said(answer: Answer, hidden: tuple[str, ...]) -> str:
    """The gateway's id of a message that it took, or its word of why not; else what the status is called."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    accepted = 200 <= answer.status < 300
    names, form = (("id", "message_id"), REFERENCE) if accepted else (("code", "error", "message"), SAID)
    for name in names:
        text = str(told.get(name) or "")
        bare = "".join(filter(str.isalnum, text))
        clean = form.fullmatch(text) and (accepted or not re.search(r"\d{6}", bare))
        if clean and not any(each and "".join(filter(str.isalnum, each))[-TAIL:] in bare for each in hidden):
            return text
    try:
        return HTTPStatus(answer.status).phrase  # not the one that it sent, which may hold anything
    except ValueError:
        return ""


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
