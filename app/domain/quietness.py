"""When a school goes quiet: after so many of its school days without a sign of life.

Weekends, holidays and the breaks between its terms take no time; where it has entered no terms every weekday does.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg import Cursor

from app import clock
from app.domain.calendar import public_holidays
from app.extensions import current_settings

#: the metric of open schools whose moment says when one is quiet unless it is heard of before
QUIET = "activity.quiet"
GAP = 45  # days: no break is longer, so that what is farther from every known term is in none, but in one not entered yet
_ZONES = "SELECT DISTINCT timezone FROM school WHERE id = ANY (%(schools)s)"
# What is heard on a school day leaves the rest of that day to go, so that the last day ends at the same time; anything else is
# as if it came before the next one. `heard` has an id, a timezone and the moment `since`; `holidays` a timezone and a day.
FROM_HEARD = f"""
SELECT h.id, coalesce(
    timezone(h.timezone, CASE WHEN school.days[1] = here.moment::date
        THEN school.days[1 + %(quiet_days)s::int] + here.moment::time
        ELSE school.days[%(quiet_days)s::int] + interval '1 day' END),
    h.since + make_interval(days => look.days)
) AS at
FROM heard h
CROSS JOIN (SELECT 2 * %(quiet_days)s::int + {2 * GAP} AS days) look
CROSS JOIN LATERAL (SELECT timezone(h.timezone, h.since) AS moment) here
CROSS JOIN LATERAL (
    SELECT array_agg(d.day ORDER BY d.day) AS days
    FROM (SELECT here.moment::date + n AS day FROM generate_series(0, look.days) n) d
    LEFT JOIN day_off o ON o.school_id = h.id AND o.on_date = d.day
    WHERE coalesce(o.is_open, extract(isodow FROM d.day) < 6
        AND NOT EXISTS (SELECT FROM holidays f WHERE f.timezone = h.timezone AND f.day = d.day)
        AND coalesce((
            SELECT bool_or(d.day BETWEEN t.starts_on AND t.ends_on) FROM term t
            WHERE t.school_id = h.id AND d.day BETWEEN t.starts_on - {GAP} AND t.ends_on + {GAP}
        ), true))
) school
"""  # noqa: S608  constants of ours


def told(cursor: Cursor[Any], schools: list[int]) -> dict[str, object]:
    """The values of FROM_HEARD besides the schools: how many days, and the public holidays of their countries."""
    now = clock.now()
    zones = [row.timezone for row in cursor.execute(_ZONES, {"schools": schools})]
    days = [(zone, day) for zone in zones for year in range(now.year - 3, now.year + 4) for day in public_holidays(zone, year)]
    return {
        "quiet_days": current_settings().quiet_days,
        "zones": [zone for zone, _ in days],
        "holidays": [day for _, day in days],
    }


def is_quiet(quiet_at: dt.datetime | None) -> bool:
    """Whether a school is quiet now, by the moment of its metric; one that has none is not."""
    return quiet_at is not None and quiet_at <= clock.now()
