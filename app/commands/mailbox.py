"""Mail without a mail provider."""

from __future__ import annotations

import os

import click

from app.commands.command import CannotRun, Command
from app.config import Environment, Settings
from app.local import letters
from app.local.mailbox import free_socket, serve


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), default=2525, show_default=True, help="0 takes a free one")
def mailbox(port: int) -> None:
    """Take mail and keep it for /local/mail instead of delivering it. Not in production."""
    if os.environ.get("UMTHI_ENV") == Environment.PRODUCTION:
        raise CannotRun("The mailbox keeps mail instead of delivering it, so it does not run in production. Set SMTP_URL.")
    folder = Settings.home_of() / letters.FOLDER
    bound = free_socket(port=port)
    click.echo(f"SMTP_URL=smtp://127.0.0.1:{bound.getsockname()[1]}, kept in {folder}")
    serve(folder, bound)
