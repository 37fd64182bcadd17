"""`db`: Flask-SQLAlchemy with two engines, each of which begins a transaction in its own way."""

import datetime as dt
import select
from typing import TYPE_CHECKING, Any, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import Connection, DateTime, Engine, LargeBinary, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, registry

from app.tenancy import counting
from app.tenancy.scope import OutsideSchool, current_school_id, current_scope, scope_or_none
from app.tenancy.session import SchoolSession

if TYPE_CHECKING:
    from flask import Flask


class Base(DeclarativeBase):
    """Every model, of a school or of the platform. Moments are aware, texts per language are JSON."""

    registry = registry(
        type_annotation_map={
            dt.datetime: DateTime(timezone=True),
            dict[str, str]: JSONB,
            dict[str, Any]: JSONB,
            bytes: LargeBinary,
            str: Text,
        }
    )


db = SQLAlchemy(
    model_class=Base,
    session_options={"class_": SchoolSession, "scopefunc": scope_or_none},
)

if TYPE_CHECKING:

    class Model(Base):
        """What every model derives from. (Type checkers cannot see that `db.Model` is one.)"""

        __abstract__ = True
else:
    Model = db.Model


def init_app(app: "Flask", *, app_url: str, platform_url: str) -> None:
    """Connect `db` as umthi_app and, for `across_schools`, as umthi_platform; take libpq URLs.

    psycopg is told not to begin transactions: the listeners below do, and send BEGIN and the
    school in one message. The wall costs no round trip that way. The engines `reading` and
    `looking_up` serve `app.tenancy.reading`, which begins by itself; what they read is ended
    with COMMIT, because after a ROLLBACK psycopg forgets what it had prepared.
    """
    quiet = {"hide_parameters": True}  # an error must not repeat what people wrote
    writing = {**quiet, "connect_args": {"autocommit": True}}
    reading = {**quiet, "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": "commit"}
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(app_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = writing
    app.config["SQLALCHEMY_BINDS"] = {
        "platform": {"url": sqlalchemy_url(platform_url), **writing},
        "reading": {"url": sqlalchemy_url(app_url), **reading},
        # each statement on its own: there is nothing to end when a connection comes back
        "looking_up": {"url": sqlalchemy_url(platform_url), **reading, "pool_reset_on_return": None},
    }
    db.init_app(app)
    with app.app_context():
        enter_on_begin(db.engines[None])
        refuse_on_begin(db.engines["platform"])
        for key in (None, "platform"):
            keep_prepared(db.engines[key])
            counting.watch(db.engines[key])
        for engine in db.engines.values():
            leave_the_dead(engine)


def sqlalchemy_url(libpq_url: str) -> str:
    """The address in SQLAlchemy's spelling, which names the driver."""
    scheme, separator, rest = libpq_url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else libpq_url


def enter_on_begin(engine: Engine) -> None:
    """Make every transaction of this engine one of the current school; outside, none begins."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A literal SET LOCAL: it ends with the transaction, passes PgBouncer, and also reaches
        # the nodes of a distributed PostgreSQL, which set_config() does not.
        _send(connection, f"BEGIN; SET LOCAL app.school_id = '{current_school_id():d}'")


def refuse_on_begin(engine: Engine) -> None:
    """Let a transaction of this engine begin only inside `across_schools`."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not current_scope().is_across:
            raise OutsideSchool(f"the platform's role was used for {current_scope()}")
        _send(connection, "BEGIN")


def leave_the_dead(engine: Engine) -> None:
    """Do not hand out a connection that the server has closed since (a restart): its socket has something to say already.

    One look at the socket (about 1 µs) instead of a round trip; the pool then connects anew by itself.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: Any, _record: object, _proxy: object) -> None:
        poller = select.poll()
        poller.register(connection.pgconn.socket, select.POLLIN)
        if poller.poll(0):
            raise DisconnectionError


def keep_prepared(engine: Engine) -> None:
    """End a healthy transaction before psycopg does: at its ROLLBACK it forgets what it prepared.

    A request that only reads ends in a rollback, so nothing would ever be prepared for the next.
    PostgreSQL keeps prepared statements, and this role changes no table.
    """

    @event.listens_for(engine, "rollback")
    def rollback(connection: Connection) -> None:
        if connection.invalidated:
            return  # the server has ended it, and the transaction with it: what is said is the fault, not this rollback
        libpq = _libpq(connection)
        if libpq.transaction_status == TransactionStatus.INTRANS:
            libpq.exec_(b"ROLLBACK")  # where this fails, psycopg's own comes next and says so


def command(driver: psycopg.Connection[Any], statement: str) -> None:
    """Send a statement without an answer (BEGIN and its like) by libpq's own call, for a tenth of the price of a cursor."""
    if driver.pgconn.exec_(statement.encode()).status != ExecStatus.COMMAND_OK:
        driver.execute(statement.encode(), prepare=False)  # which knows how to complain of a lost connection


def _libpq(connection: Connection) -> PGconn:
    driver: Any = connection.connection.driver_connection
    return cast("PGconn", driver.pgconn)


def _send(connection: Connection, statement: str) -> None:
    """Send by libpq's own call: a tenth of the price of a cursor, and there is no result."""
    if _libpq(connection).exec_(statement.encode()).status != ExecStatus.COMMAND_OK:
        connection.exec_driver_sql(statement)  # which knows how to complain of a lost connection
