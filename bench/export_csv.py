"""`export.csv`: the learners of a school as CSV with translated headings and words, no cell a formula, against a bare COPY of the
same query.

The export is all that a worker does for its file: the COPY, the line ends of the RFC, the counting, the file on the disk for good
and its SHA-256. The comparator writes what PostgreSQL gives for the select, as it comes, into a file. What is compared is the CPU
of this process and of the database's (p10 of rounds, interleaved). The memory is that of a process of its own, which writes
10,000 rows first and then all of them.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import psycopg

from app.exports.dataset import Dataset, datasets_of
from app.exports.files import write_whole
from app.exports.selected import Selected
from app.exports.writing import Format, write
from app.i18n.speech import Speech, speaking, speech_for
from app.ids import uuid7
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import reading
from bench.console_flat import spending
from bench.figure import Figure, figure, is_full
from bench.memory import most_memory
from bench.people_search import NAMES
from bench.platform import Platform, log_to_nowhere, platform

GOAL, MOST_MEMORY = 0.5, 20.0
LARGE, SMALL = 1, 2  # schools
FEW = 10_000
ROUNDS = 7
FILE = uuid7()
#: as real lists are: numbers that begin with a plus, names with a separator in them, days, some without an address
PEOPLE = f"""
INSERT INTO person (school_id, id, kind, name, sort_key, phone, email)
SELECT %(school)s::int, md5('l' || %(school)s::int || '-' || n)::uuid, 'learner', first[n %% 23 + 1] || ' ' || last[n %% 19 + 1],
    lower(last[n %% 19 + 1] || ' ' || first[n %% 23 + 1]),
    CASE WHEN n %% 2 = 0 THEN '+2782' || lpad(n::text, 7, '0') END, CASE WHEN n %% 3 = 0 THEN 'l' || n || '@example.com' END
FROM generate_series(1, %(each)s::int) n, (SELECT {NAMES}) t
"""
LEARNERS = f"""
INSERT INTO learner (school_id, id, first_name, last_name, number, known_as, birth_date, photo_consent)
SELECT %(school)s::int, md5('l' || %(school)s::int || '-' || n)::uuid, first[n %% 23 + 1], last[n %% 19 + 1],
    '2026' || lpad(n::text, 7, '0'), CASE WHEN n %% 50 = 0 THEN 'Mo; =' || first[n %% 23 + 1] END,
    date '2010-01-01' + n %% 3000, (ARRAY['unknown', 'given', 'refused'])[n %% 3 + 1]
FROM generate_series(1, %(each)s::int) n, (SELECT {NAMES}) t
"""


def measure() -> list[Figure]:
    """The rows a second of the export as a share of those of the COPY, and what its memory grows by."""
    log_to_nowhere()
    learners = 1_000_000 if is_full() else 50_000
    place = platform()
    fill(place, learners)
    voice = speech_for("af", "Africa/Johannesburg", "en_ZA", "ZAR")
    application = place.application()
    with application.app_context(), outside(), acting_for(LARGE):
        dataset = datasets_of(application)["learners"]
        exported(dataset, voice)
        with psycopg.connect(place.superuser, autocommit=True) as watcher:
            taken = compare(
                {"export": lambda: exported(dataset, voice), "bare": lambda: bare(dataset, voice)}, spending(watcher), learners
            )
    ratio = taken["bare"] / taken["export"]
    told = ", ".join(f"{name}: {learners / spent * 1e3:,.0f} rows a second of CPU" for name, spent in taken.items())
    return [
        figure("export.csv", ratio, goal=GOAL, better="higher", against="bare COPY of the same query", detail=told),
        figure(
            "export.csv.memory", grown(place), unit="MB", goal=MOST_MEMORY, against=f"itself at {FEW:,} rows",
            detail=f"most memory of the process at {learners:,} rows",
        ),
    ]  # fmt: skip


def fill(place: Platform, learners: int) -> None:
    """Have two schools, with that many learners and with FEW."""
    place.grow(2, first=1, others=1)
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the words of a search are not what is measured
        for school, each in ((LARGE, learners), (SMALL, FEW)):
            for statement in (PEOPLE, LEARNERS):
                connection.execute(statement, {"school": school, "each": each})
        connection.execute("VACUUM ANALYZE")


def exported(dataset: Dataset, voice: Speech, school: int = LARGE) -> int:
    """The rows of an export as a worker writes it."""

    def fill_file(file: BinaryIO, folder: Path) -> int:
        return write(dataset, {}, file, to=Format.CSV, voice=voice, folder=folder)

    return write_whole(school, FILE, 1, "csv", fill_file).rows


def bare(dataset: Dataset, voice: Speech) -> int:
    """The rows of the same select, as PostgreSQL writes them."""
    assert isinstance(dataset.rows, Selected)
    cells = [f"taken.c{number}" for number in range(len(dataset.columns))]
    rows = 0
    with tempfile.TemporaryFile() as file, speaking(voice), reading() as cursor:
        for line in dataset.rows.copied(cursor, {}, cells, {}):
            file.write(line)
            rows += 1
    return rows


def compare(calls: dict[str, Callable[[], int]], spent: Callable[[], float], rows: int) -> dict[str, float]:
    """Milliseconds of CPU a file (p10), the two interleaved. An export with other rows than there are is an error."""
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            before = spent()
            if call() != rows:
                raise SystemExit(f"{name} does not have {rows} rows")
            if number:  # the first finds cold caches
                samples[name].append(spent() - before)
    return {name: statistics.quantiles(values, n=10)[0] for name, values in samples.items()}


def grown(place: Platform) -> float:
    """MB by which the most memory of a process grows from FEW rows to all."""
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(
        target=_in_a_process, args=(place.addresses.app, place.addresses.platform, sender)
    )
    worker.start()
    grown: float = json.loads(receiver.recv())
    worker.join()
    return grown


def _in_a_process(app_url: str, platform_url: str, sender: Any) -> None:
    log_to_nowhere()
    place = Platform(run=None, addresses=type("Addresses", (), {"app": app_url, "platform": platform_url})(), superuser="")  # type: ignore[arg-type]
    application, voice, most = place.application(), speech_for("af", "Africa/Johannesburg", "en_ZA", "ZAR"), []
    with application.app_context(), outside():
        dataset = datasets_of(application)["learners"]
        for school in (SMALL, LARGE):
            with acting_for(school):
                exported(dataset, voice, school)
            most.append(most_memory())
    sender.send(json.dumps(most[1] - most[0]))
