"""What the owners hear of enquiries: those that came by the form, each once, also when one comes while the mail is made."""

from __future__ import annotations

import threading

import pytest

from app.domain.leads import intake
from tests.lead_form.conftest import leads
from tests.leads.arranged import a_lead

TELLING = "INSERT INTO outbox (school_id, id, job) VALUES (1, gen_random_uuid(), 'lead_form.tell_owners')"


@pytest.fixture
def owner(browser, cast, sql):
    """The owner of Thaba, in English."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return browser.as_(cast.thaba.owner, language="en")


def told(sql):
    """How many enquiries each mail to owners speaks of, the oldest first."""
    mails = "SELECT (details ->> 'number')::int FROM account_mail WHERE kind = 'leads_came' ORDER BY id"
    return [number for (number,) in sql.execute(mails).fetchall()]


def by_hand(owner, **more):
    form = owner.get("/marketing/leads/new").form()
    given = {"name": "Anna Botha", "phone": "082 555 0101", "language": "en", "source": "referral", "consented": "y"}
    assert owner.post("/marketing/leads/new", {**form, **given, **more}).status == 303


def test_what_the_office_typed_in_did_not_come_by_the_form(stranger, owner, sql, work_off):
    by_hand(owner)
    by_hand(owner, phone="082 555 0102", source="phone")
    assert stranger.asks().status == 303
    work_off()
    assert told(sql) == [1]
    assert len(leads(sql)) == 3
    page = owner.get("/marketing/form/")
    assert "Enquiries in the last 30 days1" in page.main.replace("days 1", "days1")


def test_an_enquiry_that_was_merged_came_all_the_same(form, owner, sql, cast):
    kept = a_lead(sql, cast.thaba, source="phone", submission_key="k")
    sql.execute("UPDATE lead_event SET by_name = 'Naledi'")
    gone = a_lead(sql, cast.thaba, "Palesa M.")
    owner.post(f"/marketing/leads/{kept}/merge", {"other": str(gone)})
    page = owner.get("/marketing/form/")
    assert "Enquiries in the last 30 days1" in page.main.replace("days 1", "days1")


def test_an_enquiry_that_comes_while_the_mail_is_made_is_counted(app, stranger, sql, work_off, monkeypatch):
    """The mail is on its way when the enquiry is stored, and is made before that is committed: it waits, and counts it."""
    sql.execute("UPDATE lead_form SET telling = true")
    sql.execute(TELLING)
    tell, errors = intake._tell, []

    def work():
        try:
            with app.app_context():
                work_off()
        except Exception as error:
            errors.append(error)

    worker = threading.Thread(target=work)

    def tell_and_wait(session, form):
        tell(session, form)
        worker.start()
        worker.join(1)

    monkeypatch.setattr(intake, "_tell", tell_and_wait)
    assert stranger.asks().status == 303
    worker.join(20)
    assert (worker.is_alive(), errors) == (False, [])
    assert told(sql) == [1]
    assert sql.execute("SELECT telling FROM lead_form").fetchone() == (False,)


def test_enquiries_do_not_wait_for_each_other(stranger, sql, monkeypatch):
    """One that is being stored holds the form so that others can be stored too."""
    sql.execute("UPDATE lead_form SET telling = true")
    held = []

    def look(session, form):
        held.append(sql.execute("SELECT count(*) FROM (SELECT FROM lead_form FOR KEY SHARE NOWAIT) f").fetchone())

    monkeypatch.setattr(intake, "_tell", look)
    assert stranger.asks().status == 303
    assert held == [(1,)]
