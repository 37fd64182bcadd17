"""An export: a dataset, narrowed, written to a file in one of three formats, whatever its length in little memory."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.exports.csv_writer import write_csv
from app.exports.dataset import Dataset
from app.exports.json_writer import write_json_lines
from app.exports.xlsx_writer import write_xlsx
from app.i18n.speech import Speech
from app.tenancy.reading import reading


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
) -> int:
    """Write the current school's rows of a dataset to `file`; returns how many. For requests and for jobs.

    `filters` as `dataset.narrowed` reads them. `voice` is the reader's, `folder` a place for files that go with the export;
    `bom` begins a CSV with a byte order mark. All rows are of one moment.
    """
    with reading() as cursor:
        rows = dataset.rows(cursor, filters)
        match to:
            case Format.CSV:
                return write_csv(file, dataset.columns, rows, voice, bom=bom)
            case Format.XLSX:
                return write_xlsx(file, dataset.columns, rows, voice, folder=folder)
            case Format.JSON_LINES:
                return write_json_lines(file, dataset.columns, rows)
