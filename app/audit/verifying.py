"""Whether a log is what was sealed: each seal follows the one before it, each event is as it was, none missing, none too many.

A log is read once, in the order of its seals, by cursors of the server: a million events take no more memory than ten thousand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple

from psycopg import Cursor

from app.audit import checkpoints
from app.audit.canonical import BEGINNING, DIGEST, Place, Query, Stream, hash_of, header_of, written
from app.audit.checkpoints import Checkpoint
from app.audit.findings import Fault, Kind, Report
from app.audit.values import check_values
from app.tenancy.reading import driving

SEALS, EVENTS = 50, 5_000  # in memory at a time
_CURSORS = count()
_LAST = Query("""
SELECT s.number, s.until_xid, s.until_seq, s.hash FROM $seals s
WHERE $s_is_ours (%(until)s::bigint IS NULL OR s.number <= %(until)s) ORDER BY s.number DESC LIMIT 1
""")
_SEALS = Query("""
SELECT s.number, s.from_xid, s.from_seq, s.until_xid, s.until_seq, s.at, s.events, s.seqs, s.digests, s.previous, s.hash
FROM $seals s WHERE $s_is_ours s.number <= %(last)s ORDER BY s.number
""")
_EVENTS = Query("""
SELECT e.xid, e.seq, convert_to($canonical, 'UTF8') FROM $events e
WHERE $e_is_ours (e.xid, e.seq) < (%(xid)s, %(seq)s) ORDER BY e.xid, e.seq
""")
_WAITING = Query("SELECT count(*) FROM $events e WHERE $e_is_ours (e.xid, e.seq) >= (%(xid)s, %(seq)s)")
_ELSEWHERE = Query("SELECT DISTINCT e.seq FROM $events e WHERE $e_is_ours e.seq = ANY (%(seqs)s)")


def verify(
    stream: Stream,
    *,
    noted: Iterable[tuple[int, str]] = (),
    values: bool = True,
    told: Callable[[int], None] = lambda _: None,
    until: int | None = None,
) -> Report:
    """Check a log against its seals. Across schools any, inside a school its own.

    `noted` are heads of its chain that were written elsewhere, each the number of a seal and its hash (hex). `told` hears after
    each seal how many events it had. Without `values` the words beside the events are not looked at. A log that was removed up
    to a checkpoint begins there; nothing is removed meanwhile. With `until` only the seals up to that number are checked.
    """
    report = Report(stream)
    with driving() as cursor:
        checkpoints.let_nothing_go(cursor, stream)
        start = checkpoints.last_sound(cursor, report)
        last = _LAST.run(cursor, stream, until=until).fetchone()
        noted = noted if until is None else [note for note in noted if note[0] <= until]
        end = Place(last.until_xid, last.until_seq) if last else Place(0, 0)
        seals = rows_of(cursor, _SEALS, stream, SEALS, last=last.number) if last else iter(())
        chain = _Chain(report, seals, noted, told, start)
        if last:
            report.head = bytes(last.hash).hex()
            _compare(rows_of(cursor, _EVENTS, stream, EVENTS, **end._asdict()), chain)
        chain.finish()
        for (report.waiting,) in _WAITING.run(cursor, stream, **end._asdict()):
            pass
        _tell_moved_from_removed(cursor, report)
        if values:
            check_values(cursor, report, end)
    return report


def rows_of(cursor: Cursor[Any], query: Query, stream: Stream, at_once: int, **values: object) -> Iterator[Any]:
    """The rows of a long answer, a few in memory at a time, in the transaction of the cursor."""
    served = cursor.connection.cursor(f"audit_{next(_CURSORS)}", row_factory=cursor.row_factory)
    served.itersize = at_once
    with served:
        query.run(served, stream, **values)
        yield from served


def _compare(events: Iterator[Any], chain: _Chain) -> None:
    """Hold every event to the seal in whose place it stands."""
    seal = chain.next()
    (until_xid, until_seq), expected = seal.until, seal.expected
    for xid, seq, text in events:
        while xid > until_xid or (xid == until_xid and seq >= until_seq):
            seal = chain.next()
            (until_xid, until_seq), expected = seal.until, seal.expected
        digest = sha256(text).digest()[:DIGEST]
        if (wanted := expected.pop(seq, None)) != digest:
            seal.note(Place(xid, seq), _Odd(seq, bytes(text), digest, wanted))


class _Odd(NamedTuple):
    """An event that is not what its seal has: its own digest, and what the seal has for its number unless it was met before."""

    seq: int
    text: bytes
    digest: bytes
    wanted: bytes | None

    @property
    def at(self) -> str:
        """When it happened, as it says itself."""
        return str(json.loads(self.text)[2])


class _Seal:
    """A seal whose events are being read. `expected`: number -> digest of those not met yet; empty unless it is sound."""

    def __init__(self, stream: Stream, row: Any) -> None:
        self.number, self.at, self.previous, self.hash = row.number, written(row.at), bytes(row.previous), bytes(row.hash)
        self.since, self.until = Place(row.from_xid, row.from_seq), Place(row.until_xid, row.until_seq)
        self.events, digests, self.odd, self.wanted = row.events, bytes(row.digests), list[_Odd](), dict[int, bytes]()
        header = header_of(stream, self.number, self.since, self.until, self.at, self.events, self.previous)
        self.is_first = self.number == 1  # what stands before it stands in no seal
        self.computed = hash_of(header, row.seqs, digests)
        self.is_sound = self.computed == self.hash and len(row.seqs) == self.events and len(digests) == self.events * DIGEST
        each = (digests[at : at + DIGEST] for at in range(0, len(digests), DIGEST))
        self.expected = dict(zip(row.seqs, each, strict=True)) if self.is_sound else {}

    def note(self, place: Place, odd: _Odd) -> None:
        """Keep an event that is not as expected: of a seal that is not sound nothing can be said."""
        if self.is_sound and (place >= self.since or self.is_first):
            self.odd.append(odd)
            if odd.wanted is not None:
                self.wanted[odd.seq] = odd.wanted

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the events, now that all of them were met. One number may have been given twice."""
        genuine = {odd.seq for odd in self.odd if odd.digest == self.wanted.get(odd.seq)}
        for odd in self.odd:
            if odd.digest == self.wanted.get(odd.seq):
                continue
            edited = odd.seq in self.wanted and odd.seq not in genuine
            genuine.add(odd.seq)
            yield Fault(Kind.EDITED if edited else Kind.INSERTED, self.number, odd.seq, odd.at)
        for seq in self.expected:
            yield Fault(Kind.REMOVED, self.number, seq, self.at)


