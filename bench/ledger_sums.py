"""`ledger.sums`: random histories of a school's money, each beside a model that knows only what was done.

Invoices are issued, paid, paid twice, paid too much, credited, voided, given up and collected from the reserve; payments are taken
back; the reserve is topped up and adjusted, and that taken back. After each history every transaction has to be zero, every balance
what the model counts from the documents, every invoice the sum of its lines to the cent. The value is the number of histories in
which something differs; each is undone afterwards, with the database's own checks made before.
"""

from __future__ import annotations

import time

from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.billing import accounts, seller
from app.tenancy.doors import across_schools, outside
from bench.figure import Figure, figure, is_full
from bench.platform import log_to_nowhere, platform
from tests.billing_domain.histories import BY, HISTORIES, Bill, History, Step

SCHOOL = 1


def measure() -> list[Figure]:
    """Histories that do not add up; the goal is none."""
    log_to_nowhere()
    histories = 10_000 if is_full() else 100
    place = platform()
    place.grow(1, first=1, others=1)
    failures, steps, seen = 0, 0, 0
    begun = time.process_time()
    with place.application().app_context(), outside(), across_schools("bench", routine=True) as session:
        accounts.open_account(session, SCHOOL, "The school's office", by=BY)
        seller.change_seller(session, seller.Seller(vat_number="4123456789"), by=BY)
        session.commit()

        @settings(
            max_examples=histories, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(history=HISTORIES)
        def play(history: list[Step | Bill]) -> None:
            nonlocal failures, steps, seen
            seen, steps = seen + 1, steps + len(history)
            failures += bool(_complaints(session, history))

        play()
    took = time.process_time() - begun
    return [
        figure(
            "ledger.sums", failures, unit="histories", goal=0, against="a model that counts documents",
            detail=f"{seen:,} histories, {steps:,} deeds, {took:.0f} s of CPU",
        )
    ]  # fmt: skip


def _complaints(session: Session, history: list[Step | Bill]) -> list[str]:
    """What does not add up, or what was raised; nothing of the history stays."""
    try:
        found = History(session, SCHOOL).play(history)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except Exception as error:
        found = [f"{type(error).__name__}: {error}"]
    finally:
        session.rollback()
    return found
