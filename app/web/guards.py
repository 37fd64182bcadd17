"""What no request may carry: NUL, which PostgreSQL cannot store, and more fields than any form has."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.exceptions import BadRequest

BODY = 1 << 20  # bytes of any request; what uploads files raises it for itself
FIELDS = 500


class NulRefused(BadRequest):
    """A request with a NUL in its address or its fields; people bring it along with pasted text."""


def init_app(app: Flask) -> None:
    """Bound bodies and refuse NUL before anything reads them. (`MAX_FORM_MEMORY_SIZE` does not bound urlencoded bodies.)"""
    app.config.update(MAX_CONTENT_LENGTH=BODY, MAX_FORM_MEMORY_SIZE=BODY, MAX_FORM_PARTS=FIELDS)
    app.before_request(refuse_too_much)
    app.before_request(refuse_nul)


def refuse_too_much() -> None:
    """413 for more than FIELDS fields, counted before anything is parsed: 100,000 of them fit into BODY and cost seconds."""
    fields = request.query_string.count(b"&")
    if request.mimetype == "application/x-www-form-urlencoded":
        fields = max(fields, request.get_data(cache=True).count(b"&"))
    if fields >= FIELDS:
        abort(413)


def refuse_nul() -> None:
    """Raise NulRefused for a NUL anywhere in the address or the form."""
    if "\0" in request.path or any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        raise NulRefused
    if request.method in ("POST", "PUT", "PATCH") and any("\0" in t for pair in request.form.items(multi=True) for t in pair):
        raise NulRefused
