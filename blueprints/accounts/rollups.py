"""What workers count of the accounts, so that pages over all of them cost the same for ten schools and for ten thousand.

Money is cents of the account's own currency. A sum of the platform takes numbers above zero only, so that what schools have
prepaid and what they have used beyond it are two numbers.
"""

from __future__ import annotations

from app.domain.billing.accounts import GOOD, LOW, PAST_DUE
from app.domain.rollups import NEW, Rollup

ACCOUNTS, RESERVE, SHORT, OWED, MONTHLY = (
    "billing.accounts", "billing.reserve", "billing.reserve_short", "billing.owed", "billing.monthly",
)  # fmt: skip
ESCALATIONS, ANOMALIES = "billing.escalations", "billing.anomalies"
#: state of an account -> the number that is 1 for it
STATES = {state: f"billing.{state}" for state in (GOOD, LOW, PAST_DUE)}
#: the days that reserves last for, in bands: its number, and how many days begin the next one
BANDS = (("billing.cover_week", 7), ("billing.cover_month", 30), ("billing.cover_quarter", 90), ("billing.cover_longer", None))
_COVER = tuple(name for name, _ in BANDS)

STANDING = Rollup(
    (ACCOUNTS, RESERVE, SHORT, OWED, MONTHLY, *STATES.values(), *_COVER),
    f"""
    WITH money AS (
        SELECT b.school_id, b.minimum_reserve, b.past_due_since, prepaid.cents AS reserve, owed.cents AS owed,
            coalesce(plan.cents, 0) AS monthly
        FROM billing_account b
        CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS cents FROM ledger_entry e
            WHERE e.school_id = b.school_id AND e.book = 'reserve' AND e.currency = b.currency
        ) prepaid
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount), 0)::bigint AS cents FROM ledger_entry e
            WHERE e.school_id = b.school_id AND e.book = 'receivable' AND e.currency = b.currency
        ) owed
        LEFT JOIN LATERAL (
            SELECT round(p.amount * s.quantity * (10000 - s.discount) / 10000.0 * CASE p.interval WHEN 'week' THEN 52 / 12.0
                WHEN 'month' THEN 1 WHEN 'quarter' THEN 1 / 3.0 ELSE 1 / 12.0 END)::bigint AS cents
            FROM subscription s JOIN plan_price p ON p.id = s.price_id
            WHERE s.school_id = b.school_id AND s.state <> 'ended'
        ) plan ON true
        WHERE b.school_id = ANY (%(schools)s)
    ), account AS (
        SELECT *, CASE WHEN monthly > 0 THEN floor(greatest(reserve, 0) * 365 / (monthly * 12.0)) END AS days FROM money
    )
    SELECT a.school_id, n.name, n.number, n.moment FROM account a CROSS JOIN LATERAL (VALUES
        ('{ACCOUNTS}', 1::bigint, NULL::timestamptz),
        ('{RESERVE}', greatest(a.reserve, 0), NULL),
        ('{SHORT}', greatest(-a.reserve, 0), NULL),
        ('{OWED}', greatest(a.owed, 0), NULL),
        ('{MONTHLY}', a.monthly, NULL),
        (CASE WHEN a.past_due_since IS NOT NULL THEN '{STATES[PAST_DUE]}' WHEN a.reserve < a.minimum_reserve
            THEN '{STATES[LOW]}' ELSE '{STATES[GOOD]}' END, 1, a.past_due_since),
        (CASE WHEN a.days < 7 THEN '{_COVER[0]}' WHEN a.days < 30 THEN '{_COVER[1]}' WHEN a.days < 90 THEN '{_COVER[2]}'
            WHEN a.days IS NOT NULL THEN '{_COVER[3]}' END, 1, NULL)
    ) n (name, number, moment) WHERE n.name IS NOT NULL AND n.number <> 0
    """,  # noqa: S608  constants of ours
    # Renewals, payments and dunning leave no audit event of the school: its newest booking tells, and whether it is past due.
    changed=f"""
    SELECT b.school_id FROM billing_account b CROSS JOIN LATERAL (
        SELECT t.at, t.xmin FROM ledger_transaction t WHERE t.school_id = b.school_id ORDER BY t.id DESC LIMIT 1
    ) newest WHERE newest.at >= %(since)s AND {NEW.format(row="newest")}
    UNION SELECT b.school_id FROM billing_account b
    LEFT JOIN metric m ON m.school_id = b.school_id AND m.name = '{STATES[PAST_DUE]}'
    WHERE (b.past_due_since IS NOT NULL) <> (coalesce(m.number, 0) > 0)
    """,  # noqa: S608  constants of ours
)
#: what waits for a person: questions that nobody answered, payments that nobody mended; the moment is the oldest one's
WAITING = Rollup(
    (ESCALATIONS, ANOMALIES),
    f"""
    SELECT school_id, '{ESCALATIONS}', count(*), min(created_at) FROM billing_escalation
    WHERE school_id = ANY (%(schools)s) AND answered_at IS NULL GROUP BY 1
    UNION ALL
    SELECT school_id, '{ANOMALIES}', count(*), min(found_at) FROM payment_anomaly
    WHERE school_id = ANY (%(schools)s) AND mended_at IS NULL GROUP BY 1
    """,  # noqa: S608  constants of ours
)
ROLLUPS = (STANDING, WAITING)
