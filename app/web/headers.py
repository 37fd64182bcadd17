"""The security headers of every answer: pages, errors and files alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "require-trusted-types-for 'script'",
    )
)
EVERY = [
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
]
#: for a page that says it itself: it may ask for the camera
WITH_CAMERA = ("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


class Headers:
    """Around a WSGI application: adds the headers, and forbids keeping whatever does not say how long it may be kept.

    What a page says itself stands: a gate that may ask for the camera, a form that other sites may frame.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], *, secure: bool) -> None:
        self.application = application
        self.every = [*EVERY, STRICT_TRANSPORT] if secure else EVERY
        self.private = [*self.every, ("Cache-Control", "no-store")]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            said = {name.lower() for name, _ in headers}
            ours = self.every if "cache-control" in said else self.private
            return start_response(status, headers + [each for each in ours if each[0].lower() not in said], *error)

        return self.application(environ, start)
