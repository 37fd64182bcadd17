"""Invoices: issued, voided, credited, given up, and never changed."""

import datetime as dt

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.billing import credits, invoices, ledger, states
from app.domain.billing.accounts import NoReason
from app.domain.billing.invoices import Line, PaidInPart
from app.domain.billing.settling import NoSuchInvoice
from app.domain.billing.states import MOVES, WrongState
from app.domain.billing.vat import line
from app.models.billing import Invoice, InvoiceState
from app.models.bookkeeping import Book
from tests.billing_domain.arranged import BY, TODAY, balances, invoice, issue, open_account, platform
from tests.billing_domain.test_payments import NOON, pay


def test_an_issued_invoice_has_a_number_its_dates_both_parties_and_stands_in_the_books(school):
    found = invoice(school, issue(school))
    assert found.number == "INV-0001-000001"
    assert (found.issued_on, found.due_on) == (TODAY, TODAY + dt.timedelta(days=30))
    assert found.seller["name"] == "Umthi (Pty) Ltd"
    assert found.buyer["address"] == "1 School Street"
    assert (found.state, found.kind) == ("open", "abridged_tax_invoice")
    assert balances(school) == {"receivable": 11_500, "revenue": -10_000, "vat": -1_500}


def test_an_invoice_of_nothing_is_paid_at_once_and_books_nothing(school):
    found = invoice(school, issue(school, 0))
    assert (found.state, balances(school)) == ("paid", {})


def test_a_draft_can_be_thrown_away_and_takes_no_number(sql, school):
    with platform() as session:
        of = invoices.draft(session, school, [Line({"en": "x"}, 1)], by=BY).id
        invoices.discard(session, school, of, by=BY)
    assert sql.execute("SELECT count(*) FROM invoice_line").fetchone() == (0,)
    assert invoice(school, issue(school)).number == "INV-0001-000001"
    with platform() as session, pytest.raises(WrongState):
        invoices.discard(session, school, invoice_id_of(sql), by=BY)


def invoice_id_of(sql):
    return sql.execute("SELECT id FROM invoice").fetchone()[0]


def test_an_invoice_needs_a_line(school):
    with platform() as session, pytest.raises(invoices.NoLines):
        invoices.draft(session, school, [], by=BY)


def test_a_void_invoice_keeps_its_number_and_is_countered(school):
    of = issue(school)
    with platform() as session:
        invoices.void(session, school, of, reason="The wrong school", by=BY)
    assert (invoice(school, of).state, balances(school)) == ("void", {})
    assert invoice(school, issue(school)).number == "INV-0001-000002"


def test_what_was_paid_in_part_cannot_be_void(school):
    of = issue(school)
    pay(school, of, 100)
    with platform() as session, pytest.raises(PaidInPart):
        invoices.void(session, school, of, reason="x", by=BY)


def test_a_credit_note_reduces_what_is_owed_with_its_vat(sql, school):
    of = issue(school)
    with platform() as session:
        note = invoices.credit(session, school, of, total=2_300, reason="A week without service", by=BY)
        assert (note.number, note.net, note.vat, note.total) == ("CN-0001-000001", 2_000, 300, 2_300)
    assert invoice(school, of).paid == 2_300
    assert balances(school) == {"receivable": 9_200, "revenue": -8_000, "vat": -1_200}


def test_a_credit_of_all_pays_the_invoice(school):
    of = issue(school)
    with platform() as session:
        invoices.credit(session, school, of, lines=[1], reason="x", by=BY)
    assert (invoice(school, of).state, balances(school)) == ("paid", {})


def test_what_is_credited_of_a_paid_invoice_becomes_reserve(school):
    of = issue(school)
    pay(school, of, 11_500)
    with platform() as session:
        invoices.credit(session, school, of, total=1_150, reason="x", by=BY)
    assert invoice(school, of).state == "paid"
    assert balances(school) == {"bank": 11_500, "reserve": -1_150, "revenue": -9_000, "vat": -1_350}


