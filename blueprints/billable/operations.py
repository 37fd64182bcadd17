"""Closing months, and taking them out: the file of a closed month is the one that was written when it was closed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Actor, Target, record
from app.domain import billable
from app.exports.csv_writer import write_csv
from app.exports.dataset import Column, Kind
from app.i18n.catalogue import N_
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speech_for
from app.models.billable import BillableReport
from blueprints.billable import queries
from blueprints.billable.queries import SchoolRow

LABEL = N_("Billable learners")
REPORT = "billable_report"
#: finance reads files of many months with the same program, so their words do not follow the reader's language
COLUMNS = (
    Column("month", "Month"),
    Column("school_number", "School number"),
    Column("school", "School"),
    Column("learners", "Billable learners", Kind.INTEGER),
    Column("adjustment", "Adjustment of earlier months", Kind.INTEGER),
    Column("together", "Together", Kind.INTEGER),
    Column("frozen_at", "Frozen at (UTC)"),
)
VOICE: Speech = speech_for(DEFAULT, "UTC", LANGUAGES[DEFAULT].cldr, "ZAR")


class File(NamedTuple):
    """A month as a file; `sha256` is known of what is closed, and None of what may still change."""

    content: bytes
    name: str
    sha256: str | None


def close_months(session: Session, now: dt.datetime) -> int:
    """Close the months that every school has frozen: write their files and keep them. Returns how many."""
    months = billable.to_close(session, now)
    for month in months:
        rows = queries.frozen(session, month)
        content = csv_of(month, rows)
        report = BillableReport(
            month=month, schools=len(rows), learners=sum(row.learners or 0 for row in rows),
            adjustment=sum(row.adjustment for row in rows), csv=content, sha256=hashlib.sha256(content).hexdigest(),
            closed_at=now,
        )  # fmt: skip
        session.add(report)
        counted = {"schools": report.schools, "learners": report.learners, "adjustment": report.adjustment}
        record("billable.close", Target(REPORT, key_of(month)), label=key_of(month), after={**counted, "sha256": report.sha256})
    return len(months)


def take_out(session: Session, month: dt.date, *, by: Actor) -> File:
    """The file of a month for somebody, audited; of a month that is open as it is now."""
    report = queries.standing(session, month).report
    content = queries.file_of(session, month) if report else None
    is_final = content is not None
    if content is None:
        content = csv_of(month, queries.every(session, month, is_closed=False))
    taken = {"format": "csv", "month": key_of(month), "rows": content.count(b"\r\n") - 1, "final": is_final}
    record("exports.download", Target("export", "billable"), label=LABEL, by=by, after=taken)
    name = f"umthi-billable-learners-{key_of(month)}{'' if is_final else '-so-far'}.csv"
    return File(content, name, report.sha256 if report else None)


def note_look(session: Session, school_id: int, *, name: str, month: dt.date) -> None:
    """Write into both logs that somebody of the platform looked at the learners behind a school's number."""
    record_both(session, school_id, "billable.look", None, label=name, after={"month": key_of(month)})


def csv_of(month: dt.date, rows: Iterable[SchoolRow]) -> bytes:
    """A month as CSV: the same bytes for the same rows, whoever asks and in whatever language."""
    file = BytesIO()
    cells = (
        (key_of(month), row.school_id, row.name, row.learners, row.adjustment, row.together, _stamp(row.frozen_at))
        for row in rows
    )
    write_csv(file, COLUMNS, cells, VOICE)
    return file.getvalue()


def key_of(month: dt.date) -> str:
    """A month as it stands in addresses and files: 2026-10."""
    return f"{month:%Y-%m}"


def _stamp(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
