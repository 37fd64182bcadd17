"""What waits because its school is not open: it is neither handed out nor late, and it is there when the school is back."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, not_, select

from app.models.outbox import PLATFORM, Outbox
from app.models.school import School
from app.tenancy.reading import DIALECT, Prepared, reading

LOOK = 1.0  # seconds between two looks of work that is running

_CLOSED = select(School.id).where(not_(School.is_open))
#: the closed schools as a piece of SQL: literal, so that the plan can use the index of them
CLOSED = str(_CLOSED.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def is_held() -> ColumnElement[bool]:
    """Of a row of the outbox: whether its school is closed. The platform's own work never is."""
    return Outbox.school_id.in_(_CLOSED)


class _Open(NamedTuple):
    is_open: bool


_IS_OPEN = Prepared(select(School.is_open.label("is_open")).where(School.id == bindparam("school")), _Open)


class Watch:
    """Whether the school of running work is still open: asked at most once a second, of a connection of its own."""

    def __init__(self) -> None:
        self._looked, self._is_open = time.monotonic(), True

    def is_open(self, school_id: int) -> bool:
        """Needs to be inside the school; the platform's own work always goes on. What has closed stays so for this run."""
        if self._is_open and school_id != PLATFORM and time.monotonic() - self._looked >= LOOK:
            with reading() as cursor:
                self._is_open = _IS_OPEN.all(cursor, school=school_id)[0].is_open
            self._looked = time.monotonic()
        return self._is_open
