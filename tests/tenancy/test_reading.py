"""Prepared reads and statements in bulk: what they accept, what they refuse, and that nothing steers them into another school."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Integer, String, bindparam, exists, func, join, literal_column, or_, select, table, text, true, tuple_
from sqlalchemy import column as free
from sqlalchemy.orm import aliased

from app.models.delivery import Delivery
from app.models.notice import Notice
from app.models.person import Person
from app.tenancy import reading as module
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, outside, staying_in
from app.tenancy.proof import unproven, untied
from app.tenancy.reading import Bulk, CannotWall, Prepared, driving, forget_plans, looking_up, prove_all, reading
from app.tenancy.scope import OutsideSchool, WrongSchool
from blueprints import AREAS
from tests.tenancy.conftest import Cast, Place

person = Person.__table__
MARK = "%(umthi_school)s"
TABLES = frozenset({"person", "notice", "message"})


class Names(NamedTuple):
    name: str


class Numbers(NamedTuple):
    number: int


NAMES = select(Person.name)
REFUSED = {
    "a Core table": select(person.c.name),
    "a Core table in a join": select(Notice.audience.label("name")).join(person, person.c.id == Notice.author_id),
    "a Core table in exists": NAMES.where(exists(select(person.c.id))),
    "a Core alias": select(person.alias("p").c.name),
    "a Core table in a CTE": select(select(person.c.name).cte("them").c.name),
    "a Core table in a union": select(select(Person.name).union(select(person.c.name)).subquery().c.name),
    "a Core table in a subquery": select(select(person.c.name).subquery().c.name),
    "a Core table in a scalar subquery": select(select(func.max(person.c.name)).scalar_subquery().label("name")),
    "text()": NAMES.where(text("true")),
    "text() as a table": select(free("name", String)).select_from(text("person")),
    "a literal": select(literal_column("(select max(name) from person)").label("name")).select_from(Notice),
    "a literal with a schema": select(literal_column('(SELECT max(name) FROM "public"."person")').label("name")).select_from(Notice),
    "a table by name": select(table("person", free("name")).c.name),
    "FULL JOIN": select(Person.name).outerjoin(Notice, Notice.author_id == Person.id, full=True),
    "a join of joins, of which SQLAlchemy walls none": select(Delivery.channel.label("name")).outerjoin(join(Notice, Person, Person.id == Notice.author_id), true()),
    "the wall's own value": NAMES.where(or_(Person.school_id == bindparam("umthi_school"), Person.kind == "x")),
}  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_walled_is_refused(statement: Any) -> None:
    with pytest.raises(CannotWall):
        _ = Prepared(statement, Names).sql


def test_what_cannot_be_walled_is_refused_before_anybody_is_served() -> None:
    planted = Prepared(REFUSED["FULL JOIN"], Names)
    with pytest.raises(CannotWall):
        prove_all()
    assert planted


def test_every_select_of_the_product_can_be_walled() -> None:
    assert AREAS, "the modules that prepare them are loaded"
    of_ours = [one for one in module._EVERY if one._row.__module__.partition(".")[0] in ("app", "blueprints")]
    assert len([one.sql for one in of_ours]) > 300


def test_what_is_refused_would_have_leaked(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    """The planted weakness: without the proof, the ORM's criteria say nothing about a Core table."""
    monkeypatch.setattr(module, "unproven", lambda *_args, **_options: [])
    assert "school_id" not in Prepared(REFUSED["a Core table"], Names).sql


Other = aliased(Person)
ACCEPTED = {
    "a model": NAMES,
    "an alias": select(Other.name),
    "a join": select(Person.name).join(Notice, Notice.author_id == Person.id),
    "an outer join": select(Person.name).outerjoin(Notice, Notice.author_id == Person.id),
    "a relationship": select(Person.name).select_from(Notice).join(Notice.author),
    "itself twice": select(Person.name).outerjoin(Other, Other.id == Person.id).where(Other.kind == "learner"),
    "exists": NAMES.where(exists().where(Notice.author_id == Person.id)),
    "has()": select(Person.name).where(Person.id.in_(select(Notice.author_id).where(Notice.author.has(Person.kind == "learner")))),
    "a subquery": select(select(Person.name).subquery().c.name),
    "a CTE": select(select(Person.name).cte("them").c.name),
    "a union": select(select(Person.name).union(select(Person.name)).subquery().c.name),
    "lateral": select(select(Person.name).where(Person.id == Notice.author_id).lateral("l").c.name).select_from(Notice),
    "a scalar subquery": select(select(func.max(Person.name)).scalar_subquery().label("name")),
    "OR": NAMES.where(or_(Person.kind == "learner", true())),
    "a list": NAMES.where(Person.kind.in_(["learner", "staff"])),
    "for update": NAMES.order_by(Person.name),
}  # fmt: skip


