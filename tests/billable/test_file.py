"""/operator/billing.csv: a month for finance; once it is closed the same bytes for ever, whatever happens to the rows."""

from __future__ import annotations

import hashlib

import pytest

from app.tenancy.doors import across_schools
from blueprints.billable import operations, queries
from tests.billable.arranged import add_class, add_learner, came_on, enrol, enrol_many, freeze, month
from tests.domain.counting import rebuild
from tests.schools.arranged import events

FILE = "/operator/billing.csv?month=2026-03"
MARCH = (
    "Month,School number,School,Billable learners,Adjustment of earlier months,Together,Frozen at (UTC)\r\n"
    "2026-03,2,Laerskool Karoo,2,0,2,2026-03-31T22:20:00Z\r\n"
    "2026-03,1,Thaba Nkulu Primary,3,0,3,2026-03-31T22:20:00Z\r\n"
)


@pytest.fixture
def march(sql, at):
    """March 2026 is closed, with 3 and 2 learners."""
    for school, number in ((1, 3), (2, 2)):
        came_on(sql, school, "2026-03-02")
        enrol_many(sql, school, number, "2026-03-01")
    at("2026-04-01 00:20+02:00")
    freeze()


def test_a_closed_month_is_a_row_for_each_school(operator, march):
    answer = operator.get(FILE)
    assert (answer.status, answer.text) == (200, MARCH)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "umthi-billable-learners-2026-03.csv" in answer.headers["Content-Disposition"]


def test_it_is_the_same_to_the_byte_after_every_kind_of_edit(operator, sql, march, at):
    before = operator.get(FILE).response.data
    sql.execute("UPDATE school SET name = 'A new name', name_key = 'anewname', timezone = 'America/Lima' WHERE id = 1")
    sql.execute("UPDATE school SET state = 'disabled', disabled_at = now(), created_at = '2026-01-01' WHERE id = 2")
    sql.execute("UPDATE learner SET number = 'X' || number, first_name = 'Somebody', status = 'left', left_on = '2026-02-01'")
    sql.execute("DELETE FROM enrolment WHERE school_id = 2")
    enrol(sql, 1, add_learner(sql, 1, "late"), add_class(sql, 1, "Late"), "2026-03-01")
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency, created_at)"
        " VALUES ('old', 'Older', 'older', 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR', '2026-02-01')"
    )
    assert operator.get(FILE).response.data == before
    at("2026-06-01 00:20+02:00")
    freeze()
    assert operator.get(FILE).response.data == before
    assert sql.execute("SELECT count(*) FROM billable_month WHERE month = '2026-03-01'").fetchone() == (2,)


def test_what_was_kept_is_what_the_frozen_rows_say(sql, march):
    sql.execute("UPDATE school SET name = 'A new name', name_key = 'anewname' WHERE id = 1")
    with across_schools("test", routine=True) as session:
        first = month("2026-03")
        assert operations.csv_of(first, queries.frozen(session, first)) == MARCH.encode()
        assert queries.file_of(session, first) == MARCH.encode()


@pytest.mark.parametrize("language", ["af", "zu"])
def test_it_is_the_same_in_whatever_language_it_is_asked_for(browser, cast, sql, march, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    assert browser.as_(cast.operator).get(FILE).text == MARCH


def test_the_page_shows_its_fingerprint(operator, march):
    assert hashlib.sha256(MARCH.encode()).hexdigest() in operator.get("/operator/billing?month=2026-03").main


def test_closing_and_taking_out_are_on_record(operator, sql, march):
    assert events(sql, "billable.close") == (1, 0)
    operator.get(FILE)
    assert events(sql, "exports.download") == (1, 0)


def test_a_month_that_goes_on_says_so_in_its_name(operator, sql):
    enrol_many(sql, 1, 4, "2020-01-15")
    rebuild()
    answer = operator.get("/operator/billing.csv")
    assert "-so-far.csv" in answer.headers["Content-Disposition"]
    assert ",1,Thaba Nkulu Primary,4,0,4,\r\n" in answer.text


def test_a_name_that_looks_like_a_formula_is_none(operator, sql, at):
    came_on(sql, 1, "2026-03-02")
    sql.execute("UPDATE school SET name = '=HYPERLINK(\"x\")', name_key = 'hyperlinkx' WHERE id = 1")
    at("2026-04-01 00:20+02:00")
    freeze()
    assert '"\'=HYPERLINK(""x"")"' in operator.get(FILE).text
