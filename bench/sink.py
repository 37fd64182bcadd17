"""A fast mail server as a process: `python -m bench.sink PORT LOG [late=SECONDS] [slow=SECONDS]`.

The recipient's local part chooses a fault: r552-… (or any such code) is refused, each letter to dot451-… once, after its text. `late`: every answer comes that much later, as over a network; `slow`: a text takes that long. A line of the
log, in one write, is `seconds kind message-id recipient`.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import BinaryIO

ID = re.compile(rb"(?mi)^Message-ID: <([^>]*)>")
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One conversation."""

    log: BinaryIO
    late = slow = 0.0
    seen: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.out, self.buffer, self.reading, self.to = transport, b"", False, b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies: list[bytes] = []
        while (at := self.buffer.find(END if self.reading else b"\r\n")) >= 0:
            part, self.buffer = self.buffer[:at], self.buffer[at + (5 if self.reading else 2) :]
            replies.append(self.text(part) if self.reading else self.command(part))
            if replies[-1].startswith(b"221"):
                self.out.write(b"".join(replies))
                self.out.close()
                return
        if replies and self.late:
            asyncio.get_running_loop().call_later(self.late, self.out.write, b"".join(replies))
        elif replies:
            self.out.write(b"".join(replies))

    def text(self, text: bytes) -> bytes:
        self.reading = False
        found = ID.search(text)
        number = found[1] if found else b"-"
        if self.to.startswith(b"dot451") and number not in Sink.seen:
            Sink.seen.add(number)
            return self.note("deferred", number, b"451 4.3.0 later\r\n")
        if self.slow:
            time.sleep(self.slow)
        return self.note("accepted", number, b"250 2.0.0 queued\r\n")

    def command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250 PIPELINING\r\n"
        if verb == b"RCPT":
            self.to = line[line.find(b"<") + 1 : line.find(b">")]
            if self.to.startswith(b"r5"):
                return self.note("refused", b"-", self.to[1:4] + b" 5.2.2 refused\r\n")
        elif verb == b"DATA":
            self.reading = bool(self.to)
            return b"354 go\r\n" if self.to else b"503 5.5.1 nobody to send to\r\n"
        elif verb == b"QUIT":
            return b"221 bye\r\n"
        return b"250 ok\r\n"

    def note(self, kind: str, message_id: bytes, reply: bytes) -> bytes:
        self.log.write(b"%.6f %s %s %s\n" % (time.time(), kind.encode(), message_id, self.to))
        if kind != "accepted":
            self.to = b""
        return reply


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    options = dict(word.split("=") for word in sys.argv[3:])
    Sink.late, Sink.slow = float(options.get("late", 0)), float(options.get("slow", 0))
    with Path(sys.argv[2]).open("ab", buffering=0) as Sink.log:
        asyncio.run(serve(int(sys.argv[1])))
