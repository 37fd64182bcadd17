"""The audit's seals: whether they hold, and how far they have come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from app.audit import heads as chains
from app.audit.canonical import Stream
from app.audit.checkpoints import public_key
from app.audit.findings import Fault, Kind, Report
from app.audit.verifying import verify
from app.commands.command import FOUND_WRONG, CannotRun, Command, in_app
from app.extensions import current_settings
from app.models.school import School
from app.tenancy.doors import across_schools

WORDS = {
    Kind.EDITED: "was edited",
    Kind.REMOVED: "was removed",
    Kind.INSERTED: "was inserted",
    Kind.SEAL_EDITED: "the seal was edited",
    Kind.SEAL_REMOVED: "the seal was removed",
    Kind.SEAL_REPLACED: "the seal was replaced",
    Kind.CUT: "the end of the chain was cut off",
    Kind.VALUE_EDITED: "a value was edited",
    Kind.VALUE_EMPTIED: "a value was emptied without a certificate",
    Kind.VALUE_REMOVED: "a value was removed",
    Kind.CHECKPOINT_FORGED: "a checkpoint of the retention was forged",
    Kind.CHECKPOINT_REMOVED: "a checkpoint of the retention was removed",
}


@click.group()
def audit() -> None:
    """Check the seals of the audit, write down how far they have come, and show the key that signs what is removed."""


@audit.command("verify", cls=Command)
@click.option("--school", "school_id", type=int, help="a school's number: its log alone, instead of every one")
@click.option("--heads", "file", type=click.Path(path_type=Path), help="heads that were written down before, by `audit head`")
@click.option("--json", "as_json", is_flag=True, help="for a machine")
@in_app
def verify_command(school_id: int | None, file: Path | None, as_json: bool) -> None:
    """Hold every event to its seal and every seal to the one before; name the first of each kind that is wrong."""
    written = _read(file)
    reports: list[Report] = []
    with across_schools("audit verify") as session:
        known = list(session.scalars(select(School.id).order_by(School.id)))
        if school_id is not None and school_id not in known:
            raise CannotRun(f"There is no school {school_id}.")
        streams = [Stream(None), *map(Stream, known)] if school_id is None else [Stream(school_id)]
        inside = chains.noted(streams[0] if school_id is not None else None)
        known_of = {*written, *inside} if school_id is None else set()
        missing = sorted((stream for stream in known_of if stream not in streams), key=str)
        for stream in streams:
            found = verify(stream, noted=[*written.get(stream, ()), *inside.get(stream, ())])
            session.rollback()
            reports.append(found)
            if not as_json:
                _say(found)
        reports += [_lost(stream) for stream in missing]
    if as_json:
        told = {"ok": all(each.is_sound for each in reports), "logs": [_told(each) for each in reports]}
        click.echo(json.dumps(told, indent=2))
    else:
        for stream in missing:
            click.echo(f"{stream}: {WORDS[Kind.CUT]}: nothing is left of this log")
    if not all(each.is_sound for each in reports):
        click.get_current_context().exit(FOUND_WRONG)


@audit.command("head", cls=Command)
@click.option("--out", type=click.Path(path_type=Path), help="a file to write them into, instead of the screen")
@in_app
def head_command(out: Path | None) -> None:
    """Print the last seal of every chain, a line of JSON each: keep it elsewhere, for `audit verify --heads`."""
    with across_schools("audit head"):
        found = chains.heads()
    if out is None:
        for head in found:
            click.echo(head.line())
    else:
        chains.write(out, found)
        click.echo(f"{len(found)} heads: {out}")


@audit.command("key", cls=Command)
@in_app
def key_command() -> None:
    """Print the public key (Ed25519, hex) that signs checkpoints: it is made of UMTHI_SECRET."""
    click.echo(public_key(current_settings()).hex())


def _read(file: Path | None) -> dict[Stream, list[chains.Note]]:
    if file is None:
        return {}
    try:
        return chains.read(file.read_text("utf-8").splitlines())
    except ValueError as error:
        raise CannotRun(f"{file}: {error}") from error


def _lost(stream: Stream) -> Report:
    report = Report(stream)
    report.add(Fault(Kind.CUT, 1))
    return report


def _say(report: Report) -> None:
    state = "sound" if report.is_sound else "NOT SOUND"
    click.echo(
        f"{report.stream}: {state}, {report.events:,} events in {report.seals:,} seals, {report.waiting:,} not sealed yet"
    )
    if gone := report.expired:
        click.echo(f"  removed by retention until {gone.until}: {gone.events:,} events, checkpoint {gone.checkpoint}")
    for certificate, number in report.erased.items():
        click.echo(f"  {number:,} values erased under certificate {certificate}")
    for fault in report.first:
        of = f"event {fault.seq} of {fault.at}" if fault.seq is not None else f"at seal {fault.seal or '-'}"
        more = f" ({report.counts[fault.kind]:,} in all)" if report.counts[fault.kind] > 1 else ""
        click.echo(f"  {of}: {WORDS[fault.kind]}{f' ({fault.field})' if fault.field else ''}{more}")


def _told(report: Report) -> dict[str, Any]:
    return {
        "log": str(report.stream), "ok": report.is_sound, "events": report.events, "seals": report.seals,
        "waiting": report.waiting, "head": report.head, "erased": report.erased, "counts": dict(report.counts),
        "expired": report.expired._asdict() if report.expired else None,
        "first": [fault._asdict() for fault in report.first],
    }  # fmt: skip
