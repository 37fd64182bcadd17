"""What stands between an installation and its start."""

from __future__ import annotations

import click

from app.commands.command import Command, in_app, the_app
from app.commands.database import owner_url
from app.extensions import current_settings
from app.local import migrate
from app.seed import baseline


@click.command(cls=Command)
@in_app
def prepare() -> None:
    """Bring the database up to date and, outside production, make or top up the demo schools."""
    migrate.upgrade(owner_url())
    click.echo("at head" if current_settings().is_production else baseline.seed(the_app()))
