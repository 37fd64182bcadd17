"""Whom a breach affected: what the audit says was read, changed and taken out, traced to the people whom it was about."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.personal_data.walk import LEARNER, PERSON, about
from app.models.person import Kind
from app.tenancy.keys import Hand, Tables, checked, tables
from app.tenancy.reading import driving

MOST = 200_000  # events of one workbook
#: whose data an export has; of one that is not here, everybody's
_OF_DATASET = {
    "learners": (Kind.LEARNER.value,), "guardians": (Kind.GUARDIAN.value,),
    "families": (Kind.LEARNER.value, Kind.GUARDIAN.value),
    "staff": (Kind.STAFF.value,), "attendance": (Kind.LEARNER.value,), "gate": (Kind.LEARNER.value,),
    "consents": (Kind.LEARNER.value,),
}  # fmt: skip
_EVERYBODY = tuple(kind.value for kind in Kind)
#: events with which data left: that an export was asked for, made or failed took nothing out
_TAKEN_OUT = ("exports.fetch", "exports.download")
#: an archive has everybody, whatever dataset is looked for; so has an annex of one
_ALL_OF_IT = ("archives.download", "archives.download_annex")
_BY_PROGRAMS = "api.read"  # its value `read` says which list; registers are of learners
_OF_READ = {
    "register": (Kind.LEARNER.value,), "enrolments": (Kind.LEARNER.value,), "learners": (Kind.LEARNER.value,),
    "gate-scans": (Kind.LEARNER.value,), "on-site": (Kind.LEARNER.value,), "guardians": (Kind.GUARDIAN.value,),
    "guardianships": (Kind.LEARNER.value, Kind.GUARDIAN.value), "staff": (Kind.STAFF.value,),
}  # fmt: skip
_OF_THE_LOG = {"actor", "label", "visit"}


class Sought(NamedTuple):
    """What a workbook looks for; `dataset` '' and `request` '' narrow nothing."""

    since: dt.datetime
    until: dt.datetime
    users: tuple[UUID, ...]
    request: str
    dataset: str


@dataclass
class Affected:
    """What happened to one person's data."""

    events: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, event: Any) -> None:
        """Count an event."""
        self.events += 1
        self.first_at = min(self.first_at or event.at, event.at)
        self.last_at = max(self.last_at or event.at, event.at)
        seen = self.seen.setdefault(event.action, {"count": 0, "fields": []})
        seen["count"] += 1
        seen["fields"] = sorted({*seen["fields"], *(set(event.changes) - _OF_THE_LOG)})


_EVENTS = """
SELECT e.id, e.at, e.action, e.target_kind, e.target_id, e.changes FROM audit_event e
WHERE e.school_id = %(school)s AND e.at >= %(since)s AND e.at < %(until)s
  AND (cardinality(%(users)s::uuid[]) = 0 OR e.actor_id = ANY (%(users)s::uuid[]))
  AND (%(request)s = '' OR e.request_id = %(request)s)
  AND (%(dataset)s = '' OR e.action = ANY (%(taken)s))
ORDER BY e.seq LIMIT %(most)s
"""
_READ = """
SELECT v.event_id, v.value FROM audit_value v
WHERE v.school_id = %(school)s AND v.event_id = ANY (%(ids)s::uuid[]) AND v.field = 'read:after'
"""
_EXPORTS = "SELECT x.id, x.dataset FROM export x WHERE x.school_id = %(school)s AND x.id = ANY (%(ids)s::uuid[])"
_OF_KIND = """
SELECT p.id FROM person p WHERE p.school_id = %(school)s AND p.kind = ANY (%(kinds)s) AND p.created_at <= %(at)s
  AND p.merged_into IS NULL AND (p.ended_at IS NULL OR p.ended_at >= %(since)s)
"""