class _Chain:
    """The seals of a log one after the other, each held to the one before it and to what was noted elsewhere.

    `start` is the checkpoint up to which seals were removed, or are being removed: the oldest of them go first.
    """

    def __init__(
        self,
        report: Report,
        rows: Iterator[Any],
        noted: Iterable[tuple[int, str]],
        told: Callable[[int], None],
        start: Checkpoint | None,
    ) -> None:
        self._report, self._rows, self._told, self._start, self._is_first = report, rows, told, start, True
        self._noted: dict[int, set[str]] = {}
        for number, hashed in noted:
            self._noted.setdefault(number, set()).add(hashed)
        self._now: _Seal | None = None
        self._before = (0, Place(0, 0), BEGINNING, True)

    def next(self) -> _Seal:
        """Go on to the next seal. Only as long as there is one."""
        self._close()
        seal = self._now = _Seal(self._report.stream, next(self._rows))
        self._check(seal)
        return seal

    def finish(self) -> None:
        """Close the seals behind the last event, too, and miss those that were noted and are not there."""
        while True:
            try:
                self.next()
            except StopIteration:
                break
        last, start = self._before[0], self._start
        if start and self._is_first:  # its own announcement is sealed after it, before anything goes
            last = start.seal
            self._report.add(Fault(Kind.CUT, last + 1))
        elif any(number > last for number in self._noted):
            self._report.add(Fault(Kind.CUT, last + 1))

    def _check(self, seal: _Seal) -> None:
        if self._start and self._is_first:
            self._begin(seal, self._start)
        self._is_first = False
        number, until, hashed, was_sound = self._before
        report = self._report
        if seal.number != number + 1:
            report.add(Fault(Kind.SEAL_REMOVED, number + 1, None, seal.at))
        elif was_sound and (seal.since != until or seal.previous != hashed):
            report.add(Fault(Kind.SEAL_REPLACED, seal.number - 1 or 1, None, seal.at))
        if not seal.is_sound:
            report.add(Fault(Kind.SEAL_EDITED, seal.number, None, seal.at))
        elif self._known(seal.number) - {seal.hash.hex()}:
            report.add(Fault(Kind.SEAL_REPLACED, seal.number, None, seal.at))
        self._before = seal.number, seal.until, seal.hash, seal.is_sound

    def _known(self, number: int) -> set[str]:
        """The hashes that a seal has where it stands elsewhere too."""
        found = self._noted.get(number, set())
        return found | {self._start.head.hex()} if self._start and self._start.seal == number else found

    def _begin(self, seal: _Seal, start: Checkpoint) -> None:
        """The first seal that is left: the one after the checkpoint, or one of those that are still to go."""
        if seal.number <= start.seal:
            self._before = seal.number - 1, seal.since, seal.previous, True
        else:
            self._before = start.seal, start.until, start.head, True
            if len(self._known(start.seal)) > 1:
                self._report.add(Fault(Kind.SEAL_REPLACED, start.seal, None, start.until_at))
        seal.is_first = seal.number <= start.seal + 1

    def _close(self) -> None:
        seal, self._now = self._now, None
        if seal is None:
            return
        for fault in seal.faults():
            self._report.add(fault)
        self._report.seals += 1
        self._report.events += seal.events
        self._told(seal.events)


def _tell_moved_from_removed(cursor: Cursor[Any], report: Report) -> None:
    """An event that left its place and stands at another was edited: it is neither gone nor new."""
    gone = [fault.seq for fault in report.faults if fault.kind is Kind.REMOVED]
    if not gone:
        return
    moved = {row.seq for row in _ELSEWHERE.run(cursor, report.stream, seqs=gone)}
    faults = [
        fault._replace(kind=Kind.EDITED) if fault.kind is Kind.REMOVED and fault.seq in moved else fault
        for fault in report.faults
        if not (fault.kind is Kind.INSERTED and fault.seq in moved)
    ]
    report.replace(faults)
