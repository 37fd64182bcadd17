"""Taking scans: stored once, and every learner's state follows from all scans of their day, in the same transaction.

However many scans come at once, they are one statement that reads and one that writes. No lock is held in between: the state of
each learner goes up by a revision, and whose went up meanwhile by somebody else's scan is read and folded again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Cursor

from app.domain.gate import BY_HAND, Day, Outcome, Seen, fold
from app.models.gate import Direction
from app.tenancy.reading import Bulk

LATE = dt.timedelta(minutes=1)  # from the scan to its arrival: the device had no connection
TRIES = 5  # the second finds the row held for it; more are for rows that somebody took back
_ENCODER = json.JSONEncoder(default=str)


class Scan(NamedTuple):
    """A scan that arrives. `learner` is named only by what is marked by hand: then `code` is one of BY_HAND."""

    id: UUID
    code: str
    scanned_at: dt.datetime
    received_at: dt.datetime
    learner: UUID | None = None


class By(NamedTuple):
    """Who scans: a user, and the person of the school that they are, by whose name there they are written down."""

    id: UUID | None
    name: str
    person: UUID | None = None


class Taken(NamedTuple):
    """What a scan came to. For a code that is nobody's, `learner`, `name` and `on_site` are None."""

    scan: UUID
    direction: Direction
    scanned_at: dt.datetime
    learner: UUID | None = None
    name: str | None = None
    known_as: str | None = None
    on_site: bool | None = None


class Busy(RuntimeError):
    """Others scanned the same learner again and again, or sent a scan with the same id at the same moment: whoever asked rolls
    back, and sends the scans again."""


# The last part finds what has come before, under whatever code: a device that repeats itself is told the same again.
_READ = Bulk("""
WITH asked AS (
    SELECT l.id, l.card_code, l.number, l.known_as, p.name
    FROM learner l JOIN person p ON p.school_id = l.school_id AND p.id = l.id
    WHERE l.school_id = %(school)s AND (
        l.id = ANY (%(learners)s::uuid[])
        OR ((l.card_code = ANY (%(cards)s::text[]) OR l.number = ANY (%(codes)s::text[]))
            AND l.status <> 'left' AND p.ended_at IS NULL)
    )
)
SELECT a.id AS learner, a.card_code, a.number, a.name, a.known_as,
    t.on_site, t.since, t.on_date AS state_on, coalesce(t.revision, 0) AS revision,
    s.id, s.code, s.scanned_at, s.on_date, s.direction
FROM asked a
LEFT JOIN gate_state t ON t.school_id = %(school)s AND t.id = a.id
LEFT JOIN gate_scan s ON s.school_id = %(school)s AND s.learner_id = a.id AND s.on_date = ANY (%(days)s::date[])
UNION ALL
SELECT learner_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, id, code, scanned_at, on_date, direction
FROM gate_scan WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])
""")
# Learners come in the order of their ids, so that two batches wait for each other and never both.
_WRITE = Bulk("""
WITH state AS (
    INSERT INTO gate_state (school_id, id, on_site, since, on_date, revision)
    SELECT %(school)s, f.* FROM json_to_recordset(%(states)s::json)
        f (id uuid, on_site bool, since timestamptz, on_date date, revision int)
    ON CONFLICT (school_id, id) DO UPDATE
    SET on_site = excluded.on_site, since = excluded.since, on_date = excluded.on_date, revision = excluded.revision
    WHERE gate_state.revision = excluded.revision - 1
    RETURNING id
), kept AS (
    INSERT INTO gate_scan (
        school_id, id, code, learner_id, scanned_at, received_at, on_date, direction, was_offline, by_id, by_name
    )
    SELECT %(school)s, n.*, n.received_at - n.scanned_at > %(late)s, %(by_id)s::uuid,
        coalesce((SELECT p.name FROM person p WHERE p.school_id = %(school)s AND p.id = %(by_person)s::uuid), %(by_name)s)
    FROM json_to_recordset(%(scans)s::json) n (
        id uuid, code text, learner_id uuid, scanned_at timestamptz, received_at timestamptz, on_date date, direction text
    )
    WHERE n.learner_id IS NULL OR n.learner_id IN (SELECT id FROM state)
    ON CONFLICT (school_id, id) DO NOTHING
    RETURNING id
), mended AS (
    UPDATE gate_scan g SET direction = m.direction
    FROM json_to_recordset(%(mended)s::json) m (id uuid, learner_id uuid, direction text)
    WHERE g.school_id = %(school)s AND g.id = m.id AND m.learner_id IN (SELECT id FROM state)
)
SELECT id, false AS is_scan FROM state UNION ALL SELECT id, true FROM kept
""")


