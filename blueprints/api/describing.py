"""The description of the API (OpenAPI 3.1), written from what its routes declare: nothing in it is kept by hand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from flask import Flask
from marshmallow import Schema, fields, missing, validate

from app.access.allowance import QUOTA, SECONDS
from app.access.api_tokens import SCOPES, Scope
from app.extensions import current_settings
from app.web.api.asking import Cursor
from app.web.api.declared import Route, routes_of
from app.web.api.problems import KIND, PLACE, PROBLEMS
from app.web.api.repeating import HEADER as REPEATING

VERSION = "1.0"
OPEN_API = "3.1.0"
_ARGUMENT = re.compile(r"<(?:(\w+)[^<>:]*:)?(\w+)>")
_PLAIN: dict[type, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, bool: {"type": "boolean"}, UUID: {"type": "string", "format": "uuid"},
    dt.datetime: {"type": "string", "format": "date-time"}, dt.date: {"type": "string", "format": "date"},
}  # fmt: skip
_FIELDS: tuple[tuple[type[fields.Field[Any]], dict[str, Any]], ...] = (
    (fields.UUID, _PLAIN[UUID]), (fields.AwareDateTime, _PLAIN[dt.datetime]), (fields.Date, _PLAIN[dt.date]),
    (fields.Boolean, _PLAIN[bool]), (fields.Integer, _PLAIN[int]), (fields.String, _PLAIN[str]), (Cursor, _PLAIN[str]),
)  # fmt: skip
#: what every route with a token may answer beside what it declares
_ALWAYS = ("token-missing", "scope-missing", "too-many-requests", "unavailable")


def description(app: Flask) -> dict[str, Any]:
    """The whole description as JSON takes it. Raises Undescribed for a route that declares nothing."""
    components: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes_of(app):
        for method in route.methods:
            paths.setdefault(_path(route), {})[method.lower()] = _operation(route, components)
    return {
        "openapi": OPEN_API,
        "info": {
            "title": "Umthi", "version": VERSION,
            "description": f"Each token may make {QUOTA} requests in {SECONDS} seconds. What goes wrong is told as {KIND}; "
            f"the names are explained at {PLACE}.",
        },
        "servers": [{"url": current_settings().public_url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())) | {"Problem": _problem()},
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "A token of the school, made in its settings. Scopes: "
                    + "; ".join(f"`{scope}`: {SCOPES[scope].label}" for scope in Scope) + ".",
                }
            },
        },
    }  # fmt: skip


def of_type(kind: Any, components: dict[str, Any]) -> dict[str, Any]:
    """The schema of what an answer has, from its type; NamedTuples become components."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": of_type(arguments[0], components)}
    if origin is dict:
        return {"type": "object", "additionalProperties": of_type(arguments[1], components)}
    if origin in (Union, UnionType):
        (real,) = (each for each in arguments if each is not type(None))
        return _or_null(of_type(real, components))
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        name = kind.__name__.removesuffix("Row")
        if name not in components:
            hints = get_type_hints(kind)
            components[name] = {
                "type": "object", "description": " ".join((kind.__doc__ or "").split()), "required": list(kind._fields),
                "properties": {field: of_type(hints[field], components) for field in kind._fields},
                "additionalProperties": False,
            }  # fmt: skip
        return {"$ref": f"#/components/schemas/{name}"}
    raise TypeError(f"the description has no way to say {kind!r}")


def of_schema(schema: Schema) -> dict[str, Any]:
    """The schema of a body, from what reads it."""
    known = schema.fields
    body: dict[str, Any] = {
        "type": "object", "properties": {name: of_field(each) for name, each in known.items()}, "additionalProperties": False,
    }  # fmt: skip
    if needed := [name for name, each in known.items() if each.required]:
        body["required"] = needed
    return {"type": "array", "items": body} if schema.many else body


def of_field(field: fields.Field[Any]) -> dict[str, Any]:
    """The schema of one value, from what reads it."""
    found: dict[str, Any]
    if isinstance(field, fields.Nested):
        found = of_schema(field.schema)
    elif isinstance(field, fields.List):
        found = {"type": "array", "items": of_field(field.inner)}
    elif isinstance(field, fields.Dict):
        found = (
            {"type": "object", "additionalProperties": of_field(field.value_field)} if field.value_field else {"type": "object"}
        )
    else:
        found = dict(next(said for kind, said in _FIELDS if isinstance(field, kind)))
    for check in field.validators:
        found |= _bounds(check, found)
    if field.load_default is not missing and field.load_default is not None and not callable(field.load_default):
        found["default"] = field.load_default
    if told := field.metadata.get("description"):
        found["description"] = told
    return _or_null(found) if field.allow_none else found


