"""An archive that somebody brought, read with suspicion: all is looked at before a row is written."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.exports.archive import manifest as manifests
from app.exports.archive import tables
from app.exports.archive.manifest import ACCOUNTS, CARRIED, LARGEST, NAME, README, Manifest, Part
from app.exports.archive.wrong import Wrong

GIGABYTE = 1 << 30
UNPACKED = 20 * GIGABYTE  # all parts together
LINE = 8 << 20  # bytes of the longest line
PARTS = 300
COMPRESSIONS = (ZIP_STORED, ZIP_DEFLATED)
BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
Told = Callable[[int], None]


class Opened:
    """An archive whose manifest is sound and whose parts are those of the manifest; their content is not looked at yet."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises Wrong."""
        try:
            self._zip = ZipFile(path)
        except BROKEN:
            raise Wrong("no_zip") from None
        try:
            self.manifest = self._manifest()
            self._infos = self._check_names()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None) -> None:
        self._zip.close()

    def check(self, told: Told) -> None:
        """Read every part once: hashes, numbers of rows, and of the tables each line. Raises Wrong."""
        for part in self.manifest.parts:
            digest, size, rows, before = hashlib.sha256(), 0, 0, ""
            keys = frozenset(column.name for column in part.columns)
            for line in self.lines(part):
                digest.update(line)
                size, rows = size + len(line), rows + 1
                if part.kind == CARRIED:
                    before = check_line(part, rows, line, keys, before)
                told(1 if part.kind == CARRIED else 0)
            if digest.hexdigest() != part.sha256:
                raise Wrong("hash", file=part.path)
            if rows != part.rows:
                raise Wrong("rows", file=part.path, line=rows, detail=str(part.rows))

    def lines(self, part: Part) -> Iterator[bytes]:
        """The lines of a part, never more bytes than the manifest says. Raises Wrong."""
        size = number = 0
        try:
            with self._zip.open(self._infos[part.path]) as file:
                while line := file.readline(LINE + 1):
                    size, number = size + len(line), number + 1
                    if len(line) > LINE:
                        raise Wrong("long_line", file=part.path, line=number)
                    if size > part.size:
                        raise Wrong("bomb", file=part.path)
                    yield line
        except BROKEN as fault:
            raise Wrong("broken", file=part.path, detail=type(fault).__name__) from None

    def unpack(self, part: Part, to: BinaryIO, told: Told = lambda _: None) -> None:
        """Write a part to a file; `told` hears after each line that it goes on. Raises Wrong."""
        for line in self.lines(part):
            to.write(line)
            told(0)

    def _manifest(self) -> Manifest:
        try:
            info = self._zip.getinfo(NAME)
            if info.file_size > LARGEST or info.compress_type not in COMPRESSIONS:
                raise Wrong("bomb", file=NAME)
            with self._zip.open(info) as file:
                content = file.read(LARGEST + 1)
        except KeyError:
            raise Wrong("no_manifest", file=NAME, detail="missing") from None
        except BROKEN as fault:
            raise Wrong("no_manifest", file=NAME, detail=type(fault).__name__) from None
        found = manifests.read(content)
        _check_tables(found)
        return found

    def _check_names(self) -> dict[str, ZipInfo]:
        """The parts of the file by name: those of the manifest, each once, and nothing else."""
        named = {part.path for part in self.manifest.parts}
        found: dict[str, ZipInfo] = {}
        if len(self._zip.infolist()) > PARTS:
            raise Wrong("path", detail=f"{len(self._zip.infolist())}")
        for info in self._zip.infolist():
            is_plain = info.compress_type in COMPRESSIONS and not info.flag_bits & 0x1
            if info.filename in found or info.filename not in named | {NAME, README} or not is_plain:
                raise Wrong("path", detail=info.filename[:80].encode("ascii", "backslashreplace").decode())
            found[info.filename] = info
        for part in self.manifest.parts:
            if part.path not in found:
                raise Wrong("missing", file=part.path)
            if found[part.path].file_size > part.size:
                raise Wrong("bomb", file=part.path)
        if sum(part.size for part in self.manifest.parts) > UNPACKED:
            raise Wrong("too_large", detail=str(UNPACKED // GIGABYTE))
        return found


def check_line(part: Part, number: int, line: bytes, keys: frozenset[str], before: str) -> str:
    """One row of a table: an object with the fields of the manifest, its id above the one before. Returns the id."""

    def wrong(key: str, detail: str = "") -> Wrong:
        return Wrong(key, file=part.path, line=number, detail=detail)

    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise wrong("no_json") from None
    if not isinstance(row, dict) or row.keys() != keys:
        odd = row.keys() ^ keys if isinstance(row, dict) else ()
        raise wrong("keys", ", ".join(sorted(odd))[:120])
    if b"\\u0000" in line or b"\0" in line:
        raise wrong("nul")
    if "id" not in keys:
        return ""
    try:
        found = str(UUID(row["id"]))
    except (ValueError, TypeError, AttributeError):
        raise wrong("id") from None
    if found != row["id"]:
        raise wrong("id")
    if found <= before:
        raise wrong("twice" if found == before else "order")
    return found


def _check_tables(found: Manifest) -> None:
    """The tables of the manifest are ours, with our columns, and each part stands where it belongs."""
    paths = [part.path for part in found.parts]
    if len(set(paths)) != len(paths) or len(paths) > PARTS:
        raise Wrong("no_manifest", file=NAME, detail="parts")
    ours = {table: tables.columns(table) for table in tables.order()}
    carried = found.carried()
    if missing := ours.keys() ^ carried.keys():
        raise Wrong("columns", file=NAME, detail=", ".join(sorted(missing)))
    for part in found.parts:
        if part.path != manifests.path_of(part.name, part.kind) or not part.name.replace("_", "").isalnum():
            raise Wrong("path", detail=part.path[:80].encode("ascii", "backslashreplace").decode())
        if part.kind == CARRIED and part.columns != ours[part.name]:
            odd = {column.name for column in set(part.columns) ^ set(ours[part.name])}
            raise Wrong("columns", file=part.path, detail=", ".join(sorted(odd)))
    if carried[tables.SCHOOL].rows != 1:
        raise Wrong("rows", file=carried[tables.SCHOOL].path, line=carried[tables.SCHOOL].rows, detail="1")
    if ACCOUNTS not in paths:
        raise Wrong("missing", file=ACCOUNTS)
