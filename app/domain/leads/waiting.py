"""How long families wait for the school's first answer."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import DateTime, bindparam, extract, func, select

from app.models.lead import Lead
from app.tenancy.reading import Prepared, reading


class Waiting(NamedTuple):
    """Of the leads that came in a period: the median until the first answer (None: none was), how many were, how many wait."""

    median: dt.timedelta | None
    answered: int
    waiting: int


class _Row(NamedTuple):
    seconds: float | None
    answered: int
    waiting: int


_SINCE, _UNTIL = bindparam("since", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
_SECONDS = extract("epoch", Lead.replied_at - Lead.created_at)
_WAITING = Prepared(
    select(
        func.percentile_cont(0.5).within_group(_SECONDS).label("seconds"),
        func.count(Lead.replied_at).label("answered"),
        func.count().filter(Lead.replied_at.is_(None), Lead.erased_at.is_(None), Lead.stage == "new").label("waiting"),
    ).where(Lead.merged_into.is_(None), Lead.created_at >= _SINCE, Lead.created_at < _UNTIL),
    _Row,
)


def first_replies(since: dt.datetime, until: dt.datetime) -> Waiting:
    """How long those who came from `since` to before `until` waited, in the current school. Leads that were erased count on."""
    with reading() as cursor:
        (row,) = _WAITING.all(cursor, since=since, until=until)
    return Waiting(None if row.seconds is None else dt.timedelta(seconds=float(row.seconds)), row.answered, row.waiting)


def waited(created_at: dt.datetime, replied_at: dt.datetime | None) -> dt.timedelta | None:
    """How long one lead waited for the first answer; None while it waits."""
    return None if replied_at is None else max(replied_at - created_at, dt.timedelta())
