"""What stands in a cell for people: words in their language, moments by the school's clock, money as an amount, a share in
percent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.exports.dataset import Column, Kind
from app.i18n.speech import Speech

Shown = Callable[[object], object]
CENTS, TENTHS = 2, 1  # digits behind the point


def headers(columns: Sequence[Column], voice: Speech) -> list[str]:
    """The labels of the columns in the reader's language."""
    return [voice.gettext(column.label) for column in columns]


def shown(columns: Sequence[Column], voice: Speech) -> list[Shown]:
    """For each column what makes a value fit for people: text, int, Decimal, a date, or a naive datetime of the
    school's clock."""
    zone = ZoneInfo(voice.timezone)
    return [_shown(column, voice, zone) for column in columns]


def _shown(column: Column, voice: Speech, zone: ZoneInfo) -> Shown:
    match column.kind:
        case Kind.WORD:
            words: dict[object, str] = {}  # few different ones in many rows
            return lambda value: words.get(value) or words.setdefault(value, voice.gettext(column.message(str(value))))
        case Kind.MOMENT:
            return lambda value: _on_the_wall(value, zone)
        case Kind.MONEY:
            return lambda value: Decimal(str(value)).scaleb(-CENTS)
        case Kind.SHARE:
            return lambda value: Decimal(str(value)).scaleb(-TENTHS)
        case Kind.DAY:
            return lambda value: value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
        case Kind.INTEGER:
            return lambda value: value
        case Kind.TEXT:
            return str


def _on_the_wall(value: object, zone: ZoneInfo) -> dt.datetime:
    """A moment as a clock on the school's wall shows it, whole seconds: spreadsheets know no zones."""
    assert isinstance(value, dt.datetime)
    return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
