"""An access pack: what is held about a person, with as little as possible about anybody else.

Of other people it has the name, and that only of staff and of the person's own family; another learner is 'another learner'.
What somebody did at work (registers they kept, files they brought in) is counted, for it is about others. Secrets of accounts
and devices are left out: they open doors, and say nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, column, func, select, table
from sqlalchemy.orm import Session

from app.domain.personal_data.mentions import Mention, Told, find, silent, words_of
from app.domain.personal_data.walk import LEARNER, OWNERS, PERSON, USER, Found, is_hidden, rows_of, walk
from app.tenancy.keys import Hand, Tables, checked, tables

EVERYTHING = 1_000_000
ANOTHER = "another"  # in the place of the name of a learner who is nothing to the person
_FIRST = (PERSON, LEARNER)  # who they are, before all else
_CALLED = ("name", "title", "label", "file_name")


class Section(NamedTuple):
    """What one table holds about them: `rows` may be fewer than `total`. A cell that led to a row has its name instead."""

    table: str
    total: int
    rows: list[dict[str, Any]]


class Event(NamedTuple):
    """Something that was done about them: when, what, by whom, and what the event keeps of it (None: erased)."""

    at: dt.datetime
    action: str
    actor: str
    values: dict[str, str | None]


class Pack(NamedTuple):
    """All that is held. `deeds` counts what they did, by table and column; `acted` events of theirs in the audit log."""

    person_id: UUID
    name: str
    kind: str
    sections: list[Section]
    events: list[Event]
    event_total: int
    deeds: dict[tuple[str, str], int]
    acted: int
    mentions: list[Mention]
    users: frozenset[UUID]

    @property
    def rows(self) -> int:
        """How many rows it tells of."""
        return sum(len(section.rows) for section in self.sections) + len(self.events) + len(self.mentions)


_WHO = "SELECT p.name, p.kind FROM person p WHERE p.school_id = %(school)s AND p.id = %(id)s"
_FAMILY = """
SELECT p.id, p.name, p.kind, EXISTS (SELECT FROM guardianship g WHERE g.school_id = %(school)s
    AND (g.learner_id = p.id AND g.guardian_id = ANY (%(theirs)s::uuid[])
      OR g.guardian_id = p.id AND g.learner_id = ANY (%(theirs)s::uuid[]))) AS is_family
FROM person p WHERE p.school_id = %(school)s AND p.id = ANY (%(ids)s::uuid[])
"""
_EVENTS = """
SELECT e.id, e.at, e.action, (SELECT jsonb_object_agg(v.field, v.value) FROM audit_value v
    WHERE v.school_id = e.school_id AND v.event_id = e.id) AS told
FROM audit_event e WHERE e.school_id = %(school)s AND e.target_id = ANY (%(ids)s::text[]) ORDER BY e.seq DESC LIMIT %(most)s
"""
_HOW_MANY = """
SELECT count(*) FILTER (WHERE e.target_id = ANY (%(ids)s::text[])) AS about,
  count(*) FILTER (WHERE e.actor_id = ANY (%(users)s::uuid[])) AS acted
FROM audit_event e
WHERE e.school_id = %(school)s AND (e.target_id = ANY (%(ids)s::text[]) OR e.actor_id = ANY (%(users)s::uuid[]))
"""


def gather(hand: Hand, person_id: UUID, *, most: int = EVERYTHING, mentions: bool = True, told: Told = silent) -> Pack:
    """All that is held about a person of the school, at most `most` rows of a table; without `mentions` for a page, as that
    looks through all words of the school."""
    known = tables(hand.cursor)
    found = walk(hand, known, person_id, told=told)
    who = hand.rows(_WHO, id=person_id)[0]
    sections = [
        Section(name, len(ids), rows_of(hand, name, ids, most))
        for name, ids in sorted(found.own.items(), key=lambda each: (each[0] not in _FIRST, each[0] != PERSON, each[0]))
        if name not in _NO_WORDS
    ]
    _tell(hand, known, found, sections)
    targets = sorted({str(key) for ids in found.own.values() for key in ids})
    events = [_event(row) for row in hand.rows(_EVENTS, ids=targets, most=most)]
    numbers = hand.rows(_HOW_MANY, ids=targets, users=list(found.users))[0]
    named = find(hand, known, found, words_of(hand, found.people), told=told) if mentions else []
    return Pack(
        person_id, who.name, who.kind, sections, events, numbers.about, found.deeds, numbers.acted, named, found.users
    )  # fmt: skip


_NO_WORDS = frozenset({"person_word"})  # made from the name, for searching


def account_counts(session: Session, hand_tables: Tables, users: Iterable[UUID]) -> dict[str, int]:
    """How many rows the platform keeps of these users' accounts, by table. Needs `across_schools`.

    No more than numbers: an account belongs to the person and not to the school; they see all of it themselves.
    """
    wanted, counts = list(users), dict[str, int]()
    for key in hand_tables.keys if wanted else ():
        if key.target == USER and key.table not in hand_tables.columns:
            theirs: ColumnElement[bool] = column(checked(key.column)).in_(wanted)
            counting = select(func.count()).select_from(table(checked(key.table))).where(theirs)
            if number := session.scalar(counting):
                counts[key.table] = counts.get(key.table, 0) + number
    return counts


def _tell(hand: Hand, known: Tables, found: Found, sections: list[Section]) -> None:
    """Put names in the place of ids, and leave out what opens doors."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for section in sections:
        for name, target in known.keys_of(section.table).items():
            wanted[target] |= {row[name] for row in section.rows if row.get(name)}
    labels = {target: _labels(hand, known, found, target, ids) for target, ids in wanted.items() if ids}
    theirs = {str(key) for key in found.people}
    for section in sections:
        keys, columns = known.keys_of(section.table), known.columns[section.table]
        for row in section.rows:
            for name in list(row):
                if name in keys and name != "id":
                    target = keys[name]
                    label = labels.get(target, {}).get(row[name]) if row[name] else None
                    if label is None or row[name] in theirs:
                        del row[name]
                    else:
                        row[name] = label
                elif is_hidden(name) or columns[name].type in ("bytea", "uuid", "bytea[]"):
                    del row[name]


def _labels(hand: Hand, known: Tables, found: Found, target: str, ids: Iterable[str]) -> dict[str, str]:
    """Id to name of the rows of a table that cells lead to; nothing of a table whose rows have no name."""
    if target in (PERSON, LEARNER):
        rows = hand.rows(_FAMILY, ids=list(ids), theirs=list(found.people))
        return {str(row.id): row.name if row.is_family or row.kind != LEARNER else ANOTHER for row in rows}
    called = [name for name in _CALLED if name in known.columns.get(target, {})]
    if target in OWNERS or not called or known.columns[target][called[0]].type != "text":
        return {}
    sql = f"""SELECT t.id, t."{called[0]}" AS called FROM {target} t
        WHERE t.school_id = %(school)s AND t.id = ANY (%(ids)s::uuid[])"""  # noqa: S608
    return {str(row.id): row.called for row in hand.rows(sql, ids=list(ids))}


def _event(row: Any) -> Event:
    told = dict(row.told or {})
    actor = told.pop("actor", None) or ""
    told.pop("visit", None)
    return Event(row.at, row.action, actor, told)
