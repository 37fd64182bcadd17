"""The bounce mailbox: what mail servers send back to the address that our mail is from, read every minute over POP3."""

from __future__ import annotations

import logging
import poplib
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import unquote, urlsplit

from app import clock
from app.delivery.bounces import Outcome, heard
from app.delivery.reports import read_report
from app.extensions import current_settings
from app.work.jobs import Task, job

log = logging.getLogger("umthi.returned")
MOST = 200  # mails of a run
LARGEST = 1 << 20  # bytes of a mail that is fetched at all
TIMEOUT = 5.0  # seconds for one answer
UNREADABLE = "unreadable"
LONGEST = 200  # characters of a fault
poplib._MAXLINE = LARGEST  # type: ignore[attr-defined]  # else one long line of somebody's mail would end every run


class MailboxAway(Exception):
    """The bounce mailbox cannot be read: this is what stands on the row of the work, and in the log."""


@job("delivery.returned")
def read_returned(task: Task) -> datetime | None:
    """Act on what was returned and delete it, and whatever else is there; returns when to go on, if there is more.

    What comes before the run that sends a mail has written it down stays for the next time. Raises MailboxAway.
    """
    url = current_settings().bounce_url
    if not url:
        return None
    counts: Counter[str] = Counter()
    more = False
    with _mailbox(url) as box:
        for entry in box.list()[1]:
            number, size = map(int, entry.split()[:2])
            if counts.total() >= MOST or task.time_left() <= TIMEOUT:
                more = True
                break
            came_of_it = _handle(box, number, size)
            counts[came_of_it] += 1
            if came_of_it != Outcome.EARLY:
                box.dele(number)
    if counts:
        log.info("returned mail", extra={"fields": {"returned": dict(counts), "more": more}})
    return clock.now() if more else None


def _handle(box: poplib.POP3, number: int, size: int) -> str:
    """What came of one mail: an Outcome, or UNREADABLE."""
    report = read_report(b"\r\n".join(box.retr(number)[1])) if size <= LARGEST else None
    return heard(report) if report else UNREADABLE


@contextmanager
def _mailbox(url: str) -> Iterator[poplib.POP3]:
    """The mailbox, signed in; what was deleted is gone when the block ends well, and still there when it does not."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "pop3s":
            tls = ssl.create_default_context()
            box: poplib.POP3 = poplib.POP3_SSL(parts.hostname or "", parts.port or 995, timeout=TIMEOUT, context=tls)
        else:
            box = poplib.POP3(parts.hostname or "", parts.port or 110, timeout=TIMEOUT)
        try:
            box.user(unquote(parts.username or ""))
            box.pass_(unquote(parts.password or ""))
            yield box
            box.quit()
        finally:
            box.close()
    except (OSError, poplib.error_proto) as error:
        raise MailboxAway(f"the bounce mailbox cannot be read: {type(error).__name__}: {error}"[:LONGEST]) from None