def test_no_more_is_credited_than_there_was(school):
    of = issue(school, 10_000, 5_000)
    with platform() as session:
        invoices.credit(session, school, of, lines=[2], reason="x", by=BY)
        for values in ({"total": 11_501}, {"total": 0}, {"lines": [1, 2]}, {"lines": [7]}):
            with pytest.raises(credits.TooMuch):
                invoices.credit(session, school, of, **values, reason="x", by=BY)
        with pytest.raises(NoReason):
            invoices.credit(session, school, of, total=1, reason=" ", by=BY)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from(["standard", "exempt"])), min_size=1, max_size=4),
    st.lists(st.one_of(st.floats(0.01, 1), st.integers(0, 3)), max_size=6),
)  # fmt: skip
def test_credit_notes_together_take_exactly_what_there_was(lines, steps):
    """The split of a note, without a database: its sums are kept here as the notes keep them there."""
    amounts = [line(1, unit, 0, code, TODAY) for unit, code in lines]
    of = Invoice(net=sum(a.net for a in amounts), vat=sum(a.vat for a in amounts), total=sum(a.total for a in amounts))
    before = credits.Credited(0, 0, 0)
    done: set[int] = set()
    for step in [*steps, 1.0]:
        if isinstance(step, int):
            if step >= len(amounts) or step in done:
                continue
            note = amounts[step]
            if before.net + note.net > of.net or before.vat + note.vat > of.vat:
                continue
            done.add(step)
        else:
            left = of.total - before.total
            if not left:
                break
            note = credits.split(of, before, max(1, int(left * step)) if step < 1 else left)
        before = credits.Credited(before.net + note.net, before.vat + note.vat, before.total + note.total)
        assert note.total == note.net + note.vat
        assert 0 <= before.net <= of.net
        assert 0 <= before.vat <= of.vat
    assert before == (of.net, of.vat, of.total)


def test_giving_up_moves_what_is_owed_to_the_bad_debts(school):
    of = issue(school)
    with platform() as session:
        invoices.write_off(session, school, of, reason="Insolvent", by=BY)
    assert invoice(school, of).state == "uncollectible"
    assert balances(school) == {"bad_debt": 11_500, "revenue": -10_000, "vat": -1_500}


@pytest.mark.parametrize("old", list(InvoiceState))
@pytest.mark.parametrize("new", list(InvoiceState))
def test_the_table_of_states_is_the_only_way(old, new):
    if new in MOVES[old]:
        states.check(old, new)
    else:
        with pytest.raises(WrongState):
            states.check(old, new)


def test_the_table_in_the_docstring_is_the_one_of_the_code():
    rows = [row.split("|")[1:3] for row in states.__doc__.splitlines() if row.startswith("| ") and "from " not in row]
    written = {old.strip(): {word.split(" (")[0].strip() for word in new.split(",")} - {"nothing"} for old, new in rows}
    assert written == {old.value: {new.value for new in MOVES[old]} for old in MOVES}


def test_another_schools_invoice_is_not_there(school, cast):
    open_account(cast.karoo.id)
    of = issue(cast.karoo.id)
    with platform() as session, pytest.raises(NoSuchInvoice):
        invoices.void(session, school, of, reason="x", by=BY)


MOVING = {"state", "paid", "ended_at", "retry_at"}


def columns(sql, table):
    rows = sql.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'",
        (table,),
    ).fetchall()
    assert rows
    return dict(rows)


OTHER = {
    "text": "'other'", "integer": "77", "bigint": "77", "date": "'2001-01-01'", "timestamp with time zone": "'2001-01-01'",
    "uuid": "gen_random_uuid()", "jsonb": """'{"a": "b"}'""",
}  # fmt: skip


def change(sql, table, column, kind, of):
    key = "invoice_id" if table == "invoice_line" else "id"
    sql.execute(f"UPDATE {table} SET {column} = {OTHER[kind]} WHERE {key} = %s", (of,))


