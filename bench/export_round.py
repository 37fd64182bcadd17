"""`export.round`: archive → empty school → archive, and the tables whose hash is another one then; goal 0.

`export.round.annexes`: annexes whose hash is not that of the manifest, or whose seals do not hold by deploy/verify_audit.py.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.sealing import seal_all
from app.exports.archive.bringing import bring_in
from app.exports.archive.opening import Opened
from app.exports.archive.writing import write
from app.i18n.speech import speech_for
from app.models.school import School
from app.seed import scale
from app.tenancy.doors import across_schools, outside
from bench.audit_place import fill
from bench.figure import Figure, figure, is_full
from bench.memory import most_memory
from bench.platform import Platform, platform

SCRIPT = Path(__file__).parents[1] / "deploy" / "verify_audit.py"
VOICE = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
# A year of school: classes of thirty, a daily register each, its marks and what was ever in them, and two scans a learner and day.
HISTORY = (
    """
    INSERT INTO class_group (school_id, id, name, sort_key, year) SELECT %(school)s, md5('c' || n)::uuid, 'Class ' || n,
        lpad(n::text, 4, '0'), 2026 FROM generate_series(1, %(classes)s::int) n
    """,
    """
    INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on)
    SELECT %(school)s, uuid7(), id, md5('c' || (1 + n %% %(classes)s::int))::uuid, 'active', '2026-01-14'
    FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM learner WHERE school_id = %(school)s) l
    """,
    """
    INSERT INTO register (school_id, id, class_id, on_date, saved_name)
    SELECT %(school)s, uuid7(), c.id, d::date, 'A teacher' FROM class_group c,
        generate_series(date '2026-11-20' - %(days)s::int + 1, date '2026-11-20', interval '1 day') d
    WHERE c.school_id = %(school)s
    """,
    """
    INSERT INTO attendance_mark (school_id, register_id, learner_id, on_date, status, by_name)
    SELECT %(school)s, r.id, e.learner_id, r.on_date, CASE WHEN abs(hashtext(e.id::text || r.on_date)) %% 20 = 0 THEN 'absent'
        ELSE 'present' END, 'A teacher' FROM register r JOIN enrolment e USING (school_id, class_id) WHERE r.school_id = %(school)s
    """,
    """
    INSERT INTO attendance_event (school_id, register_id, learner_id, status, by_name)
    SELECT school_id, register_id, learner_id, status, by_name FROM attendance_mark WHERE school_id = %(school)s
    """,
    """
    INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, was_offline, by_name)
    SELECT %(school)s, uuid7(), 'x', m.learner_id, m.on_date + interval '6 hours' * way, m.on_date,
        (ARRAY['in', 'out'])[way], false, 'The gate' FROM attendance_mark m, generate_series(1, 2) way
    WHERE m.school_id = %(school)s AND m.status = 'present'
    """,
)


def measure() -> list[Figure]:
    """The differences, and what is wrong with the annexes."""
    learners, days, events = (5_000, 40, 100_000) if is_full() else (300, 10, 2_000)
    place = platform()
    app = place.application()
    scale.seed(app, 1, learners)
    with app.app_context(), outside(), tempfile.TemporaryDirectory(prefix="umthi-round-") as folder:
        with across_schools("bench", routine=True) as session:
            school, new = _schools(session)
        _fill(place, school, learners, days, events)
        with across_schools("bench", routine=True):
            seal_all()
        first, second = Path(folder) / "first.zip", Path(folder) / "second.zip"
        taken = [time.perf_counter()]
        written = write(school, first, voice=VOICE)
        taken.append(time.perf_counter())
        with Opened(first) as opened:
            opened.check(lambda _: None)
            with across_schools("bench", routine=True) as session:
                bring_in(session, new, opened)
                session.commit()
            taken.append(time.perf_counter())
            again = write(new, second, voice=VOICE)
            taken.append(time.perf_counter())
            wrong = _wrong_annexes(opened, Path(folder))
        mine, theirs = written.manifest.carried(), again.manifest.carried()
        differing = [name for name in mine | theirs if mine.get(name, None) != theirs.get(name, None)]
        rows = sum(part.rows for part in mine.values())
    out, back, out_again = (after - before for before, after in pairwise(taken))
    return [
        figure(
            "export.round", len(differing), unit="tables", goal=0, against="tables whose rows or SHA-256 differ",
            detail=f"{learners:,} learners, {rows:,} rows in {len(mine)} tables, {sum(1 for part in mine.values() if part.rows)} with"
            f" rows: {written.size / 1e6:.1f} MB out in {out:.1f} s, in with every row read back in {back:.1f} s, out again in"
            f" {out_again:.1f} s, {most_memory():.0f} MB at most{'; ' + ', '.join(differing) if differing else ''}",
        ),
        figure(
            "export.round.annexes", len(wrong), unit="annexes", goal=0, against="annexes that do not verify offline",
            detail=f"{len(written.manifest.annexes())} annexes, the audit with {events:,} events by the script of 60 lines"
            + (f"; {', '.join(wrong)}" if wrong else ""),
        ),
    ]  # fmt: skip


def _schools(session: Session) -> tuple[int, int]:
    """The school that is filled, and an empty one."""
    school = session.scalar(select(School.id).where(School.slug == scale.slug_of(1)))
    assert school is not None
    empty = School(slug="empty", name="Empty School")
    session.add(empty)
    session.commit()
    return school, empty.id


def _fill(place: Platform, school: int, learners: int, days: int, events: int) -> None:
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        for statement in HISTORY:
            sql.execute(statement, {"school": school, "classes": max(1, learners // 30), "days": days})
        sql.execute("VACUUM ANALYZE")
    fill(place, school, events)


def _wrong_annexes(opened: Opened, folder: Path) -> list[str]:
    """The names of annexes whose bytes are not those of the manifest, or whose seals do not hold."""
    wrong = []
    for part in opened.manifest.annexes():
        file = folder / part.name
        with file.open("wb") as to:
            opened.unpack(part, to)
        is_well = hashlib.sha256(file.read_bytes()).hexdigest() == part.sha256
        if is_well and part.name == "audit":
            checked = subprocess.run([sys.executable, "-I", str(SCRIPT), str(file)], stdout=subprocess.DEVNULL, check=False)
            is_well = checked.returncode == 0
        if not is_well:
            wrong.append(part.name)
    return wrong
