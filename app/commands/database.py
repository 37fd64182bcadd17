"""The database: its roles and its tables."""

from __future__ import annotations

import click
from alembic.util import CommandError

from app.commands.command import CannotRun, Command, in_app
from app.extensions import current_settings
from app.local import migrate, roles


@click.group()
def db() -> None:
    """Make the roles, bring the tables up to date."""


@db.command(cls=Command)
@click.option(
    "--admin-url", required=True, help="a role that may make roles and databases: postgresql://user:password@host/umthi"
)
@click.option("--new-passwords", is_flag=True, help="give the roles new passwords; what runs with the old ones stops working")
def setup(admin_url: str, new_passwords: bool) -> None:
    """Make the roles, the database and its grants where they are missing, and print the settings for them.

    A role that is made gets a random password, which is shown once and kept nowhere. Running it again changes nothing.
    """
    if not admin_url.startswith(("postgresql://", "postgres://")):
        raise CannotRun("--admin-url must look like postgresql://user:password@host:5432/umthi.")
    made = roles.set_up(admin_url, new_passwords=new_passwords)
    for name, address in made.for_migrations().items():
        click.echo(f"{name}={address}")
    if roles.HIDDEN in "".join(made.for_migrations().values()):
        click.echo(f"{roles.HIDDEN} stands for a password that was set before; --new-passwords replaces it.", err=True)


@db.command(cls=Command)
@in_app
def upgrade() -> None:
    """Bring the tables up to date, as umthi_owner."""
    migrate.upgrade(owner_url())
    click.echo(f"at {migrate.head()}")


@db.command(cls=Command)
@click.argument("revision")
@in_app
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION, as an earlier version had them: what only later ones stored goes with it."""
    try:
        migrate.downgrade(owner_url(), revision)
    except CommandError as error:
        raise CannotRun(f"{error}. The revisions are the numbers of the files in migrations/versions.") from error
    click.echo(f"at {revision}")


def owner_url() -> str:
    """The address for migrations. Raises CannotRun where it is not set: the programs themselves never need it."""
    url = current_settings().owner_database_url
    if not url:
        raise CannotRun("UMTHI_OWNER_DATABASE_URL is not set: only umthi_owner may change tables (docs/operations.md).")
    return url
