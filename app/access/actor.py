"""Who acts right now: the person of the request, or the job or command that said so. The audit writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

import click
from flask import has_request_context

from app.access.who import who


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, a job (`kind` 'job', its name as `name`) or a command.

    `kind` is one of 'user', 'visitor' (nobody is signed in), 'job', 'command' and 'system'; only a user has an `id`.
    """

    kind: str
    id: UUID | None
    name: str


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
        return Actor("user", person.user_id, person.name) if person else Actor("visitor", None, "")
    command = click.get_current_context(silent=True)
    return Actor("command", None, command.command_path) if command else Actor("system", None, "")
