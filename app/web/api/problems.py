"""What the API says when something is wrong: `application/problem+json` (RFC 9457), in English.

Each kind of problem has a name that a program reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NotRequired, TypedDict

import psycopg
from flask import Response, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.access.allowance import OverLimit
from app.access.api_tokens import MakerMayNot, SchoolSuspended, ScopeMissing, TokenRefused, Why, is_api
from app.web.api.answering import written

KIND = "application/problem+json"
#: where the names are explained; one of them stands behind the # of a problem's `type`
PLACE = "/api/v1/problems"


class Meaning(NamedTuple):
    """A kind of problem: the status it comes with, its title, and what to do about it."""

    status: int
    title: str
    advice: str


PROBLEMS = {
    "malformed": Meaning(400, "The body is not JSON", "Send JSON as UTF-8."),
    "bad-request": Meaning(400, "The request cannot be read", "Mend the request; sent again as it is, it fails again."),
    Why.MISSING.value: Meaning(401, "A token is missing", "Send `Authorization: Bearer umthi_…`."),
    Why.UNKNOWN.value: Meaning(401, "This is no token", "Copy the token again, or make another one."),
    Why.REVOKED.value: Meaning(401, "The token was revoked", "Make another one in the settings of the school."),
    Why.EXPIRED.value: Meaning(401, "The token has expired", "Make another one in the settings of the school."),
    Why.ENDED.value: Meaning(
        401, "Nobody stands behind the token", "Its maker left the school or their account is disabled: make another."
    ),
    Why.SUSPENDED.value: Meaning(403, "The school is suspended", "Wait until it is open again. Nothing of it is lost."),
    "scope-missing": Meaning(403, "The token lacks a scope", "Make a token that has it."),
    "maker-lacks-right": Meaning(
        403, "The token's maker may not do this", "A token never does more than its maker may now: an owner or admin makes one."
    ),
    "forbidden": Meaning(403, "This is not allowed", "The detail says why."),
    "not-found": Meaning(404, "There is no such thing", "It was removed, belongs to another school, or never was."),
    "method-not-allowed": Meaning(405, "The address does not work that way", "`Allow` lists the methods that it takes."),
    "conflict": Meaning(409, "Something changed meanwhile", "Read it again, and decide anew."),
    "too-large": Meaning(413, "The body is too large", "A body may have 1 MiB: send less at once."),
    "not-json": Meaning(415, "The body must be JSON", "Send `Content-Type: application/json`."),
    "invalid": Meaning(422, "Some values are not right", "`errors` names each of them."),
    "key-reused": Meaning(422, "The Idempotency-Key is another request's", "Use a new key for each thing that you do."),
    "too-many-requests": Meaning(429, "The token's allowance is used up", "Wait as long as `Retry-After` says."),
    "server-error": Meaning(500, "Something went wrong", "The fault is ours and was noted. Nothing was changed."),
    "unavailable": Meaning(503, "Umthi cannot reach its data", "Nothing is lost. Try again in a minute."),
}  # fmt: skip
_OF_STATUS = {
    400: "bad-request", 401: Why.MISSING.value, 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 409: "conflict",
    413: "too-large", 415: "not-json", 422: "invalid", 429: "too-many-requests", 503: "unavailable",
}  # fmt: skip


class FieldError(TypedDict):
    """What is wrong with one value: of the body at `pointer` (RFC 6901, as a fragment), or of the address as `parameter`."""

    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]


class ApiProblem(Exception):
    """Ends a request of the API; `name` is one of PROBLEMS."""

    def __init__(self, name: str, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(name)
        self.name, self.detail, self.errors = name, detail, errors


def problem(
    name: str, detail: str = "", *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for one of PROBLEMS; `detail` says of this request what its title leaves open."""
    meaning = PROBLEMS[name]
    said: dict[str, object] = {"type": f"{PLACE}#{name}", "title": meaning.title, "status": meaning.status}
    said["detail"] = detail or meaning.advice
    if errors:
        said["errors"] = list(errors)
    return Response(written(said), meaning.status, headers=dict(headers or {}), mimetype=KIND)


def instead(error: Exception) -> Response | None:
    """What the API answers to an error; None where a person asked, who gets a page."""
    if not is_api(request.path):
        return None
    match error:
        case ApiProblem():
            return problem(error.name, error.detail, errors=error.errors)
        case TokenRefused():
            return problem(error.why.value, headers={"WWW-Authenticate": _challenge(error.why)})
        case SchoolSuspended():
            return problem(Why.SUSPENDED.value)
        case ScopeMissing():
            challenge = f'Bearer realm="umthi", error="insufficient_scope", scope="{error.scope}"'
            return problem(
                "scope-missing", f"It needs the scope {error.scope}.", headers={"WWW-Authenticate": challenge}
            )  # fmt: skip
        case MakerMayNot():
            return problem("maker-lacks-right")
        case OverLimit():
            return problem("too-many-requests", headers={"Retry-After": str(error.wait)})
        case MethodNotAllowed():
            return problem("method-not-allowed", headers={"Allow": ", ".join(sorted(error.valid_methods or ()))})
        case HTTPException():
            status = error.code or 500
            return problem(_OF_STATUS.get(status) or ("bad-request" if status < 500 else "server-error"))
        case OperationalError() | psycopg.OperationalError():
            return problem("unavailable", headers={"Retry-After": "30"})
    return problem("server-error")


def _challenge(why: Why) -> str:
    """RFC 6750: an error is named only where a token was shown."""
    if why is Why.MISSING:
        return 'Bearer realm="umthi"'
    return f'Bearer realm="umthi", error="invalid_token", error_description="{PROBLEMS[why.value].title}"'
