"""What workers count of each school for the console, the health page and the list of schools.

Every statement is the platform's, about the schools in `%(schools)s`, and goes by an index that begins with the school.
"""

from __future__ import annotations

from app.domain.quietness import FROM_HEARD, QUIET, told
from app.domain.rollups import NEW, Buckets, Rollup
from app.models.delivery import Channel, State

PEOPLE = Rollup(
    ("people.learners", "people.guardians", "people.staff"),
    """
    SELECT school_id, CASE kind WHEN 'learner' THEN 'people.learners' WHEN 'guardian' THEN 'people.guardians'
        ELSE 'people.staff' END, count(*), NULL::timestamptz
    FROM person WHERE school_id = ANY (%(schools)s) AND ended_at IS NULL GROUP BY 1, 2
    """,
)
# A sign-in is an event of the platform, about a user who may be a member of several schools. So is what happens to an account.
_OF_ACCOUNTS = f"""
SELECT m.school_id FROM platform_event e JOIN membership m ON m.user_id = e.target_id::uuid AND m.ended_at IS NULL
WHERE e.at >= %(since)s AND {NEW.format(row="e")} AND e.target_kind = 'app_user' AND e.target_id IS NOT NULL
AND e.action <> 'account.sign_in_failed'
"""  # noqa: S608  constants of ours
ACCOUNTS = Rollup(
    ("accounts.members", "accounts.signed_in", "accounts.never_signed_in"),
    """
    WITH member AS (
        SELECT m.school_id, u.last_sign_in_at IS NOT NULL AS came FROM membership m JOIN app_user u ON u.id = m.user_id
        WHERE m.school_id = ANY (%(schools)s) AND m.ended_at IS NULL AND u.disabled_at IS NULL
    )
    SELECT school_id, 'accounts.members', count(*), NULL::timestamptz FROM member GROUP BY 1
    UNION ALL
    SELECT school_id, CASE WHEN came THEN 'accounts.signed_in' ELSE 'accounts.never_signed_in' END, count(*), NULL
    FROM member GROUP BY 1, 2
    """,
    changed=_OF_ACCOUNTS,
)
# The last thing that people of the school did, not those who run the platform: a deed, a sign-in, a scan at the gate. What
# tells who is quiet has open schools only, and of one from which nothing ever came the moment at which it was made.
ACTIVITY = Rollup(
    ("activity.last", "activity.heard", QUIET),
    f"""
    WITH signs AS (
        SELECT s.id, s.state, s.timezone, s.created_at, greatest(deed.at, came.at, scanned.at) AS at FROM school s
        LEFT JOIN LATERAL (
            SELECT e.at FROM audit_event e WHERE e.school_id = s.id AND e.actor_kind = 'user'
            AND NOT EXISTS (SELECT FROM app_user u WHERE u.id = e.actor_id AND u.platform_role IS NOT NULL)
            ORDER BY e.seq DESC LIMIT 1
        ) deed ON true
        LEFT JOIN LATERAL (
            SELECT max(u.last_sign_in_at) AS at FROM membership m JOIN app_user u ON u.id = m.user_id
            WHERE m.school_id = s.id AND m.ended_at IS NULL AND u.platform_role IS NULL
        ) came ON true
        LEFT JOIN LATERAL (
            SELECT g.scanned_at AS at FROM gate_scan g WHERE g.school_id = s.id ORDER BY g.scanned_at DESC LIMIT 1
        ) scanned ON true
        WHERE s.id = ANY (%(schools)s)
    ), heard AS (
        SELECT id, timezone, coalesce(at, created_at) AS since FROM signs WHERE state = 'active'
    ), holidays AS MATERIALIZED (
        SELECT * FROM unnest(%(zones)s::text[], %(holidays)s::date[]) AS f (timezone, day)
    ), quiet AS ({FROM_HEARD})
    SELECT id, 'activity.last', 1, at FROM signs WHERE at IS NOT NULL
    UNION ALL SELECT id, 'activity.heard', 1, since FROM heard
    UNION ALL SELECT id, '{QUIET}', 1, at FROM quiet
    """,  # noqa: S608  constants of ours
    latest=True,
    told=told,
)
# What waits for an operator does so in open schools only: a suspended one has to be opened first.
DEAD = Rollup(
    ("deliveries.dead", "waiting.deliveries"),
    """
    WITH dead AS (
        SELECT school_id, count(*) AS number, min(ended_at) AS moment FROM delivery
        WHERE school_id = ANY (%(schools)s) AND state = 'dead' GROUP BY 1
    )
    SELECT school_id, 'deliveries.dead', number, moment FROM dead
    UNION ALL SELECT d.school_id, 'waiting.deliveries', d.number, d.moment FROM dead d JOIN school s ON s.id = d.school_id
    WHERE s.state = 'active'
    """,
)
# The moment is when the first of them expires: then the school is counted anew.
INVITATIONS = Rollup(
    ("invitations.open",),
    """
    SELECT school_id, 'invitations.open', count(*), min(expires_at) FROM invitation
    WHERE school_id = ANY (%(schools)s) AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now() GROUP BY 1
    """,
    changed="SELECT school_id FROM metric WHERE name = 'invitations.open' AND number > 0 AND moment <= now()",
)
# The moment is when the one that has been silent for longest last took something (or was connected, if it never did).
_GATEWAYS = """
SELECT school_id, CASE WHEN condition = 'degraded' OR coalesce(open_until > now(), false) THEN 'gateways.degraded'
    ELSE 'gateways.' || channel END AS name, count(*) AS number, min(coalesce(last_success_at, created_at)) AS moment
FROM gateway WHERE {which} AND (condition IN ('degraded', 'ready') OR open_until > now()) GROUP BY 1, 2
"""
GATEWAYS = Rollup(
    ("gateways.degraded", "gateways.sms", "gateways.whatsapp", "waiting.gateways"),
    f"""
    WITH found AS ({_GATEWAYS.format(which="school_id = ANY (%(schools)s)")})
    SELECT school_id, name, number, moment FROM found
    UNION ALL SELECT f.school_id, 'waiting.gateways', f.number, f.moment FROM found f JOIN school s ON s.id = f.school_id
    WHERE f.name = 'gateways.degraded' AND s.state = 'active'
    """,  # noqa: S608  constants of ours
    changed=f"""
    SELECT coalesce(now.school_id, before.school_id)
    FROM ({_GATEWAYS.format(which="true")}) now
    FULL JOIN (SELECT school_id, name, number FROM metric
        WHERE name IN ('gateways.degraded', 'gateways.sms', 'gateways.whatsapp') AND number > 0) before
    ON before.school_id = now.school_id AND before.name = now.name
    WHERE now.number IS DISTINCT FROM before.number
    """,  # noqa: S608  constants of ours
)

