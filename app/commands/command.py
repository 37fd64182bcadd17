"""How every command behaves: exit status 0 well, 1 found something wrong, 2 could not run; a sentence instead of a trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
import psycopg
from flask import Flask, current_app
from flask.cli import with_appcontext
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.access.demo import ACCOUNTS, UNLISTED
from app.config import BadSettings
from app.extensions import current_settings
from app.local.refusal import Refusal
from app.models.user import User
from app.tenancy.doors import across_schools, outside

BAD_SETTINGS = "bad settings"
FOUND_WRONG = 1
Function = TypeVar("Function", bound=Callable[..., Any])


class CannotRun(click.ClickException):
    """The command could not do its work; the text says why and what to do."""

    exit_code = 2


class FoundWrong(click.ClickException):
    """The command did its work, and the answer is that something is wrong."""

    exit_code = FOUND_WRONG


class Command(click.Command):
    """A command that ends with 2 and a sentence when what it needs is away."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (BadSettings, Refusal) as refusal:
            raise CannotRun(str(refusal)) from refusal
        except (psycopg.OperationalError, DBAPIError) as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines() or [type(error).__name__]
            raise CannotRun(f"The database refused: {said[0]}. `flask --app wsgi doctor` looks at everything.") from error
        except (RedisError, OSError) as error:
            raise CannotRun(f"{type(error).__name__}: {error}") from error


def in_app(function: Function) -> Function:
    """Run a command inside the application and outside every school; refuses where the settings allow no start."""

    @with_appcontext
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        if faults := current_app.extensions.get(BAD_SETTINGS):
            raise faults
        with outside():
            return function(*arguments, **options)

    return run  # type: ignore[return-value]


def the_app() -> Flask:
    """The application itself, not the name that stands for it."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


def fit_for_production() -> None:
    """Refuse to serve people from a database that holds accounts whose password everybody knows. Raises CannotRun."""
    if not current_settings().is_production:
        return
    with across_schools("start: are there demo accounts", routine=True) as session:
        known = select(User.email).where(User.email.in_([*(one.email for one in ACCOUNTS), *UNLISTED])).order_by(User.email)
        found = list(session.scalars(known))
    if found:
        raise CannotRun(f"This database holds demo accounts, so it is not for production: {', '.join(found)}.")
