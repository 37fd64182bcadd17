"""The nightly proof: every ledger and every invoice counted anew from entries and lines, by SQL that shares nothing with the
verbs that booked them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.ids import uuid7
from app.models.bookkeeping import LedgerProof
from app.models.setting import PlatformSetting
from app.tenancy.reading import driving

GOING_ON = "billing.proving"  # the setting in which a recount that was interrupted keeps how far it came
LOT, MOST_SHOWN = 250, 100  # schools at a time; faults that are kept in words
_SCHOOLS = "SELECT school_id FROM billing_account WHERE school_id > %(after)s ORDER BY school_id LIMIT %(most)s"
_OWED = """
owed AS (
    SELECT t.school_id, t.invoice_id, sum(e.amount) FILTER (WHERE e.book IN ('receivable', 'bad_debt')) AS amount
    FROM ledger_transaction t JOIN ledger_entry e ON e.school_id = t.school_id AND e.transaction_id = t.id
    WHERE t.school_id = ANY (%(schools)s) AND t.invoice_id IS NOT NULL GROUP BY 1, 2
)
"""
#: what is wrong -> the rows that are, each with its school and what it is about
CHECKS = {
    "transaction": """
        SELECT t.school_id, t.id::text AS about FROM ledger_transaction t
        LEFT JOIN ledger_entry e ON e.school_id = t.school_id AND e.transaction_id = t.id
        WHERE t.school_id = ANY (%(schools)s) GROUP BY t.school_id, t.id
        HAVING count(e.id) < 2 OR sum(e.amount) <> 0 OR count(DISTINCT e.currency) <> 1
    """,
    "lines": """
        SELECT i.school_id, i.id::text AS about FROM invoice i
        LEFT JOIN invoice_line l ON l.school_id = i.school_id AND l.invoice_id = i.id
        WHERE i.school_id = ANY (%(schools)s) GROUP BY i.school_id, i.id
        HAVING (i.net, i.vat, i.total) IS DISTINCT FROM
            (coalesce(sum(l.net), 0)::bigint, coalesce(sum(l.vat), 0)::bigint, coalesce(sum(l.total), 0)::bigint)
    """,
    "paid": f"""
        WITH {_OWED}
        SELECT i.school_id, i.id::text AS about FROM invoice i
        LEFT JOIN owed o ON o.school_id = i.school_id AND o.invoice_id = i.id
        WHERE i.school_id = ANY (%(schools)s) AND i.finalised_at IS NOT NULL
            AND coalesce(o.amount, 0) <> CASE i.state WHEN 'void' THEN 0 ELSE i.total - i.paid END
    """,  # noqa: S608  constants of ours
    "state": """
        SELECT school_id, id::text AS about FROM invoice
        WHERE school_id = ANY (%(schools)s) AND state <> 'draft' AND state <> 'void'
            AND ((state = 'paid') <> (paid >= total) OR paid > total OR paid < 0)
    """,
    "receivable": """
        SELECT a.school_id, 'receivable' AS about FROM billing_account a
        WHERE a.school_id = ANY (%(schools)s) AND (
            SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e WHERE e.school_id = a.school_id AND e.book = 'receivable'
        ) <> (
            SELECT coalesce(sum(i.total - i.paid), 0) FROM invoice i
            WHERE i.school_id = a.school_id AND i.state IN ('open', 'pending', 'failed')
        )
    """,
    "numbers": """
        SELECT n.school_id, n.series AS about FROM number_series n
        WHERE n.school_id = ANY (%(schools)s) AND n.next - 1 <> CASE n.series
            WHEN 'INV' THEN (SELECT count(*) FROM invoice i WHERE i.school_id = n.school_id AND i.number IS NOT NULL)
            ELSE (SELECT count(*) FROM credit_note c WHERE c.school_id = n.school_id) END
    """,
}
_COUNT = "SELECT count(*) AS n FROM ledger_transaction WHERE school_id = ANY (%(schools)s)"


class Proof(NamedTuple):
    """What a recount found: `faults` in all, the first of them in `detail` as what is wrong, where and about what."""

    schools: int
    transactions: int
    faults: int
    detail: list[dict[str, Any]]


def prove(session: Session) -> Proof:
    """Recount everything now and write it down as a LedgerProof, in the caller's transaction."""
    begun, proof, after = clock.now(), Proof(0, 0, 0, []), 0
    while (lot := _prove_lot(session, after)) is not None:
        proof, after = _added(proof, lot.proof), lot.last
    _keep(session, begun, proof)
    return proof


def prove_all(session: Session, *, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """`prove`, a commit after each lot of schools; returns whether `goes_on` stopped it: the next call goes on from there."""
    kept = session.scalar(select(PlatformSetting.value).where(PlatformSetting.name == GOING_ON))
    begun = dt.datetime.fromisoformat(kept["begun"]) if kept else clock.now()
    proof, after = (Proof(*kept["proof"]), kept["after"]) if kept else (Proof(0, 0, 0, []), 0)
    while (lot := _prove_lot(session, after)) is not None:
        proof, after = _added(proof, lot.proof), lot.last
        if not goes_on():
            row = {"value": {"begun": begun.isoformat(), "proof": list(proof), "after": after}, "changed_at": clock.now()}
            made = insert(PlatformSetting).values(name=GOING_ON, **row)
            session.execute(made.on_conflict_do_update(index_elements=["name"], set_=row))
            session.commit()
            return True
    _keep(session, begun, proof)
    session.execute(delete(PlatformSetting).where(PlatformSetting.name == GOING_ON))
    session.commit()
    return False


class _Proven(NamedTuple):
    proof: Proof
    last: int


def _prove_lot(session: Session, after: int) -> _Proven | None:
    """The next schools, None where there is none."""
    session.flush()
    with driving() as cursor:
        schools = [row.school_id for row in cursor.execute(_SCHOOLS, {"after": after, "most": LOT})]
        if not schools:
            return None
        (counted,) = cursor.execute(_COUNT, {"schools": schools}).fetchall()
        faults = [
            {"what": what, "school_id": row.school_id, "about": row.about}
            for what, check in CHECKS.items()
            for row in cursor.execute(check, {"schools": schools}).fetchall()
        ]
    return _Proven(Proof(len(schools), counted.n, len(faults), faults), schools[-1])


def _added(one: Proof, other: Proof) -> Proof:
    return Proof(
        one.schools + other.schools, one.transactions + other.transactions, one.faults + other.faults,
        (one.detail + other.detail)[:MOST_SHOWN],
    )  # fmt: skip


def _keep(session: Session, begun: dt.datetime, proof: Proof) -> None:
    session.add(LedgerProof(id=uuid7(), begun_at=begun, ended_at=clock.now(), **proof._asdict()))
    session.flush()
