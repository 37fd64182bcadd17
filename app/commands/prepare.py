"""What stands between an installation and its start."""

from __future__ import annotations

import click

from app.commands.command import Command, in_app, the_app
from app.commands.database import owner_url
from app.delivery import keys
from app.extensions import current_settings
from app.local import migrate
from app.seed import platform


@click.command(cls=Command)
@in_app
def prepare() -> None:
    """Bring the database up to date and, outside production, make the first keys and make or top up the demo schools."""
    migrate.upgrade(owner_url())
    settings = current_settings()
    if not settings.is_production and keys.newest(settings) is None:  # in production machines share a copied folder
        keys.make(settings)
    click.echo("at head" if settings.is_production else platform.seed(the_app()))