def test_the_database_refuses_a_change_of_every_column_of_an_issued_invoice_but_how_it_stands(sql, school):
    of = issue(school)
    for column, kind in columns(sql, "invoice").items():
        if column not in MOVING:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is final"):
                change(sql, "invoice", column, kind, of)
    sql.execute("UPDATE invoice SET paid = 1, retry_at = NULL, ended_at = now() WHERE id = %s", (of,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql.execute("DELETE FROM invoice WHERE id = %s", (of,))


def test_the_database_refuses_every_change_of_its_lines(sql, school):
    of = issue(school)
    for column, kind in columns(sql, "invoice_line").items():
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="final"):
            change(sql, "invoice_line", column, kind, of)
    for statement in (
        "DELETE FROM invoice_line",
        "INSERT INTO invoice_line SELECT school_id, gen_random_uuid(), invoice_id, 2, description, quantity, unit, discount, net, tax_code,"
        " tax_rate, vat, total FROM invoice_line",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql.execute(statement)


@pytest.mark.parametrize("table", ["credit_note", "ledger_transaction", "ledger_entry"])
def test_the_database_refuses_every_change_of_what_is_only_added(sql, school, table):
    of = issue(school)
    with platform() as session:
        invoices.credit(session, school, of, total=100, reason="x", by=BY)
    for column, kind in columns(sql, table).items():
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            sql.execute(f"UPDATE {table} SET {column} = {OTHER[kind]}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql.execute(f"DELETE FROM {table}")


def test_the_database_lets_no_invoice_begin_as_final(sql, school):
    issue(school)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="begins as a draft"):
        sql.execute(
            "INSERT INTO invoice (school_id, id, number, state, finalised_at) VALUES (%s, gen_random_uuid(), 'X', 'open', now())",
            (school,),
        )


def test_the_database_lets_no_invoice_be_other_than_the_sum_of_its_lines(sql, school):
    with platform() as session:
        of = invoices.draft(session, school, [Line({"en": "x"}, 100)], by=BY).id
    with pytest.raises(psycopg.errors.CheckViolation, match="sum of its lines"):
        sql.execute(
            "UPDATE invoice SET net = net + 1, total = total + 1, number = 'X', finalised_at = now() WHERE id = %s", (of,)
        )


@pytest.mark.parametrize(
    "entries", ["('bank', 5, 'ZAR'), ('reserve', -4, 'ZAR')", "('bank', 5, 'ZAR'), ('reserve', -5, 'USD')", "('bank', 5, 'ZAR')"]
)  # fmt: skip
def test_the_database_lets_no_transaction_be_other_than_zero_in_one_currency(sql, school, entries):
    with pytest.raises(psycopg.errors.CheckViolation, match="zero"):
        book(sql, school, entries)


def book(sql, school, entries):
    """A transaction with these entries, past the verbs."""
    with sql.transaction():
        made = sql.execute(
            "INSERT INTO ledger_transaction (school_id, id, key, kind) VALUES (%s, gen_random_uuid(), 'k', 'payment') RETURNING id",
            (school,),
        ).fetchone()[0]
        sql.execute(
            "INSERT INTO ledger_entry (school_id, transaction_id, book, amount, currency)"
            f" SELECT %s, %s, e.* FROM (VALUES {entries}) e",
            (school, made),
        )


def test_what_was_credited_is_never_void_even_after_the_payment_was_taken_back(school):
    of = issue(school)
    pay(school, of, 11_500)
    with platform() as session:
        invoices.credit(session, school, of, total=5_000, reason="x", by=BY)
    pay(school, of, 11_500, "reversed", at=NOON + dt.timedelta(days=1))
    assert (invoice(school, of).state, invoice(school, of).paid) == ("failed", 0)
    with pytest.raises(invoices.PaidInPart), platform() as session:
        invoices.void(session, school, of, reason="x", by=BY)


def test_what_was_issued_is_no_draft_again_and_what_is_void_stays_void(sql, school):
    """Planted: both, past the verbs."""
    of = issue(school)
    with pytest.raises(psycopg.Error, match="is final"):
        sql.execute("UPDATE invoice SET state = 'draft'")
    with platform() as session:
        invoices.void(session, school, of, reason="x", by=BY)
    with pytest.raises(psycopg.Error, match="is final"):
        sql.execute("UPDATE invoice SET state = 'open'")


def test_a_line_cannot_be_moved_onto_an_invoice_that_is_final(sql, school):
    """Planted: a line of a draft."""
    of = issue(school)
    with platform() as session:
        invoices.draft(session, school, [invoices.Line({"en": "x"}, 1)], by=BY)
    with pytest.raises(psycopg.Error, match="final with it"):
        sql.execute("UPDATE invoice_line SET invoice_id = %s, position = 9 WHERE invoice_id <> %s", (of, of))


def test_a_booking_that_is_complete_takes_no_entries_that_balance_but_its_own_takes_them_past_a_savepoint(sql, school):
    """Planted: two more entries that sum to zero, in a transaction of their own."""
    issue(school)
    with pytest.raises(psycopg.Error, match="is complete"):
        sql.execute(
            "INSERT INTO ledger_entry (school_id, id, transaction_id, book, amount, currency) SELECT school_id, uuid7(), id,"
            " book, amount, 'ZAR' FROM ledger_transaction, (VALUES ('reserve', 5), ('bank', -5)) AS more (book, amount)"
        )
    with platform() as session, session.begin_nested():
        ledger.post(session, school, "adjustment", {Book.RESERVE: 5, Book.ADJUSTMENT: -5}, currency="ZAR", key="nested")
