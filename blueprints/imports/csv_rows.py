"""Rows of a CSV of unknown make: encoding and delimiter are found out, and a line of it is in memory.

A record may stretch over several lines, inside quotation marks. What is wrong is told with its row and its column.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from blueprints.imports.headings import field_of
from blueprints.imports.refusals import CELL, COLUMNS, ROWS, At, BadFile

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 64 * 1024  # bytes or characters that are looked at to find something out
LINE = 4 * CELL + COLUMNS * 200  # characters: what is longer is no line of a list
PIECE = 1 << 20
SPARE = 100  # rows that may be blank or stand above the headings
SEP = re.compile(r"sep=(.)\s*", re.I)
#: byte order marks; that of UTF-32 begins as that of UTF-16 does
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
HALF = 0.3  # of every second byte is NUL where UTF-16 has no mark

#: stands for bytes that are none of the encoding, so that the row tells where they are; no encoding decodes to it
UNREADABLE, MARKING = "\udfff", "umthi.marking"

Row = tuple[int, list[str]]


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNREADABLE, error.end


codecs.register_error(MARKING, _mark)


class Shape(NamedTuple):
    """How a CSV is written."""

    encoding: str
    delimiter: str


def shape_of(file: BinaryIO) -> Shape:
    """Find encoding and delimiter of a CSV. Raises BadFile for what is no text in the encoding that its mark names."""
    file.seek(0)
    encoding = _encoding(file, file.read(SAMPLE))
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        sample = text.read(SAMPLE)
    finally:
        text.detach()
    return Shape(encoding, _delimiter(sample))


def rows_of(file: BinaryIO, shape: Shape) -> Iterator[Row]:
    """The rows that are not blank, each with its number as a spreadsheet counts: the first is 1. Raises BadFile."""
    file.seek(0)
    text = io.TextIOWrapper(file, shape.encoding, errors=MARKING, newline="")
    lines = _Lines(text, shape.delimiter)
    reader = csv.reader(lines, delimiter=shape.delimiter, strict=True)
    number = 0
    try:
        while True:
            lines.begin(number + 1)
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise lines.fault(str(error)) from None
            number += 1
            if number == 1 and _is_sep(cells, shape.delimiter):
                continue
            if number > ROWS + SPARE:
                raise BadFile("too_many_rows", At(number), limit=ROWS)
            _measure(number, cells)
            if any(cell and not cell.isspace() for cell in cells):
                yield number, cells
    finally:
        with suppress(ValueError):  # closed already by whoever stopped reading
            text.detach()


class _Lines:
    """The lines of a text for the reader, none of them endless; remembers those of the record that is being read."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter
        self._row, self._record = 1, [""]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > LINE:
            column = self._open_at(line)[0]
            if column >= COLUMNS:
                raise BadFile("too_many_columns", At(self._row, COLUMNS), limit=COLUMNS)
            raise BadFile("line_too_long", At(self._row, column))
        if "\0" in line:
            before = "".join(self._record) + line.partition("\0")[0]
            raise BadFile("nul", At(self._row, self._open_at(before)[0]))
        if UNREADABLE in line:
            before = "".join(self._record) + line.partition(UNREADABLE)[0]
            raise BadFile("encoding", At(self._row, self._open_at(before)[0]), encoding=self._text.encoding.upper())
        if len(self._record) < COLUMNS:  # enough to tell where a quotation mark was opened
            self._record.append(line)
        if sum(map(len, self._record)) > LINE * 2:
            raise self.fault("unexpected end")
        return line

    def begin(self, row: int) -> None:
        """A new record begins."""
        self._row, self._record = row, []

    def fault(self, error: str) -> BadFile:
        """What the reader complained of, with its place."""
        column, is_open = self._open_at("".join(self._record))
        if is_open or "end of data" in error or "unexpected end" in error or "field limit" in error:
            return BadFile("unclosed", At(self._row, column))
        return BadFile("quotes", At(self._row, column))

    def _open_at(self, text: str) -> tuple[int, bool]:
        """The column in which a text ends, or in which its quotation marks first do not fit; whether one is open there."""
        column, at, quoted = 0, 0, False
        fresh = True
        while at < len(text):
            sign = text[at]
            if quoted:
                if sign == '"' and text[at + 1 : at + 2] == '"':
                    at += 1
                elif sign == '"':
                    quoted = False
                    if text[at + 1 : at + 2] not in ("", self._delimiter, "\r", "\n"):
                        return column, False
            elif sign == self._delimiter:
                column, fresh = column + 1, True
                at += 1
                continue
            elif sign == '"' and fresh:
                quoted = True
            fresh = False
            at += 1
        return column, quoted


def _measure(number: int, cells: list[str]) -> None:
    if len(cells) > COLUMNS:
        raise BadFile("too_many_columns", At(number, COLUMNS), limit=COLUMNS)
    for column, cell in enumerate(cells):
        if len(cell) > CELL:
            raise BadFile("too_long", At(number, column), limit=CELL)


def _is_sep(cells: list[str], delimiter: str) -> bool:
    """Whether the first row is Excel's own 'sep=;'."""
    return delimiter.join(cells).lower().strip() in (f"sep={delimiter}", "sep=") and cells[0].lower().startswith("sep=")


def _encoding(file: BinaryIO, head: bytes) -> str:
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    if _is_utf8(file):
        return "utf-8"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("cp1252")()
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: in what is mostly English every second byte is NUL."""
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or not odd:
        return None
    if odd.count(0) > HALF * len(odd) and even.count(0) < HALF / 10 * len(even) + 1:
        return "utf-16-le"
    if even.count(0) > HALF * len(even) and odd.count(0) < HALF / 10 * len(odd) + 1:
        return "utf-16-be"
    return None


def _is_utf8(file: BinaryIO) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: str) -> str:
    """What parts the cells: whatever gives the row with the most known headings, and then the most cells."""
    lines = [line for line in sample.splitlines() if line.strip()][:10]
    if lines and (said := SEP.fullmatch(lines[0].strip('"'))) and said[1] in DELIMITERS:
        return said[1]
    return max(DELIMITERS, key=lambda sign: _fit(lines, sign)) if lines else ","


def _fit(lines: list[str], sign: str) -> tuple[int, int]:
    parted = [[cell.strip(' "') for cell in line.split(sign)] for line in lines]
    known = max(sum(field_of(cell) is not None for cell in cells[:COLUMNS]) for cells in parted)
    return known, min(max(map(len, parted)), COLUMNS)
