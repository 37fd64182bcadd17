"""Reads a statement as the driver will send it, and says of which tables it has not been proven that they keep to one school.

The text is read, and not SQLAlchemy's objects, because the text is what runs: whatever a table came in by (a Core table, a
subquery, a literal), here it is a name. What is not understood counts as unproven.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_TOKEN = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | %% | %\(\w+\)s | [A-Za-z_]\w* | \d+ | \S""", re.VERBOSE)
_BEFORE_A_WALL, _AFTER_A_WALL = {"where", "and", "on", "("}, {"or", "is", "+", "-", "*", "/", "|", "<", ">", "="}


@dataclass
class _Scope:
    """One SELECT: the tables it reads, by the name it gives them, and the names that it compares with the school."""

    sources: list[str] = field(default_factory=list)
    walled: list[str] = field(default_factory=list)


@dataclass
class _Level:
    """Between two parentheses. `optional_from`: behind a LEFT JOIN, an ON binds only the sources from this one on."""

    scope: _Scope
    optional_from: int = 0


def unproven(sql: str, *, tables: Collection[str], mark: str) -> list[str]:
    """The tenant tables of a select (by alias, sorted) without an `alias.school_id = mark` that every row of theirs must pass.

    `mark` is a placeholder that nothing but the wall writes. A table counts once for each time it is read; a FULL JOIN, which
    lets every row through, makes all of its SELECT's tables unproven.
    """
    tokens = _TOKEN.findall(sql)
    small = _plain(tokens)
    scopes = [_Scope()]
    levels = [_Level(scopes[0])]
    for i, word in enumerate(small):
        level, before, after = levels[-1], small[i - 1] if i else "", small[i + 1] if i + 1 < len(small) else ""
        if word == "(":
            levels.append(_Level(level.scope, level.optional_from))
        elif word == ")":
            levels.pop()
        elif word == "select":
            level.scope, level.optional_from = _Scope(), 0
            scopes.append(level.scope)
        elif word == "left":
            level.optional_from = len(level.scope.sources)
        elif word in ("where", "join") and before not in ("left", "outer"):
            level.optional_from = 0
        elif word == "full":
            level.scope.sources.append("full join")
        elif word in tables and before != "as" and after != "." and (before != "." or small[i - 2] in ("public", "pg_temp")):
            level.scope.sources.append(small[i + 2] if after == "as" else word)
        elif tokens[i] == mark and small[i - 3 : i] == [".", "school_id", "="] and _binds(small, i):
            alias = small[i - 4]
            if alias in level.scope.sources[level.optional_from :]:
                level.scope.walled.append(alias)
    return sorted(alias for scope in scopes for alias in _left_over(scope))


def untied(sql: str, *, tables: Collection[str]) -> int:
    """How many more times a statement names one of the tables than it says `school_id`: each must be tied to a school."""
    small = _plain(_TOKEN.findall(sql))
    named = sum(word in tables and small[i - 1] != "." and small[i + 1 : i + 2] != ["."] for i, word in enumerate(small))
    return named - small.count("school_id")


def _plain(tokens: list[str]) -> list[str]:
    """The words without the quotes of names, in small letters; a string keeps its quotes, and so is never a name."""
    return [token.strip('"').lower() for token in tokens]


def _binds(small: list[str], place: int) -> bool:
    """Whether every row must pass the comparison that ends at `place`: no OR stands beside it, nothing is computed with it."""
    behind = place + (4 if small[place + 1 : place + 3] == [":", ":"] else 1)  # ::INTEGER
    return small[place - 5] in _BEFORE_A_WALL and (small[behind : behind + 1] or ["and"])[0] not in _AFTER_A_WALL


def _left_over(scope: _Scope) -> list[str]:
    left = list(scope.sources)
    for alias in scope.walled:
        if alias in left:
            left.remove(alias)
    return left
