"""A real POP3 server on loopback, in a thread of the test: one mailbox, one user, RFC 1939. Deletions hold only after QUIT."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import pytest

USER, PASSWORD = "bounces@umthi.example", "p@ss word"


class PopServer(socketserver.ThreadingTCPServer):
    """`mails` is what lies in the mailbox; `hang_up_after` cuts the line at the n-th RETR of a session."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.sessions = 0
        self.hang_up_after: int | None = None
        super().__init__(("127.0.0.1", 0), _Session)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, name="popserver", daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"pop3://bounces%40umthi.example:p%40ss%20word@127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class _Session(socketserver.StreamRequestHandler):
    server: PopServer

    def handle(self) -> None:
        self.server.sessions += 1
        self.mails, self.gone, self.read = list(self.server.mails), set[int](), 0
        self.user, self.signed_in = "", False
        self.say("+OK ready")
        while line := self.rfile.readline():
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            if verb.upper() == "QUIT":
                left = [mail for number, mail in enumerate(self.mails, 1) if number not in self.gone]
                self.server.mails[: len(self.mails)] = left
                return self.say("+OK bye")
            if not self.answer(verb.upper(), rest):
                return None
        return None

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def answer(self, verb: str, rest: str) -> bool:
        """One command; False hangs up."""
        if verb == "USER":
            self.user = rest
            self.say("+OK")
        elif verb == "PASS":
            self.signed_in = (self.user, rest) == (USER, PASSWORD)
            self.say("+OK" if self.signed_in else "-ERR no")
        elif not self.signed_in:
            self.say("-ERR sign in first")
        elif verb == "LIST":
            self.say("+OK", *(f"{number} {len(mail)}" for number, mail in enumerate(self.mails, 1)), ".")
        elif verb == "RETR":
            self.read += 1
            if self.server.hang_up_after is not None and self.read > self.server.hang_up_after:
                return False
            body = self.mails[int(rest) - 1].replace(b"\r\n.", b"\r\n..")
            self.wfile.write(b"+OK\r\n" + body + b"\r\n.\r\n")
        elif verb == "DELE":
            self.gone.add(int(rest))
            self.say("+OK")
        else:
            self.say("-ERR what?")
        return True


@pytest.fixture
def popserver() -> Iterator[PopServer]:
    server = PopServer()
    yield server
    server.stop()
