"""CSV (RFC 4180) for people and their spreadsheets: no cell is ever taken for a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from app.exports.cells import Shown, headers, shown
from app.exports.dataset import Column, Kind, Row
from app.i18n.speech import Speech

#: what a cell begins with that a spreadsheet computes; the last four are full-width twins
COMPUTED = tuple("=+-@\t\r\n＝＋－＠")
#: where a spreadsheet whose list separator is `;` or a tab begins a new cell inside ours: it takes a quote for a quote only at
#: the beginning of what it calls a cell, so quotes around ours are no help
INSIDE = re.compile(r"([;\t\r\n][;\s\"]*)([=+\-@＝＋－＠]?)")


def write_csv(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Row], voice: Speech, *, bom: bool = False) -> int:
    """Write a header and the rows in UTF-8, `bom` before them on request (Excel needs it); returns how many rows.

    Moments are `2026-11-20 08:01:00` by the school's clock, amounts have a point and two digits.
    """
    write_header(file, columns, voice, bom=bom)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    cells = [_cell(column, show) for column, show in zip(columns, shown(columns, voice), strict=True)]
    number = 0
    for row in rows:
        writer.writerow(["" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)])
        number += 1
    text.flush()
    text.detach()
    return number


def write_header(file: BinaryIO, columns: Sequence[Column], voice: Speech, *, bom: bool = False) -> None:
    """Write the line with the labels of the columns, `bom` before it on request."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(map(harmless, headers(columns, voice)))
    file.write((codecs.BOM_UTF8 if bom else b"") + line.getvalue().encode())


def harmless(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe before what would make it a formula."""
    text = f"'{text}" if text.startswith(COMPUTED) else text
    return INSIDE.sub(lambda found: f"{found[1]}'{found[2]}" if found[2] else found[0], text)


def _cell(column: Column, show: Shown) -> Shown:
    if column.kind in (Kind.TEXT, Kind.WORD):
        return lambda value: harmless(str(show(value)))
    return show