@pytest.mark.parametrize("statement", ACCEPTED.values(), ids=ACCEPTED)
def test_what_can_be_walled_gives_the_schools_own_rows(statement: Any, cast: Cast) -> None:
    query = Prepared(statement, Names)
    for school in (cast.thaba, cast.karoo):
        with staying_in(school), reading() as cursor:
            assert query.all(cursor) == [(f"of {school}",)]


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        (f"SELECT FROM person WHERE person.school_id = {MARK}", []),
        (f"SELECT FROM person AS p WHERE p.school_id = {MARK}::INTEGER AND true", []),
        (f"SELECT FROM person AS p WHERE p.school_id = {MARK}::INTEGER OR true", ["p"]),
        (f"SELECT FROM person WHERE true OR person.school_id = {MARK}", ["person"]),
        (f"SELECT FROM person WHERE person.school_id = {MARK} + 1", ["person"]),
        (f"SELECT FROM person, notice WHERE person.school_id = {MARK} AND person.school_id = {MARK}", ["notice"]),
        (f"SELECT FROM person WHERE EXISTS (SELECT FROM notice WHERE notice.school_id = {MARK} AND person.school_id = {MARK})", ["person"]),
        (f"SELECT FROM person LEFT OUTER JOIN notice ON person.school_id = {MARK} WHERE notice.school_id = {MARK}", ["person"]),
        (f"SELECT FROM person LEFT OUTER JOIN notice ON notice.school_id = {MARK} WHERE person.school_id = {MARK}", []),
        (f"SELECT FROM notice LEFT OUTER JOIN (person JOIN message ON person.school_id = {MARK} AND message.school_id = {MARK}) ON notice.school_id = {MARK}", ["notice"]),
        (f"SELECT FROM person WHERE person.school_id = {MARK} UNION SELECT FROM person", ["person"]),
        (f"SELECT 'FROM person' FROM notice WHERE notice.school_id = {MARK}", []),
        (f"SELECT notice.message AS message FROM notice WHERE notice.school_id = {MARK}", []),
        (f"SELECT FROM Public.Person WHERE person.school_id = %{MARK}", ["person"]),
        ("select from PERSON", ["person"]),
    ],
)  # fmt: skip
def test_a_table_is_proven_where_every_row_of_it_must_pass(sql: str, left: list[str]) -> None:
    assert unproven(sql, tables=TABLES, mark=MARK) == left


@pytest.mark.parametrize(
    ("sql", "lacking"),
    [
        ("UPDATE person SET phone = '' WHERE school_id = %(school)s", 0),
        ("UPDATE person SET phone = '' FROM message m WHERE m.school_id = %(school)s", 1),
        ("SELECT 'person', message.message FROM message WHERE message.school_id = %(school)s", 0),
        ("INSERT INTO person (school_id, name) SELECT %(school)s, n.audience FROM notice n", 1),
    ],
)
def test_each_table_of_a_bulk_statement_is_tied_to_a_school(sql: str, lacking: int) -> None:
    assert untied(sql, tables=TABLES) == lacking
    if lacking:
        with pytest.raises(CannotWall, match="without its school_id"):
            Bulk(sql)


def test_a_bulk_statement_names_the_school() -> None:
    with pytest.raises(CannotWall, match="no %"):
        Bulk("UPDATE person SET phone = '' WHERE school_id = 1")


def test_a_caller_cannot_name_the_school(cast: Cast) -> None:
    with acting_for(cast.thaba):
        with reading() as cursor:
            assert Prepared(NAMES, Names).all(cursor, umthi_school=cast.karoo) == [("of 1",)]
        with driving() as cursor:
            names = Bulk("SELECT name FROM person WHERE school_id = %(school)s").run(cursor, school=cast.karoo)
            assert [row.name for row in names] == ["of 1"]


def test_a_bulk_statement_names_its_school_across_schools_only(cast: Cast) -> None:
    names = Bulk("SELECT name FROM person WHERE school_id = %(school)s")
    with across_schools("test"), driving() as cursor:
        assert [row.name for row in names.run_across(cursor, cast.karoo)] == ["of 2"]
    with acting_for(cast.thaba), driving() as cursor, pytest.raises(WrongSchool, match="was named while acting"):
        names.run_across(cursor, cast.karoo)


@pytest.mark.parametrize("statement", ACCEPTED.values(), ids=ACCEPTED)
def test_a_stream_gives_the_schools_own_rows(statement: Any, cast: Cast) -> None:
    query = Prepared(statement, Names)
    for school in (cast.thaba, cast.karoo):
        with staying_in(school), reading() as cursor:
            assert list(query.stream(cursor, umthi_school=3 - school)) == [(f"of {school}",)]


