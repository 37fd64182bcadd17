"""The programs that do what happens later."""

from __future__ import annotations

from contextlib import suppress

import click
from sqlalchemy.exc import OperationalError

from app.commands.command import Command, fit_for_production, in_app, the_app
from app.delivery.handing_back import hand_back
from app.delivery.journal import FOLDER
from app.extensions import current_settings
from app.work import relay as relays
from app.work import runner
from app.work.queues import QUEUES


@click.command(cls=Command)
@click.option("--only", multiple=True, type=click.Choice(QUEUES), help="read this queue alone (may be repeated)")
@in_app
def worker(only: tuple[str, ...]) -> None:
    """Do what the relay hands out. Ends after 1,000 jobs, to be started again."""
    fit_for_production()
    with suppress(OperationalError):  # without a database the leases do it, later
        hand_back(current_settings().home / FOLDER)
    runner.work(the_app(), only or QUEUES)


@click.command(cls=Command)
@in_app
def relay() -> None:
    """Hand out what is due and file the periodic jobs: this is the scheduler too. Several may run."""
    fit_for_production()
    relays.run(the_app())