class _Stored(NamedTuple):
    """A scan that is stored: as it was made, on which day, and what it came to."""

    seen: Seen
    on_date: dt.date
    direction: str


@dataclass
class _Learner:
    """A learner of these codes: their state, and their scans of the days in question, those that arrive among them."""

    id: UUID
    name: str
    known_as: str | None
    on_site: bool | None
    since: dt.datetime | None
    state_on: dt.date | None
    revision: int
    stored: dict[UUID, _Stored] = field(default_factory=dict)
    coming: dict[UUID, tuple[Scan, dt.date]] = field(default_factory=dict)

    def days(self) -> dict[dt.date, Day]:
        """Each day that has a scan, folded, the earliest first."""
        by_day: dict[dt.date, list[Seen]] = {}
        for stored in self.stored.values():
            by_day.setdefault(stored.on_date, []).append(stored.seen)
        for scan, day in self.coming.values():
            by_day.setdefault(day, []).append(Seen(scan.id, scan.code, scan.scanned_at))
        return {day: fold(by_day[day]) for day in sorted(by_day)}


class _Found(NamedTuple):
    """What is known of the codes and ids of a batch."""

    cards: dict[str, _Learner]
    numbers: dict[str, _Learner]
    learners: dict[UUID, _Learner]
    before: dict[UUID, Taken]

    def whose(self, scan: Scan) -> _Learner | None:
        """Whose code it is: a card's goes before a number that looks the same."""
        if scan.learner:
            return self.learners.get(scan.learner)
        return self.cards.get(scan.code.upper()) or self.numbers.get(scan.code)


def take(cursor: Cursor[Any], scans: Iterable[Scan], *, by: By, timezone: ZoneInfo) -> dict[UUID, Taken]:
    """Store those scans that are new, and bring every learner's state and the directions of their scans up to date.

    Returns what each of them came to, by its id; of several with one id the first counts. Days are those of `timezone`.
    Needs the cursor of `writing()` or `driving()`, and commits nothing. Raises Busy: the transaction is rolled back then.
    """
    waiting = {scan.id: scan for scan in reversed(list(scans))}
    taken: dict[UUID, Taken] = {}
    for _ in range(TRIES):
        if not waiting:
            return taken
        found = _read(cursor, list(waiting.values()), timezone)
        done = _write(cursor, waiting, found, by, timezone)
        taken |= done
        waiting = {id: scan for id, scan in waiting.items() if id not in done}
    if waiting:
        raise Busy(f"{len(waiting)} scans of learners whom others scan")
    return taken


def day_at(moment: dt.datetime, timezone: ZoneInfo) -> dt.date:
    """The school's day of a moment."""
    return moment.astimezone(timezone).date()


def _read(cursor: Cursor[Any], scans: Sequence[Scan], timezone: ZoneInfo) -> _Found:
    codes = {scan.code for scan in scans if scan.learner is None}
    rows = _READ.run(
        cursor, codes=_array(codes), cards=_array(code.upper() for code in codes), ids=_array(scan.id for scan in scans),
        learners=_array(scan.learner for scan in scans if scan.learner),
        days=_array({day_at(scan.scanned_at, timezone) for scan in scans}),
    ).fetchall()  # fmt: skip
    found = _Found({}, {}, {}, {})
    for row in rows:
        if row.name is None:  # stored before
            found.before[row.id] = Taken(row.id, Direction(row.direction), row.scanned_at, row.learner)
            continue
        learner = found.learners.get(row.learner)
        if learner is None:
            learner = found.learners[row.learner] = _Learner(
                row.learner, row.name, row.known_as, row.on_site, row.since, row.state_on, row.revision
            )  # fmt: skip
            found.cards[row.card_code] = learner
            if row.number:
                found.numbers[row.number] = learner
        if row.id:
            learner.stored[row.id] = _Stored(Seen(row.id, row.code, row.scanned_at), row.on_date, row.direction)
    return found


