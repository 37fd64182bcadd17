"""One SMTP conversation for many letters.

RFC 2920: a group may begin with the text of one message and go on with the envelope of the next, and DATA ends it. So a
letter costs one round trip, and at most one text is on the way unanswered: that bounds what a kill can double.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from app.delivery.states import Event, Result

TIMEOUT = 10.0
NOBODY = frozenset({550, 551, 553})


@dataclass(frozen=True)
class Envelope:
    """One letter ready to go."""

    id: UUID
    to: str
    content: bytes  # dots stuffed, ends with CRLF


class Broken(Exception):
    """The line is of no use any more; `results` are known all the same."""

    def __init__(self, why: str, *results: Result) -> None:
        super().__init__(why)
        self.results = results


class Conversation:
    """A connection after greeting, EHLO, STARTTLS and AUTH, all by smtplib, whose socket is then ours."""

    def __init__(self, url: str, sender: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if not parts.hostname:  # smtplib would take it for a connection to be made later
            raise Broken("SMTP_URL is not set")
        host, tls = parts.hostname, ssl.create_default_context()  # smtplib's own default verifies nothing
        try:
            if parts.scheme == "smtps":
                self._smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=timeout, context=tls)
            else:
                self._smtp = smtplib.SMTP(host, parts.port or 25, timeout=timeout)
            if parts.scheme == "smtp+starttls":
                self._smtp.starttls(context=tls)
            self._smtp.ehlo_or_helo_if_needed()
            if parts.username:
                self._smtp.login(unquote(parts.username), unquote(parts.password or ""))
        except (smtplib.SMTPException, OSError) as error:
            if begun := getattr(self, "_smtp", None):
                begun.close()
            raise Broken(f"{type(error).__name__}: {error}"[:200]) from None
        sock = self._smtp.sock
        assert sock is not None
        self._sock, self._read = sock, sock.makefile("rb")
        self._pipelining = self._smtp.has_extn("pipelining")
        self._mail = b"MAIL FROM:<%s>\r\n" % sender.encode("ascii")

    def close(self) -> None:
        """Hang up without ceremony."""
        self._read.close()
        self._smtp.close()

    def quit(self) -> None:
        """End politely."""
        try:
            self._sock.sendall(b"QUIT\r\n")
            self._reply()
        except OSError:
            pass
        self.close()

    def _reply(self) -> tuple[int, str]:
        """One answer, whose last line is `250 …` and not `250-…`."""
        while True:
            line = self._read.readline(1024)
            if len(line) < 4 or not line[:3].isdigit():
                raise ConnectionError("connection closed" if not line else "not an answer")
            if line[3:4] != b"-":
                return int(line[:3]), line[4:].decode("ascii", "replace").strip()[:200]

    def send(self, envelopes: Iterator[Envelope]) -> Iterator[Result]:
        """Yield each letter's result before the next one's text leaves. Raises Broken with what is known then."""
        open_transaction = False
        on_the_way: Envelope | None = None
        letter = next(envelopes, None)
        while letter or on_the_way:
            commands = [on_the_way.content + b".\r\n"] if on_the_way else []
            if letter:
                commands += [b"RSET\r\n"] * open_transaction + [
                    self._mail,
                    b"RCPT TO:<%s>\r\n" % letter.to.encode("ascii"),
                    b"DATA\r\n",
                ]
            answers: list[tuple[int, str]] = []
            following: Envelope | None = None
            try:
                if self._pipelining:
                    self._sock.sendall(b"".join(commands))
                following = next(envelopes, None)  # filled in while the server is at work
                for command in commands:
                    if not self._pipelining:
                        self._sock.sendall(command)
                    answers.append(self._reply())
                    if on_the_way:
                        result, on_the_way = verdict(on_the_way, *answers.pop()), None
                        yield result
                    elif answers[-1][0] == 421:
                        raise ConnectionError(answers[-1][1])
            except OSError as error:
                why = f"{type(error).__name__}: {error}"
                if on_the_way:  # its text left and no answer came
                    raise Broken(why, Result(on_the_way.id, Event.UNSURE, None, why)) from None
                assert letter is not None
                code = 421 if answers and answers[-1][0] == 421 else None
                raise Broken(why, Result(letter.id, Event.TEMPORARY, code, why, provider_fault=True)) from None
            if letter:
                mail, rcpt, data = answers[-3:]
                if data[0] == 354 and rcpt[0] < 300:
                    on_the_way, open_transaction = letter, False
                else:
                    if data[0] == 354:  # refused the person, wants a text all the same: an empty one ends it
                        self._sock.sendall(b".\r\n")
                        self._reply()
                    if mail[0] >= 400:  # the sender is refused: nobody's address is at fault
                        raise Broken(mail[1], Result(letter.id, Event.TEMPORARY, *mail, provider_fault=True))
                    open_transaction = True
                    refused = rcpt[0] >= 400
                    yield verdict(letter, *(rcpt if refused else data), recipient=refused)
            letter = following


def verdict(letter: Envelope, code: int, answer: str, *, recipient: bool = False) -> Result:
    """The class of an answer: 2xx taken, 4xx later, 5xx never; a 5xx about the mailbox itself flags the address."""
    if code < 400:
        return Result(letter.id, Event.ACCEPTED, code, answer)
    if code < 500:
        return Result(letter.id, Event.TEMPORARY, code, answer)
    unknown = recipient and code in NOBODY and (answer.startswith("5.1.") or not answer.startswith("5."))
    return Result(letter.id, Event.PERMANENT, code, answer, bad_address=unknown)
