"""The parts of an XLSX: a zip archive of XML, neither of which is trusted.

Sizes are read from the directory of the archive before anything is unpacked, and what is unpacked never exceeds what the
directory says. XML is read piece by piece by expat, which declares nothing for us: a document type ends it.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from blueprints.imports.refusals import BadFile

PARTS = 2_000  # files in the archive
SHEET, STRINGS, SMALL = 256 << 20, 32 << 20, 4 << 20  # bytes of one unpacked: the rows, the texts, any other that is read
RATIO, BIG = 400, 1 << 20  # what is bigger than BIG and shrank by more than RATIO is no list of anybody
PIECE = 64 * 1024
DEEPEST, NAMES, LONGEST = 64, 1_000, 1 << 20  # elements in each other, different names, bytes of one tag
RELATIONS, WORKBOOK = "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
ENCRYPTED = 0x1

Attributes = dict[str, str]


class Package:
    """An opened archive, of which parts can be read."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises BadFile for what is no workbook, or unpacks to too much."""
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise BadFile("broken") from None
        entries = self._zip.infolist()
        if len(entries) > PARTS:
            raise BadFile("bomb")
        self.sizes = {entry.filename: entry for entry in entries}
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            raise BadFile("xls")
        if WORKBOOK not in self.sizes:
            raise BadFile("ods" if "content.xml" in self.sizes else "archive")
        for entry in entries:
            if entry.file_size > BIG and entry.file_size > RATIO * max(entry.compress_size, 1):
                raise BadFile("bomb")

    def has(self, name: str) -> bool:
        return name in self.sizes

    def read(self, name: str, handler: Handler, *, most: int = SMALL) -> None:
        """Give the elements of a part to `handler`. Raises BadFile for what is larger than `most`, damaged, or has entities."""
        for _ in self.pieces(name, handler, most=most):
            pass

    def pieces(self, name: str, handler: Handler, *, most: int) -> Iterator[None]:
        """The same piece by piece: what the handler has gathered can be taken from it in between."""
        if name not in self.sizes:
            raise BadFile("broken")
        if self.sizes[name].file_size > most:
            raise BadFile("bomb")
        parser = _parser(handler)
        try:
            with self._zip.open(name) as part:
                fed = 0
                while piece := part.read(PIECE):
                    parser.Parse(piece, False)
                    fed += len(piece)
                    if fed - parser.CurrentByteIndex > LONGEST:
                        raise BadFile("bomb")
                    yield
            parser.Parse(b"", True)
            yield
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise handler.broken() from None
        finally:
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None


class Handler:
    """What happens at each element; names are without their namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, piece: str) -> None:
        """Text, or a piece of it."""

    def broken(self) -> BadFile:
        """What is said when the part is damaged."""
        return BadFile("broken")


class _Guard:
    """Stands between expat and a handler: expat keeps every name and every open element in memory, so both are counted."""

    def __init__(self, handler: Handler) -> None:
        self._start, self._end, self._names, self._depth = handler.start, handler.end, dict[str, str](), 0

    def start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        local = self._names.get(name) or self._keep(name)
        for attribute in attributes:
            if attribute not in self._names:
                self._keep(attribute)
        if self._depth > DEEPEST:
            raise BadFile("bomb")
        self._start(local, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._end(self._names[name])

    def _keep(self, name: str) -> str:
        if len(self._names) >= NAMES:
            raise BadFile("bomb")
        return self._names.setdefault(name, _local(name))


def _parser(handler: Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    guard = _Guard(handler)
    parser.StartElementHandler, parser.EndElementHandler = guard.start, guard.end
    parser.CharacterDataHandler = handler.text
    return parser


def _refuse(*_: object) -> int:
    raise BadFile("entities")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class Workbook(NamedTuple):
    """The part with the rows, and whether its days count from 1904."""

    sheet: str
    is_1904: bool


class _Sheets(Handler):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool]] = []
        self.is_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "") in ("1", "true")
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if _local(key) == "id" and " " in key), "")
            self.sheets.append((relation, attributes.get("state", "visible") == "visible"))


class _Relations(Handler):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


def workbook_of(package: Package) -> Workbook:
    """The first sheet that can be seen. Raises BadFile without one."""
    sheets, relations = _Sheets(), _Relations()
    package.read(WORKBOOK, sheets)
    package.read(RELATIONS, relations)
    for relation, is_visible in sheets.sheets:
        target = relations.targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if is_visible and target and package.has(part):
            return Workbook(part, sheets.is_1904)
    raise BadFile("no_sheet")
