"""Keys and relationships: nothing written but the id column, no warning, None survives."""

import warnings
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import NullPool

from app.ids import uuid7
from app.tenancy.database import db, sqlalchemy_url
from app.tenancy.doors import acting_for
from app.tenancy.walls import ALL, walls
from tests.tenancy.conftest import Cast, Place
from tests.tenancy.shapes import TABLES, Base, ClassGroup, Learner, Note, Shapes


@pytest.fixture(scope="module", autouse=True)
def _tables(place: Place) -> Iterator[None]:
    """The tables of the shapes, made and walled as a migration would."""
    engine = create_engine(sqlalchemy_url(place.addresses.owner), poolclass=NullPool)
    tables = [Base.metadata.tables[name] for name in TABLES]
    with engine.begin() as connection:
        Base.metadata.create_all(connection, tables)
        for name in TABLES:
            for statement in walls(name, "school_id", ALL, ALL):
                connection.exec_driver_sql(statement)
    yield
    with engine.begin() as connection:
        Base.metadata.drop_all(connection, tables)


@pytest.fixture
def shapes(place: Place, cast: Cast) -> Iterator[Shapes]:
    shapes = Shapes(*((uuid7(), uuid7()) for _ in TABLES))
    with place.connect() as connection:
        for i, school in enumerate((1, 2)):
            group, learner, note = shapes.group[i], shapes.learner[i], shapes.note[i]
            connection.execute("INSERT INTO shape_group (school_id, id, name) VALUES (%s, %s, '4A')", [school, group])
            connection.execute(
                "INSERT INTO shape_learner (school_id, id, first_name, last_name, email, class_group_id)"
                " VALUES (%s, %s, 'Lerato', 'x', 'lerato@example.com', %s)",
                [school, learner, group],
            )
            connection.execute(
                "INSERT INTO shape_note (school_id, id, body, learner_id) VALUES (%s, %s, 'x', %s)", [school, note, learner]
            )
    yield shapes
    with place.connect() as connection:
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")


def test_ids_are_uuid7_and_rise() -> None:
    ids = [uuid7() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}


def test_a_new_row_knows_its_id_at_once_and_its_school_when_added(shapes: Shapes) -> None:
    with acting_for(shapes.thaba) as session:
        group = ClassGroup(name="5B")
        assert group.id
        group.learners.append(Learner(first_name="Sipho", last_name="M"))
        session.add(group)
        assert group.school_id == group.learners[0].school_id == shapes.thaba
        session.commit()
        assert group.learners[0].class_group is group


def test_an_optional_relation_can_be_set_to_none(shapes: Shapes) -> None:
    with acting_for(shapes.thaba) as session:
        learner = session.get_one(Learner, (shapes.thaba, shapes.learner[0]))
        learner.class_group = None
        session.commit()
        assert (learner.school_id, learner.class_group_id) == (shapes.thaba, None)


def test_the_relationships_warn_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        configure_mappers()
    for relation in (Learner.class_group, Note.learner, Learner.notes, ClassGroup.learners):
        written = {pair[1].name for pair in relation.property.synchronize_pairs}
        assert "school_id" not in written


def test_a_known_parent_costs_no_query(shapes: Shapes) -> None:
    with acting_for(shapes.thaba) as session:
        group = session.get_one(ClassGroup, (shapes.thaba, shapes.group[0]))
        learner = session.get_one(Learner, (shapes.thaba, shapes.learner[0]))
        asked: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert learner.class_group is group
        assert not asked


def test_orphans_go_and_set_null_leaves_the_school(shapes: Shapes, place: Place) -> None:
    with acting_for(shapes.thaba) as session:
        learner = session.get_one(Learner, (shapes.thaba, shapes.learner[0]))
        session.delete(session.get_one(ClassGroup, (shapes.thaba, shapes.group[0])))
        session.commit()
        assert (learner.school_id, learner.class_group) == (shapes.thaba, None)
        learner.notes.clear()
        session.commit()
        assert not session.scalars(select(Note)).all()
    with place.connect() as connection:
        assert connection.execute("SELECT school_id FROM shape_note").fetchall() == [(2,)]


def test_a_row_cannot_point_into_another_school(shapes: Shapes, place: Place) -> None:
    """Even for someone above both walls; with a plain foreign key it can."""
    point = "UPDATE shape_note SET learner_id = %s WHERE school_id = 1"
    with place.connect() as connection:
        with pytest.raises(Exception, match="learner_id_fkey"):
            connection.execute(point, [shapes.learner[1]])
        with connection.transaction(force_rollback=True):  # the planted weakness
            connection.execute("ALTER TABLE shape_note DROP CONSTRAINT learner_id_fkey")
            connection.execute("ALTER TABLE shape_learner ADD UNIQUE (id)")
            connection.execute("ALTER TABLE shape_note ADD FOREIGN KEY (learner_id) REFERENCES shape_learner (id)")
            connection.execute(point, [shapes.learner[1]])


def test_a_value_of_another_school_is_free_here(shapes: Shapes, place: Place) -> None:
    """A unique constraint across schools would tell; the planted one does."""
    with place.connect() as connection:
        connection.execute("UPDATE shape_learner SET email = 'only@karoo' WHERE school_id = 2")
    new = {"first_name": "x", "last_name": "x", "email": "only@karoo"}
    with acting_for(shapes.thaba) as session:
        session.add(Learner(**new))
        session.flush()
    with place.connect() as connection:
        connection.execute("CREATE UNIQUE INDEX planted ON shape_learner (email)  WHERE email LIKE 'only%'")
    with acting_for(shapes.thaba) as session, pytest.raises(IntegrityError, match="planted"):  # noqa: PT012  either may say so
        session.add(Learner(**new))
        session.flush()
    with place.connect() as connection:
        connection.execute("DROP INDEX planted")


def test_get_wants_the_whole_key(shapes: Shapes) -> None:
    with acting_for(shapes.thaba) as session:
        assert session.get(Learner, (shapes.thaba, uuid4())) is None
        assert session.get(Learner, (shapes.karoo, shapes.learner[1])) is None
        assert session.scalar(text("SELECT current_setting('app.school_id')")) == "1"
