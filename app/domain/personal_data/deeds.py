"""The name that stands beside the id of whoever did something: it goes with them, also where a namesake has the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from app.domain.personal_data.policies import MONEY, why_kept
from app.domain.personal_data.walk import AUDIT, Found
from app.tenancy.keys import Hand, Tables

_WORDS = ("text", "character varying")


def names_of_deeds(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Table, the column with the id of who did it, and the column with what they were called then."""
    for table in sorted(tables.readable - AUDIT):
        columns = tables.columns[table]
        if why_kept(table) == MONEY:
            continue
        for column in columns.values():
            if column.type != "uuid" or not column.name.endswith("by_id"):
                continue
            stem = column.name.removesuffix("_id")
            for name in (f"{stem}_name", stem):
                if name in columns and columns[name].type in _WORDS and columns[name].is_ours:
                    yield table, column.name, name


def unname(hand: Hand, tables: Tables, found: Found, mark: str) -> Counter[str]:
    """Put `mark` in the place of their name beside what they did; returns how many rows by table."""
    counts: Counter[str] = Counter()
    ids = list(found.people | found.users)
    for table, column, name in names_of_deeds(tables):
        sql = f"""UPDATE {table} t SET "{name}" = %(mark)s
            WHERE {tables.tie([name, name, column])} AND t."{column}" = ANY (%(ids)s::uuid[])
            AND t."{name}" IS DISTINCT FROM %(mark)s"""  # noqa: S608
        counts[table] += hand.number(sql, ids=ids, mark=mark)
    return counts
