"""Outside a school nothing opens; the two doors, and who may come through them."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import DDL, event, func, insert, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import DetachedInstanceError

from app.models.person import Person
from app.models.user import User
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, crossed, outside
from app.tenancy.scope import OutsideSchool, WrongSchool
from tests.tenancy.conftest import Cast, Place
from tests.tenancy.school import Pupil

NEW = {"kind": "learner", "name": "x", "sort_key": "x"}


def _connection() -> Any:
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM person"))


def _by_hand(engine: Any) -> Any:
    with Session(engine) as session:
        return session.scalar(select(func.count(Pupil.id)))


WAYS: dict[str, Callable[[], Any]] = {
    "session": lambda: db.session.scalar(select(func.count(Pupil.id))),
    "text": lambda: db.session.scalar(text("SELECT count(*) FROM person")),
    "get": lambda: db.session.get(Pupil, (1, None)) or 1,
    "Model.query": lambda: Pupil.query.count(),  # noqa: PLW0108  in time
    "paginate": lambda: db.paginate(select(Pupil)).total,
    "add": lambda: db.session.add(Pupil(**NEW)) or 1,
    "insert": lambda: len(db.session.scalars(insert(Person).values(**NEW).returning(Person.id)).all()),
    "engine": _connection,
    "session by hand": lambda: _by_hand(db.engine),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_outside_a_school_is_an_error_not_all_rows(way: Callable[[], Any], cast: Cast) -> None:
    with pytest.raises(OutsideSchool):
        way()
    with acting_for(cast.thaba):
        assert way() == 1


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_thread_begins_outside(way: Callable[[], Any], app: Any, cast: Cast) -> None:
    seen: list[object] = []

    def work() -> None:
        with app.app_context():
            try:
                seen.append(way())
            except OutsideSchool:
                seen.append("outside")

    with acting_for(cast.thaba):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == ["outside"]


def test_the_platforms_engine_opens_only_across_schools(cast: Cast) -> None:
    platform = db.engines["platform"]
    with pytest.raises(OutsideSchool):
        _by_hand(platform)
    with acting_for(cast.thaba), pytest.raises(OutsideSchool):
        _by_hand(platform)
    with across_schools("a count"):
        assert _by_hand(platform) == 2
        with pytest.raises(OutsideSchool):
            _by_hand(db.engine)


def test_across_schools_sees_all_and_says_why(cast: Cast) -> None:
    reasons: list[Any] = []
    with crossed.connected_to(reasons.append), across_schools("monthly count") as session:
        assert session.scalar(select(func.count(Pupil.id))) == 2
        assert session.scalar(select(func.count(User.id))) == 1
        with pytest.raises(OutsideSchool):  # it must say whose  # noqa: PT012  both lines belong to it
            session.add(Person(**NEW))
            session.flush()
    assert reasons == ["monthly count"]


def test_one_is_left_before_another_is_entered(cast: Cast) -> None:
    with acting_for(cast.thaba) as session:
        with acting_for(cast.thaba) as again:
            assert again is session
        for door in (acting_for(cast.karoo), across_schools("x")):
            with pytest.raises(WrongSchool), door:
                pass
    with across_schools("x"), pytest.raises(WrongSchool), acting_for(cast.thaba):
        pass


def test_leaving_undoes_what_was_not_committed_and_closes(cast: Cast) -> None:
    with acting_for(cast.thaba) as session:
        person = session.get_one(Pupil, (cast.thaba, cast.person[0]))
        person.phone = "99"
        session.flush()
    assert person not in session
    with pytest.raises(DetachedInstanceError):
        _ = person.messages
    with acting_for(cast.thaba) as session:
        assert session.get_one(Pupil, (cast.thaba, cast.person[0])).phone == "10"


def test_a_half_read_stream_closed_from_elsewhere_still_closes(cast: Cast) -> None:
    def rows() -> Any:
        with acting_for(cast.thaba) as session:
            yield session
            yield session

    stream = rows()
    session = next(stream)
    session.scalars(select(Pupil)).all()
    threading.Thread(target=stream.close).start()
    with outside():
        for _ in range(100):
            if not session.in_transaction():
                break
            threading.Event().wait(0.01)
    assert not session.in_transaction()


def test_the_school_ends_with_the_transaction(cast: Cast, place: Place) -> None:
    with psycopg.connect(place.addresses.app) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)
        connection.execute("SET LOCAL app.school_id = '1'")
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (1,)
        connection.commit()
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)


def test_what_the_role_may_not(cast: Cast, place: Place) -> None:
    forbidden = (
        "TRUNCATE person",
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        "DROP POLICY school ON person",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "SET ROLE umthi_platform",
        "SET ROLE umthi_owner",
        "SET SESSION AUTHORIZATION umthi_platform",
        "SELECT * FROM app_user",
        "UPDATE school SET slug = 'x'",
        "COPY person TO PROGRAM 'cat'",
        "SET LOCAL row_security = off; SELECT * FROM person",
    )
    with psycopg.connect(place.addresses.app, autocommit=True) as connection:
        for statement in forbidden:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
                connection.execute(f"BEGIN; SET LOCAL app.school_id = '1'; {statement}")
            connection.rollback()


def test_the_owner_sees_no_row_but_a_migration_can_rewrite_them(cast: Cast, place: Place) -> None:
    with psycopg.connect(place.addresses.owner) as connection:
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (0,)
        connection.execute("SET LOCAL ROLE umthi_platform")
        assert connection.execute("UPDATE message SET url = lower(url)").rowcount == 2
        connection.execute("RESET ROLE")
        connection.execute("ALTER TABLE message ADD COLUMN extra int")
        connection.rollback()


def test_what_remains_possible_sql_as_the_role_can_name_another_school(cast: Cast) -> None:
    """Not a wall: who can run SQL of their own as umthi_app can act for any school."""
    with acting_for(cast.thaba) as session:
        session.execute(text("SET LOCAL app.school_id = '2'"))
        assert session.scalar(text("SELECT school_id FROM person")) == 2
        session.commit()
        assert session.scalar(text("SELECT school_id FROM person")) == 1


def test_what_remains_possible_sql_as_the_role_can_disturb_other_schools(cast: Cast) -> None:
    """Locks, other sessions of the role and their queries' text are not rows."""
    with pytest.raises(OperationalError), acting_for(cast.karoo) as session:  # noqa: PT012  losing a connection takes a while
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        session.execute(text("SELECT 'a word of Karoo'"))
        with outside(), acting_for(cast.thaba) as other:
            activity = "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            seen = other.scalars(text(f"{activity} AND usename = current_user")).all()
            assert "SELECT 'a word of Karoo'" in seen
            assert other.scalar(text("SELECT pg_try_advisory_xact_lock(2)"))
            other.execute(text("LOCK TABLE person IN ACCESS EXCLUSIVE MODE"))
            end = text("SELECT pg_terminate_backend(:pid)")
            assert other.scalar(end, {"pid": pid})
    assert not db.session.registry.registry
    with acting_for(cast.karoo) as session:  # which lost its transaction and nothing else
        assert session.scalar(select(func.count(Pupil.id))) == 1


