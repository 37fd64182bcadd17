"""What an operator does about an event: replay, discard, process by hand. A replay of what is done does nothing and says so."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event as signals

from app.domain.webhooks import deeds, effects
from app.domain.webhooks.processing import DELAYS
from app.ids import uuid7
from app.tenancy.doors import across_schools
from tests.webhooks.arranged import BY, NOW, PROVIDER, issue_invoice, states

URL = "/operator/webhooks"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def operator(browser, cast, shared, stepped_up):
    return browser.as_(cast.operator)


def one(sql, event="evt_1"):
    return sql.execute("SELECT id FROM webhook_event WHERE event_id = %s", (event,)).fetchone()[0]


def ledger_rows(sql):
    return sql.execute("SELECT count(*) FROM ledger_transaction WHERE kind = 'payment'").fetchone()[0]


@pytest.fixture
def failed(sql, tell, work_off, monkeypatch):
    """An event whose effect could not be made."""
    tell()
    with monkeypatch.context() as broken:
        broken.setattr(effects, "apply", lambda *_, **__: 1 / 0)
        work_off(until=NOW + sum(DELAYS, dt.timedelta(days=1)))
        while states(sql)["evt_1"][0] != "failed":
            sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
            work_off()
    return one(sql)


def test_a_failed_one_is_replayed_and_has_its_effect(sql, operator, failed, work_off):
    assert operator.post(f"{URL}/{failed}/replay").status == 303
    assert "played again" in operator.get(f"{URL}/{failed}").banners[0]
    work_off()
    assert states(sql) == {"evt_1": ("done", None)}
    assert ledger_rows(sql) == 1
    assert sql.execute("SELECT attempts FROM webhook_event").fetchone() == (0,)
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'webhooks.replay'").fetchone() == (1,)


def test_a_replay_of_what_is_done_does_nothing_and_says_so(sql, operator, tell, work_off):
    tell()
    work_off()
    before = sql.execute("SELECT count(*) FROM audit_event").fetchone(), ledger_rows(sql)
    operator.post(f"{URL}/{one(sql)}/replay")
    assert operator.get(URL).banners == ["This event has had its effect. Nothing was done again."]
    work_off()
    assert (sql.execute("SELECT count(*) FROM audit_event").fetchone(), ledger_rows(sql)) == before


def test_others_that_cannot_be_replayed_say_why(sql, operator, tell, work_off):
    tell(id="evt_unknown", type="account.blessed")
    tell(id="evt_nobody", customer="cus_9")
    tell(id="evt_new", payment="pay_3")
    said = {
        "evt_unknown": "Events of this type mean nothing to us: there is nothing to do for it.",
        "evt_nobody": "Tie the customer to a school first: it is not known whose event this is.",
        "evt_new": "This event waits to be acted on already. Nothing was changed.",
    }
    for event, words in said.items():
        operator.post(f"{URL}/{one(sql, event)}/replay")
        assert operator.get(URL).banners == [words]
    work_off()
    tell(id="evt_old", at=NOW - dt.timedelta(hours=1), payment="pay_3")
    work_off()
    operator.post(f"{URL}/{one(sql, 'evt_old')}/replay")
    assert "A newer event of the same payment" in operator.get(URL).banners[0]


def test_a_range_is_replayed_once(sql, operator, failed, tell, work_off):
    tell(id="evt_2", payment="pay_2")
    work_off()
    form = operator.get(f"{URL}/replay").form()
    assert "1 event of the last day would be played again" in operator.get(f"{URL}/replay").main
    form["until"] = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert operator.post(f"{URL}/replay", form).status == 303
    assert operator.get(URL).banners == ["1 event is played again.", "1 other was left as it is."]
    work_off()
    assert {state for state, _ in states(sql).values()} == {"done"}
    assert ledger_rows(sql) == 2
    operator.post(f"{URL}/replay", form)
    assert operator.get(URL).banners[0] == "0 events are played again."


def add_failed(sql, number):
    """So many events that failed, with their marks."""
    for n in range(number):
        one = {"id": uuid7(), "event": f"evt_failed_{n}", "provider": PROVIDER}
        sql.execute(
            "INSERT INTO webhook_event (id, provider, event_id, type, happened_at, body, sha256, for_school, state, reason, note,"
            " attempts, received_at, ended_at) VALUES (%(id)s, %(provider)s, %(event)s, 'payment.failed', now(),"
            " '{\"data\": {}}', 'x', 1, 'failed', 'bad_data', 'why', 3, now(), now())", one,
        )  # fmt: skip
        sql.execute(
            "INSERT INTO webhook_effect (school_id, id, provider, event_id, type, state, reason, happened_at, ended_at)"
            " VALUES (1, uuid7(), %(provider)s, %(event)s, 'payment.failed', 'failed', 'bad_data', now(), now())", one,
        )  # fmt: skip


def test_of_many_a_bounded_number_is_replayed_at_once_and_the_rest_is_told(sql, operator, monkeypatch):
    monkeypatch.setattr(deeds, "MOST", 3)
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    add_failed(sql, 5)
    form = operator.get(f"{URL}/replay").form()
    form["until"] = (since + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    operator.post(f"{URL}/replay", form)
    assert operator.get(URL).banners == [
        "3 events are played again.", "0 others were left as they are.",
        "2 more events failed in this time. Replay the range again for them.",
    ]  # fmt: skip
    fresh = ("stored", None, None, 0, None)
    rows = sql.execute("SELECT state, reason, note, attempts, ended_at FROM webhook_event ORDER BY id").fetchall()
    assert [row == fresh for row in rows] == [True] * 3 + [False] * 2
    assert sql.execute("SELECT state, count(*) FROM webhook_effect GROUP BY 1 ORDER BY 1").fetchall() == [
        ("failed", 2),
        ("stored", 3),
    ]
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'webhooks.process'").fetchone() == (3,)
    operator.post(f"{URL}/replay", form)
    assert operator.get(URL).banners == ["2 events are played again.", "3 others were left as they are."]


@pytest.mark.parametrize("number", [1, 40])
def test_a_range_takes_as_many_statements_for_many_as_for_one(sql, shared, number):
    add_failed(sql, number)
    updates: list[str] = []

    def hear(*said):
        updates.extend([said[2]] if said[2].startswith("UPDATE") else [])

    now = dt.datetime.now(dt.UTC)
    with across_schools("a test", routine=True) as session:
        signals.listen(session.connection(), "before_cursor_execute", hear)
        done = deeds.replay_range(session, now - HOUR, now + HOUR, provider="", by=BY)
        session.commit()
    assert (done, len(updates)) == ((number, 0, 0), 2)


def test_a_range_needs_its_two_ends_in_order(operator):
    assert operator.post(f"{URL}/replay", {"provider": ""}).problems == ["Enter when it begins", "Enter when it ends"]
    page = operator.post(f"{URL}/replay", {"provider": "", "since": "2026-03-02T10:00", "until": "2026-03-01T10:00"})
    assert page.problems == ["The end must be after the beginning"]


def test_what_is_discarded_stays_with_the_reason_and_can_be_replayed(sql, operator, failed, work_off):
    assert operator.post(f"{URL}/{failed}/discard", {}).problems == ["Enter a reason"]
    assert operator.post(f"{URL}/{failed}/discard", {"why": "The provider says it was a test."}).status == 303
    assert states(sql) == {"evt_1": ("ignored", "discarded")}
    assert sql.execute("SELECT state FROM webhook_effect").fetchone() == ("ignored",)
    assert "The provider says it was a test." in operator.get(f"{URL}/{failed}").main
    operator.post(f"{URL}/{failed}/replay")
    work_off()
    assert states(sql) == {"evt_1": ("done", None)}


def test_what_is_done_cannot_be_discarded(sql, operator, tell, work_off):
    tell()
    work_off()
    operator.post(f"{URL}/{one(sql)}/discard", {"why": "No"})
    assert states(sql) == {"evt_1": ("done", None)}


def test_one_that_says_it_badly_is_processed_by_hand(sql, operator, tell, work_off):
    invoice, number, total = issue_invoice()
    tell(amount=str(total), invoice=number)
    work_off()
    event = one(sql)
    form = operator.get(f"{URL}/{event}/by-hand").form()
    assert (form["payment"], form["currency"], form["invoice"], form["amount"]) == ("pay_1", "ZAR", number, "")
    typed = form | {"amount": f"{total // 100},{total % 100:02}", "why": "The amount came as text."}
    assert operator.post(f"{URL}/{event}/by-hand", typed).status == 303
    assert states(sql) == {"evt_1": ("done", "by_hand")}
    assert sql.execute("SELECT state FROM invoice WHERE id = %s", (invoice,)).fetchone() == ("paid",)
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'webhooks.by_hand'").fetchone() == (1,)
    operator.post(f"{URL}/{event}/by-hand", typed)
    assert operator.get(URL).banners == ["This event has had its effect. Nothing was done again."]
    assert ledger_rows(sql) == 1


def test_by_hand_nothing_overtakes_what_is_newer(sql, operator, tell, work_off):
    tell(id="evt_2", type="payment.failed")
    work_off()
    tell(id="evt_1", at=NOW - dt.timedelta(hours=1), amount="x")
    work_off()
    typed = {"type": "payment.succeeded", "payment": "pay_1", "amount": "10.00", "currency": "ZAR", "why": "Because"}
    operator.post(f"{URL}/{one(sql)}/by-hand", typed)
    assert "A newer event of the same payment" in operator.get(URL).banners[0]
    assert states(sql)["evt_1"] == ("failed", "bad_data")
    assert ledger_rows(sql) == 0


def test_a_form_by_hand_says_what_is_missing_and_loses_nothing(sql, operator, failed):
    typed = {"type": "payment.failed", "payment": "a b", "amount": "-5", "currency": "rand", "invoice": "", "why": ""}
    page = operator.post(f"{URL}/{failed}/by-hand", typed)
    assert page.problems == [
        "An id has letters, digits and signs, and no spaces", "Enter an amount such as 1150.00",
        "Enter the three letters of a currency, such as ZAR", "Enter a reason",
    ]  # fmt: skip
    assert {name: page.form()[name] for name in typed} == typed


@pytest.mark.parametrize("deed", ["by-hand", "discard"])
def test_what_decides_about_money_asks_for_a_step_up(sql, browser, cast, failed, deed):
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    answer = browser.as_(cast.operator).post(f"{URL}/{failed}/{deed}", {"why": "x"})
    assert (answer.status, "confirm" in answer.location) == (303, True)
    assert states(sql)["evt_1"][0] == "failed"
    assert PROVIDER
