"""The overview of billing: how the school stands, what to do next, and who pays."""

from __future__ import annotations

import json

import pytest

from app.domain.billing import accounts, plans, subscriptions
from app.domain.billing.vat import TaxCode
from app.i18n.languages import LANGUAGES
from app.models.plan import Interval
from tests.billing.arranged import HOME, INVOICES, PAYMENTS, arrive, days_ago, issued
from tests.billing_domain.arranged import BY, add_price, invoice, platform

ACCOUNT = f"{HOME}account"
DETAILS = {
    "name": "Thaba Nkulu",
    "address": "PO Box 7\r\nHarrismith",
    "vat_number": "4 123 456 789",
    "email": "Fees@Thaba.example",
}


def text_of(page):
    return page.main.replace("\xa0", "").replace("R ", "R")


def stored(sql, column):
    return sql.execute(f"SELECT {column} FROM billing_account").fetchone()[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_there_is_an_account_it_says_why_there_is_nothing(reads, cast, language):
    assert reads(cast.thaba.owner, language).get(HOME).status == 200


def test_nothing_was_billed_says_so(reads, cast):
    assert "Nothing has been billed yet" in reads(cast.thaba.owner).get(HOME).main


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_full_page_in_every_language(reads, cast, school, language):
    price = add_price(10_000)
    with platform() as session:
        subscriptions.start(session, school, price, on=days_ago(0), quantity=3, by=BY)
    arrive(school, 500, "eft-9")
    page = reads(cast.thaba.owner, language).get(HOME)
    assert page.status == 200
    assert f"{PAYMENTS}?fit=open" in page.links().values()


def test_the_next_invoice_is_of_the_price_that_holds_by_then(owner, school, sql):
    price = add_price(10_000)
    with platform() as session:
        begun = subscriptions.start(session, school, price, on=days_ago(0), quantity=3, by=BY)
        plan = session.get_one(plans.PlanPrice, price).plan_id
        more = {"interval": Interval.MONTH, "tax_code": TaxCode.STANDARD, "by": BY}
        plans.price(session, session.get_one(plans.Plan, plan), amount=20_000, effective_from=begun.period_end, **more)
    assert "R690,00" in text_of(owner.get(HOME))  # 3 × 200 and 15 % VAT
    with platform() as session:
        subscriptions.cancel_at_end(session, school, by=BY)
    assert "None: the subscription ends on" in text_of(owner.get(HOME))


def test_what_is_owed_and_what_is_past_due(owner, school):
    late, soon = issued(school, 10_000, ago=40), issued(school, 20_000, ago=2)
    page = text_of(owner.get(HOME))
    assert "R345,00 Owed" in page
    assert "R115,00 Of it past due" in page
    assert page.index(f"Pay invoice {invoice(school, late).number}: R115,00 was due by") < page.index(
        f"Pay invoice {invoice(school, soon).number}: R230,00 is due by"
    )


def test_a_reserve_below_its_minimum_is_said_with_what_to_do(owner, school):
    with platform() as session:
        accounts.change_minimum(session, school, 50_000, by=BY)
    arrive(school, 20_000, "eft-1", top_up=True)
    page = text_of(owner.get(HOME))
    assert "The prepaid reserve is below its minimum of R500,00." in page
    assert "Top up the prepaid reserve" in page


def test_with_nothing_open_it_says_that_there_is_nothing_to_do(owner, school):
    assert "There is nothing to do" in owner.get(HOME).main


def test_the_messages_of_providers_in_words(owner, school, sql):
    assert "No message of a payment provider has come yet." in owner.get(HOME).main
    add = (
        "INSERT INTO webhook_effect (school_id, id, provider, event_id, type, state, happened_at, received_at)"
        " VALUES (%s, gen_random_uuid(), 'testpay', %s, 'payment.failed', %s, now(), now() - interval '10 minutes')"
    )
    for event, state in (("evt_1", "done"), ("evt_2", "failed"), ("evt_3", "stored"), ("evt_4", "stored")):
        sql.execute(add, (school, event, state))
    page = owner.get(HOME).main
    assert "The last message that was understood came on" in page
    assert "1 message could not be acted on" in page
    assert "2 messages wait to be acted on" in page


def test_bad_signatures_of_the_schools_own_providers_are_counted(owner, cast, school, sql):
    sql.execute("INSERT INTO provider_customer (provider, customer, for_school) VALUES ('testpay', 'cus_1', %s)", (school,))
    sql.execute(
        "INSERT INTO webhook_refusal (provider, reason, hour, number) SELECT p, 'bad_signature', date_trunc('hour', now()), 3"
        " FROM unnest(ARRAY['testpay', 'another']) p"
    )
    assert "3 messages with a bad signature" in owner.get(HOME).main


def test_the_owner_changes_who_pays_and_the_audit_has_both(owner, school, sql):
    assert owner.post(ACCOUNT, DETAILS).status == 302
    assert (stored(sql, "name"), stored(sql, "address")) == ("Thaba Nkulu", "PO Box 7\nHarrismith")
    assert (stored(sql, "vat_number"), stored(sql, "email")) == ("4123456789", "fees@thaba.example")
    ((changes,),) = sql.execute("SELECT changes FROM audit_event WHERE action = 'billing.details'").fetchall()
    assert {"name", "address", "vat_number", "email"} <= set(changes if isinstance(changes, dict) else json.loads(changes))
    owner.post(ACCOUNT, DETAILS)  # nothing is different
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'billing.details'").fetchone() == (1,)


def test_what_was_issued_keeps_who_paid_then(owner, school):
    made = issued(school, 10_000)
    owner.post(ACCOUNT, DETAILS)
    assert "Thaba Nkulu" not in owner.get(f"{INVOICES}{made}").one("section", aria_labelledby="buyer").itertext()
    assert "The school's office" in owner.get(f"{INVOICES}{made}").main


@pytest.mark.parametrize("wrong", ["5123456789", "412345678", "41234567890", "4abcdefghi"])
def test_a_vat_number_is_ten_digits_that_begin_with_4(owner, school, sql, wrong):
    page = owner.post(ACCOUNT, {**DETAILS, "vat_number": wrong})
    assert page.status == 422
    assert page.problems == ["Enter a VAT number of ten digits that begins with 4, like 4123456789"]
    assert page.form()["vat_number"] == wrong
    assert stored(sql, "vat_number") is None


def test_an_admin_reads_and_cannot_manage_and_a_teacher_sees_nothing(browser, cast, school, sql):
    admin = browser.as_(cast.thaba.admin)
    assert admin.get(HOME).status == 200
    assert ACCOUNT not in admin.get(HOME).links().values()
    assert admin.post(ACCOUNT, DETAILS).status == 403
    assert stored(sql, "name") == "The school's office"
    teacher = browser.as_(cast.thaba.teacher)
    assert {teacher.get(path, check=False).status for path in (HOME, INVOICES, PAYMENTS)} == {403}


def test_a_school_without_an_account_has_no_details_to_change(browser, cast, school):
    assert browser.as_(cast.karoo.owner).get(ACCOUNT, check=False).status == 404


def test_the_dashboard_leads_to_what_is_owed_and_to_the_webhooks(reads, cast, school):
    issued(school, 10_000, ago=40)
    for someone in (cast.thaba.owner, cast.thaba.admin):
        page = reads(someone).get("/dashboard/")
        found = page.one("section", aria_labelledby="panel-billing")
        links = [a.get("href") for a in found.iter("{http://www.w3.org/1999/xhtml}a")]
        assert links == [HOME, INVOICES, f"{INVOICES}#ages", f"{HOME}#webhooks"]
    assert not reads(cast.thaba.teacher).get("/dashboard/").all("section", aria_labelledby="panel-billing")


def test_the_navigation_has_a_group_for_billing(reads, cast, school):
    page = reads(cast.thaba.owner).get(HOME)
    assert {HOME, INVOICES, PAYMENTS} <= {a.get("href") for a in page.all("a")}
