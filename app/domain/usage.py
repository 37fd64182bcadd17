"""How much a school sends: its messages by month, channel and result, whatever has been forgotten of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import func, select

from app.models.delivery import Delivery
from app.models.school import School
from app.tenancy.reading import Prepared


class Usage(NamedTuple):
    """`month` as 2026-11, of the school's clock: in which a delivery ended or, as long as it has not, in which it was made.
    `number` counts deliveries: a message to 400 people is 400 of them."""

    month: str
    channel: str
    state: str
    number: int


_MONTH = func.to_char(func.timezone(School.timezone, func.coalesce(Delivery.ended_at, Delivery.created_at)), "YYYY-MM").label(
    "month"
)
_USAGE = Prepared(
    select(_MONTH, Delivery.channel, Delivery.state, func.count().label("number"))
    .join(School, School.id == Delivery.school_id)
    .group_by(_MONTH, Delivery.channel, Delivery.state)
    .order_by(_MONTH.desc(), Delivery.channel, Delivery.state),
    Usage,
)


def usage(cursor: Cursor[Any]) -> Iterator[Usage]:
    """Every month in which something was sent, the newest first."""
    yield from _USAGE.all(cursor)
