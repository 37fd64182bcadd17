"""The two ways in. `git grep -E "acting_for|across_schools"` lists who comes through."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from blinker import signal
from sqlalchemy.orm import Session

from app.tenancy.database import db
from app.tenancy.scope import Scope, WrongSchool, inside, scope_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

crossed = signal("tenancy.crossed")
"""Sent on entering `across_schools` with its reason; the audit subscribes."""


@contextmanager
def acting_for(school_id: int) -> "Iterator[Session]":
    """Act for one school. The session ends with the block; what was not committed is undone.

    Inside the same school again it is the same session; anything else must be left first.
    """
    before = scope_or_none()
    if before and before.school_id == school_id:
        yield db.session()
    else:
        with _session(Scope(int(school_id))) as session:
            yield session


@contextmanager
def across_schools(reason: str, *, routine: bool = False) -> "Iterator[Session]":
    """Act for the platform and see every school. The reason is written to the audit.

    A school must be left first, so that none of its rows can be taken along by mistake.
    `routine` is for what happens on every request or every second (looking up who is signed
    in, the relay): it is announced to no one, and a test counts the places that say it.
    """
    _refuse_second(scope := Scope(None, reason))
    if not routine:
        crossed.send(reason)
    with _session(scope) as session:
        yield session


@contextmanager
def staying_in(school_id: int) -> "Iterator[None]":
    """Be in one school for a whole request. The session comes into being when something asks for it."""
    with _lasting(Scope(int(school_id))):
        yield


@contextmanager
def outside() -> "Iterator[None]":
    """In no school, whatever was before: how a request, a job and a command begin."""
    with inside(None):
        yield


@contextmanager
def _session(scope: Scope) -> "Iterator[Session]":
    with _lasting(scope):
        session = db.session()
        try:
            yield session
        finally:
            with inside(scope):  # an application context that ended within the block has taken it out of the registry
                session.close()


@contextmanager
def _lasting(scope: Scope) -> "Iterator[None]":
    _refuse_second(scope)
    with inside(scope):
        try:
            yield
        finally:
            with inside(scope):  # also when a half-read stream is closed from somewhere else
                if db.session.registry.has():
                    try:
                        db.session.remove()
                    finally:
                        db.session.registry.clear()  # also when the connection was lost


def _refuse_second(scope: Scope) -> None:
    if before := scope_or_none():
        raise WrongSchool(f"leave {before} before entering {scope}")
