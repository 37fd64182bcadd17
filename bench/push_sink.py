"""A fast push service as a process: `python -m bench.push_sink PORT LOG`. The first part of a path is the status that it answers.

A line of the log, in one write, is `seconds status topic`.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import BinaryIO

LENGTH, TOPIC = re.compile(rb"(?mi)^content-length: (\d+)"), re.compile(rb"(?mi)^topic: (\S+)")


class PushSink(asyncio.Protocol):
    """One connection."""

    log: BinaryIO

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.out, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            length, topic = LENGTH.search(head), TOPIC.search(head)
            assert length is not None
            assert topic is not None
            size = end + 4 + int(length[1])
            if len(self.buffer) < size:
                return
            self.buffer = self.buffer[size:]
            status = head.split(b" ", 2)[1].split(b"/")[1]
            self.log.write(b"%.6f %s %s\n" % (time.time(), status, topic[1]))
            self.out.write(b"HTTP/1.1 %s x\r\nContent-Length: 0\r\n\r\n" % status)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(PushSink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[2]).open("ab", buffering=0) as PushSink.log:
        asyncio.run(serve(int(sys.argv[1])))
