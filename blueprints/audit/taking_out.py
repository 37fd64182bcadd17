"""The audit of the platform as a file: written first, so that who took how much of it is known before a byte leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from app.audit.record import Actor, Target, record
from app.exports.csv_writer import write_csv
from app.exports.dataset import Column, Kind, Row
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from app.web.paging import BY_MOMENT, read_place
from blueprints.audit import feed
from blueprints.audit.asking import Wanted
from blueprints.audit.words import ACTIONS, ACTORS

MOST = 50_000  # events in a file; a search looks at no more either
AT_ONCE = 1000  # events in memory
PIECE = 64 * 1024  # bytes
FOLDER = "exports"  # in UMTHI_HOME
PEOPLE = ("user", "operator")  # kinds of actors whose name is a person's
COLUMNS = (
    Column("at", N_("When"), Kind.MOMENT),
    Column("who", N_("Who")),
    Column("action", N_("Action"), Kind.WORD, ACTIONS),
    Column("what", N_("On what")),
    Column("school", N_("School")),
    Column("code", N_("Code of the action")),
    Column("kind", N_("Kind")),
    Column("target", N_("Number")),
    Column("request", N_("Request")),
    Column("id", N_("Number of the event")),
)


@dataclass
class Taken:
    """A written file at its beginning, and how long it is."""

    file: BinaryIO
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; the file has no name any more, and is gone when it is closed."""
        with self.file:
            while piece := self.file.read(PIECE):
                yield piece


def take_out(session: Session, want: Wanted, *, voice: Speech, by: Actor) -> Taken:
    """Write the newest MOST events of what is wanted for somebody; audited with their number. Inside `across_schools`."""
    folder = current_settings().home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = (Path(place) / "audit").open("w+b")
        try:
            rows = write_csv(file, COLUMNS, _rows(session, want, voice), voice)
        except BaseException:
            file.close()
            raise
    size = file.tell()
    file.seek(0)
    asked = {name: value for name, value in {**want.asked.chosen, "q": want.asked.search}.items() if value}
    record("audit.download", Target("export", "platform_audit"), label="CSV", by=by, after={"rows": rows, **asked})
    return Taken(file, size)


def _rows(session: Session, want: Wanted, voice: Speech) -> Iterator[Row]:
    after, left, looked_at = want.asked.after, MOST, 0
    while left and looked_at < MOST and not want.nobody:
        found = feed.newest(session, want.sought, after, limit=min(left, AT_ONCE))
        for row in found.rows:
            yield _cells(row, voice)
        left -= len(found.rows)
        looked_at += found.searched or AT_ONCE
        if found.older is None:
            return
        after = read_place(found.older, BY_MOMENT)


def _cells(row: feed.Row, voice: Speech) -> Row:
    who = row.actor if row.actor_kind in PEOPLE and row.actor else voice.gettext(ACTORS.get(row.actor_kind, row.actor_kind))
    return (
        row.at, who, row.action, row.label, row.school, row.action, row.target_kind, row.target_id, row.request_id, str(row.id)
    )  # fmt: skip
