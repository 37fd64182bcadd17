"""What `flask --app wsgi …` offers: the programs of Umthi, and what the people who run it need.

A command's module is loaded when it is asked for, so that a web worker never loads what only the mailbox needs.
"""

from __future__ import annotations

import os
from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

from app.commands.command import BAD_SETTINGS, fit_for_production
from app.config import BadSettings
from app.tenancy.doors import outside

COMMANDS = {
    "web": "web", "worker": "work", "relay": "work", "mailbox": "mailbox", "prepare": "prepare", "db": "database",
    "audit": "audit", "backup": "backups", "restore": "backups",
    "doctor": "doctor", "invite": "invitations", "keys": "keys", "operator": "operators", "seed": "seeding", "status": "status",
}  # fmt: skip


class Commands(AppGroup):
    """The commands by name, each in a module of this package and called there like itself."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(context)})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(context, name)
        found: click.Command = getattr(import_module(f"app.commands.{COMMANDS[name]}"), name)
        return found


def init_app(app: Flask) -> None:
    """Let `flask` offer the commands."""
    app.cli = Commands(app.name)


def is_from_flask() -> bool:
    """Whether `flask` loads the application for a command, and not a server that will serve it."""
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def refuse_demo_accounts(app: Flask) -> None:
    """In production let no server begin on a database with demo accounts. Raises CannotRun.

    Where `flask` loads the application its programs ask by themselves, and other commands, such as `db upgrade`, may go on.
    """
    if not is_from_flask():
        with app.app_context(), outside():
            fit_for_production()


def without_settings(faults: BadSettings) -> Flask:
    """An application of commands only, for those that need no settings, such as `db setup` before there is a database.

    Every other command refuses with `faults`, which are raised here at once for whoever wants to serve pages.
    """
    if not is_from_flask():
        raise faults
    app = Flask("app", static_folder=None)
    app.extensions[BAD_SETTINGS] = faults
    return app
