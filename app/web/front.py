"""What an area may put before Flask: a WSGI application around the others that answers what needs no request of Flask's.

It stands inside the security headers. What it answers it logs as every request is logged: `request_log.note`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Front = Callable[[Flask, Wsgi], Wsgi]
