"""Where to after signing in: an address is never repeated, it is resolved against our own URL map and built anew."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

LONGEST = 2000
DOOR = {"account.sign_in", "account.sign_out"}


def safe_next(target: str | None, *, method: str = "GET", without: frozenset[str] = frozenset()) -> str | None:
    """The address on this site that `target` means, None for anything else: another host, a page that does not exist, the door.

    `method` is how the page will be asked for; `without` names blueprints that must not be led to.
    """
    if not target or len(target) > LONGEST or not target.startswith("/"):
        return None
    try:
        parts = urlsplit(target)
        adapter = current_app.create_url_adapter(request)
        if parts.scheme or parts.netloc or adapter is None:
            return None
        endpoint, values = _resolve(adapter, unquote(parts.path, errors="strict"), method)
        if endpoint in DOOR or endpoint.partition(".")[0] in without:
            return None
        path = url_for(endpoint, **values)
        query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    except (HTTPException, ValueError):
        return None
    return f"{path}?{query}" if query else path


def _resolve(adapter: MapAdapter, path: str, method: str) -> tuple[str, dict[str, Any]]:
    """The endpoint for a path, once more with the slash at the end that it lacks. Raises NotFound, MethodNotAllowed."""
    try:
        endpoint, values = adapter.match(path, method=method)
    except RequestRedirect:
        endpoint, values = adapter.match(f"{path}/", method=method)
    return endpoint, dict(values)
