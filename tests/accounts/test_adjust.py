"""/operator/accounts/<school>/adjust: asked for, shown, booked once."""

from __future__ import annotations

import psycopg
import pytest

from tests.billing_domain.arranged import reserve


@pytest.fixture
def url(account):
    return f"/operator/accounts/{account}/adjust"


def booked(sql):
    return sql.execute("SELECT reason, by_name FROM ledger_transaction WHERE kind = 'adjustment'").fetchall()


def test_it_is_shown_before_it_is_booked_and_booked_once_however_often_it_is_sent(sql, cast, operator, account, url):
    form = operator.get(url).form() | {"amount": "R1 234,50", "reason": "For the day without service"}
    review = operator.post(url, form)
    assert (review.status, reserve(account)) == (200, 0)
    assert "grows by" in review.main
    book = review.form()
    assert book["step"] == "book"
    assert operator.post(url, book).status == 303
    assert operator.get(f"/operator/accounts/{account}").banners == ["The adjustment is booked."]
    assert operator.post(url, book).status == 303
    assert operator.get(f"/operator/accounts/{account}").banners == [
        "This adjustment was booked before, so nothing was booked now."
    ]
    assert reserve(account) == 123_450
    assert booked(sql) == [("For the day without service", cast.operator.name)]
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'billing.adjust'").fetchone() == (1,)


def test_one_without_a_reason_or_an_amount_is_refused(sql, operator, account, url):
    form = operator.get(url).form()
    assert operator.post(url, form).problems == ["Enter an amount", "Say why"]
    assert operator.post(url, form | {"amount": "0", "reason": "x"}).problems == ["Enter an amount that is not zero."]
    page = operator.post(url, form | {"amount": "1,234", "reason": "x", "step": "book"})
    assert page.problems == [
        "This could mean two amounts. Write thousands with a space and cents with two digits, like 1 234,50"
    ]
    assert 'value="1,234"' in page.text
    assert operator.post(url, form | {"amount": "5", "reason": " ", "step": "book"}).problems == ["Say why"]
    assert booked(sql) == []


def test_a_form_whose_key_was_tampered_with_books_nothing(sql, operator, account, url):
    form = operator.get(url).form() | {"amount": "5", "reason": "x", "step": "book", "key": "1"}
    assert operator.post(url, form).problems == ["This page is too old. Open it again."]
    assert booked(sql) == []


def test_it_asks_for_a_step_up(sql, browser, cast, account, url):
    answer = browser.as_(cast.operator).post(url, {"amount": "5", "reason": "x", "step": "book"})
    assert (answer.status, "confirm" in answer.location) == (303, True)
    assert booked(sql) == []


def test_a_school_does_not_adjust_itself(sql, browser, cast, account, url, stepped_up):
    for someone in (cast.thaba.owner, cast.thaba.admin):
        assert browser.as_(someone).get(url).status == 403
        assert browser.as_(someone).post(url, {"amount": "5", "reason": "x", "step": "book"}).status == 403
    assert booked(sql) == []


def test_it_is_taken_back_by_a_counter_entry_only_and_once(sql, operator, account, url):
    form = operator.get(url).form() | {"amount": "-50", "reason": "A call-out", "step": "book"}
    operator.post(url, form)
    assert reserve(account) == -5_000
    (made,) = sql.execute("SELECT id FROM ledger_transaction WHERE kind = 'adjustment'").fetchone()
    back = f"/operator/accounts/{account}/ledger/{made}/take-back"
    assert operator.post(back, operator.get(back).form()).problems == ["Say why"]
    assert operator.post(back, operator.get(back).form() | {"reason": "It was ours to pay"}).status == 303
    assert reserve(account) == 0
    assert "It was taken back before." in operator.get(back).main
    assert operator.post(back, {"reason": "Again"}).status == 422
    assert sql.execute("SELECT kind FROM ledger_transaction ORDER BY id").fetchall() == [("adjustment",), ("reversal",)]


def test_a_booking_of_another_school_is_not_there(operator, cast, account, sql, url):
    operator.post(url, operator.get(url).form() | {"amount": "5", "reason": "x", "step": "book"})
    (made,) = sql.execute("SELECT id FROM ledger_transaction").fetchone()
    assert operator.get(f"/operator/accounts/{cast.karoo.id}/ledger/{made}/take-back").status == 404


def test_the_database_refuses_what_does_not_balance(sql, operator, account, url):
    """Planted: an adjustment with one side only."""
    operator.post(url, operator.get(url).form() | {"amount": "5", "reason": "x", "step": "book"})
    with pytest.raises(psycopg.Error):
        sql.execute(
            "INSERT INTO ledger_entry (school_id, id, transaction_id, book, amount, currency)"
            " SELECT school_id, uuid7(), id, 'reserve', 500, 'ZAR' FROM ledger_transaction"
        )
    with pytest.raises(psycopg.Error):
        sql.execute("UPDATE ledger_entry SET amount = amount * 2")
