"""What an archive says of itself: its format, the school, the moment, and of each part its columns, rows and SHA-256."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from app.exports.archive.tables import Column
from app.exports.archive.wrong import Wrong

FORMAT = "umthi archive 1"
NAME = "manifest.json"
README = "README.txt"
CARRIED, ANNEX = "carried", "annex"
ACCOUNTS = "annexes/accounts.jsonl"
AUDIT = "annexes/audit.jsonl"
LARGEST = 4 << 20  # bytes of a manifest


class Part(NamedTuple):
    """A file of the archive: a table that is brought in, or an annex. `columns` are empty for what is no table."""

    path: str
    kind: str
    columns: tuple[Column, ...]
    rows: int
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """What it has: the name of its table, or of the annex."""
        return self.path.rpartition("/")[2].removesuffix(".jsonl")


class Manifest(NamedTuple):
    """An archive: of which school, made when (`schema` is the shape of the tables then), and its parts."""

    schema: str
    school: str
    slug: str
    made_at: dt.datetime
    parts: tuple[Part, ...]

    def carried(self) -> dict[str, Part]:
        """The tables that are brought in, by name."""
        return {part.name: part for part in self.parts if part.kind == CARRIED}

    def annexes(self) -> list[Part]:
        """What is only read."""
        return [part for part in self.parts if part.kind == ANNEX]

    def written(self) -> bytes:
        """As it stands in the archive."""
        told = {
            "format": FORMAT, "schema": self.schema, "school": {"name": self.school, "slug": self.slug},
            "made_at": self.made_at.astimezone(dt.UTC).isoformat(),
            "parts": [
                {
                    "path": part.path, "kind": part.kind, "rows": part.rows, "sha256": part.sha256, "size": part.size,
                    "columns": [list(column) for column in part.columns],
                }
                for part in self.parts
            ],
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, indent=1).encode()


def path_of(table: str, kind: str) -> str:
    """Where a table stands in an archive."""
    return f"{'tables' if kind == CARRIED else 'annexes'}/{table}.jsonl"


def read(content: bytes) -> Manifest:
    """The manifest of an archive that somebody brought: nothing is believed of it. Raises Wrong."""
    try:
        told = json.loads(content)
        if told["format"] != FORMAT:
            raise Wrong("format", detail=str(told["format"])[:60])
        made_at = dt.datetime.fromisoformat(told["made_at"])
        if made_at.tzinfo is None:
            raise ValueError("made_at")
        parts = tuple(map(_part, told["parts"]))
        school = told["school"]
        return Manifest(_text(told["schema"]), _text(school["name"]), _text(school["slug"]), made_at, parts)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        raise Wrong("no_manifest", file=NAME, detail=type(fault).__name__) from None


def _part(told: dict[str, Any]) -> Part:
    if told["kind"] not in (CARRIED, ANNEX):
        raise ValueError(told["kind"])
    rows, size, columns = told["rows"], told["size"], told["columns"]
    if type(rows) is not int or type(size) is not int or rows < 0 or size < 0:
        raise ValueError("rows")
    return Part(
        _text(told["path"]), told["kind"], tuple(Column(_text(name), _text(type_)) for name, type_ in columns), rows,
        _text(told["sha256"]), size,
    )  # fmt: skip


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value or len(value) > 500:
        raise ValueError("no text")
    return value
