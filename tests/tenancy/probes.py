"""Ways to reach a row of Karoo while acting for Thaba.

A probe returns something true when it saw a row of Karoo; the runner finds by itself whether it
changed one. `stops` names the walls that stop it alone. Set-up ends with `way.ready()`; a probe
that needs none is ready at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, exists, func, insert, literal, select, text, union, union_all, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    contains_eager,
    immediateload,
    joinedload,
    make_transient_to_detached,
    selectinload,
    subqueryload,
    undefer,
)

from app.ids import uuid7
from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import acting_for, outside
from tests.tenancy.conftest import Cast
from tests.tenancy.school import Pupil

ORM, DATABASE = "orm", "database"
EITHER = frozenset({ORM, DATABASE})
person, message = Pupil.__table__, Message.__table__


@dataclass
class Way:
    """What a probe works with: a session of Thaba, and names that it should not know."""

    cast: Cast
    session: Session
    begun: bool = False
    kept: list[Session] = field(default_factory=list)  # to be closed when the probe is over

    def ready(self) -> None:
        self.begun = True

    @property
    def theirs(self) -> tuple[int, Any]:
        return self.cast.karoo, self.cast.person[1]

    @property
    def own(self) -> tuple[int, Any]:
        return self.cast.thaba, self.cast.person[0]

    def forged(self, model: Any = Pupil, **values: Any) -> Any:
        """An object that claims to be a stored row of Karoo."""
        key = self.cast.person[1] if model is Pupil else self.cast.message[1]
        thing = model(school_id=self.cast.karoo, id=key, **values)
        make_transient_to_detached(thing)
        return thing

    def new(self, **values: Any) -> dict[str, Any]:
        row = {"school_id": self.cast.karoo, "id": uuid7(), "kind": "learner", "name": "x", "sort_key": "x"}
        return row | values


Attack = Callable[[Way], Any]


@dataclass(frozen=True)
class Probe:
    name: str
    attack: Attack = field(repr=False)
    stops: frozenset[str]
    has_setup: bool = False


PROBES: list[Probe] = []


def probe(name: str, *stops: str, setup: bool = False) -> Callable[[Attack], Attack]:
    def add(attack: Attack) -> Attack:
        PROBES.append(Probe(name, attack, frozenset(stops) or EITHER, setup))
        return attack

    return add


def _foreign(things: Any) -> bool:
    return any(thing.school_id == 2 for thing in things)


def _engine(way: Way) -> bool:
    with db.engine.connect() as connection:
        return _foreign(connection.execute(select(person)))


def _error(way: Way) -> bool:
    try:
        way.session.execute(text("SELECT 1 / (phone::int - 20) FROM person")).all()
    except sa.exc.DataError:
        way.session.rollback()
        return True
    return False


def _steal(way: Way) -> bool:
    name = select(literal(1), func.gen_random_uuid(), literal("x"), literal(False), Pupil.name)
    columns = ["school_id", "id", "audience", "urgent", "url"]
    way.session.execute(insert(Message).from_select(columns, name.where(Pupil.school_id == 2)))
    return "of 2" in way.session.scalars(select(Message.url)).all()


def _then_flush(way: Way, _done: object) -> None:
    way.session.flush()


# fmt: off
# Reading through the ORM
read = lambda name, way: probe(f"read: {name}")(way)  # noqa: E731
read("entities", lambda w: _foreign(w.session.scalars(select(Pupil))))
read("columns", lambda w: "of 2" in w.session.scalars(select(Pupil.name)).all())
read("count", lambda w: w.session.scalar(select(func.count()).select_from(Pupil)) > 1)
read("aggregate", lambda w: w.session.scalar(select(func.max(Pupil.phone))) == "20")
read("window function", lambda w: w.session.scalar(select(func.count().over()).select_from(Pupil)) > 1)
read("group by", lambda w: len(w.session.execute(select(Pupil.name).group_by(Pupil.name)).all()) > 1)
read("distinct on", lambda w: len(w.session.scalars(select(Pupil).ext(postgresql.distinct_on(Pupil.school_id))).all()) > 1)
read("legacy query", lambda w: _foreign(w.session.query(Pupil)))
read("legacy count", lambda w: w.session.query(Pupil).count() > 1)
read("legacy with_entities", lambda w: len(w.session.query(Pupil).with_entities(Pupil.id).all()) > 1)
read("Model.query", lambda w: _foreign(Pupil.query))
read("paginate", lambda w: db.paginate(select(Pupil), page=1, error_out=False).total > 1)
read("get_or_404", lambda w: db.get_or_404(Pupil, w.theirs))
read("alias", lambda w: _foreign(w.session.scalars(select(aliased(Pupil)))))
read("bundle", lambda w: len(w.session.execute(select(Bundle("b", Pupil.id))).all()) > 1)
read("subquery", lambda w: len(w.session.execute(select(select(Pupil).subquery())).all()) > 1)
read("alias of subquery", lambda w: _foreign(w.session.scalars(select(aliased(Pupil, select(Pupil).subquery())))))
read("CTE", lambda w: len(w.session.execute(select(select(Pupil.id).cte())).all()) > 1)
read("union", lambda w: len(w.session.execute(union_all(select(Pupil.id), select(Pupil.id))).all()) > 2)
read("except", lambda w: w.session.execute(sa.except_(select(Pupil.id), select(Pupil.id).where(Pupil.phone == "10"))).all())
read("from_statement(union)", lambda w: _foreign(w.session.scalars(select(Pupil).from_statement(union(select(Pupil), select(Pupil))))))
read("IN subquery", lambda w: w.session.scalar(select(literal(1)).where(literal(2).in_(select(Pupil.school_id)))))
read("exists().where", lambda w: w.session.scalar(select(exists().where(Pupil.school_id == 2))))
read("select.exists()", lambda w: w.session.scalar(select(select(Pupil).where(Pupil.school_id == 2).exists())))
read("scalar subquery", lambda w: w.session.scalar(select(select(func.count(Pupil.id)).scalar_subquery())) > 1)
read("lateral", lambda w: len(w.session.execute(select(select(Pupil.id).lateral("l").c.id)).all()) > 1)
read("column_property", lambda w: any(x.message_count > 1 for x in w.session.scalars(select(Pupil).options(undefer(Pupil.message_count)))))
read("any()", lambda w: w.session.scalar(select(literal(1)).where(Pupil.messages.any(Message.school_id == 2))))
read("join on anything", lambda w: any(n.school_id == 2 for _, n in w.session.execute(select(Pupil, Message).join(Message, sa.true()))))
read("outer join", lambda w: any(n and n.school_id == 2 for _, n in w.session.execute(select(Pupil, Outbox).outerjoin(Outbox, Outbox.subject == Pupil.id))))
read("contains_eager", lambda w: any(_foreign(x.loose) for x in w.session.scalars(select(Pupil).join(Pupil.loose).options(contains_eager(Pupil.loose))).unique()))
read("populate_existing", lambda w: _foreign(w.session.scalars(select(Pupil).execution_options(populate_existing=True))))
read("yield_per", lambda w: _foreign(w.session.scalars(select(Pupil).execution_options(yield_per=1)).all()))
read("for update", lambda w: _foreign(w.session.scalars(select(Pupil).with_for_update())))
read("lambda statement", lambda w: _foreign(w.session.scalars(sa.lambda_stmt(lambda: select(Pupil)))))
read("values joined", lambda w: len(w.session.execute(select(Pupil.id).join(sa.values(sa.column("n", sa.Integer), name="v").data([(1,)]), sa.true())).all()) > 1)
read("get", lambda w: w.session.get(Pupil, w.theirs))
read("get_one", lambda w: w.session.get_one(Pupil, w.theirs))
read("Query.get", lambda w: w.session.query(Pupil).get(w.theirs))
read("get for update", lambda w: w.session.get(Pupil, w.theirs, with_for_update=True))
for loader in (joinedload, selectinload, subqueryload, immediateload):
    read(loader.__name__, lambda w, loader=loader: any(_foreign(x.loose) for x in w.session.scalars(select(Pupil).options(loader(Pupil.loose))).unique()))
read("merge of a forged key", lambda w: w.session.merge(Pupil(school_id=2, id=w.theirs[1])).phone == "20")


@probe("read: lazy load of a loose relationship", setup=True)
def _(way: Way) -> Any:
    own = way.session.get_one(Pupil, way.own)
    way.ready()
    return _foreign(own.loose)


@probe("read: lazy load on a new object", setup=True)
def _(way: Way) -> Any:
    new = Pupil(kind="learner", name="x", sort_key="x")
    new.id = way.cast.person[0]
    way.session.enable_relationship_loading(new)
    way.ready()
    return _foreign(new.loose)


@probe("read: a session made by hand")
def _(way: Way) -> Any:
    with Session(db.engine) as other:
        return _foreign(other.scalars(select(Pupil)))


@probe("read: refresh of a forged object")
def _(way: Way) -> Any:
    forged = way.forged()
    way.session.add(forged)
    way.session.refresh(forged)
    return forged.phone == "20"


@probe("read: expired attribute of a forged object")
def _(way: Way) -> Any:
    forged = way.forged()
    way.session.add(forged)
    return forged.phone == "20"


@probe("read: lazy load on a forged object")
def _(way: Way) -> Any:
    forged = way.forged()
    way.session.add(forged)
    return _foreign(forged.messages)


# The session rule: a session, or an object, that outlives its school
def _kept(way: Way) -> tuple[Session, Any]:
    """Karoo's session and person, after its block; the way's own session is Thaba's again."""
    with outside(), acting_for(way.cast.karoo) as session:
        thing = session.get_one(Pupil, way.theirs)
    way.kept.append(session)
    way.ready()
    return session, thing


