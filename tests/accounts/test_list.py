"""/operator/accounts: the cards, the list, the file."""

from __future__ import annotations

import csv
import io

import pytest

from app.domain import rollups
from app.domain.billing import accounts
from tests.billing_domain.arranged import BY, issue, open_account, platform

URL = "/operator/accounts"


def count():
    """What workers do."""
    with platform() as session:
        rollups.rebuild(session)


def tiles(page):
    return [" ".join(tile.itertext()).split() for tile in page.all("article")]


@pytest.fixture
def three(app, cast, account):
    """Thaba has R50 of at least R1 000, Karoo is past due, all others have no account."""
    open_account(cast.karoo.id)
    issue(cast.karoo.id, 100_000)
    with platform() as session:
        accounts.adjust(session, account, 5_000, reason="A gift", by=BY)
        accounts.account_of(session, cast.karoo.id).past_due_since = "2026-01-05T08:00:00Z"
    count()


def test_the_cards_say_how_the_accounts_stand_together(operator, three):
    cards = [" ".join(each) for each in tiles(operator.get(URL))]
    assert cards[0].startswith("Accounts 2")
    assert "50,00" in cards[1]
    assert cards[2].startswith("Below minimum 1")
    assert cards[3].startswith("Past due 1")


def test_the_list_is_narrowed_by_state_and_by_school(operator, cast, three):
    def names(query):
        return [name for name in (cast.thaba.name, cast.karoo.name) if f">{name}</a>" in operator.get(URL + query).text]

    assert names("") == [cast.thaba.name, cast.karoo.name]
    assert names("?state=low") == [cast.thaba.name]
    assert names("?state=past_due") == [cast.karoo.name]
    assert names("?state=good") == names("?state=none") == []
    assert names("?q=karoo") == [cast.karoo.name]
    assert "No schools match" in operator.get(URL + "?q=nowhere").main
    assert operator.get(URL + "?state=rich").status == 404


def test_an_account_that_was_adjusted_is_counted_at_once(operator, three, account):
    url = f"{URL}/{account}/adjust"
    operator.post(url, operator.get(url).form() | {"amount": "2 000", "reason": "x", "step": "book"})
    assert "Thaba" in operator.get(URL + "?state=good").main


def test_the_file_has_what_the_list_has_and_is_written_down(sql, operator, three, cast):
    answer = operator.client.get(URL + "/accounts.csv?state=low")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [(row["School"], row["State"], row["Reserve"], row["Least reserve"]) for row in rows] == [
        (cast.thaba.name, "low", "50.00", "1000.00")
    ]
    assert sql.execute("SELECT target_id FROM platform_event WHERE action = 'exports.download'").fetchall() == [("accounts",)]


def test_a_school_does_not_see_the_accounts(browser, cast, three):
    for someone in (cast.thaba.owner, cast.thaba.admin, cast.thaba.teacher, cast.thaba.guardian):
        for path in (
            URL,
            URL + "/accounts.csv",
            URL + "/proof",
            URL + "/seller",
            f"{URL}/1",
            f"{URL}/1/ledger",
            "/operator/plans",
        ):
            assert browser.as_(someone).client.get(path).status_code == 403


def test_a_list_costs_the_same_however_many_schools_there_are(sql, operator, three):
    """The rows of a page, and what was counted of them: each is one select."""
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, language, close_time, money, currency, names_on_push)"
        " SELECT 'many-' || n, 'Many ' || n, 'many' || n, 'active', 'Africa/Johannesburg', 'en', '17:00', 'en_ZA', 'ZAR', false"
        " FROM generate_series(1, 120) n"
    )
    page = operator.get(URL)
    assert "50 schools on this page" in page.main
    following = operator.get(URL + page.links()["More"])
    assert "50 schools on this page" in following.main


def test_what_a_rollup_finds_changed_is_counted_by_the_next_look(sql, operator, account, work_off):
    """A booking leaves no audit event of the school: the newest one tells."""
    count()
    with platform() as session:
        accounts.adjust(session, account, 5_000, reason="A gift", by=BY)
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'rollups.refresh')")
    work_off()
    assert sql.execute("SELECT number FROM platform_metric WHERE name = 'billing.reserve'").fetchone() == (5_000,)