def _bounds(check: object, of: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(check, validate.OneOf):
        return {"enum": [str(each) for each in check.choices]}
    if isinstance(check, validate.Range):
        return {name: value for name, value in (("minimum", check.min), ("maximum", check.max)) if value is not None}
    if isinstance(check, validate.Length):
        names = ("minItems", "maxItems") if of.get("type") == "array" else ("minLength", "maxLength")
        return {name: value for name, value in zip(names, (check.min, check.max), strict=True) if value}
    return {}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    found = schema | {"type": [schema["type"], "null"]}
    return found | {"enum": [*schema["enum"], None]} if "enum" in schema else found


def _operation(route: Route, components: dict[str, Any]) -> dict[str, Any]:
    said, scope = route.said, route.access.scope
    found: dict[str, Any] = {
        "operationId": route.rule.endpoint.replace(".", "_"),
        "summary": said.summary,
        "tags": [said.group],
    }
    told = [said.detail, f"Scope: `{scope}`." if scope else "Open to everybody."]
    found["description"] = " ".join(part for part in told if part)
    found["parameters"] = [_of_path(kind, name) for kind, name in _ARGUMENT.findall(route.rule.rule)] + _of_query(route)
    if said.repeats:
        found["parameters"].append(
            {
                "name": REPEATING, "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200},
                "description": "Sent again with the same key within a day, the request is answered the same and done once.",
            }
        )  # fmt: skip
    if not scope:
        found["security"] = []
    if said.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": of_schema(said.body)}}}
    found["responses"] = _responses(route, components)
    return found


def _responses(route: Route, components: dict[str, Any]) -> dict[str, Any]:
    said, scope = route.said, route.access.scope
    answer: dict[str, Any] = of_type(said.answer, components) if said.answer else {"type": "object"}
    if said.many:
        answer = {
            "type": "object", "required": ["data", "next"],
            "properties": {
                "data": {"type": "array", "items": answer},
                "next": {"type": ["string", "null"], "format": "uri", "description": "The next page; null on the last one."},
            },
        }  # fmt: skip
    responses: dict[str, Any] = {
        str(said.status): {"description": said.summary, "content": {"application/json": {"schema": answer}}}
    }
    names = [*(_ALWAYS if scope else ("unavailable",)), *said.problems]
    names += ["invalid"] if said.query or said.body else []
    names += ["malformed", "not-json"] if said.body else []
    names += ["not-found"] if route.rule.arguments else []
    names += ["key-reused"] if said.repeats else []
    titles: dict[int, list[str]] = {}
    for name in dict.fromkeys(names):
        titles.setdefault(PROBLEMS[name].status, []).append(PROBLEMS[name].title)
    problem = {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(titles):
        responses[str(status)] = {"description": "; ".join(titles[status]), "content": problem}
    return responses


def _of_query(route: Route) -> list[dict[str, Any]]:
    if route.said.query is None:
        return []
    return [
        {"name": name, "in": "query", "required": field.required, "schema": of_field(field)}
        for name, field in route.said.query().fields.items()
    ]  # fmt: skip


def _of_path(kind: str, name: str) -> dict[str, Any]:
    schema = {"uuid": _PLAIN[UUID], "day": _PLAIN[dt.date]}.get(kind, _PLAIN[str])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _path(route: Route) -> str:
    return _ARGUMENT.sub(r"{\2}", route.rule.rule)


def _problem() -> dict[str, Any]:
    error = {
        "type": "object", "required": ["detail"],
        "properties": {"detail": _PLAIN[str], "pointer": _PLAIN[str], "parameter": _PLAIN[str]},
    }  # fmt: skip
    return {
        "type": "object", "description": "What went wrong (RFC 9457).", "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "enum": [f"{PLACE}#{name}" for name in PROBLEMS]},
            "title": _PLAIN[str], "status": _PLAIN[int], "detail": _PLAIN[str], "errors": {"type": "array", "items": error},
        },
    }  # fmt: skip
