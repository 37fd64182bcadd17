"""What the API answers with: JSON whose moments are UTC, whose keys never change, and whose lists go on by a cursor."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request

from app.extensions import current_settings
from app.web.links import query

KIND = "application/json"


def written(value: object) -> str:
    """A value as JSON: days as 2027-01-20, moments as 2027-01-20T05:31:00Z."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def one(row: Any, status: int = 200, *, location: str | None = None) -> Response:
    """The answer with one thing, a NamedTuple."""
    response = Response(written(tree(row)), status, mimetype=KIND)
    if location:
        response.headers["Location"] = location
    return _tagged(response)


def many(rows: Sequence[Any]) -> Response:
    """The answer with a whole list of NamedTuples."""
    return listed([written(tree(row)) for row in rows])


def listed(bodies: Sequence[str], after: Sequence[object] | None = None) -> Response:
    """A page of a list, whose rows are JSON already; `after` is the key of its last row where more follow it."""
    more = _more(after) if after else None
    response = Response(f'{{"data":[{",".join(bodies)}],"next":{json.dumps(more)}}}', mimetype=KIND)
    if more:
        response.headers["Link"] = f'<{more}>; rel="next"'
    return _tagged(response)


def told(body: str) -> Response:
    """The answer with one thing that is JSON already."""
    return _tagged(Response(body, mimetype=KIND))


def tree(row: Any) -> Any:
    """A NamedTuple as an object, with those in its lists."""
    found = row._asdict()
    for name, value in found.items():
        if isinstance(value, list) and value and hasattr(value[0], "_asdict"):
            found[name] = [tree(each) for each in value]
        elif hasattr(value, "_asdict"):
            found[name] = tree(value)
    return found


def write_cursor(key: Sequence[object]) -> str:
    """A place in a list, as text that says nothing to whoever reads it."""
    return urlsafe_b64encode(json.dumps(list(key), default=str).encode()).decode().rstrip("=")


def read_cursor(text: str) -> list[Any]:
    """The key that `write_cursor` wrote, its parts as JSON has them. Raises ValueError."""
    try:
        found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except RecursionError:  # nested deeper than anything that we wrote
        raise ValueError("not a cursor") from None
    if not isinstance(found, list):
        raise ValueError(text)
    return found


def _more(after: Sequence[object]) -> str:
    asked = {**request.args, "cursor": write_cursor(after)}
    return f"{current_settings().public_url}{request.path}?{query(asked)}"


def _tagged(response: Response) -> Response:
    """With an ETag of what is in it, so that whoever asks again with it hears 304."""
    if request.method in ("GET", "HEAD"):
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
        response.make_conditional(request)
    return response


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"the API has no way to say {value!r}")
