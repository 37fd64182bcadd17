"""The demo was billed: every state of an invoice, tries that failed, and a payment of each kind that does not fit."""

from __future__ import annotations

from app.access.actor import acting_as
from app.domain.billing.proving import prove
from app.models.billing import AnomalyKind, InvoiceState
from app.seed import baseline, billing
from app.tenancy.doors import across_schools, outside


def top_up(place):
    with place.app.app_context(), outside(), acting_as(baseline.BY), across_schools("test") as session:
        number = billing.top_up(session)
        session.commit()
        found = prove(session)
    return number, found


def test_the_demo_has_every_state_every_misfit_and_books_that_add_up(filled):
    number, proof = top_up(filled)
    assert number == filled.value("SELECT count(*) FROM invoice WHERE number IS NOT NULL") + 1
    assert (proof.faults, proof.detail) == (0, [])
    assert {row[0] for row in filled.rows("SELECT DISTINCT state FROM invoice")} == set(InvoiceState)
    assert {row[0] for row in filled.rows("SELECT kind FROM payment_anomaly WHERE mended_at IS NULL")} == set(AnomalyKind)
    tries = filled.rows("SELECT count(*) FROM payment_attempt GROUP BY invoice_id HAVING count(*) = 3")
    assert len(tries) == 1
    assert filled.value("SELECT count(*) FROM billing_escalation") == 1
    assert filled.value("SELECT count(*) FROM credit_note") == 1
    assert filled.value("SELECT count(*) FROM billing_account WHERE past_due_since IS NOT NULL AND dunning_step > 3") >= 1
    assert filled.value("SELECT count(*) FROM account_mail WHERE kind LIKE 'invoice%%'") == 0
    assert filled.value("SELECT count(*) FROM subscription WHERE cancel_at_end") == 1


def test_nothing_was_paid_before_it_was_issued_or_after_today(filled):
    top_up(filled)
    assert not filled.rows(
        "SELECT FROM payment p JOIN invoice i USING (school_id) WHERE i.id = p.invoice_id"
        " AND (p.happened_at::date < i.issued_on OR p.happened_at > now())"
    )
    assert not filled.rows("SELECT FROM invoice WHERE issued_on > current_date")


def test_a_second_time_nothing_is_added(filled):
    top_up(filled)
    assert top_up(filled)[0] == 0
