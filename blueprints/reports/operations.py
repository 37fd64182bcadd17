"""What is done with reports: made, made again, saved, removed, taken along as a file."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.audit.record import Actor, Target, record, record_read
from app.domain.report_counts import how_many
from app.domain.report_making import FAILED, FAULTS, RUNNING, count_next, new_report, read
from app.domain.reporting import Choice, Scope, days_of
from app.exports.csv_writer import write_csv
from app.exports.writing import Format
from app.exports.xlsx_writer import write_xlsx
from app.extensions import current_settings
from app.i18n.speech import Speech
from app.models.progress import Progress
from app.models.report import Report
from app.tenancy.database import db
from app.work import progress
from app.work.outbox import queue
from blueprints.reports.queries import ClassRow, ReportRow
from blueprints.reports.tables import Sheet
from blueprints.reports.words import title

LONG = 5_000  # rows to read: more than these are counted by a worker
JOB = "reports.make"
FOLDER = "exports"  # in UMTHI_HOME
UNSYNCED = {"synchronize_session": False}


class NotTheirs(LookupError):
    """A class that does not exist, or not for the one who asks."""


class NoSuchReport(LookupError):
    """It was removed meanwhile."""


class NotFailed(Exception):
    """Only a report that failed is tried again."""


class Reader(NamedTuple):
    """Who makes a report. A teacher sees only `classes`, which are those they teach; for everybody else these are all.

    `person_id` None is nobody of the school: a support visit.
    """

    person_id: UUID | None
    classes: Sequence[ClassRow]
    is_teacher: bool

    def may_see(self, ids: Sequence[UUID] | None) -> bool:
        """Whether these classes (None: the whole school) are theirs to see."""
        return not self.is_teacher or (ids is not None and set(ids) <= {row.id for row in self.classes})


def scope_of(choice: Choice, reader: Reader, *, today: dt.date, timezone: str) -> Scope:
    """What a choice comes to for somebody on a day. Raises NoTerm, and NotTheirs."""
    names = {row.id: row.name for row in reader.classes}
    if any(id not in names for id in choice.classes):
        raise NotTheirs
    every = tuple(names) if reader.is_teacher else None
    since, until = days_of(choice, today, timezone)
    return Scope(since, until, timezone, choice.classes or every, tuple(names[id] for id in choice.classes))


def run(
    choice: Choice, scope: Scope, *, reader: Reader, by: Actor, voice: Speech, url: str, name: str = ""
) -> Report:  # fmt: skip
    """Make a report: at once, or by a job where it has much to read. `url` and its id are its address."""
    report = new_report(choice, scope, name=name, by_id=reader.person_id, by_name=by.name)
    db.session.add(report)
    label = name or title(choice, voice)
    if how_many(choice, scope) > LONG:
        _leave_to_worker(report, scope, reader=reader, label=label, url=url)
    else:
        while count_next(report):
            pass
    chosen = {
        "kind": choice.kind.value, "group": choice.group.value, "period": choice.period.value, "since": scope.since,
        "until": scope.until, "classes": list(scope.names) or ("taught" if reader.is_teacher else "all"),
    }  # fmt: skip
    record("reports.run", report, label=label, after=chosen, by=by)
    return report


def retry(report_id: UUID, *, reader: Reader, by: Actor, voice: Speech, url: str) -> None:
    """Go on with a report that failed, from the day that it had reached. Raises NotFailed and NoSuchReport."""
    report = _held(report_id)
    if report.state != FAILED:
        raise NotFailed
    choice, scope = read(report)
    report.state, report.error, report.ended_at = RUNNING, None, None
    report.choice = {**report.choice, FAULTS: 0}
    label = report.name or title(choice, voice)
    _leave_to_worker(report, scope, reader=reader, label=label, url=url)
    record("reports.run", report, label=label, before={"state": FAILED}, after={"state": RUNNING}, by=by)


def save(report_id: UUID, *, name: str, by: Actor) -> None:
    """Keep a report under a name, or give a saved one another. Raises NoSuchReport."""
    report = _held(report_id)
    before = {"name": report.name, "saved": report.is_saved}
    report.name, report.is_saved = name, True
    record("reports.save", report, label=name, before=before, after={"name": name, "saved": True}, by=by)


def remove(report_id: UUID, *, by: Actor, voice: Speech) -> None:
    """Remove a report for good; whoever waits for it waits no more. Raises NoSuchReport."""
    report = _held(report_id)
    choice, scope = read(report)
    what = {"kind": report.kind, "since": scope.since, "until": scope.until, "saved": report.is_saved}
    record("reports.remove", report, label=report.name or title(choice, voice), before=what, by=by)
    over = {"seen_at": func.now(), "ended_at": func.coalesce(Progress.ended_at, func.now())}
    db.session.execute(update(Progress).where(Progress.subject == report_id).values(over), execution_options=UNSYNCED)
    db.session.execute(delete(Report).where(Report.id == report_id), execution_options=UNSYNCED)


def take_along(report: ReportRow, sheet: Sheet, *, to: Format, bom: bool, label: str, voice: Speech, by: Actor) -> bytes:
    """The table as a file, audited with the number of its rows."""
    file = io.BytesIO()
    if to is Format.CSV:
        rows = write_csv(file, sheet.columns, sheet.rows, voice, bom=bom)
    else:
        folder = current_settings().home / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            rows = write_xlsx(file, sheet.columns, sheet.rows, voice, folder=Path(place))
    what = {"format": to.value, "rows": rows}
    record_read("reports.download", Target("report", report.id), label=label, by=by, after=what)
    return file.getvalue()


def _leave_to_worker(report: Report, scope: Scope, *, reader: Reader, label: str, url: str) -> None:
    """Queue it, with a bar for the one who waits."""
    db.session.flush()
    queue(JOB, report.id)
    if reader.person_id:
        address = f"{url}{report.id}"
        bar = progress.start("report", report.id, person_id=reader.person_id, label=label, url=address, total=scope.days)
        bar.done = scope.done


def _held(report_id: UUID) -> Report:
    """The report as it is now, held until the transaction ends. Raises NoSuchReport."""
    wanted = select(Report).where(Report.id == report_id).with_for_update()
    found = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NoSuchReport(report_id)
    return found
