"""An export: a dataset, narrowed, written to a file in one of three formats, whatever its length in little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.exports.copied_csv import write_copied
from app.exports.csv_writer import write_csv
from app.exports.dataset import Dataset, Row, Tick
from app.exports.json_writer import write_json_lines
from app.exports.selected import Selected
from app.exports.xlsx_writer import write_xlsx
from app.i18n.speech import Speech, speaking
from app.tenancy.reading import reading

BETWEEN_TICKS = 500  # rows


class Format(StrEnum):
    """How an export is written: the end of its file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"


MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON_LINES: "application/jsonl; charset=utf-8",
}


def write(
    dataset: Dataset,
    filters: Mapping[str, object],
    file: BinaryIO,
    *,
    to: Format,
    voice: Speech,
    folder: Path,
    bom: bool = False,
    tick: Tick = lambda _: None,
) -> int:
    """Write the current school's rows of a dataset to `file`; returns how many. For requests and for jobs.

    `filters` as `dataset.narrowed` reads them. `voice` is the reader's, `folder` a place for files that go with the export;
    `bom` begins a CSV with a byte order mark. All rows are of one moment. `tick` is told now and then how many are written:
    what it raises ends the writing.
    """
    if to is Format.CSV and isinstance(dataset.rows, Selected):
        return write_copied(file, dataset, filters, voice, bom=bom, tick=tick)
    with speaking(voice), reading() as cursor:
        rows = _counted(dataset.rows(cursor, filters), tick)
        match to:
            case Format.CSV:
                return write_csv(file, dataset.columns, rows, voice, bom=bom)
            case Format.XLSX:
                return write_xlsx(file, dataset.columns, rows, voice, folder=folder)
            case Format.JSON_LINES:
                return write_json_lines(file, dataset.columns, rows)


def _counted(rows: Iterable[Row], tick: Tick) -> Iterator[Row]:
    """The rows, and `tick` is told how many every so often."""
    for number, row in enumerate(rows):
        if number % BETWEEN_TICKS == 0:
            tick(number)
        yield row
