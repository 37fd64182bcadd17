"""How one batch goes out on one channel: rows in, results out one by one, at most a few on the way at any moment."""

import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from http.client import HTTPException
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from py_vapid import Vapid02  # type: ignore[import-untyped]

from app.delivery.letter import BadAddress, Letter, mailbox
from app.delivery.push import GONE, ForbiddenEndpoint, Pusher, encrypt, payload
from app.delivery.smtp import Broken, Conversation, Envelope
from app.delivery.states import Event, Result

LINES = 4  # push requests in flight per job: what a kill can double

Sender = Callable[[Any, Mapping[str, Any], Sequence[Any], Mapping[UUID, Result], Callable[[], float]], Iterator[Result]]


def unsubscribe_link(base: str, school_id: int, person_id: UUID) -> str:
    """RFC 8058: works without signing in, so it carries its own proof."""
    proof = hmac.digest(os.environ["SECRET_KEY"].encode(), f"unsubscribe {school_id} {person_id}".encode(), "sha256").hex()[:32]
    return f"{base}/unsubscribe/{school_id}/{person_id}/{proof}"


def send_mail(
    message: Any, texts: Mapping[str, Any], rows: Sequence[Any], done: Mapping[UUID, Result], time_left: Callable[[], float]
) -> Iterator[Result]:
    """Over one connection; a line that breaks is dialled again twice, and what is left then is handed back untried."""
    host = message.sender.rpartition("@")[2]
    base = "{0.scheme}://{0.netloc}".format(urlsplit(message.url))
    letters = {
        language: Letter(
            subject=t.subject,
            text=t.body_text,
            html_text=t.body_html,
            sender=message.sender,
            host=host,
            one_click=not message.urgent,
        )
        for language, t in texts.items()
    }
    addresses: dict[UUID, str] = {}
    for row in rows:
        try:
            addresses[row.id] = mailbox(row.email or "")
        except BadAddress:
            why = "not an address" if row.email else "no address that works"
            yield Result(row.id, Event.PERMANENT, None, why, bad_address=bool(row.email))

    def envelopes() -> Iterator[Envelope]:
        for row in rows:
            if time_left() <= 0:
                return
            if row.id not in done:
                letter = letters.get(row.language) or letters["en"]
                link, stop = f"{message.url}?d={row.id.hex}", unsubscribe_link(base, message.school_id, row.person_id)
                content = letter.fill(id=row.id, name=row.name, address=addresses[row.id], link=link, unsubscribe=stop)
                yield Envelope(row.id, addresses[row.id], content)

    for _ in range(3):
        try:
            line = Conversation(os.environ["SMTP_URL"], message.sender)
        except Broken as broken:
            yield from (Result(r.id, Event.UNTRIED, None, str(broken), provider_fault=True) for r in rows if r.id not in done)
            return
        try:
            yield from line.send(envelopes())
            line.quit()
            return
        except Broken as broken:
            line.close()
            yield from broken.results


@lru_cache(maxsize=1)
def pushers() -> tuple[Pusher, ...]:
    """This process's connections to the push services."""
    key = Vapid02.from_string(os.environ["VAPID_KEY"])
    return tuple(Pusher(key, os.environ["VAPID_CONTACT"], os.environ.get("UMTHI_PUSH_TEST_ORIGIN")) for _ in range(LINES))


def send_push(
    message: Any, texts: Mapping[str, Any], rows: Sequence[Any], done: Mapping[UUID, Result], time_left: Callable[[], float]
) -> Iterator[Result]:
    """Over a few connections at once; the notification names the school and the title, never a learner."""
    out: SimpleQueue[Result | None] = SimpleQueue()

    def share(pusher: Pusher, part: Sequence[Any]) -> None:
        try:
            for row in part:
                if time_left() <= 0:
                    break
                out.put(push_to_person(pusher, row, message, texts.get(row.language) or texts["en"]))
        finally:
            out.put(None)

    with ThreadPoolExecutor(LINES) as threads:
        shares = [threads.submit(share, p, rows[at::LINES]) for at, p in enumerate(pushers())]
        running = LINES
        while running:
            result = out.get()
            if result is None:
                running -= 1
            else:
                yield result
        for finished in shares:
            finished.result()


def push_to_person(pusher: Pusher, row: Any, message: Any, text: Any) -> Result:
    """To every device; the best answer counts. Devices that are gone are named for deletion."""
    best, gone = Result(row.id, Event.PERMANENT, None, "no device"), []
    for device, endpoint, p256dh, auth in row.devices or ():
        topic = urlsafe_b64encode(row.id.bytes).rstrip(b"=").decode()
        try:
            for body in (text.subject, ""):  # 413: once more, shorter
                raw = encrypt(payload(title=message.sender, body=body, url=message.url, tag=topic), p256dh=p256dh, auth=auth)
                status, answer, wait = pusher.post(endpoint, raw, topic=topic, urgent=message.urgent)
                if status != 413:
                    break
            result = push_verdict(row.id, status, answer, wait)
        except (ForbiddenEndpoint, ValueError) as error:
            gone.append(UUID(device))
            result = Result(row.id, Event.PERMANENT, None, type(error).__name__)
        except (OSError, HTTPException) as error:
            result = Result(row.id, Event.TEMPORARY, None, f"{type(error).__name__}: {error}"[:200], provider_fault=True)
        if result.code in GONE:
            gone.append(UUID(device))
        order = (Event.ACCEPTED, Event.TEMPORARY, Event.PERMANENT)
        if order.index(result.event) <= order.index(best.event):
            best = result
    return Result(
        best.id, best.event, best.code, best.answer, gone=tuple(gone), wait=best.wait, provider_fault=best.provider_fault
    )


def push_verdict(id: UUID, status: int, answer: str, wait: int | None) -> Result:
    """The class of a status: taken; ours or the service's fault, later; everything else never."""
    if 200 <= status < 300:
        return Result(id, Event.ACCEPTED, status, answer)
    if status in (401, 403, 429) or status >= 500:  # 401 and 403: our key or our clock
        return Result(id, Event.TEMPORARY, status, answer, wait=wait, provider_fault=status != 429)
    return Result(id, Event.PERMANENT, status, answer)


SENDERS: dict[str, Sender] = {"email": send_mail, "push": send_push}
