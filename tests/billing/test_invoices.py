"""The list of invoices: its filters, its search, the ages of what is owed, and its pages."""

from __future__ import annotations

import pytest

from app.domain.billing import invoices as verbs
from app.domain.billing.invoices import Line
from app.exports.dataset import datasets_of
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speaking, speech_for
from app.models.billing import InvoiceState
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import reading
from tests.billing.arranged import INVOICES, arrive, issued
from tests.billing_domain.arranged import BY, invoice, open_account, platform
from tests.pages import words

MANY = (
    "INSERT INTO invoice (school_id, id, created_at) SELECT %s, md5('i' || n)::uuid, now() FROM generate_series(1, %s::int) n"
)


def numbers(page):
    return [words(th) for th in page.all("th", scope="row") if list(th)]


def test_nothing_billed_says_so_and_what_comes_next(owner, school):
    page = owner.get(INVOICES)
    assert "Nothing has been billed yet" in page.main
    assert page.links()["See the billing overview"] == "/dashboard/billing/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_is_there_in_every_language(reads, cast, school, language):
    issued(school, 10_000, ago=40)
    assert numbers(reads(cast.thaba.owner, language).get(INVOICES)) == ["INV-0001-000001"]


def test_each_filter_shows_its_state_and_the_newest_come_first(owner, school):
    made = {state: issued(school, 10_000) for state in ("open", "pending", "paid", "failed", "void", "uncollectible")}
    arrive(school, 11_500, "card-1", state="pending", invoice=made["pending"])
    arrive(school, 11_500, "card-2", invoice=made["paid"])
    arrive(school, 11_500, "card-3", state="failed", invoice=made["failed"])
    with platform() as session:
        verbs.void(session, school, made["void"], reason="Wrong", by=BY)
        verbs.write_off(session, school, made["uncollectible"], reason="Lost", by=BY)
        verbs.draft(session, school, [Line({"en": "SMS"}, 31)], by=BY)
    for state in made:
        assert numbers(owner.get(f"{INVOICES}?state={state}")) == [invoice(school, made[state]).number], state
    assert numbers(owner.get(f"{INVOICES}?state=draft")) == ["Draft"]
    assert numbers(owner.get(INVOICES)) == ["Draft", *[f"INV-0001-00000{n}" for n in range(6, 0, -1)]]
    assert set(made) | {"draft"} == {state.value for state in InvoiceState}
    assert owner.get(f"{INVOICES}?state=lost", check=False).status == 404


def test_a_part_of_the_number_finds_it_and_a_wildcard_is_a_letter(owner, school):
    for _ in range(3):
        issued(school, 10_000)
    assert numbers(owner.get(f"{INVOICES}?q=000002")) == ["INV-0001-000002"]
    assert "No invoices match" in owner.get(f"{INVOICES}?q=%25").main


def test_what_is_owed_stands_under_its_age(owner, school):
    """One of each age; the part that is paid does not count, nor does what is void."""
    for units, ago in ((1_000, 30), (2_000, 31), (4_000, 60), (8_000, 61), (16_000, 91), (32_000, 121), (64_000, 151)):
        issued(school, units, ago=ago, tax_code="exempt")
    arrive(school, 400, "eft-1", invoice=issued(school, 1_400, ago=1, tax_code="exempt"))
    gone = issued(school, 99_000, ago=200, tax_code="exempt")
    with platform() as session:
        verbs.void(session, school, gone, reason="Wrong", by=BY)
    table = owner.get(INVOICES).all("table")[0]
    cells = [words(cell).replace("\xa0", "") for row in table.iter() for cell in row if cell.tag.endswith("td")]
    assert cells == ["R20,00", "R60,00", "R80,00", "R160,00", "R320,00", "R640,00"]


def test_pages_hold_fifty_and_leave_nothing_out(owner, school, sql):
    sql.execute(MANY, (school, 120))
    seen, path = [], INVOICES
    while path:
        page = owner.get(path)
        seen.append([a.get("href") for th in page.all("th", scope="row") for a in th])
        path = next((INVOICES + a.get("href") for a in page.all("a", rel="next")), None)
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert len({href for rows in seen for href in rows}) == 120
    assert owner.get(f"{INVOICES}?after=nowhere", check=False).status == 404


def test_a_school_sees_its_own_alone(browser, cast, school):
    open_account(cast.karoo.id)
    issued(school, 10_000)
    issued(cast.karoo.id, 10_000)
    page = browser.as_(cast.karoo.owner).get(INVOICES)
    assert numbers(page) == ["INV-0002-000001"]


def test_the_datasets_have_every_invoice_and_entry_of_the_school(app, cast, school):
    open_account(cast.karoo.id)
    issued(cast.karoo.id, 10_000)
    made = issued(school, 10_000)
    arrive(school, 11_500, "eft-1", invoice=made)
    voice = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
    with app.app_context(), outside(), acting_for(school), speaking(voice), reading() as cursor:
        known = datasets_of(app)
        rows = {name: list(known[name].rows(cursor, {})) for name in ("invoices", "payments", "ledger")}
        paid = list(known["invoices"].rows(cursor, known["invoices"].narrowed({"state": "paid"})))
        none = list(known["invoices"].rows(cursor, known["invoices"].narrowed({"until": "2001-01-01"})))
    assert (
        [(row[0], row[1], row[-1]) for row in rows["invoices"]]
        == [("INV-0001-000001", "paid", 11_500)]
        == [(row[0], row[1], row[-1]) for row in paid]
    )
    assert [(row[2], row[6]) for row in rows["payments"]] == [("eft-1", "INV-0001-000001")]
    assert none == []
    assert sum(row[4] for row in rows["ledger"]) == 0
    assert len(rows["ledger"]) == 5
    assert not any(known[name].is_guarded for name in ("invoices", "payments", "ledger"))
