"""Past the ORM, not past the walls: prepared reads, and statements in bulk, of one school.

SQLAlchemy writes a select once and the driver runs it. Both walls stand all the same: the helper puts the ORM wall's criteria
into the statement when it is compiled, and the transaction carries `app.school_id`. A select that it cannot filter, it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import count
from string import Template
from typing import Any, Generic, NamedTuple, TypeVar, cast
from weakref import WeakSet

from psycopg import Connection, Cursor, ServerCursor
from psycopg.abc import Buffer
from psycopg.rows import namedtuple_row, tuple_row
from sqlalchemy import BindParameter, Integer, Select, TextClause, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session, with_loader_criteria
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import visitors

from app.tenancy import counting
from app.tenancy.database import command, db
from app.tenancy.models import Tenant
from app.tenancy.proof import unproven, untied
from app.tenancy.scope import WrongSchool, current_school_id, current_scope

Row = TypeVar("Row", bound=NamedTuple)
DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_SCHOOL: BindParameter[int] = bindparam("umthi_school", type_=Integer)
_CRITERIA = with_loader_criteria(Tenant, lambda model: model.school_id == _SCHOOL, include_aliases=True)
_MARK = "%(umthi_school)s"
CHUNK = 2000  # rows of a stream in memory at a time
_STREAMS = count()
_EVERY: WeakSet[_Compiled[Any]] = WeakSet()
_GLANCE = "glance"  # in `Session.info`
_PLAIN, _NAMED = "plain cursor", "cursor with named rows"  # in the `info` of a pooled connection


class CannotWall(TypeError):
    """A statement whose tenant tables cannot all be filtered: write it with the models, or another way."""


class _Text(NamedTuple):
    """A statement for the driver, and the values that it brings along."""

    sql: str
    constants: dict[str, Any]


class _Compiled(Generic[Row]):
    """A select as text for the driver, and what makes its rows.

    The text is written, and proved, when it is first asked for: a program that runs ten of four hundred starts in three
    quarters of the time. `prove_all` asks for all of them.
    """

    def __init__(self, select: Select[*tuple[Any, ...]], row: type[Row]) -> None:
        self._select, self._row, self._make = select, row, row._make
        _EVERY.add(self)

    @cached_property
    def sql(self) -> str:
        """The text. Raises TypeError for a select that its row does not fit."""
        return self._text.sql

    @cached_property
    def constants(self) -> dict[str, Any]:
        """The values that are known already."""
        return self._text.constants

    @cached_property
    def _text(self) -> _Text:
        names = tuple(self._select.selected_columns.keys())
        if names != self._row._fields:
            raise TypeError(f"{self._row.__name__} has the fields {self._row._fields}, its select gives {names}")
        return self._written(self._select)

    def _written(self, select: Select[*tuple[Any, ...]]) -> _Text:
        compiled = select.compile(dialect=DIALECT)
        values: dict[str, Any] = {key: bind.value for key, bind in compiled.binds.items() if not bind.required}
        if asked := [bind.key for bind in compiled.post_compile_params if bind.required]:
            raise TypeError(f"a list that is known only later cannot be prepared with IN: compare {asked} with any_()")
        expanded = compiled.construct_expanded_state(dict.fromkeys(compiled.binds) | values, escape_names=False)
        wanted = {key for key, bind in compiled.binds.items() if bind.required}
        return _Text(expanded.statement, {key: value for key, value in expanded.parameters.items() if key not in wanted})

    def _run(self, cursor: Cursor[Any], values: dict[str, object]) -> list[Row]:
        counting.note()
        cursor.execute(self.sql, self.constants | values)
        return list(map(self._make, cursor.fetchall()))


class Prepared(_Compiled[Row]):
    """A select over the current school's rows, run by `all(cursor, …)` inside `reading()`.

    Values come as the driver gives them (an enum as its text); columns are named and ordered as the fields of the row.
    Before it is first run it raises CannotWall for a select with a tenant table that the criteria do not reach (a Core table,
    text(), a FULL JOIN).
    """

    def _written(self, select: Select[*tuple[Any, ...]]) -> _Text:
        _refuse_what_hides(select)
        text = super()._written(select.options(_CRITERIA))
        if open_tables := unproven(text.sql, tables=_tenant_tables(), mark=_MARK):
            raise CannotWall(f"{', '.join(open_tables)} may give rows of other schools: {text.sql}")
        return text

    def all(self, cursor: Cursor[Any], **values: object) -> list[Row]:
        """Every row of the answer, of the current school only."""
        return self._run(cursor, values | {_SCHOOL.key: current_school_id()})

    def stream(self, cursor: Cursor[Any], **values: object) -> Iterator[Row]:
        """The rows of a long answer, of the school that is current now, CHUNK of them in memory at a time.

        They come through a cursor of the server, within the transaction of `reading()`: read them before it ends.
        """
        counting.note()
        values = self.constants | values | {_SCHOOL.key: current_school_id()}
        served = cursor.connection.cursor(f"stream_{next(_STREAMS)}")
        served.itersize = CHUNK
        served.execute(self.sql, values)
        return self._each(served)

    def _each(self, served: ServerCursor[Any]) -> Iterator[Row]:
        with served:
            yield from map(self._make, served)

    def copied(self, cursor: Cursor[Any], cells: Sequence[str], said: Mapping[str, str], **values: object) -> Iterator[Buffer]:
        """Each row as a line of CSV that PostgreSQL writes, of the school that is current now.

        `cells` are SQL of ours, one a column, over `taken.c0`, `taken.c1`, …; `said` has what stands in them as `%(name)s`.
        Close it where it is left early.
        """
        counting.note()
        names = ", ".join(f"c{number}" for number in range(len(cells)))
        taken = f"SELECT {', '.join(cells)} FROM ({self.sql}) AS taken ({names})"  # noqa: S608
        values = {**said, **self.constants, **values, _SCHOOL.key: current_school_id()}
        with cursor.copy(f"COPY ({taken}) TO STDOUT (FORMAT csv)", values) as lines:
            yield from lines

    def count(self, cursor: Cursor[Any], most: int, **values: object) -> int:
        """How many rows there are, counted up to `most`."""
        counting.note()
        sql = f"SELECT count(*) FROM (SELECT FROM ({self.sql}) AS taken LIMIT %(umthi_most)s) AS counted"  # noqa: S608
        values = {**self.constants, **values, _SCHOOL.key: current_school_id(), "umthi_most": most}
        (number,) = cursor.execute(sql, values).fetchone() or (0,)
        return int(number)

    def guess(self, cursor: Cursor[Any], **values: object) -> int:
        """About how many rows there are, as PostgreSQL plans for them: quick, and good for what was analysed lately."""
        counting.note()
        values = {**self.constants, **values, _SCHOOL.key: current_school_id()}
        ((plan,),) = cursor.execute(f"EXPLAIN (FORMAT json) {self.sql}", values).fetchall()
        return int(plan[0]["Plan"]["Plan Rows"])


class LookUp(_Compiled[Row]):
    """A select of the platform's role, across schools: sign-in look-ups, and what operators see of all schools."""

    def all(self, cursor: Cursor[Any], **values: object) -> list[Row]:
        """Every row of the answer. Only inside `looking_up()`."""
        return self._run(cursor, values)

    def rows(self, session: Session, /, **values: object) -> list[Row]:
        """Every row of the answer, for a session of `across_schools`: in its transaction, or on its own `at_a_glance`."""
        if (glance := session.info.get(_GLANCE)) is not None:
            return cast("list[Row]", glance.see(self, values))
        if not current_scope().is_across:
            raise WrongSchool(f"a select across schools was run while acting for {current_scope()}")
        with driving() as cursor:
            return self._run(cursor, values)


