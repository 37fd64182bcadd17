"""The keys of an environment that live in files."""

from __future__ import annotations

import json
import stat

import click

from app.commands.command import FOUND_WRONG, Command, in_app
from app.delivery import keys as vapid_keys
from app.extensions import current_settings


@click.group()
def keys() -> None:
    """Make and show the keys of this environment."""


@keys.command(cls=Command)
@click.option("--rotate", is_flag=True, help="make a new key; the old ones still send to the devices that they were used for")
@click.option("--json", "as_json", is_flag=True, help="for a machine")
@in_app
def vapid(rotate: bool, as_json: bool) -> None:
    """Make the key for app notifications where there is none, and show all. They are files in UMTHI_HOME/keys."""
    settings = current_settings()
    made = vapid_keys.make(settings) if rotate or vapid_keys.newest(settings) is None else None
    ring, folder = vapid_keys.ring(settings), vapid_keys.folder_of(settings)
    now_used = vapid_keys.newest(settings)
    faults = [f"{name} holds no key that can be used." for name in ring.broken]
    faults += [
        f"{entry} may be read by others: chmod go= {entry}."
        for entry in (folder, *sorted(folder.glob(vapid_keys.NAMED)))
        if stat.S_IMODE(entry.stat().st_mode) & 0o077
    ]
    if as_json:
        shown = [{"id": key.id, "public": key.public, "made_at": key.made_at.isoformat()} for key in ring.keys.values()]
        report = {"newest": now_used and now_used.id, "made": made and made.id, "keys": shown, "faults": faults}
        click.echo(json.dumps(report, indent=2))
    else:
        for key in ring.keys.values():
            use = "browsers subscribe with it" if now_used and key.id == now_used.id else "sends to the devices that have it"
            click.echo(f"  {key.id}  {key.made_at:%Y-%m-%d}  {key.public}  {use}")
        click.echo(f"Made {made.id} in {folder}." if made else f"Nothing to make: the newest in {folder} is used.")
        for fault in faults:
            click.echo(f"  ✗ {fault}", err=True)
    if faults:
        click.get_current_context().exit(FOUND_WRONG)
