"""Who acts right now: the person of the request, or the job or command that said so. The audit writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

import click
from flask import has_request_context
from sqlalchemy import select

from app.access.who import Who, who
from app.models.person import Person
from app.tenancy.database import db
from app.tenancy.scope import scope_or_none


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, a job (`kind` 'job', its name as `name`) or a command.

    `kind` is one of 'user', 'operator' (platform staff in a school), 'visitor' (nobody is signed in), 'job', 'command' and
    'system'; only the first two have an `id`. In a school the `name` of a user is the one that the school keeps. `visit` is the
    support visit by which an operator acts there.
    """

    kind: str
    id: UUID | None
    name: str
    visit: UUID | None = None


_acting: ContextVar[Actor | None] = ContextVar("umthi_actor", default=None)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Let `actor` be the one who acts for the length of the block: how a job and a command say who they are."""
    before = _acting.get()
    _acting.set(actor)
    try:
        yield actor
    finally:
        _acting.set(before)  # not reset(token): a generator may be closed in another context


def current_actor() -> Actor:
    """Who acts: what `acting_as` says, else the person of this request, else the command that runs, else the system itself."""
    if actor := _acting.get():
        return actor
    if has_request_context():
        person = who()
        return _acting_person(person) if person else Actor("visitor", None, "")
    command = click.get_current_context(silent=True)
    return Actor("command", None, command.command_path) if command else Actor("system", None, "")


def _acting_person(person: Who) -> Actor:
    """The person of the request; in a school what that calls them: their own name they can change, and change back."""
    scope = scope_or_none()
    if scope is None or scope.school_id is None or scope.school_id != person.school_id:
        return Actor("user", person.user_id, person.name)
    if person.visit:
        return Actor("operator", person.user_id, person.name, person.visit.id)
    with db.session.no_autoflush:  # asking who acts stores nothing
        name = db.session.scalar(select(Person.name).where(Person.id == person.person_id))
    name = name or person.name
    return Actor("user", person.user_id, f"{name} ({person.token.name})" if person.token else name)
