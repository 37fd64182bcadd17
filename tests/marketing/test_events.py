"""What happened: by period and source, by campaign, one by one, and as files."""

from __future__ import annotations

import datetime as dt

import pytest

from blueprints.marketing.happenings import LENGTHS, starts
from tests.leads.arranged import a_lead, an_event

EVENTS = "/marketing/events/"
NOW = dt.datetime.now(dt.UTC)


def numbers(page):
    """Column to number, of the newest period."""
    table = next(e for e in page.all("table") if "each period" in "".join(e.itertext()))
    row = [e for e in table.iter() if e.tag.endswith("}tr")][1]
    return {e.get("data-h"): "".join(e.itertext()) for e in row if e.get("data-h")}


def test_nothing_says_what_to_do(owner):
    page = owner.get(EVENTS)
    assert "Nothing happened in this time" in page.main
    assert "No lead came by a link that names a campaign" in page.main


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_each_kind_is_counted_in_its_period(sql, cast, owner, period):
    lead = a_lead(sql, cast.thaba)
    an_event(sql, cast.thaba, lead, "stage", {"before": "new", "after": "appointment"})
    an_event(sql, cast.thaba, lead, "stage", {"before": "appointment", "after": "trial"})
    for kind in ("sent", "sent", "reply", "converted", "note"):
        an_event(sql, cast.thaba, lead, kind, {})
    a_lead(sql, cast.karoo)
    found = numbers(owner.get(f"{EVENTS}?period={period}" if period != "day" else EVENTS))
    assert found == {
        "New leads": "1", "Answers": "1", "Follow-ups sent": "2", "Appointments": "1", "Trials": "1", "Became learners": "1",
        "Referrals": "0", "Reviews": "0",
    }  # fmt: skip


def test_one_source_is_counted_alone(sql, cast, owner):
    a_lead(sql, cast.thaba, "By phone", source="phone")
    a_lead(sql, cast.thaba, "By the form")
    a_lead(sql, cast.thaba, "Also by the form")
    assert numbers(owner.get(f"{EVENTS}?source=form"))["New leads"] == "2"
    page = owner.get(f"{EVENTS}?source=phone")
    assert numbers(page)["New leads"] == "1"
    assert "By the form" not in page.main
    assert owner.get(f"{EVENTS}?source=never").status == 404
    assert owner.get(f"{EVENTS}?period=never").status == 404


def test_what_is_older_than_the_periods_is_left_out(sql, cast, owner):
    lead = a_lead(sql, cast.thaba)
    sql.execute("UPDATE lead_event SET at = now() - interval '40 days' WHERE lead_id = %s", (lead,))
    assert "Nothing happened in this time" in owner.get(EVENTS).main
    assert numbers(owner.get(f"{EVENTS}?period=month"))["New leads"] == "1"


def test_days_are_the_schools_own(sql, cast, owner):
    """Half past eleven at night in UTC is the next day at the school."""
    lead = a_lead(sql, cast.thaba)
    evening = (NOW - dt.timedelta(days=3)).replace(hour=23, minute=30)
    sql.execute("UPDATE lead_event SET at = %s WHERE lead_id = %s", (evening, lead))
    day = (evening + dt.timedelta(hours=2)).date()
    assert f"{day.day} {day:%b} {day.year}" in owner.get(EVENTS).main


def test_periods_begin_where_people_expect_it():
    today = dt.date(2027, 3, 3)
    assert [len(starts(unit, today)) for unit in LENGTHS] == list(LENGTHS.values())
    assert starts("day", today)[-1] == today
    assert starts("week", today)[-1] == dt.date(2027, 3, 1)
    assert starts("month", today)[-4:] == [dt.date(2026, 12, 1), dt.date(2027, 1, 1), dt.date(2027, 2, 1), dt.date(2027, 3, 1)]


def test_campaigns_say_how_many_came_and_how_many_stayed(sql, cast, owner):
    utm = {"campaign": "open-day", "source": "poster", "medium": "print"}
    a_lead(sql, cast.thaba, "One", utm=utm)
    a_lead(sql, cast.thaba, "Two", utm=utm, stage="enrolled")
    a_lead(sql, cast.thaba, "Three", utm={"source": "<b>church</b>"})
    a_lead(sql, cast.thaba, "Four")
    page = owner.get(EVENTS)
    rows = [" ".join("".join(e.itertext()).split()) for e in page.all("tr")]
    assert "open-day poster print 2 1".replace(" ", "") in [row.replace(" ", "") for row in rows]
    assert "<b>church</b>" in page.main


def test_the_feed_is_paged_and_narrowed(sql, cast, owner):
    lead = a_lead(sql, cast.thaba)
    for _ in range(60):
        an_event(sql, cast.thaba, lead, "note", {"text": "x"}, by="Nomvula")
    page = owner.get(EVENTS)
    assert "50 events on this page" in page.main
    older = owner.get(EVENTS + page.links()["Older"])
    assert "11 events on this page" in older.main
    assert "1 event on this page" in owner.get(f"{EVENTS}?kind=created").main
    assert "Nothing of this kind has happened." in owner.get(f"{EVENTS}?kind=merged").main


def test_an_erased_lead_has_no_name_and_no_page(sql, cast, owner):
    lead = a_lead(sql, cast.thaba)
    sql.execute("UPDATE lead SET name = '', erased_at = now() WHERE id = %s", (lead,))
    page = owner.get(EVENTS)
    assert "Erased lead" in page.main
    assert str(lead) not in page.text


def test_both_are_taken_out_as_csv(sql, cast, owner):
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    a_lead(sql, cast.thaba, "One", utm={"campaign": "open-day"})
    for link, expected in (("What happened (CSV)", "One"), ("Campaigns (CSV)", "open-day")):
        got = owner.get(owner.get(EVENTS).links()[link], check=False)
        assert got.status == 200
        assert expected in got.text
