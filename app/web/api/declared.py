"""What a route of the API says of itself. Its description (OpenAPI) is written from this, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from app.access.api_tokens import is_api
from app.access.gate import Access, access_of

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Said:
    """`group` is a heading of the description; `query` and `body` read what is asked, `answer` is the NamedTuple that comes.

    `many`: a page of such rows. `problems` are names of app.web.api.problems that this route adds to those that every one has.
    `repeats`: it takes an `Idempotency-Key`.
    """

    summary: str
    group: str
    answer: type[Any] | None = None
    query: type[Schema] | None = None
    body: Schema | None = None
    detail: str = ""
    many: bool = False
    status: int = 200
    problems: tuple[str, ...] = ()
    repeats: bool = False


class Route(NamedTuple):
    """A rule of the API, with what its view declares."""

    rule: Rule
    methods: tuple[str, ...]
    said: Said
    access: Access


class Undescribed(Exception):
    """A route of the API that does not say what it does."""


def described(summary: str, group: str, **more: Any) -> Callable[[View], View]:
    """Say of a view what `Said` asks for."""

    def mark(view: View) -> View:
        view.said = Said(summary, group, **more)  # type: ignore[attr-defined]
        return view

    return mark


def routes_of(app: Flask) -> Iterator[Route]:
    """Every route of the API, by its address. Raises Undescribed."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not is_api(rule.rule):
            continue
        said = getattr(app.view_functions[rule.endpoint], "said", None)
        if not isinstance(said, Said):
            raise Undescribed(f"{rule.endpoint} ({rule.rule}) says not what it does: @described")
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield Route(rule, methods, said, access_of(app, rule.endpoint))
