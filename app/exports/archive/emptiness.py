"""Whether a school is empty: it has nothing but what making it has made, which gives way to what is brought in."""

from __future__ import annotations

from functools import cache
from typing import Any

from psycopg import Cursor

from app.exports.archive import tables
from app.exports.archive.wrong import Wrong
from app.models.person import Kind
from app.tenancy.database import db
from app.tenancy.reading import Bulk

#: what onboarding makes of the first people of a school, in the order in which it goes
GIVES_WAY = ("invitation", "progress", "push_subscription", "contact_preference", "membership", "person")
_OTHERS = Bulk(
    f"SELECT 1 FROM person t WHERE t.school_id = %(school)s AND t.kind <> '{Kind.STAFF.value}' LIMIT 1"  # noqa: S608
)


def refuse_filled(cursor: Cursor[Any], school_id: int) -> None:
    """Raise Wrong, naming the first table that has rows, unless the school is as onboarding left it. Needs `across_schools`."""
    for table in _must_be_empty():
        if tables.run(_any_of(table), cursor, school_id).fetchone():
            raise Wrong("not_empty", detail=table)
    if _OTHERS.run_across(cursor, school_id).fetchone():
        raise Wrong("not_empty", detail="person")


@cache
def _must_be_empty() -> tuple[str, ...]:
    """What is brought in, and whatever holds on to the people that give way."""
    found = set(tables.order()) - {tables.SCHOOL}
    for table in db.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table.name in GIVES_WAY and key.ondelete != "CASCADE":
                found.add(table.name)
    return tuple(sorted(found - set(GIVES_WAY)))


@cache
def _any_of(table: str) -> Bulk:
    return Bulk(f"SELECT 1 FROM {table} t WHERE t.school_id = %(school)s LIMIT 1")  # noqa: S608  a name of ours


def make_way(cursor: Cursor[Any], school_id: int) -> int:
    """Take out the people of an empty school; returns how many there were. Their accounts stay."""
    gone = 0
    for table in GIVES_WAY:
        taking = Bulk(f"DELETE FROM {table} t WHERE t.school_id = %(school)s")  # noqa: S608
        gone = tables.run(taking, cursor, school_id).rowcount
    return gone
