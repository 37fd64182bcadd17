"""Rows of an XLSX as text, a piece of the sheet in memory at a time; dates become 2016-03-04, whole numbers lose their '.0'.

Written here and not left to a library: a sheet of 100,000 rows is read within a request, and what a file of a stranger may
cost has to be bounded at every step.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import BinaryIO

from blueprints.imports.refusals import CELL, COLUMNS, ROWS, At, BadFile
from blueprints.imports.xlsx_package import SHEET, STRINGS, Attributes, Handler, Package, workbook_of

MOST_STRINGS, MOST_STYLES = 700_000, 70_000
STRINGS_PART, STYLES_PART = "xl/sharedStrings.xml", "xl/styles.xml"
DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # formats that every workbook knows
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
DAY_0, DAY_0_OF_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001  what a cell holds has no zone
LEAP_BUG = 60  # Excel's calendar has a 29 February 1900
FURTHEST = 2_958_466  # the day after 31 December 9999
Row = tuple[int, list[str]]
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class _Strings(Handler):
    """The texts of a workbook as bytes: as many in the memory of one."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self._parts: list[str] | None = None
        self._depth = 0  # within what is read aloud, not shown

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            if len(self.texts) >= MOST_STRINGS:
                raise BadFile("bomb")
            self._parts = []
        elif name == "rPh":
            self._depth += 1

    def end(self, name: str) -> None:
        if name == "si" and self._parts is not None:
            self.texts.append("".join(self._parts)[: CELL + 1].encode())
            self._parts = None
        elif name == "rPh":
            self._depth -= 1

    def text(self, piece: str) -> None:
        if self._parts is not None and not self._depth and sum(map(len, self._parts)) <= CELL:
            self._parts.append(piece)


class _Styles(Handler):
    """Which styles of cells show a number as a date."""

    def __init__(self) -> None:
        self.dates: list[bool] = []
        self._own: dict[str, bool] = {}
        self._inside = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt" and len(self._own) < MOST_STYLES:
            code = QUOTED.sub("", attributes.get("formatCode", "")).lower()
            self._own[attributes.get("numFmtId", "")] = any(sign in code for sign in "ydh") or "mm" in code
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside and len(self.dates) < MOST_STYLES:
            number = attributes.get("numFmtId", "0")
            self.dates.append(self._own.get(number, number.isdigit() and int(number) in DATES))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False


class _Sheet(Handler):
    """Cells to rows; finished rows wait in `rows`."""

    def __init__(self, strings: list[bytes], dates: list[bool], *, is_1904: bool) -> None:
        self.rows: deque[Row] = deque()
        self._strings, self._dates, self._day_0 = strings, dates, DAY_0_OF_1904 if is_1904 else DAY_0
        self._is_1904 = is_1904
        self._row, self._cells = 0, list[str]()
        self._column, self._kind, self._style = -1, "", 0
        self._value: list[str] | None = None
        self._length, self._formula, self._reading, self._aloud = 0, False, False, False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdigit() and len(given) < 9 else self._row + 1
            self._cells, self._column = [], -1
            if self._row > ROWS + COLUMNS:
                raise BadFile("too_many_rows", At(self._row), limit=ROWS)
        elif name in ("v", "t") and self._value is not None:
            self._reading = True
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aloud = True

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reading = False
        elif name == "rPh":
            self._aloud = False
        elif name == "c":
            self._end_cell()
        elif name == "row" and any(self._cells):
            self.rows.append((self._row, self._cells))

    def text(self, piece: str) -> None:
        if self._reading and not self._aloud and self._value is not None:
            self._length += len(piece)
            if self._length > CELL:
                raise BadFile("too_long", At(self._row, self._column), limit=CELL)
            self._value.append(piece)

    def broken(self) -> BadFile:
        return BadFile("broken_row", At(self._row)) if self._row else BadFile("broken")

    def _begin_cell(self, attributes: Attributes) -> None:
        place = PLACE.fullmatch(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._kind, style = attributes.get("t", "n"), attributes.get("s", "0")
        self._style = int(style) if style.isdigit() and len(style) < 6 else 0
        self._value, self._length, self._formula = [], 0, False

    def _end_cell(self) -> None:
        text = self._shown("".join(self._value or ()))
        if not text and self._formula:
            text = "="  # it was never computed; the row is told so
        self._value = None
        if not text:
            return
        if self._column >= COLUMNS:
            raise BadFile("too_many_columns", At(self._row, COLUMNS), limit=COLUMNS)
        if len(text) > CELL:
            raise BadFile("too_long", At(self._row, self._column), limit=CELL)
        self._cells += [""] * (self._column + 1 - len(self._cells))
        self._cells[self._column] = text

    def _shown(self, raw: str) -> str:
        """A cell as a person sees it, nearly."""
        if self._kind == "s":
            place = int(raw) if raw.isdigit() and len(raw) < 9 else -1
            return self._strings[place].decode() if 0 <= place < len(self._strings) else ""
        if self._kind == "d":
            return raw.partition("T")[0]
        if self._kind != "n":
            return raw
        with suppress(ValueError, OverflowError):
            number = float(raw)
            if self._style < len(self._dates) and self._dates[self._style]:
                return self._date(number)
            if number.is_integer() and abs(number) < 1e15:
                return str(int(number))
        return raw

    def _date(self, days: float) -> str:
        if not 0 <= days < FURTHEST:
            return str(days)
        if not self._is_1904 and days < LEAP_BUG:
            days += 1
        return (self._day_0 + dt.timedelta(days=int(days))).date().isoformat()


def rows_of(file: BinaryIO) -> Iterator[Row]:
    """The rows of the first visible sheet that are not blank, numbered as the workbook numbers them. Raises BadFile."""
    package = Package(file)
    workbook = workbook_of(package)
    strings, styles = _Strings(), _Styles()
    if package.has(STRINGS_PART):
        package.read(STRINGS_PART, strings, most=STRINGS)
    if package.has(STYLES_PART):
        package.read(STYLES_PART, styles)
    sheet = _Sheet(strings.texts, styles.dates, is_1904=workbook.is_1904)
    for _ in package.pieces(workbook.sheet, sheet, most=SHEET):
        while sheet.rows:
            yield sheet.rows.popleft()


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - ord("A") + 1
    return number - 1
