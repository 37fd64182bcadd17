"""What runs in UMTHI_HOME."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app.commands.command import BAD_SETTINGS, FOUND_WRONG, CannotRun, Command
from app.config import Environment, Settings
from app.domain.providers import shared_conditions
from app.local.instance import read
from app.tenancy.doors import across_schools, outside

TOLD = ("web", "pids", "database", "redis", "smtp", "mailbox")


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="for a machine")
@with_appcontext
def status(as_json: bool) -> None:
    """Tell the addresses and the processes of the instance that `make run` started in UMTHI_HOME. Not in production."""
    if os.environ.get("UMTHI_ENV") == Environment.PRODUCTION:
        raise CannotRun(
            "`status` shows addresses with their passwords, so it is not for production. `doctor` says how things are."
        )
    home = Settings.home_of()
    found = read(home)
    if found is None:
        raise CannotRun(f"Nothing runs in {home}. Start it with `make run`, or name another folder by UMTHI_HOME.")
    if as_json:
        click.echo(json.dumps({name: found[name] for name in TOLD} | {"providers": _providers()}, indent=2))
    else:
        click.echo(f"{found['web']}, mail at {found['mailbox'] or found['smtp']}")
        for kind, pids in found["pids"].items():
            click.echo(f"  {kind:<12} {' '.join(map(str, pids))}")
    if any(not Path("/proc", str(pid)).exists() for pids in found["pids"].values() for pid in pids):
        click.get_current_context().exit(FOUND_WRONG)


def _providers() -> dict[str, dict[str, str | None]]:
    """How email and push are, by name, moments in ISO 8601; nothing where the database cannot be asked."""
    if BAD_SETTINGS in current_app.extensions:
        return {}
    try:
        with outside(), across_schools("status: how the ways out are", routine=True) as session:
            found = shared_conditions(session)
    except SQLAlchemyError:
        return {}
    moments = ("checked_at", "last_success_at", "last_failure_at")
    return {
        name: {"condition": way.condition, "detail": way.detail}
        | {key: (moment := getattr(way, key)) and moment.isoformat() for key in moments}
        for name, way in found.items()
    }
