"""/operator/webhooks: the list, one event, and what was refused."""

from __future__ import annotations

import datetime as dt

import pytest

from app.ids import uuid7
from tests.pages import words
from tests.webhooks.arranged import NOW, PROVIDER, issue_invoice

URL = "/operator/webhooks"
NASTY = '</code><script>alert(1)</script> \u202e & "quoted" \u200b'


@pytest.fixture
def operator(browser, cast, shared):
    return browser.as_(cast.operator)


def one(sql, event="evt_1"):
    return sql.execute("SELECT id FROM webhook_event WHERE event_id = %s", (event,)).fetchone()[0]


def rows(page):
    return [words(cell) for cell in page.all("small") if words(cell).startswith("evt")]


def test_an_empty_inbox_says_what_to_do(operator):
    page = operator.get(URL)
    assert "Nothing has come yet" in page.main
    assert "Secrets" in page.links()


def test_events_are_listed_newest_first_and_narrowed(sql, operator, tell, work_off):
    tell(id="evt_1")
    work_off()
    tell(id="evt_2", customer="cus_9", payment="pay_2")
    tell(id="evt_3", type="account.blessed")
    assert rows(operator.get(URL)) == ["evt_3", "evt_2", "evt_1"]
    for asked, found in (
        ("state=done", ["evt_1"]), ("state=ignored", ["evt_3"]), ("reason=unknown_customer", ["evt_2"]),
        (f"provider={PROVIDER}", ["evt_3", "evt_2", "evt_1"]), ("provider=other", []), ("school=1", ["evt_3", "evt_1"]),
        ("school=2", []), ("q=evt_2", ["evt_2"]), ("q=pay_2", ["evt_2"]), ("q=evt", []), ("q=%25", []),
        ("state=stored&reason=unknown_customer", ["evt_2"]),
    ):  # fmt: skip
        assert rows(operator.get(f"{URL}?{asked}")) == found, asked
    for nonsense in ("state=x", "reason=x", "school=x", "after=x"):
        assert operator.get(f"{URL}?{nonsense}").status == 404


def test_it_is_paged_by_key(sql, operator):
    ids = [uuid7() for _ in range(101)]
    with sql.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO webhook_event (id, provider, event_id, type, happened_at, body, sha256) VALUES"
            " (%s, 'p', %s, 'payment.failed', now(), '{\"data\": {}}', 'x')",
            [(id, f"evt_{number:03}") for number, id in enumerate(ids)],
        )
    seen, address = [], URL
    while address:
        page = operator.get(address)
        seen += rows(page)
        following = [link.get("href") for link in page.all("a", rel="next")]
        address = f"{URL}{following[0]}" if following else ""
    assert seen == [f"evt_{number:03}" for number in reversed(range(101))]


def test_an_event_shows_what_it_said_what_came_of_it_and_the_others(sql, operator, tell, work_off):
    _, number, total = issue_invoice()
    tell(id="evt_1", type="payment.pending", at=NOW - dt.timedelta(seconds=5), amount=total, invoice=number)
    tell(id="evt_2", amount=total, invoice=number)
    tell(id="evt_2", amount=total, invoice=number)
    work_off()
    page = operator.get(f"{URL}/{one(sql, 'evt_2')}")
    assert "pay_1" in page.main
    assert number in page.main
    assert "This is the newest event" in page.main
    assert rows(page) == ["evt_1"]
    assert operator.get(f"{URL}/{uuid7()}").status == 404


def test_a_hostile_body_is_shown_as_text(sql, operator, tell):
    """Markup is escaped, and marks that turn or hide text are spelt out."""
    tell(reason=NASTY, note="line\u2028line")
    page = operator.get(f"{URL}/{one(sql)}")
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert "\\u202e" in page.main
    assert not [code for code in page.all("script") if not code.get("src")]


def test_an_altered_one_warns(sql, operator, tell):
    tell(amount=1)
    tell(amount=2)
    assert "The same id came 1 time with another body" in operator.get(f"{URL}/{one(sql)}").main
    assert "1 altered" in operator.get(URL).main


def test_what_was_refused_is_counted_by_reason(operator, tell):
    assert "Nothing was refused" in operator.get(f"{URL}/refused").main
    tell(header="")
    tell(signed=NOW - dt.timedelta(hours=1))
    tell(provider="nobody")
    page = operator.get(f"{URL}/refused")
    assert "3 were refused in the last 24 hours" in page.main
    assert "Not signed with a secret of ours, or changed on the way" in page.main
    assert "From a provider that we share no secret with" in page.main


def test_the_console_says_what_failed_and_who_is_unknown(operator, tell, work_off):
    tell(id="evt_1", amount="x")
    tell(id="evt_2", customer="cus_9", payment="pay_2")
    tell(id="evt_3", customer=None)
    work_off()
    page = operator.get("/operator")
    assert "Thaba Nkulu Primary: 1 webhook event failed" in page.main
    assert "1 webhook event failed" in page.main
    assert "1 webhook event names a customer who is tied to no school" in page.main


def test_the_consoles_search_finds_an_event(operator, tell):
    tell(id="evt_find_me")
    assert "evt_find_me" in operator.get("/operator/search?q=evt_find_me").main


@pytest.mark.parametrize("path", ["", "/refused", "/replay", "/secrets", "/customers", "/simulator"])
def test_it_is_for_those_who_run_the_platform(browser, cast, path):
    assert browser.get(URL + path).status == 302
    for someone in (cast.thaba.owner, cast.karoo.admin, cast.nobody):
        assert browser.as_(someone).get(URL + path).status == 403