@probe("rule: get on a session kept from Karoo", setup=True)
def _(way: Way) -> Any:
    return _kept(way)[0].get(Pupil, way.theirs)


@probe("rule: select on a session kept from Karoo", setup=True)
def _(way: Way) -> Any:
    return _foreign(_kept(way)[0].scalars(select(Pupil)))


@probe("rule: an object kept from Karoo, added again and lazily loaded", setup=True)
def _(way: Way) -> Any:
    _, thing = _kept(way)
    way.session.add(thing)
    return _foreign(thing.messages)


@probe("rule: an object kept from Karoo, added again and changed", setup=True)
def _(way: Way) -> Any:
    _, thing = _kept(way)
    way.session.add(thing)
    thing.phone = "0"
    way.session.flush()


@probe("rule: merge of an object kept from Karoo", setup=True)
def _(way: Way) -> Any:
    _, thing = _kept(way)
    thing.phone = "0"
    way.session.merge(thing)
    way.session.flush()


def _open(way: Way) -> tuple[Session, Any]:
    """Karoo's session in the middle of its transaction, as another thread could hand it over."""
    with outside():
        door = acting_for(way.cast.karoo)
        session = door.__enter__()
        thing = session.get_one(Pupil, way.theirs)
    way.session.info["doors"] = (door, session)
    way.ready()
    return session, thing