def _write(
    cursor: Cursor[Any], waiting: Mapping[UUID, Scan], found: _Found, by: By, timezone: ZoneInfo
) -> dict[UUID, Taken]:  # fmt: skip
    """Store what is new; returns what is settled, without the scans of those learners whose state has moved meanwhile."""
    taken, nobodys = {}, []
    for scan in waiting.values():
        learner = found.whose(scan)
        if before := found.before.get(scan.id):
            taken[scan.id] = _again(before, found)
        elif learner:
            learner.coming[scan.id] = (scan, day_at(scan.scanned_at, timezone))
        else:
            nobodys.append(scan)
            taken[scan.id] = Taken(scan.id, Direction.UNKNOWN, scan.scanned_at)
    moving = sorted((one for one in found.learners.values() if one.coming), key=lambda one: one.id)
    if not (moving or nobodys):
        return taken
    days = {learner.id: learner.days() for learner in moving}
    new = [(scan, learner, day) for learner in moving for scan, day in learner.coming.values()]
    rows = [_row(scan, day, days[learner.id][day].outcomes[scan.id].direction, learner.id) for scan, learner, day in new]
    rows += [_row(scan, day_at(scan.scanned_at, timezone), Direction.UNKNOWN) for scan in nobodys]
    written = _WRITE.run(
        cursor, states=_json([_state(learner, days[learner.id]) for learner in moving]), scans=_json(rows),
        mended=_json([change for learner in moving for change in _mended(learner, days[learner.id])]),
        late=LATE, by_id=by.id, by_name=by.name, by_person=by.person,
    )  # fmt: skip
    settled = {(row.id, row.is_scan) for row in written}
    for scan, learner, day in new:
        if (learner.id, False) in settled:
            if (scan.id, True) not in settled:  # another scan has this id by now, so that this one moves nobody
                raise Busy(f"scan {scan.id} came twice at once")
            taken[scan.id] = _of(scan.id, scan.scanned_at, learner, days[learner.id][day].outcomes[scan.id])
    return taken


def _row(scan: Scan, day: dt.date, direction: Direction, learner: UUID | None = None) -> dict[str, Any]:
    return {
        "id": scan.id, "code": scan.code, "learner_id": learner, "scanned_at": scan.scanned_at,
        "received_at": scan.received_at, "on_date": day, "direction": direction.value,
    }  # fmt: skip


def _state(learner: _Learner, days: Mapping[dt.date, Day]) -> dict[str, Any]:
    """Where the learner is, since when and on which day: by the last of their days, which may be none of these."""
    last = max(days)
    on_site, since = days[last].on_site, days[last].since
    if learner.state_on and learner.state_on > last:
        last, on_site, since = learner.state_on, bool(learner.on_site), learner.since or since
    return {"id": learner.id, "on_site": on_site, "since": since, "on_date": last, "revision": learner.revision + 1}


def _mended(learner: _Learner, days: Mapping[dt.date, Day]) -> Iterable[dict[str, Any]]:
    """The scans that came to something else before one arrived that was made earlier."""
    for stored in learner.stored.values():
        direction = days[stored.on_date].outcomes[stored.seen.id].direction
        if direction.value != stored.direction:
            yield {"id": stored.seen.id, "learner_id": learner.id, "direction": direction.value}


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one value of a statement, which costs the driver a tenth of what an array for each column does."""
    return _ENCODER.encode(rows) if rows else "[]"


def _array(values: Iterable[object]) -> str:
    """The same for an array: its text."""
    return "{" + ",".join('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def _again(before: Taken, found: _Found) -> Taken:
    """What a scan came to that is stored already."""
    learner = found.learners.get(before.learner) if before.learner else None
    if learner is None or before.scan not in learner.stored:  # nobody's, or somebody's whose card has another code now
        return before
    stored = learner.stored[before.scan]
    day = fold(one.seen for one in learner.stored.values() if one.on_date == stored.on_date)
    return _of(before.scan, before.scanned_at, learner, day.outcomes[before.scan])


def _of(scan: UUID, scanned_at: dt.datetime, learner: _Learner, outcome: Outcome) -> Taken:
    return Taken(scan, outcome.direction, scanned_at, learner.id, learner.name, learner.known_as, outcome.on_site)


def is_by_hand(code: str) -> bool:
    """Whether a code is none of a card, but of a correction."""
    return code in BY_HAND