# A delivery counts where it ended. One that somebody gave up by hand had failed; one that was withheld had not.
_DELIVERIES = """
SELECT school_id, CASE state WHEN 'sent' THEN 'deliveries.sent' ELSE 'deliveries.failed' END, {bucket}, count(*)
FROM delivery WHERE school_id = ANY (%(schools)s) AND ended_at >= %(since)s
AND (state IN ('sent', 'dead') OR (state = 'discarded' AND discard_reason IS NOT NULL)) GROUP BY 1, 2, 3
"""
DELIVERIES = ("deliveries.sent", "deliveries.failed")
LAST_HOUR = Buckets(
    DELIVERIES, "minute", 0.1, _DELIVERIES.format(bucket="date_bin('5 minutes', ended_at, timestamptz '2020-01-01 00:00+00')")
)
BY_HOUR = Buckets(DELIVERIES, "hour", 8, _DELIVERIES.format(bucket="date_trunc('hour', ended_at, 'UTC')"))
USAGE = Buckets(
    tuple(
        f"usage.{channel}.{state}" for channel in Channel for state in (State.SENT, State.DEAD, State.DISCARDED, State.DEMOTED)
    ),
    "month",
    400,
    """
    SELECT d.school_id, 'usage.' || d.channel || '.' || d.state, begins_at, count(*)
    FROM delivery d JOIN school s ON s.id = d.school_id,
        LATERAL timezone(s.timezone, date_trunc('month', timezone(s.timezone, d.ended_at))) AS begins_at
    WHERE d.school_id = ANY (%(schools)s) AND d.ended_at >= %(since)s AND begins_at >= %(since)s GROUP BY 1, 2, 3
    """,
)
ROLLUPS = (PEOPLE, ACCOUNTS, ACTIVITY, DEAD, INVITATIONS, GATEWAYS, LAST_HOUR, BY_HOUR, USAGE)
