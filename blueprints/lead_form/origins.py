"""The sites that may show a school's form: each an origin as browsers write it, so that it can stand in a security header."""

from __future__ import annotations

import re

from app.i18n.catalogue import N_

MOST = 20
LONGEST = 200
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z-]*[a-z]){_LABEL}")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
SCHEME = "https://"


class BadOrigin(ValueError):
    """What is no origin; `message` says what to do, `line` is what was typed."""

    def __init__(self, message: str, line: str) -> None:
        super().__init__(line)
        self.message, self.line = message, line


NOT_SECURE = N_("“%(line)s” must begin with https://")
MORE = N_("“%(line)s” is more than the address of a site. Leave out what stands behind the name: no path, no star.")
NO_NAME = N_("“%(line)s” is no address of a site. Write it like https://www.example.com")


def read_origin(line: str) -> str:
    """One origin from what somebody typed: small letters, the name in ASCII, without :443 and a slash at its end.

    Raises BadOrigin.
    """
    text = line.strip()
    if not text.lower().startswith(SCHEME):
        raise BadOrigin(NOT_SECURE, text)
    rest = text[len(SCHEME) :].removesuffix("/").lower()
    if any(sign in rest for sign in "/?#@*\\"):
        raise BadOrigin(MORE, text)
    host, colon, port = rest.partition(":")
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadOrigin(NO_NAME, text) from None
    if len(name) > LONGEST or not _HOST.fullmatch(name):
        raise BadOrigin(NO_NAME, text)
    if colon and not (_PORT.fullmatch(port) and int(port) < 65536):
        raise BadOrigin(NO_NAME, text)
    return SCHEME + name + (f":{port}" if colon and port != "443" else "")


def read_origins(text: str) -> tuple[str, ...]:
    """The origins of a text, one a line, each once. Raises BadOrigin for the first that is none."""
    return tuple(dict.fromkeys(read_origin(line) for line in text.splitlines() if line.strip()))
