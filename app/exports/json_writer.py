"""JSON lines for machines: stable keys and values, whatever the reader's language and the school's clock."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from app.exports.dataset import Column, Kind, Row


def write_json_lines(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write one object a row in UTF-8; returns how many. Moments are ISO 8601 in UTC, money is whole cents, words are keys
    (or, of what has no key, English)."""
    keys = [column.key for column in columns]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    moments = [index for index, column in enumerate(columns) if column.kind is Kind.MOMENT]
    days = [index for index, column in enumerate(columns) if column.kind is Kind.DAY]
    number = 0
    for row in rows:
        values = list(row)
        for index in moments:
            if isinstance(moment := values[index], dt.datetime):
                values[index] = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for index in days:
            if isinstance(day := values[index], dt.date):
                values[index] = day.isoformat()
        file.write(encode(dict(zip(keys, values, strict=True))).encode() + b"\n")
        number += 1
    return number
