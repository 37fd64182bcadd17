"""A select whose rows are only compared, for the fewest instructions."""

from __future__ import annotations

import re
from itertools import count
from typing import Any
from weakref import WeakSet

from psycopg import Connection, Cursor, OperationalError
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Select

from app.tenancy import counting
from app.tenancy.reading import DIALECT

_PLACE = re.compile(r"%\((\w+)\)s")
_NAMES = count()


class Glimpse:
    """A select of the platform's role whose rows are only compared: by libpq's own call, for a third of the price of a cursor.

    It takes texts and gives each value as the server writes it, None for NULL. Every connection prepares it once.
    """

    def __init__(self, select: Select[*tuple[Any, ...]]) -> None:
        compiled = select.compile(dialect=DIALECT)
        known = {key: bind.value for key, bind in compiled.binds.items() if not bind.required}
        places = _PLACE.findall(str(compiled))
        self.asked = [key for key in places if key not in known]
        self._values = [str(known[key]).encode() if key in known else None for key in places]
        numbers = count(1)
        self._sql = _PLACE.sub(lambda _: f"${next(numbers)}", str(compiled)).replace("%%", "%").encode()
        self._name = f"glimpse_{next(_NAMES)}".encode()
        self._prepared: WeakSet[Connection[Any]] = WeakSet()

    def rows(self, cursor: Cursor[Any], **values: str) -> list[tuple[bytes | None, ...]]:
        """Every row of the answer. Only inside `looking_up()`. Raises psycopg's OperationalError."""
        counting.note()
        libpq, asked = cursor.connection.pgconn, iter(self.asked)
        if cursor.connection not in self._prepared:
            _demand(libpq.prepare(self._name, self._sql), ExecStatus.COMMAND_OK)
            self._prepared.add(cursor.connection)
        given = [values[next(asked)].encode() if value is None else value for value in self._values]
        found = _demand(libpq.exec_prepared(self._name, given), ExecStatus.TUPLES_OK)
        columns = range(found.nfields)
        return [tuple(found.get_value(row, column) for column in columns) for row in range(found.ntuples)]


def _demand(result: PGresult, status: ExecStatus) -> PGresult:
    if result.status != status:
        raise OperationalError((result.error_message or b"").decode(errors="replace"))
    return result
