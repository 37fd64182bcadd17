"""Alembic without a configuration file: upgrade, write a new revision, and compare models with the database."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parents[2] / "migrations"


logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # six lines at every start that say nothing


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["owner_url"] = owner_url
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`, as the owner."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Take the database back to `revision`, as the owner."""
    command.downgrade(_config(owner_url), revision)


def new_revision(owner_url: str, message: str, number: str) -> None:
    """Write `migrations/versions/<number>_<message>.py` from the difference between models and database."""
    command.revision(_config(owner_url), message, autogenerate=True, rev_id=number)


def head() -> str:
    """The newest revision there is."""
    return str(ScriptDirectory(str(FOLDER)).get_current_head())


def check(owner_url: str) -> None:
    """Raise alembic's error when models and database differ."""
    command.check(_config(owner_url))
