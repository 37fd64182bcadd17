"""How a request and a command get their school. (A job gets it from its outbox row: `app.work.runner`.)"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any

import click
from flask import Flask, g
from flask.cli import with_appcontext

from app.tenancy.doors import acting_for, outside, staying_in


def enter_for_requests(app: Flask, active_school: Callable[[], int | None]) -> None:
    """Let each request begin outside, ask `active_school` once, and stay there to its end.

    Leaving commits nothing: the commit of a route is `app.web.answers.commit`.
    """

    @app.before_request
    def enter() -> None:
        g.school = ExitStack()
        g.school.enter_context(outside())
        school_id = active_school()
        if school_id is not None:
            g.school.enter_context(staying_in(school_id))

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        g.pop("school", ExitStack()).close()


def school_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a click command a required `--school` and run it there."""

    @click.option("--school", "school_id", type=int, required=True, help="the school's number")
    @with_appcontext
    @wraps(function)
    def run(school_id: int, **options: Any) -> Any:
        with outside(), acting_for(school_id) as session:
            result = function(**options)
            session.commit()
        return result

    return run
