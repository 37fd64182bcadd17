"""Each probe four times: with both walls, with either alone, and with none, where it must leak."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, exc, true
from sqlalchemy.orm import Session, with_loader_criteria
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import NotFound

from app.tenancy import reading
from app.tenancy import session as wall
from app.tenancy.doors import acting_for
from app.tenancy.models import Tenant
from app.tenancy.reading import Bulk, CannotWall, Prepared
from app.tenancy.scope import TenancyError, inside
from app.tenancy.session import SchoolSession
from tests.tenancy import probes_past_the_orm  # noqa: F401  its probes join the others
from tests.tenancy.conftest import Cast, Place
from tests.tenancy.probes import DATABASE, EITHER, ORM, PROBES, Probe, Way

SCHOOLS_OWN = ("person", "message", "outbox", "membership", "notice")
STOPPED = (TenancyError, CannotWall, psycopg.Error, exc.DBAPIError, exc.NoResultFound, NotFound,
           ObjectDeletedError, StaleDataError)  # fmt: skip


@contextmanager
def _without_orm_wall() -> Iterator[None]:
    """Take away the listeners, the session rule, and what prepared reads add, as if session.py and proof.py were not."""
    listeners = (
        (Session, "do_orm_execute", wall._add_criteria),
        (Session, "before_attach", wall._stamp),
        (Session, "before_flush", wall._check_all),
    )
    for listener in listeners:
        event.remove(*listener)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchoolSession, "_check_scope", lambda self: None)
        patch.setattr(reading, "_CRITERIA", with_loader_criteria(Tenant, true(), include_aliases=True))
        patch.setattr(reading, "_refuse_what_hides", lambda _select: None)
        patch.setattr(reading, "unproven", lambda *_args, **_options: [])
        patch.setattr(reading, "untied", lambda *_args, **_options: 0)
        patch.setattr(Prepared, "all", lambda self, cursor, **values: self._run(cursor, {"umthi_school": 1} | values))
        patch.setattr(Bulk, "run", lambda self, cursor, **values: cursor.execute(self.sql, {"school": 1} | values))
        yield
    for listener in listeners:
        event.listen(*listener)


@contextmanager
def _without_database_wall(place: Place) -> Iterator[None]:
    def row_level_security(verb: str) -> None:
        with place.connect() as connection:
            connection.execute(
                "SET lock_timeout = '5s'"
            )  # a probe that left its transaction open fails here, and does not hang
            for table in (*SCHOOLS_OWN, "school", "person_word"):  # the words follow the person by a trigger
                connection.execute(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY")

    row_level_security("DISABLE")
    yield
    row_level_security("ENABLE")


@pytest.fixture(
    scope="module",
    params=[EITHER, frozenset({ORM}), frozenset({DATABASE}), frozenset()],
    ids=["both walls", "ORM wall alone", "database wall alone", "no wall"],
)
def walls(request: pytest.FixtureRequest, place: Place, app: Flask) -> Iterator[frozenset[str]]:
    """Which walls stand; the others are taken down for the while."""
    standing: frozenset[str] = request.param
    with ExitStack() as down:
        if ORM not in standing:
            down.enter_context(_without_orm_wall())
        if DATABASE not in standing:
            down.enter_context(_without_database_wall(place))
        yield standing


def _rows_of_karoo(place: Place) -> list[Any]:
    with place.connect() as connection:
        return [
            connection.execute(f"SELECT * FROM {table} WHERE school_id = 2 ORDER BY id").fetchall() for table in SCHOOLS_OWN
        ]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.LegacyAPIWarning")  # old ways must not leak either
@pytest.mark.filterwarnings("ignore:DELETE statement on table:sqlalchemy.exc.SAWarning")  # how a stopped delete looks
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_no_way_into_another_school(probe: Probe, walls: frozenset[str], cast: Cast, place: Place) -> None:
    if "statistics" in probe.name:
        with place.connect() as connection:
            connection.execute("ANALYZE person")
    before = _rows_of_karoo(place)
    seen, error, way = None, None, None
    with acting_for(cast.thaba) as session:
        way = Way(cast, session, begun=not probe.has_setup)
        try:
            seen = probe.attack(way)
            session.commit()
        except STOPPED as stopped:
            error = stopped
            session.rollback()
        except exc.InvalidRequestError as stopped:
            if "Could not refresh" not in str(stopped):
                raise
            error = stopped
        finally:
            for kept in way.kept:
                kept.close()
            for door in session.info.pop("doors", ())[:1]:
                with inside(None):
                    door.__exit__(None, None, None)
    assert way.begun, f"stopped while it was being set up: {error!r}"
    leaked = bool(seen) or before != _rows_of_karoo(place)
    if not walls:
        assert leaked, f"this probe shows nothing, it fails without any wall: {error!r}"
    assert leaked == (not probe.stops & walls), error


def test_there_are_enough_probes() -> None:
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names) >= 60
