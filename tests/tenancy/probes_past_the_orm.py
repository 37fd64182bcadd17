"""More ways: prepared reads, statements in bulk, the driver's cursor, and a request's stay. They join `PROBES` when imported."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Select, bindparam, exists, func, literal_column, select, true
from sqlalchemy.orm import aliased

from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Person
from app.tenancy.database import db
from app.tenancy.doors import outside, staying_in
from app.tenancy.reading import Bulk, LookUp, Prepared, driving, reading
from tests.tenancy.probes import DATABASE, ORM, Way, probe

person = Person.__table__
Other = aliased(Person)


class Ids(NamedTuple):
    """One school number a row."""

    school_id: int


def prepared(name: str, statement: Select[Any], *stops: str, **values: object) -> None:
    """A probe that prepares `statement`, whose one column says whose row it saw, and runs it in Thaba."""

    def attack(_: Way) -> bool:
        with reading() as cursor:
            return any(row.school_id == 2 for row in Prepared(statement, Ids).all(cursor, **values))

    probe(f"prepared: {name}", *stops)(attack)


def saw(expression: Any) -> Select[Any]:
    """A select of 2 when `expression` holds."""
    return select(sa.case((expression, 2), else_=1).label("school_id"))


# fmt: off
# What the criteria reach: both walls hold.
prepared("columns", select(Person.school_id))
prepared("aggregate", select(func.max(Person.school_id).label("school_id")))
prepared("count", saw(func.count() > 1).select_from(Person))
prepared("alias", select(Other.school_id))
prepared("join", select(Other.school_id).select_from(Person).join(Other, true()))
prepared("implicit join", select(Other.school_id).where(Person.id.is_not(None)))
prepared("outer join", select(Outbox.school_id).select_from(Person).outerjoin(Outbox, Outbox.subject == Person.id))
prepared("left of an outer join", select(Person.school_id).outerjoin(Message, Message.school_id == 1))
prepared("exists", saw(exists().where(Person.school_id == 2)))
prepared("subquery", select(select(Person.school_id).subquery().c.school_id))
prepared("CTE", select(select(Person.school_id).cte("them").c.school_id))
prepared("lateral", select(select(Person.school_id).lateral("l").c.school_id))
prepared("scalar subquery", select(select(func.max(Person.school_id)).scalar_subquery().label("school_id")))
prepared("union", select(select(Person.school_id).union(select(Message.school_id)).subquery().c.school_id))
prepared("IN subquery", saw(sa.literal(2).in_(select(Person.school_id))))
prepared("OR", select(Person.school_id).where(sa.or_(Person.school_id == 2, true())))
prepared("the caller's own value for the wall", select(Person.school_id), umthi_school=2)
# What they do not reach: refused, and the database's wall is behind that.
prepared("a Core table", select(person.c.school_id))
prepared("a Core table beside a model", select(person.c.school_id).join(Message, true()))
prepared("a Core table in a subquery", saw(exists(select(person.c.id).where(person.c.school_id == 2))))
prepared("a Core alias", select(person.alias("p").c.school_id))
prepared("a Core table that names the wall's value", select(person.c.school_id).where(sa.or_(person.c.school_id == bindparam("umthi_school"), person.c.kind == "learner")))
prepared("a table by name", select(sa.table("person", sa.column("school_id")).c.school_id))
prepared("a table by name and schema", select(sa.table("person", sa.column("school_id"), schema="public").c.school_id))
prepared("text()", select(sa.column("school_id", sa.Integer)).select_from(sa.text("person")))
prepared("a literal", select(literal_column("(select max(school_id) from person)").label("school_id")))
prepared("a sample", select(sa.tablesample(Person, sa.func.system(100)).c.school_id))
prepared("FULL JOIN", select(Person.school_id).select_from(sa.select(sa.literal(1).label("n")).subquery()).outerjoin(Person, sa.false(), full=True))


@probe("prepared: in what is left of a stay in Karoo", ORM, setup=True)
def _(way: Way) -> Any:
    """The transaction is Karoo's, the value of the criteria is Thaba's."""
    with _kept_reading(way) as cursor:
        return any(row.school_id == 2 for row in Prepared(select(Person.school_id), Ids).all(cursor))


@contextmanager
def _kept_reading(way: Way) -> Any:
    with outside(), staying_in(way.cast.karoo):
        door = reading()
        cursor = door.__enter__()
    way.ready()
    try:
        yield cursor
    finally:
        door.__exit__(None, None, None)


@probe("reading: SQL on its cursor", DATABASE)
def _(way: Way) -> Any:
    with reading() as cursor:
        return len(cursor.execute("SELECT FROM person").fetchall()) > 1


@probe("reading: a look-up of the platform in a school's transaction", DATABASE)
def _(way: Way) -> Any:
    with reading() as cursor:
        return len(LookUp(select(Person.school_id), Ids).all(cursor)) > 1


@probe("reading: the connection that comes back from Karoo", DATABASE, setup=True)
def _(way: Way) -> Any:
    with outside(), staying_in(way.cast.karoo), reading() as cursor:
        cursor.execute("SELECT FROM person")
    way.ready()
    connection = db.engines["reading"].raw_connection()
    try:
        return connection.cursor().execute("SELECT FROM person").fetchall()
    finally:
        connection.close()


def bulk(name: str, sql: str, *stops: str, **values: object) -> None:
    """A probe that runs `sql` in bulk."""

    def attack(way: Way) -> bool:
        with driving() as cursor:
            found = Bulk(sql).run(cursor, **values)
            return found.description is not None and any(row[0] == 2 for row in found)

    probe(f"bulk: {name}", *stops)(attack)


bulk("the caller's own value for the school", "SELECT school_id FROM person WHERE school_id = %(school)s", school=2)
bulk("an update for the caller's own value", "UPDATE person SET phone = '0' WHERE school_id = %(school)s", school=2)
bulk("a second table without its school", "SELECT 2 FROM message m, person p WHERE m.school_id = %(school)s AND p.name = 'of 2'")
bulk("an update from a second table", "UPDATE person SET phone = '0' FROM message m WHERE m.school_id = %(school)s AND m.audience = 'everyone'")
bulk("an insert for another school", "INSERT INTO person (school_id, id, kind, name, sort_key) SELECT %(school)s + 1, gen_random_uuid(), 'x', 'x', 'x'", DATABASE)
bulk("OR", "SELECT school_id FROM person WHERE school_id = %(school)s OR true", DATABASE)
bulk("a claim that skips locks", "UPDATE outbox SET leased = true WHERE id IN (SELECT id FROM outbox WHERE %(school)s = %(school)s FOR UPDATE SKIP LOCKED)")


@probe("driving: SQL on the driver's cursor", DATABASE)
def _(way: Way) -> Any:
    with driving() as cursor:
        return len(cursor.execute("SELECT FROM person").fetchall()) > 1


@probe("driving: an update on the driver's cursor", DATABASE)
def _(way: Way) -> Any:
    with driving() as cursor:
        cursor.execute("UPDATE person SET phone = '0'")


@probe("stay: select")
def _(way: Way) -> Any:
    with outside(), staying_in(way.cast.thaba):
        return any(one.school_id == 2 for one in db.session.scalars(select(Person)))


@probe("stay: get")
def _(way: Way) -> Any:
    with outside(), staying_in(way.cast.thaba):
        return db.session.get(Person, way.theirs)


@probe("stay: text", DATABASE)
def _(way: Way) -> Any:
    with outside(), staying_in(way.cast.thaba):
        return len(db.session.scalars(sa.text("SELECT school_id FROM person")).all()) > 1


@probe("stay: a session kept from a stay in Karoo", setup=True)
def _(way: Way) -> Any:
    with outside(), staying_in(way.cast.karoo):
        kept = db.session()
        kept.scalars(select(Person)).all()
    way.kept.append(kept)
    way.ready()
    return any(one.school_id == 2 for one in kept.scalars(select(Person)))
