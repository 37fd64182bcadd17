"""Backups of the database, and the drill that shows that they can be restored."""

from __future__ import annotations

from pathlib import Path

import click

from app import clock
from app.commands.command import CannotRun, Command, FoundWrong
from app.config import Settings
from app.local import backup as backups
from app.local import postgres
from app.local.home import Home
from app.local.instance import read

ADMIN = "a superuser's address, unless an instance of `make run` is there: postgresql://user:password@host/umthi"


@click.command(cls=Command)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--url", envvar="UMTHI_BACKUP_DATABASE_URL", help="umthi_backup's address, unless `make run` is running here")
def backup(folder: Path | None, url: str | None) -> None:
    """Write a backup of the database into FOLDER, by default a new one in UMTHI_HOME/backups.

    Keys and the secret are not in it: they are files of their own (docs/operations.md).
    """
    folder = folder or Settings.home_of() / "backups" / f"{clock.now():%Y-%m-%dT%H%M%S}"
    manifest = backups.take(_address(url, "--url"), folder)
    click.echo(f"{sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables, at {manifest.revision}: {folder}")


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--admin-url", help=ADMIN)
@click.option("--drill", is_flag=True, help="restore into a database that is dropped again, and compare the rows")
@click.option("--yes", is_flag=True, help="do not ask before the database in use is replaced")
def restore(folder: Path, admin_url: str | None, drill: bool, yes: bool) -> None:
    """Put the backup in FOLDER in the place of the database; the one in use is kept under another name.

    Every table is counted before anything changes places. Afterwards `db upgrade` where the code is newer than the backup.
    """
    admin, taken = _address(admin_url, "--admin-url"), backups.Manifest.read(folder).taken_at
    if drill:
        if differing := backups.drill(folder, admin):
            lines = (
                f"  {table}: {noted:,} when it was taken, {found:,} restored" for table, (noted, found) in differing.items()
            )
            raise FoundWrong("The backup does not come back as it was:\n" + "\n".join(lines))
        click.echo(f"The backup of {taken} comes back with every row of every table.")
        return
    if not yes:
        click.confirm(f"Replace the database in use by the backup of {taken}?", abort=True)
    before = backups.restore(folder, admin)
    click.echo(f"The database is that of {taken}." + (f" The one before is kept as {before}." if before else ""))


def _address(given: str | None, option: str) -> str:
    """What was given, else the administrator's address of the instance that runs here. Raises CannotRun without either."""
    if given:
        return given
    root = Settings.home_of()
    found = read(root)
    if found is None or "host=" not in found["database"]["owner"]:
        raise CannotRun(f"No embedded server runs in {root}: give {option}.")
    return postgres.url(Home(root, -1, -1), "postgres", "umthi")
