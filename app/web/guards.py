"""What no request may carry: NUL, which PostgreSQL cannot store, and more fields than any form has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from app.access.gate import access_of
from app.access.who import who

BODY = 1 << 20  # bytes of any request but those that `takes_files` marks
FIELDS = 500
FRAME = 64 * 1024  # bytes around a file: the other fields of its form
PATIENCE = 256 << 20  # bytes of a file too large that are read and thrown away, so that its sender hears why
PIECE = 1 << 20
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

View = TypeVar("View", bound=Callable[..., Any])


class NulRefused(BadRequest):
    """A request with a NUL in its address or its fields; people bring it along with pasted text."""


class FileTooLarge(RequestEntityTooLarge):
    """A file that is larger than its page takes."""


def takes_files(limit: int) -> Callable[[View], View]:
    """Let the bodies of a view's posts be as long as `limit` bytes of files, for those who may open it."""

    def mark(view: View) -> View:
        view.files = limit  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Bound bodies and refuse NUL before anything reads them. (`MAX_FORM_MEMORY_SIZE` does not bound urlencoded bodies.)"""
    app.config.update(MAX_CONTENT_LENGTH=BODY, MAX_FORM_MEMORY_SIZE=BODY, MAX_FORM_PARTS=FIELDS)
    app.before_request(refuse_too_much)
    app.before_request(refuse_nul)


def refuse_too_much() -> None:
    """413 for more than FIELDS fields, counted before anything is parsed: 100,000 of them fit into BODY and cost seconds."""
    if files := _files():
        request.max_content_length = files + FRAME
        if (request.content_length or 0) > files + FRAME:
            _read_away()
            raise FileTooLarge
    fields = request.query_string.count(b"&")
    if request.mimetype == FORMS[0]:
        fields = max(fields, request.get_data(cache=True).count(b"&"))
    if fields >= FIELDS:
        abort(413)


def _files() -> int:
    """How many bytes of files this request may bring: 0 unless its view takes some, and the person may open it."""
    view = current_app.view_functions.get(request.endpoint or "")
    limit: int = getattr(view, "files", 0)
    person = who()
    if not limit or person is None or request.method != "POST" or request.mimetype != FORMS[1]:
        return 0
    permission = access_of(current_app, request.endpoint or "").permission
    return limit if permission is None or permission in person.permissions else 0


def _read_away() -> None:
    """A browser that is answered while it still sends shows no answer, but a broken connection."""
    left = min(request.content_length or 0, PATIENCE)
    stream = request.environ["wsgi.input"]
    while left > 0 and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)


def refuse_nul() -> None:
    """Raise NulRefused for a NUL anywhere in the address or the form."""
    if "\0" in request.path:
        raise NulRefused
    if request.query_string and any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        raise NulRefused
    if request.mimetype in FORMS and any("\0" in text for pair in request.form.items(multi=True) for text in pair):
        raise NulRefused
