"""Call a WSGI application as a server would, without the server; and time it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.test import EnvironBuilder

Call = Callable[[], bytes]
Application = Callable[..., Iterable[bytes]]


def caller(app: Application, cookie: str, path: str) -> Call:
    """What calls `app` for a page and gives back its bytes; anything but 200 is an error."""
    environ = EnvironBuilder(path, headers={"Cookie": cookie, "Accept-Language": "en"}).get_environ()

    def call() -> bytes:
        status: list[str] = []
        answer: Any = app(dict(environ), lambda line, *_: status.append(line))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if status != ["200 OK"]:
            raise SystemExit(f"{path}: {status}")
        return body

    return call


def cpu(call: Call, times: int) -> float:
    """Milliseconds of this process's CPU a call."""
    call()  # the first one after another variant finds cold caches
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times * 1000