def test_what_remains_possible_a_loaded_value_is_only_a_value(cast: Cast) -> None:
    with acting_for(cast.karoo) as session:
        person = session.get_one(Pupil, (cast.karoo, cast.person[1]))
    with acting_for(cast.thaba):
        assert person.name == "of 2"


def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(cast: Cast, place: Place) -> None:
    with acting_for(cast.thaba) as session:
        session.scalar(select(func.count(Pupil.id)))
    with place.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE usename = 'umthi_app' AND datname = current_database()"
        )
    with acting_for(cast.thaba) as session:
        assert session.scalar(select(func.count(Pupil.id))) == 1


def test_a_flush_on_a_connection_that_the_server_ended_says_that_it_did(cast: Cast, place: Place) -> None:
    with pytest.raises(OperationalError), acting_for(cast.thaba) as session:  # noqa: PT012  losing a connection takes a while
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with place.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        session.add(Pupil(name="Sipho"))
        session.flush()


def test_a_prepared_statement_survives_the_rollback_and_the_school_does_not(cast: Cast) -> None:
    query = select(Pupil.name)
    db.engine.dispose()  # one connection only
    with acting_for(cast.thaba) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
    for i in range(20):
        with acting_for((cast.thaba, cast.karoo)[i % 2]) as session:
            assert session.scalars(query).all() == [f"of {1 + i % 2}"]
    with acting_for(cast.thaba) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == pid
        prepared = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("name" in statement for statement in prepared)


def test_anything_that_can_be_executed_can_be_walled(cast: Cast) -> None:
    with acting_for(cast.thaba) as session:
        for statement in (
            func.now(),
            DDL("SELECT 1"),
            text("SELECT 1"),
            select(1),
            func.now().select(),
        ):
            for _ in range(2):
                session.execute(statement)


