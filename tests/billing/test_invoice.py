"""The page of an invoice: as it was issued, what became of it, the guided retry, and a question to the operators."""

from __future__ import annotations

import pytest

from app.domain.billing import invoices as verbs
from app.domain.billing.invoices import Line
from app.domain.billing.payments import collect
from app.i18n.languages import LANGUAGES
from tests.billing.arranged import INVOICES, arrive, issued
from tests.billing_domain.arranged import BY, be_vendor, invoice, platform, reserve


def page_of(made, tail=""):
    return f"{INVOICES}{made}{tail}"


def filed(sql):
    return sql.execute("SELECT job, subject FROM outbox WHERE job LIKE 'billing.%' AND done_at IS NULL").fetchall()


def actions(sql, action):
    return sql.execute("SELECT count(*) FROM audit_event WHERE action = %s", (action,)).fetchone()[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_as_it_was_issued_in_every_language(reads, cast, school, language):
    made = issued(school, 600_000, 1_000)
    reader = reads(cast.thaba.owner, language)
    page = reader.get(page_of(made))
    assert invoice(school, made).number in page.h1
    for text in ("Umthi (Pty) Ltd", "The school's office", "4123456789", "2025/123456/07", "Example Bank"):
        assert text in page.main
    assert reader.get(page_of(made, "/print")).h1 == page.h1


def test_the_law_names_the_paper_by_its_amount_and_its_seller(owner, school):
    full, short = issued(school, 600_000), issued(school, 10_000)
    be_vendor(None)
    plain = issued(school, 600_000)
    assert owner.get(page_of(full)).h1.startswith("Tax invoice INV-")
    assert owner.get(page_of(short)).h1.startswith("Abridged tax invoice INV-")
    page = owner.get(page_of(plain))
    assert page.h1.startswith("Invoice INV-")
    assert "tax invoice" not in page.text.lower()


def test_lines_and_vat_add_up_to_the_cent(owner, school):
    with platform() as session:
        draft = verbs.draft(
            session, school,
            [Line({"en": "A plan"}, 1_999, quantity=3, discount=525), Line({"en": "A course"}, 50_000, tax_code="exempt")], by=BY,
        )  # fmt: skip
        made = verbs.finalise(session, school, draft.id, today=verbs.standing.today(), by=BY).id
    page = owner.get(page_of(made)).main
    for text in ("5,25%", "Standard rate 15%", "Exempt", "R56,82", "R8,52", "R65,34", "R500,00", "R565,34"):
        assert text in page.replace("\xa0", "").replace("R ", "R"), text


def test_a_line_in_another_language_says_which(reads, cast, school):
    made = issued(school, 10_000)  # its line is in English alone
    page = reads(cast.thaba.owner, "zu").get(page_of(made))
    assert [span for span in page.all("span", lang="en") if (span.text or "") == "Something"]


def test_payments_credit_notes_and_every_try_stand_on_it(owner, school):
    made = issued(school, 10_000)
    arrive(school, 11_500, "card-1", state="failed", invoice=made, reason="insufficient_funds")
    arrive(school, 11_500, "card-2", state="failed", invoice=made, reason="acquirer_offline")
    with platform() as session:
        verbs.credit(session, school, made, total=1_150, reason="One of ten was ill", by=BY)
    page = owner.get(page_of(made)).main
    assert "There was not enough money in the account that was charged." in page
    assert "The provider says: acquirer offline" in page
    assert "One of ten was ill" in page
    assert "It is tried again by itself on" in page


def test_the_invoice_of_another_school_is_not_there(browser, cast, school):
    made = issued(school, 10_000)
    elsewhere = browser.as_(cast.karoo.owner)
    for tail in ("", "/print", "/retry", "/escalate"):
        assert elsewhere.get(page_of(made, tail), check=False).status == 404
    for tail in ("/retry", "/escalate"):
        assert elsewhere.post(page_of(made, tail), {"note": "Whose is it?"}).status == 404


def test_an_admin_reads_and_does_not_act_and_a_teacher_does_neither(browser, cast, school, sql):
    made = issued(school, 10_000)
    admin = browser.as_(cast.thaba.admin)
    assert page_of(made, "/retry") not in admin.get(page_of(made)).links().values()
    assert admin.post(page_of(made, "/retry"), {}).status == 403
    assert admin.post(page_of(made, "/escalate"), {"note": "Why?"}).status == 403
    assert browser.as_(cast.thaba.teacher).get(page_of(made), check=False).status == 403
    assert filed(sql) == []


def test_a_retry_says_what_happens_is_filed_once_and_audited(owner, school, sql):
    made = issued(school, 10_000)
    arrive(school, 4_000, "eft-1", top_up=True)
    number = invoice(school, made).number
    before = owner.get(page_of(made, "/retry")).main
    assert "pays R40,00 of it first" in before.replace("\xa0", "").replace("R ", "R")
    assert f"with the reference {number}" in before
    assert "Example Bank" in before
    assert owner.post(page_of(made, "/retry"), {}).status == 302
    owner.post(page_of(made, "/retry"), {})  # planted: the second click
    assert filed(sql) == [("billing.collect", made)]
    assert actions(sql, "billing.retry") == 1
    page = owner.get(page_of(made))
    assert "It is being tried now" in page.main
    assert page_of(made, "/retry") not in page.links().values()


def test_the_reserve_pays_what_is_retried(owner, school, work_off):
    made = issued(school, 10_000)
    arrive(school, 20_000, "eft-1", top_up=True)
    owner.post(page_of(made, "/retry"), {})
    work_off()
    assert (invoice(school, made).state, reserve(school)) == ("paid", 8_500)
    assert "It was taken from the prepaid reserve." in owner.get(page_of(made)).main


def test_without_a_collector_the_page_says_so_and_how_to_pay(owner, school):
    made = issued(school, 10_000)
    with platform() as session:
        collect(session, school, made, by=BY)
    page = owner.get(page_of(made)).main
    assert "no way to draw money from the school is connected" in page
    assert f"with the reference {invoice(school, made).number}" in page


def test_what_is_pending_or_paid_is_not_tried_again(owner, school, sql):
    coming, paid = issued(school, 10_000), issued(school, 20_000)
    arrive(school, 11_500, "card-1", state="pending", invoice=coming)
    arrive(school, 23_000, "card-2", invoice=paid)
    for made in (coming, paid):
        assert "There is nothing to try again" in owner.get(page_of(made, "/retry")).main
        owner.post(page_of(made, "/retry"), {})
    assert filed(sql) == []


def test_a_question_to_the_operators_needs_words_and_shows_its_answer(owner, cast, school, sql):
    made = issued(school, 10_000)
    assert owner.post(page_of(made, "/escalate"), {"note": " "}).problems == ["Write what the operators should know or do"]
    owner.post(page_of(made, "/escalate"), {"note": "It was paid twice."})
    assert "Waits for an answer" in owner.get(page_of(made)).main
    sql.execute("UPDATE billing_escalation SET answer = 'We paid it back.', answered_by = 'Olive', answered_at = now()")
    page = owner.get(page_of(made)).main
    assert "It was paid twice." in page
    assert "We paid it back." in page
    assert "Answered by Olive" in page
    assert actions(sql, "billing.escalate") == 1
    assert sql.execute("SELECT by_id FROM billing_escalation").fetchone()[0] == cast.thaba.owner.user_id


def test_a_draft_says_that_it_is_one(owner, school):
    with platform() as session:
        made = verbs.draft(session, school, [Line({"en": "SMS"}, 31, quantity=10)], by=BY).id
    page = owner.get(page_of(made))
    assert page.h1 == "Draft of an invoice"
    assert "nothing is owed for it" in page.main