def test_both_walls_stand_around_a_stream(cast: Cast) -> None:
    query = Prepared(NAMES, Names)
    with staying_in(cast.thaba), reading() as cursor:
        cursor.execute("SET LOCAL app.school_id = '2'")  # the database's wall says another school than the statement
        assert list(query.stream(cursor)) == []
    with staying_in(cast.thaba), reading() as cursor:
        rows = query.stream(cursor)
        with outside(), staying_in(cast.karoo):  # what is current later does not matter
            assert list(rows) == [("of 1",)]
    with looking_up() as cursor, pytest.raises(OutsideSchool):
        query.stream(cursor)


def test_a_stream_comes_in_pieces_and_may_be_left_early_and_beside_another(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    query = Prepared(select(func.generate_series(1, 95).label("number")).select_from(Person), Numbers)
    with staying_in(cast.thaba), reading() as cursor:
        first, second = query.stream(cursor), query.stream(cursor)
        assert [row.number for row in first] == list(range(1, 96))
        assert next(second) == (1,)
        second.close()
        assert list(query.stream(cursor))[-1] == (95,)
        open_cursors = cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE 'stream%'").fetchone()
    assert open_cursors == (0,)


def test_outside_a_school_nothing_is_read(cast: Cast) -> None:
    with pytest.raises(OutsideSchool), reading():
        pass
    with looking_up() as cursor, pytest.raises(OutsideSchool):
        Prepared(NAMES, Names).all(cursor)
    with pytest.raises(OutsideSchool), driving():
        pass


def test_a_read_can_only_read_and_the_school_ends_with_it(cast: Cast) -> None:
    with staying_in(cast.thaba), reading() as cursor, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        cursor.execute("UPDATE person SET phone = '0'")
    with staying_in(cast.karoo), reading() as cursor:
        pid = cursor.connection.info.backend_pid
    connection = db.engines["reading"].raw_connection()
    try:
        cursor = connection.cursor()
        assert connection.driver_connection.info.backend_pid == pid
        assert cursor.execute("SELECT current_setting('app.school_id', true), count(*) FROM person").fetchone() == ("", 0)
    finally:
        connection.close()


def test_a_read_sees_only_what_is_committed_and_a_bulk_statement_what_its_session_did(cast: Cast) -> None:
    with acting_for(cast.thaba) as session:
        session.get_one(Person, (cast.thaba, cast.person[0])).name = "new"
        session.flush()
        with driving() as cursor:
            assert Bulk("SELECT name FROM person WHERE school_id = %(school)s").run(cursor).fetchone().name == "new"
        with reading() as cursor:
            assert Prepared(NAMES, Names).all(cursor) == [("of 1",)]


def test_a_school_within_a_stay_is_the_same_session(cast: Cast) -> None:
    with staying_in(cast.thaba), acting_for(cast.thaba) as session:
        assert db.session() is session
        with outside(), staying_in(cast.karoo):
            assert db.session() is not session


def test_the_names_of_a_select_are_those_of_its_row() -> None:
    with pytest.raises(TypeError, match="has the fields"):
        _ = Prepared(select(Person.kind), Names).sql


def test_a_list_that_comes_later_says_how_to_write_it() -> None:
    with pytest.raises(TypeError, match="any_"):
        _ = Prepared(NAMES.where(Person.kind.in_(bindparam("kinds", expanding=True))), Names).sql


def test_constants_and_values_go_together(cast: Cast) -> None:
    statement = (
        NAMES.where(Person.kind.in_(["learner"]), tuple_(Person.sort_key, Person.id) > tuple_("a", bindparam("after", type_=Person.id.type)))
        .limit(bindparam("limit", type_=Integer))
    )  # fmt: skip
    query = Prepared(statement, Names)
    with staying_in(cast.thaba), reading() as cursor:
        assert query.all(cursor, after=UUID(int=0), limit=1) == [("of 1",)]
        assert query.all(cursor, after=UUID(int=0), limit=0) == []


def test_plans_of_a_table_that_was_small_are_forgotten(place: Place) -> None:
    with place.connect() as sql, sql.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("CREATE TEMP TABLE filled (id int PRIMARY KEY)")
        cursor.execute("INSERT INTO filled VALUES (1)")
        cursor.execute("ANALYZE filled")
        cursor.execute("PREPARE look AS SELECT id FROM filled WHERE id = $1")

        def plan() -> str:
            (row,) = cursor.execute("EXPLAIN EXECUTE look (7)").fetchall()[:1]
            return str(row[0])

        assert plan().startswith("Seq Scan")
        cursor.execute("INSERT INTO filled SELECT generate_series(2, 20000)")
        assert plan().startswith("Seq Scan")
        forget_plans(cursor)
        assert "Index" in plan()
