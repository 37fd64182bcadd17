"""Everything that a school holds about a person, found along the keys of the database: no table is named here but theirs.

From the person's own rows every foreign key that leads to them is followed, from the rows found the next, and so on. It ends
where rows become about somebody else: a message is followed to its texts, not to what other people were sent. What only says
that somebody *did* something (`…by_id`, `author_id`) is counted as their deed, and never followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from app.tenancy.keys import Hand, Key, Tables

PERSON, LEARNER, MEMBERSHIP, USER = "person", "learner", "membership", "app_user"
#: whose rows are somebody; a key to them says about whom a row is
OWNERS = (PERSON, LEARNER, MEMBERSHIP, USER)
#: read along the targets of its events, not along keys
AUDIT = frozenset({"audit_event", "audit_value", "audit_seal"})
_SUBJECTS = ("person_id", "learner_id", "guardian_id", "membership_id", "user_id", "payer_id")
_DEEDS = ("by_id", "author_id", "owner_id", "_by")
_SECRET = ("_hash", "_key", "secret", "token", "p256dh", "auth", "key_id", "digest", "salt")
_HIDDEN = {"id", "school_id", "sort_key", "key"}


class Found(NamedTuple):
    """What is theirs: ids by table, what they did by table and column, and the ids that they have as people and as users."""

    own: dict[str, set[UUID]]
    deeds: dict[tuple[str, str], int]
    people: frozenset[UUID]
    users: frozenset[UUID]

    def is_theirs(self, table: str, key: UUID) -> bool:
        """Whether a row is one of those found."""
        return key in self.own.get(table, ())


def is_deed(column: str) -> bool:
    """Whether a column only says who did something."""
    return column.endswith(_DEEDS)


def is_hidden(column: str) -> bool:
    """Whether a column opens doors or only serves the machinery: nobody is shown what stands there."""
    return column in _HIDDEN or column.endswith(_SECRET)


def about(tables: Tables, table: str) -> dict[str, str]:
    """Column to table, of the keys that say about whom a row of `table` is."""
    return {
        column: target for column, target in tables.keys_of(table).items() if target in OWNERS and not is_deed(column)
    }  # fmt: skip


def walk(hand: Hand, tables: Tables, person_id: UUID, *, told: Callable[[int], None] = lambda _: None) -> Found:
    """Find what is held about a person, also under the records that were merged into theirs; `told` hears that it goes on."""
    own: dict[str, set[UUID]] = defaultdict(set)
    deeds: dict[tuple[str, str], int] = {}
    own[PERSON] = {person_id}
    waiting: list[tuple[str, set[UUID]]] = [(PERSON, {person_id})]
    done_deeds: dict[Key, set[UUID]] = defaultdict(set)
    while waiting:
        target, ids = waiting.pop()
        for key in tables.keys_to(target):
            told(1)
            if key.table not in tables.readable or key.table in AUDIT:
                continue
            if is_deed(key.column):
                done_deeds[key] |= ids
            elif target in OWNERS or not about(tables, key.table):
                fresh = _ids(hand, key.table, key.column, ids) - own[key.table]
                if fresh:
                    own[key.table] |= fresh
                    waiting.append((key.table, fresh))
    people = frozenset(own[PERSON])
    users = frozenset(_users(hand, own[MEMBERSHIP]))
    for key, ids in done_deeds.items():
        deeds[key.table, key.column] = _count(hand, key.table, key.column, ids)
    _along_no_key(hand, tables, own, deeds, people | users)
    return Found({name: ids for name, ids in own.items() if ids}, {k: n for k, n in deeds.items() if n}, people, users)


def _along_no_key(
    hand: Hand, tables: Tables, own: dict[str, set[UUID]], deeds: dict[tuple[str, str], int], ids: Iterable[UUID]
) -> None:
    """Columns that hold an id and have no key: an id is nobody else's, so that what holds it is about them, or by them."""
    for table in sorted(tables.readable - AUDIT):
        keys = tables.keys_of(table)
        for column in tables.columns[table].values():
            if column.type != "uuid" or column.name == "id" or column.name in keys:
                continue
            if column.name in _SUBJECTS:
                own[table] |= _ids(hand, table, column.name, ids)
            elif number := _count(hand, table, column.name, ids):
                deeds[table, column.name] = number


def _ids(hand: Hand, table: str, column: str, ids: Iterable[UUID]) -> set[UUID]:
    sql = f'SELECT t.id FROM {table} t WHERE t.school_id = %(school)s AND t."{column}" = ANY (%(ids)s::uuid[])'  # noqa: S608
    return {row.id for row in hand.rows(sql, ids=list(ids))}


def _count(hand: Hand, table: str, column: str, ids: Iterable[UUID]) -> int:
    sql = f'SELECT count(*) FROM {table} t WHERE t.school_id = %(school)s AND t."{column}" = ANY (%(ids)s::uuid[])'  # noqa: S608
    return int(hand.rows(sql, ids=list(ids))[0].count)


def _users(hand: Hand, memberships: Iterable[UUID]) -> list[UUID]:
    sql = "SELECT m.user_id FROM membership m WHERE m.school_id = %(school)s AND m.id = ANY (%(ids)s::uuid[])"
    return [row.user_id for row in hand.rows(sql, ids=list(memberships))]


def rows_of(hand: Hand, table: str, ids: Iterable[UUID], most: int) -> list[dict[str, Any]]:
    """The rows with these ids as JSON, the newest first, at most `most`."""
    sql = f"""SELECT to_jsonb(t) AS told FROM {table} t
        WHERE t.school_id = %(school)s AND t.id = ANY (%(ids)s::uuid[]) ORDER BY t.id DESC LIMIT %(most)s"""  # noqa: S608
    return [row.told for row in hand.rows(sql, ids=list(ids), most=most)]
