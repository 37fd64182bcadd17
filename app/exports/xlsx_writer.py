"""XLSX: real dates, real numbers, and text that is never a formula; one row in memory at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from app.exports.cells import headers, shown
from app.exports.dataset import Column, Kind, Row
from app.i18n.speech import Speech

MOST_ROWS = 1_048_576  # of a sheet, its header among them
LONGEST = 32_767  # characters of a cell
WIDTHS = {Kind.TEXT: 28, Kind.WORD: 28, Kind.INTEGER: 10, Kind.MOMENT: 20, Kind.MONEY: 14, Kind.SHARE: 14, Kind.DAY: 12}
#: what XML cannot say at all
#: a cell knows one end of a line
LINE_END = re.compile("\r\n?")
UNSAYABLE = re.compile("[\ufffe\uffff]")


def write_xlsx(
    file: BinaryIO, columns: Sequence[Column], rows: Iterable[Row], voice: Speech, *, folder: Path, most: int = MOST_ROWS
) -> int:
    """Write a workbook whose header stays in sight; returns how many rows. `folder` holds what does not fit into memory.

    What does not fit onto a sheet of `most` rows goes on, under the same header, on the next one.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(folder)})
    bold = book.add_format({"bold": True})
    formats = {
        Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        Kind.MONEY: book.add_format({"num_format": "#,##0.00"}),
        Kind.SHARE: book.add_format({"num_format": "0.0"}),
        Kind.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    labels, shows = headers(columns, voice), shown(columns, voice)
    number, sheet = 0, None
    at = most
    for row in rows:
        if at >= most:
            sheet, at = _sheet(book, columns, labels, bold), 1
        for index, value in enumerate(row):
            if value is not None:
                _write(sheet, at, index, shows[index](value), formats.get(columns[index].kind))
        at += 1
        number += 1
    if sheet is None:
        _sheet(book, columns, labels, bold)
    book.close()
    return number


def _sheet(book: Any, columns: Sequence[Column], labels: Sequence[str], bold: Any) -> Any:
    """One more sheet, with its header."""
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for index, (column, label) in enumerate(zip(columns, labels, strict=True)):
        sheet.set_column(index, index, WIDTHS[column.kind])
        sheet.write_string(0, index, label, bold)
    return sheet


def _write(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    match value:
        case dt.date():  # of which a moment is one
            sheet.write_datetime(row, column, value, style)
        case int() | Decimal():
            sheet.write_number(row, column, value, style)
        case _:
            sheet.write_string(row, column, UNSAYABLE.sub("�", LINE_END.sub("\n", str(value)))[:LONGEST])
