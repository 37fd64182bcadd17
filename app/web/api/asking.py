"""What a program asks: parameters and bodies, read by marshmallow, every fault with its place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields, validate

from app.web.api.answering import read_cursor
from app.web.api.problems import ApiProblem, FieldError

USUAL, MOST = 50, 200  # rows of a page
LONGEST = 200  # characters of a word


def storable(text: str) -> None:
    """Refuse what PostgreSQL cannot keep: NUL, and halves of a surrogate pair."""
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValidationError("Has a character that cannot be stored.")


class Words(fields.String):
    """Text of at most `most` characters, without the white space around it."""

    def __init__(self, most: int = LONGEST, *, least: int = 0, **options: Any) -> None:
        super().__init__(validate=[validate.Length(least, most), storable], **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> str:
        return str(super()._deserialize(value, *args, **options)).strip()


class Moment(fields.AwareDateTime):
    """A moment that says its zone, as UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> dt.datetime:
        try:
            return super()._deserialize(value, *args, **options).astimezone(dt.UTC)
        except OverflowError:
            raise ValidationError("Not a valid datetime.") from None


class Cursor(fields.Field[list[Any]]):
    """A place in a list, from the `next` of the page before."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        try:
            return read_cursor(str(value))
        except ValueError:
            raise ValidationError("Not a cursor of this list.") from None


class Paged(Schema):
    """What every list takes."""

    limit = fields.Integer(
        load_default=USUAL, validate=validate.Range(1, MOST), metadata={"description": f"Rows of a page, at most {MOST}."}
    )
    cursor = Cursor(metadata={"description": "Where to go on: take it from `next`, as it is."})


def one_of(*values: str, **options: Any) -> fields.String:
    """A word out of a few."""
    return fields.String(validate=validate.OneOf(values), **options)


def asked(schema: Schema) -> dict[str, Any]:
    """The parameters of this request. Raises ApiProblem, also for one that is not known or comes twice."""
    given = request.args.to_dict(flat=False)
    twice: list[FieldError] = [
        {"parameter": name, "detail": "Given more than once."} for name, values in given.items() if len(values) > 1
    ]
    if twice:
        raise ApiProblem("invalid", errors=twice)
    try:
        return dict(schema.load({name: values[0] for name, values in given.items()}))
    except ValidationError as fault:
        raise ApiProblem("invalid", errors=[_of_address(*each) for each in _faults(fault.messages)]) from None


def said(schema: Schema) -> Any:
    """The body of this request. Raises ApiProblem: not JSON (415), not readable (400), not right (422)."""
    if request.mimetype != "application/json":
        raise ApiProblem("not-json")
    try:
        found = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise ApiProblem("malformed") from None
    try:
        return schema.load(found)
    except ValidationError as fault:
        raise ApiProblem("invalid", errors=[_of_body(*each) for each in _faults(fault.messages)]) from None


def refuse(pointer: str, detail: str) -> ApiProblem:
    """The problem of one value of the body, which only the school's data tells: `raise refuse("/class_id", "…")`."""
    return ApiProblem("invalid", errors=[{"pointer": f"#{pointer}", "detail": detail}])


def _faults(messages: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], str]]:
    """Each message of marshmallow's tree with the way to it; what concerns the whole has no name of its own."""
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _faults(below, path if name == "_schema" else (*path, name))
    elif isinstance(messages, (list, tuple)):
        for each in messages:
            yield from _faults(each, path)
    else:
        yield path, str(messages)


def _of_body(path: tuple[object, ...], detail: str) -> FieldError:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return {"pointer": "#" + "".join(f"/{part}" for part in escaped), "detail": detail}


def _of_address(path: tuple[object, ...], detail: str) -> FieldError:
    return {"parameter": str(path[0]) if path else "", "detail": detail}


__all__ = ["MOST", "USUAL", "Cursor", "Moment", "Paged", "Words", "asked", "one_of", "refuse", "said", "storable"]