def prove_all() -> int:
    """Write every select that was prepared so far; returns how many there are. Raises CannotWall and TypeError.

    For whoever serves others: nobody waits for it then, and nobody serves with one that cannot be walled.
    """
    every = list(_EVERY)
    for one in every:
        _ = one.sql
    return len(every)


class Bulk:
    """A statement that only SQL says well (an upsert of thousands, a claim that skips locks), for the current school.

    It must compare with `%(school)s`, which is always the school of the scope, never the caller's word, and say `school_id` at
    least once for each tenant table that it names: a net for what is forgotten, no proof. The database's wall is behind it.
    `pieces` stand for their `$name` in it: SQL that several statements share, constants of ours. Raises CannotWall.
    """

    def __init__(self, sql: str, **pieces: str) -> None:
        sql = Template(sql).substitute(pieces)
        if "%(school)s" not in sql:
            raise CannotWall(f"no %(school)s in {sql}")
        if untied(sql, tables=_tenant_tables()) > 0:
            raise CannotWall(f"a table of a school stands here without its school_id: {sql}")
        self.sql = sql

    def run(self, cursor: Cursor[Any], **values: object) -> Cursor[Any]:
        """Execute it on a cursor of `driving()`; returns that cursor."""
        counting.note()
        return cursor.execute(self.sql, values | {"school": current_school_id()})

    def run_across(self, cursor: Cursor[Any], school_id: int, **values: object) -> Cursor[Any]:
        """The same for one school that is named, in a transaction of the platform. Raises WrongSchool inside a school."""
        if not (scope := current_scope()).is_across:
            raise WrongSchool(f"school {school_id} was named while acting for {scope}")
        counting.note()
        return cursor.execute(self.sql, values | {"school": school_id})


@contextmanager
def reading() -> Iterator[Cursor[Any]]:
    """A cursor that reads rows of the current school; the setting ends with the transaction, when the pool takes it back."""
    shared = _shared.get()
    if shared is not None and shared.school_id == current_school_id() and shared.is_sound:
        with shared.lent() as cursor:
            yield cursor
        return
    with _begun("BEGIN READ ONLY") as connection, _cursor_of(connection) as cursor:
        yield cursor


class _Shared:
    """A read that goes on, for a school. After a fault in it nothing more can be read, until it ends."""

    def __init__(self, school_id: int, connection: PoolProxiedConnection) -> None:
        self.school_id, self.connection, self.is_sound = school_id, connection, True

    @contextmanager
    def lent(self) -> Iterator[Cursor[Any]]:
        try:
            with _cursor_of(self.connection) as cursor:
                yield cursor
        except BaseException:
            self.is_sound = False
            raise


