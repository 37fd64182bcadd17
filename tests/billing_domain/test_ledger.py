"""Any history of a school's money adds up."""

from hypothesis import HealthCheck, example, given, settings
from sqlalchemy import text

from app.domain.billing import arriving
from app.models.bookkeeping import Book
from app.tenancy.doors import across_schools
from tests.billing_domain.histories import HISTORIES, Bill, History, Step


def complaints(school, steps):
    """A history in a transaction that leaves nothing; the database's own check of it is made before."""
    with across_schools("test", routine=True) as session:
        found = History(session, school).play(steps)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.rollback()
    return found


BILL = Bill(((10, 1_000, 0, "zero"),))


@example(steps=[BILL, Step("pay", 0, 1), Step("write_off", 0, 1), Step("take_back", 0, 1), Step("pay", 0, 0)])
@example(steps=[BILL, BILL, Step("pay", 0, 1), Step("pay", 1, 1), Step("tell_again", 0, 2), Step("tell_again", 0, 1)])
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(steps=HISTORIES)
def test_every_history_adds_up(school, steps):
    assert complaints(school, steps) == []


def test_a_verb_that_books_to_the_wrong_place_is_found(school, monkeypatch):
    """Planted: what is paid too much is taken for revenue."""
    real = arriving.ledger.post

    def wrong(session, school_id, kind, entries, **values):
        moved = {Book.REVENUE if book is Book.SUSPENSE else book: amount for book, amount in entries.items()}
        return real(session, school_id, kind, moved, **values)

    monkeypatch.setattr(arriving.ledger, "post", wrong)
    found = complaints(school, [Bill(((1, 100, 0, "standard"),)), Step("pay", 0, 2)])
    assert any(complaint.startswith("balances") for complaint in found)
