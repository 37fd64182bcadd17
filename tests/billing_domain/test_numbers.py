"""Numbers of documents, in many hands at once."""

from random import Random
from threading import Thread

from app.domain.billing import invoices, numbers
from app.domain.billing.invoices import Line
from tests.billing_domain.arranged import BY, TODAY, issue, platform


class Undone(Exception):
    """What a test raises to roll back."""


def finalise(school, *, rolls_back=False):
    try:
        with platform() as session:
            made = invoices.draft(session, school, [Line({"en": "x"}, 100)], by=BY)
            invoices.finalise(session, school, made.id, today=TODAY, by=BY)
            if rolls_back:
                raise Undone
    except Undone:
        return


def test_a_number_says_its_series_its_school_and_how_many_there_are():
    assert numbers.written("INV", 7, 12) == "INV-0007-000012"
    assert numbers.written("CN", 12_345, 1_234_567) == "CN-12345-1234567"


def test_numbers_of_twenty_threads_of_which_some_roll_back_have_no_gap_and_no_double(sql, app, school):
    def work(seed):
        chance = Random(seed)
        with app.app_context():
            for _ in range(3):
                finalise(school, rolls_back=chance.random() < 0.4)

    threads = [Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = sql.execute("SELECT number FROM invoice WHERE number IS NOT NULL ORDER BY number").fetchall()
    assert [int(row[0][-6:]) for row in rows] == list(range(1, len(rows) + 1))
    assert 0 < len(rows) < 60
    assert sql.execute("SELECT next FROM number_series WHERE series = 'INV'").fetchone() == (len(rows) + 1,)


def test_each_school_and_each_series_counts_by_itself(school, cast):
    issue(school)
    with platform() as session:
        assert numbers.take(session, school, numbers.CREDIT_NOTES) == "CN-0001-000001"
        assert numbers.take(session, cast.karoo.id, numbers.INVOICES) == "INV-0002-000001"
        assert numbers.take(session, school, numbers.INVOICES) == "INV-0001-000002"
