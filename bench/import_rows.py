"""`import.rows`: a roster of learners and guardians through the product's own steps, against a bare COPY of what it left behind.

The upload, the check and the run are told apart, each with the CPU-bound wall time of its own; the largest memory of the process
that did them is read from the kernel. The comparator COPYs the very rows that the import made (persons, learners, guardianships,
enrolments) into the same tables of another school, with their keys, indexes and triggers, as the owner of the database.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from app.access.actor import Actor, acting_as
from app.i18n.speech import speaking, speech_for
from app.models.roster import RosterImport
from app.tenancy.database import db
from app.tenancy.doors import acting_for, outside
from app.work.jobs import Task
from bench.figure import Figure, figure, is_full
from bench.memory import most_memory
from bench.platform import Platform, log_to_nowhere, platform
from blueprints.imports import operations
from blueprints.imports.jobs import go_on

HEADER = (
    "learner_number,first_name,last_name,known_as,birth_date,class,guardian_name,guardian_relation,guardian_email,guardian_phone,"
    "guardian_language\r\n"
)
ROUNDS = 3
TABLES = {
    "person": "id, kind, name, sort_key, language, email, phone",
    "learner": "id, number, first_name, last_name, known_as, birth_date",
    "guardianship": "id, guardian_id, learner_id, relation",
    "class_group": "id, name, sort_key, grade, year, is_register",
    "enrolment": "id, learner_id, class_id, starts_on",
}
BY = Actor("command", None, "bench")


def measure() -> list[Figure]:
    """How many times a bare COPY the run takes, and the dry run; the memory of the process that did all of it."""
    log_to_nowhere()
    learners = 50_000 if is_full() else 5_000
    place = platform()
    place.grow(2 + ROUNDS, first=1, others=1)
    file = Path(tempfile.mkdtemp(prefix="umthi-bench-"), "roster.csv")
    file.write_bytes(roster(learners))  # an upload of this size stands in a file too (werkzeug's `default_stream_factory`)
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        sql.execute("DELETE FROM notice; DELETE FROM membership WHERE school_id > 1")
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(
        target=_in_a_process, args=(place.addresses.app, place.addresses.platform, str(file), sender)
    )
    worker.start()
    taken: dict[str, float] = json.loads(receiver.recv())
    worker.join()
    bare = min(copied(place, 3 + number) for number in range(ROUNDS))
    told = f"{learners:,} learners, each with a guardian: {taken['run']:.1f} s against {bare:.1f} s"
    return [
        figure("import.rows", taken["run"] / bare, goal=8, against="a bare COPY into the same tables", detail=told),
        figure(
            "import.rows.check", taken["check"] / bare, goal=8, against="the same COPY",
            detail=f"the dry run: {taken['check']:.1f} s; the upload before it: {taken['upload']:.1f} s",
        ),
        figure(
            "import.rows.memory", taken["memory"], unit="MB", goal=200, against="the goal",
            detail="most memory of the process that took the file in, checked it and did it",
        ),
        figure("import.rows.wrong", taken["wrong"], unit="rows", goal=0, against="the rows of the file", detail="not imported, or twice"),
    ]  # fmt: skip


def roster(learners: int) -> bytes:
    """A CSV: every learner with one guardian, siblings by twos."""
    text = io.StringIO()
    text.write(HEADER)
    for n in range(learners):
        adult, born = n // 2, f"20{12 + n % 7}-{n % 12 + 1:02}-{n % 28 + 1:02}"
        text.write(
            f"{100000 + n},Name{n},Sur{adult},,{born},{n % 7 + 1}{'ABCDEFGHIJ'[n % 10]},Adult Sur{adult},mother,"
            f"adult{adult}@example.com,082{adult:07},{('en', 'af', 'zu')[n % 3 if adult % 2 else 0]}\r\n"
            if n % 2 == 0
            else f"{100000 + n},Name{n},Sur{adult},,{born},{n % 7 + 1}{'ABCDEFGHIJ'[n % 10]},Adult Sur{adult},mother,"
            f"adult{adult}@example.com,082{adult:07},\r\n"
        )
    return text.getvalue().encode()


def _in_a_process(app_url: str, platform_url: str, file: str, sender: Any) -> None:
    """Take a file in, check it and do it, as school 2; tell the seconds of each, and the most memory."""
    log_to_nowhere()
    place = Platform(run=None, addresses=type("Addresses", (), {"app": app_url, "platform": platform_url})(), superuser="")  # type: ignore[arg-type]
    flask = place.application()
    taken: dict[str, float] = {}
    with flask.app_context(), outside(), speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")), acting_as(BY):  # noqa: SIM117  the school is entered from outside
        with acting_for(2) as session:
            began = time.perf_counter()
            with Path(file).open("rb") as upload:
                work = operations.take_in(upload, "roster.csv", person_id=None, by=BY)
            key, total = work.id, work.total
            session.commit()
            taken["upload"] = time.perf_counter() - began
            operations.map_columns(_of(key), _of(key).mapping, by=BY)
            session.commit()
            taken["check"] = _work_off(key)
            operations.run(_of(key), list(_of(key).options.get("unknown", {})), url="/imports/", by=BY)
            session.commit()
            taken["run"] = _work_off(key)
            work = _of(key)
            learners = session.connection().exec_driver_sql("SELECT count(*) FROM learner WHERE school_id = 2").scalar_one()
            taken["wrong"] = total - work.counts.get("add", 0) + abs(int(learners) - total)
    taken["memory"] = most_memory()
    sender.send(json.dumps(taken))


def _of(key: UUID) -> RosterImport:
    found = db.session.get(RosterImport, (2, key), populate_existing=True)
    assert found is not None
    return found


def _work_off(key: UUID) -> float:
    """Let the job go on until it is over; returns the seconds."""
    began = time.perf_counter()
    while go_on.run(Task(2, key, "imports.go_on", key, 1)) is not None:
        db.session.commit()
    db.session.commit()
    return time.perf_counter() - began


def copied(place: Platform, school: int) -> float:
    """Seconds for a bare COPY of school 2's rows into the same tables as another school's."""
    with psycopg.connect(place.superuser) as sql:
        rows = {
            table: sql.execute(f"SELECT {school}, {columns} FROM {table} WHERE school_id = 2 AND {_imported(table)}").fetchall()
            for table, columns in TABLES.items()
        }
        began = time.perf_counter()
        for table, columns in TABLES.items():
            with sql.cursor().copy(f"COPY {table} (school_id, {columns}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)
        sql.commit()
        return time.perf_counter() - began


def _imported(table: str) -> str:
    return "kind <> 'staff'" if table == "person" else "true"
