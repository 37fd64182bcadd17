"""A real SMTP server on loopback that delivers nothing and keeps everything: `/local/mail` shows it.

`python -m app.local.mailbox FOLDER DESCRIPTOR` serves a socket that is already bound: `make run` chooses a free port and holds
it, so a mailbox that is started again answers at the same address, and who connects in between waits instead of being refused.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from email.errors import HeaderParseError
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from app.local import letters


class Keep:
    """What aiosmtpd calls. The answers have the enhanced codes of RFC 3463."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer PIPELINING (RFC 2920): the server reads one line at a time from its buffer and loses none."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail before saying so."""
        content = envelope.original_content or b""
        try:
            letters.keep(self.folder, sender=envelope.mail_from or "", to=envelope.rcpt_tos, content=content)
        except OSError as error:
            return f"452 4.3.1 {error.strerror or 'cannot be kept'}"
        except (HeaderParseError, UnicodeError):
            return "554 5.6.0 this is not a mail"
        return "250 2.0.0 kept"


def free_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket that is bound and waits for nobody yet; port 0 takes a free one."""
    bound = socket.create_server((host, port), backlog=256)
    bound.set_inheritable(True)
    return bound


def serve(folder: Path, bound: socket.socket) -> None:
    """Keep what is sent to the socket until told to stop."""
    asyncio.run(_serve(folder, bound))


async def _serve(folder: Path, bound: socket.socket) -> None:
    loop, keep = asyncio.get_running_loop(), Keep(folder)

    def conversation() -> SMTP:
        return SMTP(keep, data_size_limit=letters.LARGEST, enable_SMTPUTF8=True, hostname="localhost", ident="Umthi", loop=loop)

    told = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(how, told.set)
    server = await loop.create_server(conversation, sock=bound)
    await told.wait()
    server.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
