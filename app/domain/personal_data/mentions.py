"""What names a person without a key: their name, their address or their number in words of somebody else's rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.personal_data.policies import MONEY, why_kept
from app.domain.personal_data.walk import AUDIT, OWNERS, Found, is_hidden
from app.tenancy.keys import Column, Hand, Tables

LEAST = 5  # characters of what is unmistakable: a shorter number stands in many other things
AROUND = 40  # characters that are shown on either side of a name in somebody else's row
#: what is nobody's to read but those who may, whoever is named there
_CONFIDENTIAL = frozenset({"medical_note"})
#: hears that some more was done
Told = Callable[[int], None]
#: made by the database from names that are there, or about the machinery alone
_NOT_LOOKED_AT = AUDIT | {"person_word", "metric", "metric_bucket", "outbox", "erasure_certificate", *OWNERS}
#: one row of these is one person's line of a file: whoever is named in it, all of it is about them
LINES = frozenset({"roster_row"})


def silent(_: int) -> None:
    """Whoever waits for nothing hears nothing."""


class Mention(NamedTuple):
    """A row in which somebody is named, and by column what stands around the name."""

    table: str
    id: UUID
    words: dict[str, Any]


class _Known(NamedTuple):
    name: str
    email: str | None
    phone: str | None
    number: str | None
    names: int
    emails: int
    phones: int
    numbers: int


_UNMISTAKABLE = """
WITH others AS (SELECT o.id, o.name, o.email, o.phone FROM person o
  WHERE o.school_id = %(school)s AND o.id <> ALL (%(ids)s::uuid[]))
SELECT p.name, p.email, p.phone, l.number,
  (SELECT count(*) FROM others WHERE lower(others.name) = lower(p.name)) AS names,
  (SELECT count(*) FROM others WHERE others.email = p.email) AS emails,
  (SELECT count(*) FROM others WHERE others.phone = p.phone) AS phones,
  (SELECT count(*) FROM learner o WHERE o.school_id = %(school)s AND o.id <> ALL (%(ids)s::uuid[])
    AND strpos(o.number, l.number) > 0) AS numbers
FROM person p LEFT JOIN learner l ON l.school_id = p.school_id AND l.id = p.id
WHERE p.school_id = %(school)s AND p.id = ANY (%(ids)s::uuid[])
"""


def words_of(hand: Hand, people: Iterable[UUID]) -> list[str]:
    """The words that name these people and nobody else of the school, the longest first: what a namesake shares is none."""
    found: set[str] = set()
    for row in hand.rows(_UNMISTAKABLE, ids=list(people)):
        if " " in row.name.strip() and not row.names:
            found.add(row.name.strip())
        found |= {
            word
            for word, others in ((row.email, row.emails), (row.phone, row.phones), (row.number, row.numbers))
            if word and not others
        }
    return sorted((word for word in found if len(word) >= LEAST), key=len, reverse=True)


def pattern_of(words: Iterable[str]) -> str:
    """A regular expression of PostgreSQL for any of the words by itself, not inside a longer one; '' for none."""
    each = "|".join(re.escape(word) for word in words)
    return f"(?<![[:alnum:]])(?:{each})(?![[:alnum:]])" if each else ""


def find(
    hand: Hand, tables: Tables, found: Found, words: Iterable[str], *, most: int = 200, told: Told = silent
) -> list[Mention]:
    """The rows that are not theirs and name them, at most `most` of a table: of each column that does, what stands around it.

    No more than that, for the rest of the row is about others; what opens doors and medical notes are not looked through.
    """
    pattern, named = pattern_of(words), []
    for table in looked_at(tables) if pattern else ():
        told(1)
        texts = [column.name for column in tables.texts_of(table) if not is_hidden(column.name)]
        if table in _CONFIDENTIAL or not texts:
            continue
        matches = " OR ".join(f't."{name}"::text ~* %(pattern)s' for name in texts)
        cut = ", ".join(f"""'{name}', substring(t."{name}"::text FROM %(around)s)""" for name in texts)
        sql = f"""SELECT t.id, jsonb_build_object({cut}) AS told FROM {table} t
            WHERE {tables.tie([*texts, *texts, *texts])} AND ({matches}) AND t.id <> ALL (%(own)s::uuid[])
            ORDER BY t.id DESC LIMIT %(most)s"""  # noqa: S608
        own = list(found.own.get(table, ()))
        rows = hand.rows(sql, pattern=pattern, around=f"(?i)(.{{0,{AROUND}}}{pattern}.{{0,{AROUND}}})", own=own, most=most)
        named += [Mention(table, row.id, {name: row.told[name] for name in texts if row.told[name]}) for row in rows]
    return named


def blot(hand: Hand, tables: Tables, found: Found, words: Iterable[str], mark: str, *, told: Told = silent) -> dict[str, int]:
    """Put `mark` in the place of the words wherever they stand, in their own rows too; returns how many rows by table."""
    words = list(words)
    pattern, blotted = pattern_of(words), {}
    for table in looked_at(tables) if pattern else ():
        told(1)
        if table in LINES or why_kept(table) == MONEY:
            continue
        number = 0
        for column in tables.texts_of(table):
            if not column.is_ours:
                continue
            if column.type in ("json", "jsonb"):
                number += _blot_json(hand, tables, table, column, words, mark)
            else:
                number += hand.number(_blot(tables, table, column.name, column.type), pattern=pattern, mark=mark)
        if number:
            blotted[table] = number
    return blotted


def looked_at(tables: Tables) -> list[str]:
    """The tables in whose words somebody can be named."""
    return sorted(name for name in tables.readable - _NOT_LOOKED_AT if tables.texts_of(name))


def _blot(tables: Tables, table: str, column: str, kind: str) -> str:
    cast = "" if kind == "text" else f"::{kind}"
    return f"""UPDATE {table} t SET "{column}" = regexp_replace(t."{column}"::text, %(pattern)s, %(mark)s, 'gi'){cast}
        WHERE {tables.tie([column])} AND t."{column}"::text ~* %(pattern)s"""  # noqa: S608


def _blot_json(hand: Hand, tables: Tables, table: str, column: Column, words: list[str], mark: str) -> int:
    """The strings of a JSON column, and nothing else of it: a number that looks like theirs is a number, and stays.

    The database finds the rows by the words alone, as an escaped line break before one would hide where it begins.
    """
    bare = "|".join(re.escape(word) for word in words)
    exact = re.compile(rf"(?<![^\W_])(?:{bare})(?![^\W_])", re.IGNORECASE)
    finding = f"""SELECT t.id, t."{column.name}" AS told FROM {table} t
        WHERE {tables.tie([column.name, column.name])} AND t."{column.name}"::text ~* %(bare)s"""  # noqa: S608
    changing = f"""UPDATE {table} t SET "{column.name}" = %(told)s::{column.type}
        WHERE {tables.tie([column.name])} AND t.id = %(id)s"""  # noqa: S608
    number = 0
    for row in hand.rows(finding, bare=bare):
        clean = _without(row.told, exact, mark)
        if clean != row.told:
            number += hand.number(changing, told=json.dumps(clean, ensure_ascii=False), id=row.id)
    return number


def _without(told: Any, exact: re.Pattern[str], mark: str) -> Any:
    """A value of JSON with `mark` in the place of what matches, in every string and every name of a field."""
    match told:
        case str():
            return exact.sub(lambda _: mark, told)
        case list():
            return [_without(each, exact, mark) for each in told]
        case dict():
            return {_without(name, exact, mark): _without(each, exact, mark) for name, each in told.items()}
        case _:
            return told