def test_a_lazy_load_names_the_school_for_a_row_that_was_never_loaded(cast: Cast) -> None:
    asked: list[str] = []
    with acting_for(cast.thaba) as session:
        new = Pupil(**NEW)
        session.add(new)
        session.commit()
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert new.loose == []
    assert "outbox.school_id" in asked[-1].split("WHERE")[1]


ROUTINE = {
    "app/access/accounts.py": 1,  # the sign-in, before anybody is known
    "app/audit/heads.py": 1,  # what the platform noted of a school's chain, for the check of it
    "app/audit/record.py": 1,  # an event of the platform: its own note
    "app/commands/command.py": 1,  # the start refuses demo accounts in production
    "app/commands/status.py": 1,  # how the ways out are
    "app/domain/billing/jobs.py": 1,  # what a school's page asked for, done as the role that may move money
    "app/delivery/invitation_mail.py": 1,  # in which language somebody with an account elsewhere reads
    "app/domain/health.py": 3,  # how old the oldest work is, how the ways out and the gateways of schools are
    "app/work/relay.py": 3,  # what is due, periodic jobs, what a wiped Redis held
    "app/work/runner.py": 1,  # jobs of the platform itself
    "app/domain/memberships.py": 2,  # which members of one school have signed in, and how they do
    "app/exports/archive/keeping.py": 1,  # that an archive is still being brought in, once a second
    "app/exports/archive/members.py": 1,  # the accounts of a school's people, for an archive that is an event of its own
    "blueprints/archives/bringing_routes.py": 1,  # how far an archive is, every 2 seconds
    "blueprints/schools/routes.py": 1,  # the picker, which asks at every key
    "blueprints/onboarding/runs.py": 1,  # the steps of a run that goes on, every 2 seconds
    "blueprints/audit/jobs.py": 1,  # that the check of all logs goes on, once a second
    "blueprints/audit/platform.py": 2,  # taking the log out, and having all of them checked, which are events of their own
    "blueprints/recovery/operations.py": 1,  # a deed, which stands in both logs
    "blueprints/recovery/routes.py": 2,  # a deed on many, which stands in the log, and how far it has come, every 2 seconds
    "blueprints/recovery/running.py": 1,  # the steps of such a deed
    "app/delivery/inbox.py": 1,  # an event of a payment provider, signed by nobody's user
    "app/domain/webhooks/health.py": 1,  # how many bad signatures came in the name of a school's providers
    "blueprints/webhooks/operations.py": 9,  # deeds on events, secrets and customers, each an event of its own
    "blueprints/webhooks/secret_routes.py": 2,  # the secret that a deed is about
    "blueprints/webhooks/customer_routes.py": 1,  # the school that a customer is being tied to
    "blueprints/webhooks/simulator.py": 1,  # the secret that the simulator signs with
    "blueprints/accounts/account_routes.py": 6,  # the account that a deed is about, whose page or event is announced itself
    "blueprints/accounts/deed_routes.py": 3,  # the same: the plan, the question and the invoice that a deed is about
    "blueprints/accounts/operations.py": 9,  # deeds on accounts and plans, each an event of its own
    "blueprints/accounts/plan_routes.py": 1,  # the plan that is given a price
    "blueprints/accounts/routes.py": 1,  # who bills, which a deed changes
    "blueprints/operator/board.py": 1,  # the wall-board, which asks every 30 seconds
}
LOOK_UPS = {
    "app/access/allowance.py": 1,  # how many requests a token has made
    "app/access/api_tokens.py": 2,  # who stands behind a token, and when it was last used
    "app/domain/site/standing.py": 1,  # how a website stands, for every page of it that somebody reads
    "app/domain/leads/asking.py": 1,  # the enquiry form of a school, for strangers
    "app/access/sessions.py": 1, "app/access/who.py": 1, "app/tenancy/reading.py": 1,
}  # fmt: skip


@pytest.mark.parametrize(("what", "places"), [(r"routine=True\)", ROUTINE), (r"with looking_up\(\)", LOOK_UPS)])
def test_the_places_that_cross_unannounced_are_counted(what: str, places: dict[str, int]) -> None:
    house = Path(__file__).parents[2]
    found = {
        str(source.relative_to(house)): len(re.findall(what, source.read_text()))
        for part in ("app", "blueprints")
        for source in (house / part).glob("**/*.py")
    }
    assert {place: number for place, number in found.items() if number} == places


def test_an_error_ends_the_transaction_and_the_next_one_works(cast: Cast) -> None:
    with acting_for(cast.thaba) as session:
        with pytest.raises(ProgrammingError):
            session.execute(text("SELECT nonsense FROM person"))
        session.rollback()
        assert session.scalar(select(func.count(Pupil.id))) == 1