@probe("rule: select in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    return _foreign(_open(way)[0].scalars(select(Message)))


@probe("rule: text in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    return _foreign(_open(way)[0].execute(text("SELECT school_id FROM message")))


@probe("rule: connection() of Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    return _foreign(_open(way)[0].connection().execute(text("SELECT school_id FROM message")))


@probe("rule: lazy load in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    return _foreign(_open(way)[1].messages)


@probe("rule: expired attribute in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    session, thing = _open(way)
    session.expire(thing)
    return thing.phone == "20"


@probe("rule: refresh in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    session, thing = _open(way)
    session.refresh(thing)
    return True


@probe("rule: flush in Karoo's open transaction", ORM, setup=True)
def _(way: Way) -> Any:
    session, thing = _open(way)
    thing.phone = "0"
    session.commit()


@probe("rule: get from the identity map of Karoo's open session", ORM, setup=True)
def _(way: Way) -> Any:
    session, _thing = _open(way)
    return session.get(Pupil, way.theirs)


@probe("rule: Query.get from the identity map of Karoo's open session", ORM, setup=True)
def _(way: Way) -> Any:
    session, _thing = _open(way)
    return session.query(Pupil).get(way.theirs)


@probe("rule: merge into the identity map of Karoo's open session", ORM, setup=True)
def _(way: Way) -> Any:
    session, _thing = _open(way)
    return session.merge(Pupil(school_id=2, id=way.theirs[1])).name == "of 2"


# Reading beside the ORM: only the database sees these
core = lambda name, way: probe(f"core: {name}", DATABASE)(way)  # noqa: E731
core("select of a table", lambda w: _foreign(w.session.execute(select(person))))
core("table in an ORM join", lambda w: _foreign(w.session.execute(select(Message.url, person.c.school_id).join(person, sa.true()))))
core("ORM select on the connection", lambda w: _foreign(w.session.connection().execute(select(Pupil))))
core("text", lambda w: _foreign(w.session.execute(text("SELECT * FROM person"))))
core("text in a where clause", lambda w: w.session.scalar(text("SELECT EXISTS (SELECT FROM person WHERE school_id = 2)")))
core("from_statement(text)", lambda w: _foreign(w.session.scalars(select(Pupil).from_statement(text("SELECT * FROM person")))))
core("the engine", _engine)
core("a driver's cursor", lambda w: len(w.session.connection().connection.cursor().execute("SELECT FROM person").fetchall()) > 1)
core("a server-side cursor", lambda w: _foreign(w.session.connection().execution_options(stream_results=True).execute(select(person)).all()))
core("another school's name", lambda w: len(w.session.scalars(select(School)).all()) > 1)
core("a select from information that errors reveal", _error)
core("TABLESAMPLE", lambda w: len(w.session.execute(select(sa.tablesample(person, 100))).all()) > 1)


@probe("core: COPY TO", DATABASE)
def _(way: Way) -> Any:
    cursor = way.session.connection().connection.cursor()
    with cursor.copy("COPY (SELECT school_id FROM person) TO STDOUT") as rows:
        return len(list(rows.rows())) > 1


@probe("core: planner statistics", DATABASE, setup=True)
def _(way: Way) -> Any:
    # The fixture has run ANALYZE; name has two values, one of them Karoo's.
    way.ready()
    found = way.session.scalar(text("SELECT histogram_bounds::text FROM pg_stats"
                                    " WHERE tablename = 'person' AND attname = 'name'"))  # fmt: skip
    return "of 2" in (found or "")


# Writing through the ORM
write = lambda name, way, *stops: probe(f"write: {name}", *stops)(way)  # noqa: E731
zero = {"phone": "0"}
write("update", lambda w: w.session.execute(update(Pupil).values(zero)) and None)
write("update of one key", lambda w: w.session.execute(update(Pupil).where(Pupil.id == w.theirs[1]).values(zero)) and None)
write("Query.update", lambda w: w.session.query(Pupil).update(zero) and None)
write("delete", lambda w: w.session.execute(delete(Message)) and None)
write("Query.delete", lambda w: w.session.query(Message).delete() and None)
write("update with a Core subquery", lambda w: w.session.execute(update(Pupil).where(Pupil.id.in_(select(person.c.id))).values(zero)) and None)
write("update from", lambda w: w.session.execute(update(Pupil).where(Pupil.id == Message.person_id).values(zero)) and None)
write("update returning", lambda w: _foreign(w.session.scalars(update(Pupil).values(zero).returning(Pupil))))
write("upsert", lambda w: w.session.execute(postgresql.insert(Pupil).values(w.new(id=w.theirs[1])).on_conflict_do_update(index_elements=["school_id", "id"], set_=zero)) and None, DATABASE)
write("bulk update by key", lambda w: w.session.execute(update(Pupil), [{"school_id": 2, "id": w.theirs[1], **zero}]) and None, DATABASE)
write("bulk_update_mappings", lambda w: w.session.bulk_update_mappings(Pupil, [{"school_id": 2, "id": w.theirs[1], **zero}]), DATABASE)
write("bulk_save_objects", lambda w: w.session.bulk_save_objects([Pupil(**w.new())]), DATABASE)
write("bulk_insert_mappings", lambda w: w.session.bulk_insert_mappings(Pupil, [w.new()]), DATABASE)
write("bulk insert", lambda w: w.session.execute(insert(Pupil), [w.new()]) and None, DATABASE)
write("insert values", lambda w: w.session.execute(insert(Pupil).values(w.new())) and None, DATABASE)
write("insert from a Core select", lambda w: w.session.execute(insert(Message).from_select(["school_id", "id", "audience", "urgent", "url", "person_id"], select(person.c.school_id, func.gen_random_uuid(), literal("x"), literal(False), person.c.name, person.c.id))) and None, DATABASE)
write("insert of a stolen value", _steal)
write("move by update", lambda w: w.session.execute(update(Message).where(Message.id == w.cast.message[0]).values(school_id=2, person_id=w.theirs[1])) and None, DATABASE)
write("add with another school", lambda w: _then_flush(w, w.session.add(Pupil(**w.new()))))
write("merge of a forged key", lambda w: _then_flush(w, w.session.merge(Pupil(school_id=2, id=w.theirs[1], **zero))))


@probe("write: a forged object changed")
def _(way: Way) -> Any:
    forged = way.forged()
    way.session.add(forged)
    forged.phone = "0"
    way.session.flush()


@probe("write: a forged object deleted")
def _(way: Way) -> Any:
    forged = way.forged(Message, person_id=way.theirs[1], url="x")
    way.session.add(forged)
    way.session.delete(forged)
    way.session.flush()


@probe("write: an own object moved", setup=True)
def _(way: Way) -> Any:
    own = way.session.get_one(Message, (1, way.cast.message[0]))
    way.ready()
    own.school_id, own.person_id = 2, way.theirs[1]
    way.session.flush()


@probe("write: school_id changed after add", setup=True)
def _(way: Way) -> Any:
    new = Person(kind="learner", name="x", sort_key="x")
    way.session.add(new)
    way.ready()
    new.school_id = 2
    way.session.flush()


# Writing beside the ORM
core("update", lambda w: w.session.execute(update(person).values(zero)) and None)
core("delete", lambda w: w.session.execute(delete(message)) and None)
core("insert", lambda w: w.session.execute(insert(person).values(w.new())) and None)
core("text update", lambda w: w.session.execute(text("UPDATE person SET phone = '0'")) and None)
core("text delete", lambda w: w.session.execute(text("DELETE FROM message")) and None)
core("update by a CTE", lambda w: w.session.execute(text("WITH x AS (UPDATE person SET phone = '0' RETURNING school_id) SELECT * FROM x")).all() and None)
core("MERGE", lambda w: w.session.execute(text("MERGE INTO person USING (SELECT 1) one ON true WHEN MATCHED THEN UPDATE SET phone = '0'")) and None)
core("text upsert", lambda w: w.session.execute(text("INSERT INTO person (school_id, id, kind, name, sort_key) VALUES (2, :id, 'learner', 'x', 'x') ON CONFLICT (school_id, id) DO UPDATE SET phone = '0'"), {"id": w.theirs[1]}) and None)


@probe("core: COPY FROM", DATABASE)
def _(way: Way) -> Any:
    cursor = way.session.connection().connection.cursor()
    with cursor.copy("COPY person (school_id, id, kind, name, sort_key) FROM STDIN") as rows:
        rows.write_row((2, uuid7(), "learner", "x", "x"))