def affected(sought: Sought) -> dict[UUID, Affected]:
    """Everybody whose data was in what is sought, and what was seen of each. Inside a school."""
    found: dict[UUID, Affected] = defaultdict(Affected)
    with driving() as cursor:
        hand = Hand(cursor)
        known = tables(cursor)
        events = hand.rows(
            _EVENTS, since=sought.since, until=sought.until, users=list(sought.users), request=sought.request,
            dataset=sought.dataset, taken=[*_TAKEN_OUT, *_ALL_OF_IT], most=MOST,
        )  # fmt: skip
        taken = _datasets(hand, events)
        targets: dict[str, set[UUID]] = defaultdict(set)
        for event in events:
            if key := _uuid(event.target_id):
                targets[event.target_kind].add(key)
        people = {kind: _people(hand, known, kind, ids) for kind, ids in targets.items()}
        kinds: dict[tuple[str, ...], list[UUID]] = {}
        read = _read(hand, events)
        for event in events:
            dataset = taken.get(event.id, "")
            of = _EVERYBODY if event.action in _ALL_OF_IT else read.get(event.id)
            if dataset:
                of = _OF_DATASET.get(dataset, _EVERYBODY)
            if sought.dataset and dataset != sought.dataset and event.action not in _ALL_OF_IT:
                continue
            key = _uuid(event.target_id)
            about_whom: Iterable[UUID] = people.get(event.target_kind, {}).get(key, ()) if key else ()
            if of is not None:
                if of not in kinds:
                    rows = hand.rows(_OF_KIND, kinds=list(of), at=sought.until, since=sought.since)
                    kinds[of] = [row.id for row in rows]
                about_whom = kinds[of]
            for person_id in about_whom:
                found[person_id].add(event)
    return dict(found)


def _datasets(hand: Hand, events: Iterable[Any]) -> dict[UUID, str]:
    """Event to dataset, of events that took an export out: its target is the export, or the dataset by name."""
    exports = [event for event in events if event.action in _TAKEN_OUT and event.target_kind == "export"]
    ids = {key for event in exports if (key := _uuid(event.target_id))}
    named = {row.id: row.dataset for row in hand.rows(_EXPORTS, ids=list(ids))} if ids else {}
    return {
        event.id: named.get(key, "") if (key := _uuid(event.target_id)) else event.target_id or "" for event in exports
    }  # fmt: skip


def _read(hand: Hand, events: Iterable[Any]) -> dict[UUID, tuple[str, ...]]:
    """Event to kinds of people, of what programs read; everybody where it is not known what they read."""
    ids = [event.id for event in events if event.action == _BY_PROGRAMS]
    named = {row.event_id: json.loads(row.value or "null") for row in hand.rows(_READ, ids=ids)} if ids else {}
    return {key: _OF_READ.get(str(named.get(key)), _EVERYBODY) for key in ids}


def _people(hand: Hand, known: Tables, kind: str, ids: set[UUID]) -> Mapping[UUID, set[UUID]]:
    """Row to people, of the rows of a table: those it is about, or those whom the rows that refer to it are about."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if kind in (PERSON, LEARNER):
        return {key: {key} for key in ids}
    if kind not in known.columns:
        return found
    for column in _owners(known, kind):
        sql = f"""SELECT t.id, t."{column}" AS whose FROM {checked(kind)} t
            WHERE t.school_id = %(school)s AND t.id = ANY (%(ids)s::uuid[])"""  # noqa: S608
        _put(found, hand.rows(sql, ids=list(ids)))
    if found or about(known, kind):
        return found
    for key in known.keys_to(kind):
        for column in _owners(known, key.table):
            sql = f"""SELECT t."{key.column}" AS id, t."{column}" AS whose FROM {key.table} t
                WHERE t.school_id = %(school)s AND t."{key.column}" = ANY (%(ids)s::uuid[])"""  # noqa: S608
            _put(found, hand.rows(sql, ids=list(ids)))
    return found


def _owners(known: Tables, table: str) -> list[str]:
    return [column for column, target in about(known, table).items() if target in (PERSON, LEARNER)]


def _put(found: dict[UUID, set[UUID]], rows: Iterable[Any]) -> None:
    for row in rows:
        if row.whose:
            found[row.id].add(row.whose)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
