"""The hub of marketing: figures of the month, what is due, and what to do where there is nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from app.tenancy import counting
from tests.follow_ups.arranged import a_follow_up
from tests.leads.arranged import a_lead, an_event

HUB = "/marketing/"
MONTH = dt.datetime.now(dt.UTC).replace(day=1, hour=12, minute=0, second=0, microsecond=0)
BEFORE = (MONTH - dt.timedelta(days=20)).replace(hour=12)
TODAY = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=2))).date()


def tile(page, heading):
    """What a tile says."""
    (found,) = [e for e in page.all("article") if heading in "".join(e.itertext())]
    return " ".join(" ".join(found.itertext()).split())


def test_it_is_the_owners_alone(browser, cast):
    for path in (HUB, "/marketing/events/", "/marketing/integrations/"):
        for someone in (cast.thaba.admin, cast.thaba.teacher, cast.thaba.guardian, cast.operator):
            assert browser.as_(someone).get(path).status == 403


def test_with_nothing_it_says_what_to_do(owner):
    page = owner.get(HUB)
    assert "Nobody has asked yet." in page.main
    assert "Follow-ups are templates that a person sends" in page.main.replace("follow-ups", "Follow-ups")
    assert "Nobody came this month yet." in page.main


def test_the_month_stands_beside_the_month_before(sql, cast, owner):
    for n in range(3):
        a_lead(sql, cast.thaba, f"Lead {n}", created_at=MONTH, replied_at=MONTH + dt.timedelta(hours=n + 1))
    gone = a_lead(sql, cast.thaba, "Before", created_at=BEFORE, replied_at=BEFORE + dt.timedelta(minutes=30))
    double = a_lead(sql, cast.thaba, "Twice", created_at=MONTH)
    sql.execute("UPDATE lead SET merged_into = %s WHERE id = %s", (gone, double))
    an_event(sql, cast.thaba, gone, "converted", {})
    a_lead(sql, cast.karoo, "Of another school", created_at=MONTH)
    page = owner.get(HUB)
    assert tile(page, "New leads") == "New leads this month 3 1 in the month before"
    assert tile(page, "Until the first answer").startswith(
        "Until the first answer 2 hours the median of this month; 30 minutes"
    )
    assert tile(page, "Became learners") == "Became learners 1 0 in the month before"


def test_a_wait_is_said_as_on_the_page_of_the_lead(sql, cast, owner):
    made = a_lead(sql, cast.thaba, created_at=MONTH, replied_at=MONTH + dt.timedelta(minutes=110))
    assert tile(owner.get(HUB), "Until the first answer").startswith("Until the first answer 2 hours")
    assert "2 hours" in owner.get(f"/marketing/leads/{made}").main


def test_referrals_and_reviews_are_counted(sql, cast, owner):
    lead, code = a_lead(sql, cast.thaba), "01890000-0000-7000-8000-0000000000aa"
    sql.execute(
        "INSERT INTO referral_code (school_id, id, guardian_id, code, by_name) VALUES (1, %s, %s, 'ABCD', 'Nomvula')",
        (code, cast.thaba.guardian.person_id),
    )
    sql.execute(
        "INSERT INTO referral (school_id, id, lead_id, code_id, touched_at, by_name) VALUES (1, uuid7(), %s, %s, now(), 'x')",
        (lead, code),
    )
    for milestone, state, rating in (("enrolled", "shown", 5), ("year:2025", "new", 2)):
        sql.execute(
            "INSERT INTO review (school_id, id, person_id, milestone, state, asked_by, rating, body, shown_name, consents, given_at)"
            " VALUES (1, uuid7(), %s, %s, %s, 'x', %s, 'Good', 'A.', true, now())",
            (cast.thaba.guardian.person_id, milestone, state, rating),
        )
    page = owner.get(HUB)
    assert tile(page, "Referrals") == "Referrals 1 0 in the month before"
    assert tile(page, "in the month before · ") == "Reviews 2 0 in the month before · 5.0 of 5 on the website"
    assert "1 review to look at" in page.main


def test_what_is_due_leads_to_it(sql, cast, owner):
    late = a_lead(sql, cast.thaba, "Late <b>", next_step="Phone them", next_due_on=TODAY - dt.timedelta(days=2))
    a_lead(sql, cast.thaba, "Tomorrow", next_due_on=TODAY + dt.timedelta(days=1))
    item = a_follow_up(sql, cast.thaba)
    page = owner.get(HUB)
    assert page.links()["Late <b>"] == f"/marketing/leads/{late}"
    assert "Tomorrow" not in page.main
    assert page.links()["Lindiwe <Nkosi>"] == f"/marketing/outbox/{item}"


@pytest.mark.parametrize("number", [0, 8])
def test_it_asks_one_statement_a_panel_whatever_there_is(app, sql, cast, owner, number):
    for n in range(number):
        a_lead(sql, cast.thaba, f"Lead {n}", next_due_on=TODAY)
        a_follow_up(sql, cast.thaba)
    owner.get(HUB)
    counting.start()
    owner.get(HUB)
    assert counting.total() <= 10  # six of the panels, and those of every page


def test_it_leads_to_every_page_of_marketing(owner):
    links = owner.get(HUB).links()
    for label in ("Leads", "Follow-up outbox", "Templates", "Reviews", "What happened", "Settings of marketing"):
        assert owner.get(links[label]).status == 200
