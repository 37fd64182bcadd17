"""When a school went quiet: days without a sign of life, of which weekends are none. (School days, once terms are known.)"""

from __future__ import annotations

import datetime as dt

DAY = dt.timedelta(days=1)
SATURDAY = 5  # as weekday() counts


def quiet_since(now: dt.datetime, days: int) -> dt.datetime:
    """The moment that lies `days` weekdays before `now`, by the clock of `now`: whoever was last heard of before it is quiet.

    A weekend takes no time: on a Sunday the answer is the one of the end of Friday.
    """
    moment = now
    if moment.weekday() >= SATURDAY:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0) - (moment.weekday() - SATURDAY) * DAY
    while days > 0:
        moment -= DAY
        days -= moment.weekday() < SATURDAY
    return moment


def is_quiet(last: dt.datetime | None, now: dt.datetime, days: int, *, made_at: dt.datetime | None = None) -> bool:
    """Whether a school that was heard of at `last` is quiet at `now`.

    One that was never heard of is, when it was made (`made_at`) as long ago; without that it is not.
    """
    heard = last or made_at
    return heard is not None and heard < quiet_since(now, days)