_shared: ContextVar[_Shared | None] = ContextVar("umthi_shared_read", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Let every `reading()` of the current school inside be the same transaction: for a page that many parts read for.

    After a fault each of those that follow is one of its own again.
    """
    if _shared.get() is not None:  # within another one
        yield
        return
    with _begun("BEGIN READ ONLY") as connection:
        token = _shared.set(_Shared(current_school_id(), connection))
        try:
            yield
        finally:
            _shared.reset(token)


@contextmanager
def writing() -> Iterator[Cursor[Any]]:
    """The driver's cursor, with named rows, in a transaction of its own of the current school: it commits at the end.

    For what comes so often that a session would cost more than its statements, and is an event of itself: nothing that was
    recorded in the session goes along. What is raised inside rolls it back.
    """
    with _begun("BEGIN") as connection:
        driver = _driver(connection)
        try:
            with _cursor_of(connection, named=True) as cursor:
                yield cursor
        except BaseException:
            command(driver, "ROLLBACK")  # psycopg's own forgets what it has prepared
            raise
        driver.commit()


@contextmanager
def _begun(how: str) -> Iterator[PoolProxiedConnection]:
    """A pooled connection in a transaction of the current school, which ends when the pool takes it back.

    The school is a literal SET LOCAL, as for the session: it ends with the transaction, and passes PgBouncer.
    """
    connection = db.engines["reading"].raw_connection()
    try:
        command(_driver(connection), f"{how}; SET LOCAL app.school_id = '{current_school_id():d}'")
        yield connection
    finally:
        connection.close()


@contextmanager
def _cursor_of(connection: PoolProxiedConnection, *, named: bool = False) -> Iterator[Cursor[Any]]:
    """A cursor of a pooled connection, with plain or with named rows; it stays with the connection for the next one.

    What a cursor has learnt of the types of columns costs 0.1 ms to learn anew. One that holds many rows is let go with them.
    """
    name = _NAMED if named else _PLAIN
    cursor = connection.info.pop(name, None)  # while it is lent, another one is made for whoever asks within
    if cursor is None:
        cursor = _driver(connection).cursor(row_factory=namedtuple_row if named else tuple_row)
    yield cursor
    if cursor.rowcount <= CHUNK:
        connection.info[name] = cursor


def _driver(connection: PoolProxiedConnection) -> Connection[Any]:
    return cast("Connection[Any]", connection.driver_connection)


@contextmanager
def looking_up() -> Iterator[Cursor[Any]]:
    """A cursor of the platform's role for who is signed in, each statement on its own; it sees every school.

    The one routine crossing that every request makes. It is not announced; a test counts the places that call it.
    """
    connection = db.engines["looking_up"].raw_connection()
    try:
        with _cursor_of(connection) as cursor:
            yield cursor
    finally:
        connection.close()


class _Glance:
    """A cursor, and what it has answered so far."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor
        self._seen: list[tuple[LookUp[Any], dict[str, object], list[Any]]] = []

    def see(self, asked: LookUp[Any], values: dict[str, object]) -> list[Any]:
        for before, with_values, rows in self._seen:
            if before is asked and with_values == values:
                return rows
        rows = asked._run(self._cursor, values)
        self._seen.append((asked, values, rows))
        return rows


@contextmanager
def at_a_glance(session: Session) -> Iterator[None]:
    """Let each `LookUp` of a session of `across_schools` be a statement of its own, and send it only once: none waits for a
    BEGIN, and where one fails the others go on. What they see is not of one moment."""
    if not current_scope().is_across:
        raise WrongSchool(f"a glance across schools while acting for {current_scope()}")
    with looking_up() as cursor:
        session.info[_GLANCE] = _Glance(cursor)
        try:
            yield
        finally:
            del session.info[_GLANCE]


@contextmanager
def driving() -> Iterator[Cursor[Any]]:
    """The driver's cursor, with named rows, in the transaction of the current scope's session: same role, same walls."""
    with _cursor_of(db.session.connection().connection, named=True) as cursor:
        yield cursor


def forget_plans(cursor: Cursor[Any]) -> None:
    """Let PostgreSQL plan anew whatever this connection runs next, the checks of foreign keys with it.

    For whoever fills tables: a plan that was made while a table had a page reads it from end to end, however long it gets,
    until somebody analyses it.
    """
    cursor.execute("DISCARD PLANS")


def _refuse_what_hides(select: Select[*tuple[Any, ...]]) -> None:
    """Raise CannotWall for what the proof cannot see through: free text, and the wall's own value in somebody else's hands."""
    for part in visitors.iterate(select):
        if isinstance(part, TextClause):
            raise CannotWall("text() in a prepared read")
        if isinstance(part, BindParameter) and part.key == _SCHOOL.key:
            raise CannotWall(f"{_SCHOOL.key} is the wall's own value, no statement may name it")


def _tenant_tables() -> frozenset[str]:
    return frozenset(table.name for table in db.metadata.tables.values() if "school_id" in table.c)
