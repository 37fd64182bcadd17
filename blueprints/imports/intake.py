"""A file that somebody chose: what kind it is by its bytes, its headings, its rows. Nothing is believed of it."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

from blueprints.imports import csv_rows, xlsx_rows
from blueprints.imports.csv_rows import Row
from blueprints.imports.headings import LOOKED, is_header, refuse_twins
from blueprints.imports.refusals import COLUMNS, ROWS, SIZE, At, BadFile

PIECE = 1 << 20
MEGABYTE = 1 << 20
#: what a file begins with -> why it is refused
MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"), (b"%PDF", "pdf"), (b"\x89PNG", "picture"), (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"), (b"\x1f\x8b", "archive"), (b"7z\xbc\xaf\x27\x1c", "archive"), (b"Rar!", "archive"),
    (b"BZh", "archive"), (b"\xfd7zXZ\x00", "archive"), (b"\x28\xb5\x2f\xfd", "archive"), (b"{\\rtf", "page"),
    (b"\x7fELF", "binary"), (b"MZ\x90\x00", "binary"), (b"SQLite format 3\x00", "binary"),
    (b"\x00\x01\x00\x00Standard", "binary"),
)  # fmt: skip
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table")


class Roster(NamedTuple):
    """A file that can be read: `rows` are those below the header, to be read once. They raise BadFile as they come."""

    size: int
    sha256: bytes
    format: str
    encoding: str | None
    delimiter: str | None
    header_row: int
    header: list[str]
    rows: Iterator[Row]


def open_roster(file: BinaryIO) -> Roster:
    """Find out what a file is. Raises BadFile."""
    size, sha256, head = _look(file)
    if size > SIZE:
        raise BadFile("too_large", limit=SIZE // MEGABYTE)
    if not head.strip(b" \t\r\n\x00" + codecs.BOM_UTF8):
        raise BadFile("empty")
    if head.startswith(ZIP):
        kind, encoding, delimiter, rows = "xlsx", None, None, xlsx_rows.rows_of(file)
    else:
        _refuse_others(head)
        shape = csv_rows.shape_of(file)
        kind, encoding, delimiter, rows = "csv", shape.encoding, shape.delimiter, csv_rows.rows_of(file, shape)
    row, header, below = _find_header(rows)
    return Roster(size, sha256, kind, encoding, delimiter, row, header, _below(row, len(header), below))


def _look(file: BinaryIO) -> tuple[int, bytes, bytes]:
    """Size, digest and beginning."""
    file.seek(0)
    digest, size, head = hashlib.sha256(), 0, b""
    while piece := file.read(PIECE):
        head = head or piece[:1024]
        digest.update(piece)
        size += len(piece)
        if size > SIZE:
            break
    return size, digest.digest(), head


def _refuse_others(head: bytes) -> None:
    for magic, reason in MAGIC:
        if head.startswith(magic):
            raise BadFile(reason, At(1, 0) if reason == "binary" else At())
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(MARKUP):
        raise BadFile("page")


def _find_header(rows: Iterator[Row]) -> tuple[int, list[str], Iterator[Row]]:
    """Row and cells of the headings, and the rows below: the first that names two fields, else the first of several cells."""
    looked: list[Row] = []
    for row in rows:
        looked.append(row)
        if is_header(row[1]) or len(looked) >= LOOKED:
            break
    if not looked:
        raise BadFile("empty")
    at = next((n for n, (_, cells) in enumerate(looked) if is_header(cells)), None)
    if at is None:
        at = next((n for n, (_, cells) in enumerate(looked) if sum(map(bool, cells)) > 1), None)
    if at is None:
        raise BadFile("no_header", At(1))
    number, cells = looked[at]
    header = [_tidy(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    _refuse_unsayable(number, header)
    refuse_twins(number, header)
    return number, header, chain(looked[at + 1 :], rows)


def _below(header_row: int, width: int, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, as wide as the header where they can be; one that is not keeps its own width, and is told so later."""
    count = 0
    for number, cells in rows:
        count += 1
        if count > ROWS:
            raise BadFile("too_many_rows", At(number), limit=ROWS)
        _refuse_unsayable(number, cells)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        yield number, cells
    if not count:
        raise BadFile("no_rows", At(header_row))


def _refuse_unsayable(row: int, cells: list[str]) -> None:
    """Raise BadFile for what PostgreSQL cannot store."""
    for column, cell in enumerate(cells[:COLUMNS]):
        if cell.isascii() and "\0" not in cell:
            continue
        if "\0" in cell:
            raise BadFile("nul", At(row, column))
        if any("\ud800" <= sign <= "\udfff" for sign in cell):
            raise BadFile("unsayable", At(row, column))


def _tidy(cell: str) -> str:
    return " ".join(cell.removeprefix("\ufeff").split())
