"""Whether this installation can do its work: the checks behind `/readyz` and `flask doctor`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from redis import RedisError
from sqlalchemy import func, not_, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from app import clock
from app.config import Settings
from app.domain import providers
from app.extensions import redis_for
from app.models.outbox import Outbox
from app.models.provider import Condition
from app.tenancy.database import db
from app.tenancy.doors import across_schools
from app.tenancy.roles import APP, PLATFORM
from app.work.closed import is_held

OK, DEGRADED, FAILED = "ok", "degraded", "failed"
LATE = dt.timedelta(seconds=60)  # work that has been due for longer than this: the relay or the workers are not there
MIGRATIONS = Path(__file__).parents[2] / "migrations" / "versions"
MAIL_SCHEMES = ("smtp", "smtps", "smtp+starttls")


class Check(NamedTuple):
    """One line: what was looked at, how it is, what was found, and what to do unless it is well."""

    name: str
    state: str
    found: str
    advice: str = ""


class Unwell(Exception):
    """Why a check did not pass, and what to do."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found, self.advice = found, advice


def checks(settings: Settings) -> list[Check]:
    """The state of everything that a page or a job needs. Quick, and safe to ask often; needs to be outside every school.

    Without the databases or with another schema nothing works ('failed'); without the rest pages do ('degraded').
    """
    return [
        _check("database", FAILED, lambda: _role("reading", APP)),
        _check("platform", FAILED, lambda: _role("looking_up", PLATFORM)),
        _check("migrations", FAILED, _migrations),
        _check("redis", DEGRADED, lambda: _redis(settings)),
        _check("outbox", DEGRADED, _outbox),
        _check("mail", DEGRADED, lambda: _mail(settings)),
        _check("push", DEGRADED, lambda: _way("push")),
        _check("gateways", DEGRADED, _gateways),
    ]


def is_ready(found: list[Check]) -> bool:
    """Whether pages can be served."""
    return all(check.state != FAILED for check in found)


def _check(name: str, otherwise: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, OK, look())
    except Unwell as reason:
        return Check(name, otherwise, reason.found, reason.advice)
    except SQLAlchemyError as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        away = isinstance(error, OperationalError)
        advice = (
            "Start PostgreSQL, or correct the address (docs/operations.md)." if away else "Run `flask --app wsgi db upgrade`."
        )
        return Check(name, otherwise, said, advice)


def _role(engine: str, wanted: str) -> str:
    """Whether the address leads to the role that it should: another one would stand on the wrong side of the wall."""
    for attempt in (1, 2):  # the pool may hold a line to a server that has been started anew; its first use says so
        try:
            with db.engines[engine].connect() as connection:
                role = str(connection.exec_driver_sql("SELECT current_user").scalar_one())
            break
        except DBAPIError as error:
            if attempt == 2 or not error.connection_invalidated:
                raise
    if role != wanted:
        raise Unwell(f"signed in as {role} instead of {wanted}", f"Correct the address: it must be {wanted}'s.")
    return f"signed in as {role}"


def _migrations() -> str:
    newest = max(_revisions())
    with db.engines["looking_up"].connect() as connection:
        there = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    if there != newest:
        raise Unwell(f"at {there}, the code wants {newest}", "Run `flask --app wsgi db upgrade`.")
    return f"at {newest}"


def _revisions() -> Iterator[str]:
    """The numbers that migrations begin with, as `app.local.migrate` names them."""
    return (file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))


def _redis(settings: Settings) -> str:
    if not settings.redis_url:
        raise Unwell("REDIS_URL is not set", "Set REDIS_URL (docs/operations.md).")
    try:
        redis_for(settings).ping()
    except (RedisError, OSError, ValueError) as error:
        raise Unwell(type(error).__name__, "Start Redis. Pages work, and nothing is lost: work waits in PostgreSQL.") from error
    return "answers"


def _outbox() -> str:
    with across_schools("health: the oldest work that is due", routine=True) as session:
        is_due = Outbox.done_at.is_(None), Outbox.due_at <= func.now(), not_(is_held())
        oldest = session.scalar(select(func.min(Outbox.due_at)).where(*is_due))
    age = clock.now() - oldest if oldest else dt.timedelta(0)
    if age > LATE:
        raise Unwell(f"the oldest work has been due for {age.total_seconds():.0f} s", "Look at the relay and the workers.")
    return f"nothing has been due for more than {LATE.total_seconds():.0f} s"


def _mail(settings: Settings) -> str:
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
        raise Unwell("SMTP_URL is not set to smtp://host:port", "Set SMTP_URL (docs/operations.md).")
    _way("email")
    return f"goes to {parts.hostname} as {settings.mail_from}"


def _way(name: str) -> str:
    """What the last check of email or push found. Not configured is no fault: a platform may do without."""
    with across_schools("health: how the ways out are", routine=True) as session:
        way = providers.shared_conditions(session)[name]
    found = ": ".join(filter(None, (way.words, way.why)))
    if way.condition == Condition.DEGRADED:
        raise Unwell(found.rstrip("."), "It is checked every 5 minutes. Messages wait.")
    return found.rstrip(".")


def _gateways() -> str:
    with across_schools("health: how the gateways of schools are", routine=True) as session:
        connected, troubled = providers.gateways_in_trouble(session)
    if troubled:
        raise Unwell(f"{troubled} of {connected} degraded", "The settings of the school say why. Messages wait or go by email.")
    return f"{connected} connected"
