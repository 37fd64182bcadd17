"""Where a link may lead: to an own page, to a secure address, to a mail or a telephone. Everything else is none."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST = 500


class Way(StrEnum):
    """What a link leads to; `BAD` is no link and is shown as words."""

    PAGE = "page"  # `value` is the key of an own page
    SLUG = "slug"  # `value` is the slug of an own page, '' its home
    HTTPS = "https"
    MAIL = "mailto"
    PHONE = "tel"
    NONE = "none"
    BAD = "bad"


class Target(NamedTuple):
    """A link that was read. `value` is the whole address for HTTPS, MAIL and PHONE, safe in an attribute that is escaped."""

    way: Way
    value: str


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9.-]{3,253})")
_PHONE = re.compile(r"tel:\+?[0-9][0-9 ()-]{3,24}")
_KEY = re.compile(r"page:([a-z0-9]{1,24})")
_SLUG = re.compile(r"/([a-z0-9-]{0,60})")


def read_target(raw: str) -> Target:
    """What somebody wrote as a link: `page:<key>`, `/slug`, `https://…`, `mailto:…` or `tel:…`; '' is NONE."""
    raw = raw.strip()
    if not raw:
        return Target(Way.NONE, "")
    if len(raw) > LONGEST or any(ord(letter) <= 32 or ord(letter) == 127 for letter in raw.replace(" ", "")):
        return Target(Way.BAD, raw)
    if found := _KEY.fullmatch(raw):
        return Target(Way.PAGE, found[1])
    if found := _SLUG.fullmatch(raw):
        return Target(Way.SLUG, found[1])
    if (found := _MAIL.fullmatch(raw)) and _HOST.fullmatch(found[1]):
        return Target(Way.MAIL, raw)
    if _PHONE.fullmatch(raw):
        return Target(Way.PHONE, "tel:" + re.sub(r"[^0-9+]", "", raw))
    return Target(Way.HTTPS, raw) if _is_https(raw) else Target(Way.BAD, raw)


def _is_https(raw: str) -> bool:
    """Whether it is a whole address of https, without a name and password in it, and without letters that no address has."""
    if not raw.lower().startswith("https://") or any(letter in raw for letter in " \"'<>\\^`{|}"):
        return False
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        return False
    return port in (None, 443) and "@" not in parts.netloc and _HOST.fullmatch(parts.hostname or "") is not None
