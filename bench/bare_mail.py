"""The limit: nothing but the bytes. `python -m bench.bare_mail PORT FILE` sends the pickled list of (to, content) over one connection, the
way RFC 2920 allows, and prints the wall seconds. No database, no filling in, no journal, no results."""

from __future__ import annotations

import pickle
import socket
import sys
import time
from pathlib import Path


def send(port: int, letters: list[tuple[bytes, bytes]]) -> float:
    """Seconds from the connection to the last answer."""
    begun = time.perf_counter()
    line = socket.create_connection(("127.0.0.1", port))
    replies = line.makefile("rb")
    replies.readline()
    line.sendall(b"EHLO bare\r\n")
    while replies.readline()[3:4] == b"-":
        pass
    content = b""
    for to, text in letters:
        line.sendall(content + b"MAIL FROM:<umthi@localhost.localdomain>\r\nRCPT TO:<%s>\r\nDATA\r\n" % to)
        for _ in range(4 if content else 3):
            replies.readline()
        content = text + b".\r\n"
    line.sendall(content)
    if not replies.readline().startswith(b"250"):
        raise SystemExit("the last letter was not taken")
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(send(int(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes())))
