"""/operator/webhooks/customers: which school a customer is, by our own record alone."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.webhooks.arranged import CUSTOMER, NOW, PROVIDER, open_account, states

URL = "/operator/webhooks/customers"


@pytest.fixture
def operator(browser, cast, shared, stepped_up):
    return browser.as_(cast.operator)


def tied(sql):
    return sql.execute("SELECT customer, for_school FROM provider_customer ORDER BY 1").fetchall()


def test_tying_a_customer_lets_what_waited_have_its_effect(sql, cast, operator, tell, work_off):
    open_account(2, "cus_2")
    tell(id="evt_1", customer="cus_9", payment="pay_1")
    tell(id="evt_2", customer="cus_9", payment="pay_2")
    tell(id="evt_3", customer="cus_8", payment="pay_3")
    assert "cus_9" in operator.get(URL).main
    form = operator.get(f"{URL}/tie?provider={PROVIDER}&customer=cus_9").form()
    assert (form["provider"], form["customer"]) == (PROVIDER, "cus_9")
    assert operator.post(f"{URL}/tie", form | {"school": cast.karoo.name}).status == 303
    assert operator.get(URL).banners == ["Tied to Laerskool Karoo. 2 events that waited are acted on now."]
    work_off()
    assert states(sql) == {
        "evt_1": ("done", None), "evt_2": ("done", None), "evt_3": ("stored", "unknown_customer"),
    }  # fmt: skip
    assert sql.execute("SELECT school_id, reference FROM payment ORDER BY 2").fetchall() == [(2, "pay_1"), (2, "pay_2")]
    assert sql.execute("SELECT school_id FROM audit_event WHERE action = 'webhooks.tie'").fetchall() == [(2,)]


def test_a_customer_of_a_school_is_not_taken_by_another(sql, operator):
    page = operator.post(f"{URL}/tie", {"provider": PROVIDER, "customer": CUSTOMER, "school": "2"})
    assert page.problems == ["This customer is tied to Thaba Nkulu Primary. Untie it there first."]
    assert tied(sql) == [(CUSTOMER, 1)]


def test_several_schools_or_none_are_asked_about(sql, operator):
    for typed, problem in (("a", "Several schools match: choose one of them"), ("Nowhere", "No school matches")):
        page = operator.post(f"{URL}/tie", {"provider": PROVIDER, "customer": "cus_9", "school": typed})
        assert (page.status, page.problems) == (422, [problem])
    assert "Thaba Nkulu Primary" in operator.post(f"{URL}/tie", {"provider": "p", "customer": "c", "school": "a"}).main


def test_an_empty_form_says_what_is_missing(operator):
    assert operator.post(f"{URL}/tie", {}).problems == [
        "Enter the name of the provider", "Enter the id of the customer", "Enter a school",
    ]  # fmt: skip


def test_one_that_is_untied_is_nobody_and_what_came_before_stays(sql, operator, tell, work_off):
    tell(id="evt_1")
    work_off()
    assert operator.post(f"{URL}/untie", {"provider": PROVIDER, "customer": CUSTOMER}).status == 303
    tell(id="evt_2", payment="pay_2")
    work_off()
    assert states(sql) == {"evt_1": ("done", None), "evt_2": ("stored", "unknown_customer")}
    assert sql.execute("SELECT count(*) FROM payment").fetchone() == (1,)
    operator.post(f"{URL}/untie", {"provider": PROVIDER, "customer": CUSTOMER})
    assert operator.get(URL).banners == ["This customer is tied to no school."]


@pytest.mark.parametrize("is_known_at_the_door", [True, False])
def test_a_payment_stays_its_schools_when_the_customer_is_tied_to_another(
    sql, cast, operator, tell, work_off, is_known_at_the_door
):
    """What is reversed is the payment that the first school has, also of an event that came while the customer was nobody."""
    open_account(2, "cus_2")
    tell(id="evt_1", at=NOW - dt.timedelta(seconds=5))
    if not is_known_at_the_door:
        tell(id="evt_2", type="payment.reversed", at=NOW)
        sql.execute("DELETE FROM webhook_effect WHERE event_id = 'evt_2'")
        sql.execute("UPDATE webhook_event SET for_school = NULL, reason = 'unknown_customer' WHERE event_id = 'evt_2'")
        sql.execute("UPDATE outbox SET done_at = now() WHERE subject = (SELECT id FROM webhook_event WHERE event_id = 'evt_2')")
    work_off()
    operator.post(f"{URL}/untie", {"provider": PROVIDER, "customer": CUSTOMER})
    operator.post(f"{URL}/tie", {"provider": PROVIDER, "customer": CUSTOMER, "school": "2"})
    if is_known_at_the_door:
        tell(id="evt_2", type="payment.reversed", at=NOW)
    work_off()
    assert states(sql) == {"evt_1": ("done", None), "evt_2": ("done", None)}
    assert sql.execute("SELECT school_id, reference, state FROM payment").fetchall() == [(1, "pay_1", "reversed")]
    assert sql.execute("SELECT school_id FROM webhook_effect WHERE event_id = 'evt_2'").fetchall() == [(1,)]


def test_a_customer_who_was_tied_while_an_event_came_is_found_by_the_sweep(sql, app, shared, tell, work_off):
    """The event was stored before the tie was seen, so that nobody rang for it."""
    tell(customer="cus_9")
    sql.execute("INSERT INTO provider_customer (provider, customer, for_school) VALUES (%s, 'cus_9', 1)", (PROVIDER,))
    sql.execute("UPDATE webhook_event SET received_at = now() - interval '3 minutes'")
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'webhooks.sweep')")
    work_off()
    assert states(sql) == {"evt_1": ("done", None)}


def test_tying_asks_for_a_step_up(browser, cast, shared, sql):
    answer = browser.as_(cast.operator).post(f"{URL}/tie", {"provider": PROVIDER, "customer": "cus_9", "school": "2"})
    assert (answer.status, "confirm" in answer.location) == (303, True)
    assert tied(sql) == [(CUSTOMER, 1)]
