"""The heads of the chains, written elsewhere once a day: a tail that was cut off shows only to whoever knows how long it was.

They go into a file below UMTHI_HOME, for somebody to carry away, and into the platform's own log, whose seals keep them. Until
then the mark beside each chain knows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, true
from sqlalchemy.dialects.postgresql import JSONB

from app import clock
from app.audit.canonical import PLATFORM, Stream, written
from app.audit.marks import BROKEN, marks
from app.audit.record import Target, record
from app.extensions import current_settings
from app.models.audit import PlatformEvent, PlatformValue
from app.models.school import School
from app.models.seal import AuditSeal, PlatformSeal
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from app.work.jobs import Task, job

FOLDER = "audit-heads"  # in UMTHI_HOME
ACTION = "audit.heads"
_FIELD = "heads:after"


#: the number of a seal, and its hash (hex)
Note = tuple[int, str]


class Head(NamedTuple):
    """The last seal of a log: its number, its hash (hex) and when it was made (UTC)."""

    stream: Stream
    number: int
    hash: str
    at: str

    def line(self) -> str:
        """As one line of a file."""
        return json.dumps({"stream": str(self.stream), "number": self.number, "hash": self.hash, "at": self.at})


def heads() -> list[Head]:
    """The head of every chain that has begun, the platform's first. Inside `across_schools`."""
    platform = select(PlatformSeal.number, PlatformSeal.hash, PlatformSeal.at).order_by(PlatformSeal.number.desc()).limit(1)
    last = (
        select(AuditSeal.number, AuditSeal.hash, AuditSeal.at)
        .where(AuditSeal.school_id == School.id)
        .order_by(AuditSeal.number.desc())
        .limit(1)
        .lateral("last")
    )
    schools = select(School.id, last).join(last, true()).order_by(School.id)
    found = [Head(Stream(None), row.number, row.hash.hex(), written(row.at)) for row in db.session.execute(platform)]
    return found + [Head(Stream(row.id), row.number, row.hash.hex(), written(row.at)) for row in db.session.execute(schools)]


def read(lines: Iterable[str]) -> dict[Stream, list[Note]]:
    """What a file of heads notes; empty lines are left out. Raises ValueError for a line that is none."""
    found: dict[Stream, list[Note]] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            head = json.loads(line)
            found.setdefault(Stream.read(head["stream"]), []).append((int(head["number"]), str(head["hash"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not the head of a chain: {line.strip()[:80]}") from error
    return found


def noted(stream: Stream | None = None) -> dict[Stream, set[Note]]:
    """What stands beside the chains of one log or of all, in the platform's log and in the marks. Inside `across_schools`.

    All notes count, not the last one alone: a chain that was cut and went on was noted with another hash before.
    """
    kept = (
        select(PlatformValue.value)
        .join(PlatformEvent, PlatformEvent.id == PlatformValue.event_id)
        .where(PlatformEvent.action.in_((ACTION, BROKEN)), PlatformValue.field == _FIELD, PlatformValue.value.is_not(None))
        .execution_options(yield_per=1)
    )
    found: dict[Stream, set[Note]] = {of: {mark} for of, mark in marks(db.session(), stream).items()}
    if stream is not None:
        key = PLATFORM if stream.school_id is None else str(stream.school_id)
        of_one = PlatformValue.value.cast(JSONB)[key]
        notes = {(int(head[0]), str(head[1])) for head in db.session.scalars(kept.with_only_columns(of_one)) if head}
        return {stream: found.get(stream, set()) | notes}
    for value in db.session.scalars(kept):
        for key, (number, hashed) in json.loads(value or "{}").items():
            of = Stream(None) if key == PLATFORM else Stream(int(key))
            found.setdefault(of, set()).add((int(number), str(hashed)))
    return found


def noted_of(school_id: int) -> set[Note]:
    """What stands beside the chain of a school (see `noted`), wherever the caller is."""
    stream = Stream(school_id)
    with outside(), across_schools("audit", routine=True):
        return noted(stream)[stream]


@job(ACTION)
def write_down(_task: Task) -> dt.datetime | None:
    """Write the heads of all chains into the file of the day and into the platform's log; once a day, whoever runs it."""
    found = heads()
    day = clock.now().astimezone(dt.UTC).date()
    since = dt.datetime.combine(day, dt.time(), dt.UTC)
    is_noted = select(PlatformEvent.id).where(PlatformEvent.action == ACTION, PlatformEvent.at >= since).limit(1)
    if not found or db.session.scalar(is_noted):
        return None
    write(current_settings().home / FOLDER / f"{day}.jsonl", found)
    of_schools = {str(head.stream.school_id): [head.number, head.hash] for head in found if head.stream.school_id is not None}
    record("audit.heads", Target("platform"), label=str(day), after={"heads": of_schools})
    return None


def write(file: Path, found: Iterable[Head]) -> None:
    """Put heads into a file of their own, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    half.write_text("".join(f"{head.line()}\n" for head in found))
    half.replace(file)


JOBS = (write_down,)
