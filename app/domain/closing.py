"""What closes with a school. Each area names its ways in: what they are for a closed school, what ends and waits with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.models.school import School
from app.tenancy.doors import acting_for


class SchoolClosed(Exception):
    """A link or a token led into a school that is not open; `state` is the school's, None for one that never was."""

    def __init__(self, school_id: int, state: str | None) -> None:
        super().__init__(f"school {school_id} is {state}")
        self.state = state


class Closed(StrEnum):
    """What an address that is open to strangers does where it leads into a closed school."""

    REFUSED = "refused"  # says so with a page (403), and changes nothing
    SILENT = "silent"  # a machine asks: it hears what it always hears, and nothing is changed
    TAKES_AWAY = "takes away"  # works as ever, for all that it does is to end something
    NO_SCHOOL = "no school"  # leads into none


class Effect(NamedTuple):
    """One thing that becomes of a school, as a whole sentence in the reader's language; `number` of how many."""

    sentence: str
    number: int


class Door(NamedTuple):
    """A way in, or what waits behind one. Everything is done in the transaction of the deed, across schools.

    `effect` says, before a suspension, what it will do to this school (None: nothing to say), `close` does it. After a
    suspension that began at the moment given `outlook` says what coming back would do, and `reopen` does it and says what it
    did. `routes` are the endpoints that strangers reach with a link or a token, and what each does for a closed school.
    """

    name: str
    effect: Callable[[Session, int], Effect | None] | None = None
    close: Callable[[Session, int], None] | None = None
    outlook: Callable[[Session, int, dt.datetime], list[Effect]] | None = None
    reopen: Callable[[Session, int, dt.datetime], list[Effect]] | None = None
    routes: Mapping[str, Closed] = {}


@contextmanager
def acting_if_open(school_id: int) -> Iterator[Session]:
    """Act for the school of a link or a token, with nobody signed in. Raises SchoolClosed unless the school is open."""
    with acting_for(school_id) as session:
        school = session.get(School, school_id)
        if school is None or not school.is_open:
            raise SchoolClosed(school_id, school.state if school else None)
        yield session
