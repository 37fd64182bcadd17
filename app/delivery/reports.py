"""What a mail server says later of a mail that it took: delivery status notifications (RFC 3464) and complaints (RFC 5965).

Anybody can send such a mail. What makes it believable is that it names one of our Message-IDs, which only its recipient saw.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32
from enum import StrEnum
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from rq.timeouts import JobTimeoutException

log = logging.getLogger("umthi.reports")
LARGEST = 1 << 16  # bytes of a report that are read: what comes back of ours is less than half of that
MOST_PARTS = 60
MOST_BOUNDARIES = 30  # the parser holds every line against every boundary that is open
OURS = re.compile(r"<([0-9a-f]{32})\.([0-9]{1,9})@[^<>\s]{1,255}>", re.IGNORECASE)
#: each line is read once, and the one after it where a long id is folded: a mail of blank lines must cost nothing
QUOTED_ID = re.compile(r"(?im)^[> \t]*message-id:[ \t]*(?:\r?\n[> \t]+)?(<[^<>\s]{1,400}>)")
CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
#: a reply code, and an enhanced code, that begin a line of an answer
PREFIX = re.compile(r"(?<![\d.])[45]\d\d[ -]+(?:#?[245]\.\d{1,3}\.\d{1,3}:?\s+)?|^\s*#?[245]\.\d{1,3}\.\d{1,3}:?\s+")
STATUS = ("message/delivery-status", "message/global-delivery-status")
HEADERS = ("text/rfc822-headers", "message/global-headers")
COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other"})


class Sort(StrEnum):
    """What a report says."""

    FAILED = "failed"  # it never arrives
    DELAYED = "delayed"  # nothing yet, or that all is well
    COMPLAINT = "complaint"  # its reader called it unwanted


class Report(NamedTuple):
    """A report about one of our deliveries: the server's reply code, if there is one, and its answer in one line.

    The answer begins with the enhanced code (RFC 3463) where one is known.
    """

    sort: Sort
    school_id: int
    delivery_id: UUID
    code: int | None = None
    answer: str = ""


def read_report(raw: bytes) -> Report | None:
    """The report that a mail is; None for anything else, whatever it holds. Raises nothing but the end of the job's time."""
    raw = raw[:LARGEST]
    if raw.lower().count(b"boundary") > MOST_BOUNDARIES:
        return None
    try:
        return _read(BytesParser(policy=compat32).parsebytes(raw))
    except JobTimeoutException:  # says nothing of the mail
        raise
    except Exception as error:  # the standard parser was not written for those who want to break it
        log.warning("a returned mail cannot be read: %s", type(error).__name__)
        return None


def reference_in(text: str) -> tuple[int, UUID] | None:
    """The school and the delivery of the last of our Message-IDs in a text."""
    found = OURS.findall(text)
    return (int(found[-1][1]), UUID(found[-1][0])) if found else None


def _read(mail: Message) -> Report | None:
    parts = list(islice(mail.walk(), MOST_PARTS))
    reference = _reference(mail, parts)
    if reference is None:
        return None
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/feedback-report":
            types = {_field(block, "Feedback-Type").lower() for block in _blocks(part)}
            return Report(Sort.COMPLAINT if types & COMPLAINTS else Sort.DELAYED, *reference)
        if kind in STATUS:
            return _of_status(reference, list(_blocks(part)))
    if mail.get("X-Failed-Recipients"):  # Exim's way before it knew RFC 3464
        return Report(Sort.FAILED, *reference, *_answer("", _text(parts)))
    return None


def _of_status(reference: tuple[int, UUID], blocks: Sequence[Message]) -> Report:
    """One recipient is one block. We send to one each, so the first that failed is ours."""
    for block in blocks:
        action, status = _field(block, "Action").lower(), _field(block, "Status")
        if action == "failed" or (not action and status.startswith("5.")):
            return Report(Sort.FAILED, *reference, *_answer(status, _field(block, "Diagnostic-Code").partition(";")[2]))
    return Report(Sort.DELAYED, *reference)


def _answer(status: str, text: str) -> tuple[int | None, str]:
    """The reply code and the answer in one line. The server's own enhanced code comes before that of the report."""
    code, own, given = CODE.search(text), ENHANCED.search(text), ENHANCED.match(status)
    enhanced = own[1] if own else given[1] if given and not given[1].endswith(".0.0") else ""
    said = PREFIX.sub("", " ".join(text.split())[:1000])
    return int(code[1]) if code else None, f"{enhanced} {said}".strip()


def _reference(mail: Message, parts: Sequence[Message]) -> tuple[int, UUID] | None:
    """Which delivery a report is about: by what was returned, else by what it answers, else by what it quotes."""
    returned = (_returned_id(part) for part in parts[1:])
    answered = (_field(mail, name) for name in ("In-Reply-To", "References"))
    for text in (*returned, *answered):
        if text and (reference := reference_in(text)):
            return reference
    quoted = QUOTED_ID.findall(_text(parts))
    return reference_in(" ".join(quoted))


def _returned_id(part: Message) -> str:
    """The Message-ID in a returned mail, or in its headers alone."""
    if part.get_content_type() in HEADERS:
        part = Parser(policy=compat32).parsestr(_body(part), headersonly=True)
    return _field(part, "Message-ID")


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields in a part of a report."""
    held = part.get_payload()
    for block in held if isinstance(held, list) else [part]:
        if isinstance(block, Message):
            yield block
            rest = block.get_payload()
            if isinstance(rest, str):  # groups that the parser took for a message's text
                yield from (Parser(policy=compat32).parsestr(group) for group in re.split(r"\r?\n\s*\r?\n", rest.strip()))


def _text(parts: Sequence[Message]) -> str:
    return "\n".join(_body(part) for part in parts if part.get_content_type() == "text/plain")


def _body(part: Message) -> str:
    body = part.get_payload(decode=True)
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(part.get_payload(0)) if body is None else ""


def _field(part: Message, name: str) -> str:
    return " ".join(str(part.get(name, "")).split())
