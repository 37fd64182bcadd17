"""The settings of marketing: all in one place, checked, and used."""

from __future__ import annotations

import pytest

from app.domain.follow_ups.settings import marketing, utm_defaults
from app.domain.promotion.making import Design, link_of
from app.tenancy.doors import acting_for, outside
from blueprints.promotion.queries import around

PAGE = "/marketing/integrations/"
GOOD = {
    "sender_name": "Nomvula Khumalo", "reply_to": "Enrol@Thaba.example.com", "owner_id": "", "utm_source": "poster",
    "utm_medium": "print", "utm_campaign": "open-day-2027", "lead_months": "18",
}  # fmt: skip


def test_it_says_that_nobody_is_tracked_and_how_the_mail_is(owner):
    page = owner.get(PAGE)
    assert "There are no trackers of other companies" in page.main
    assert "Mail goes out by the platform’s mail server:" in page.main
    assert page.form()["lead_months"] == "24"


def test_they_are_saved_recorded_and_used(sql, cast, owner):
    assert owner.post(PAGE, GOOD | {"owner_id": str(cast.thaba.admin.person_id)}).status == 303
    with outside(), acting_for(1):
        now = marketing()
        assert utm_defaults() == {"utm_source": "poster", "utm_medium": "print", "utm_campaign": "open-day-2027"}
    assert now.reply_to == "enrol@thaba.example.com"
    assert (now.sender_name, now.owner_id, now.lead_months) == ("Nomvula Khumalo", cast.thaba.admin.person_id, 18)
    actions = {action for (action,) in sql.execute("SELECT action FROM audit_event").fetchall()}
    assert {"marketing.settings", "leads.keep"} <= actions
    assert sql.execute("SELECT lead_months FROM school WHERE id = 1").fetchone() == (18,)


def test_what_is_not_different_is_not_saved(sql, owner):
    owner.post(PAGE, owner.get(PAGE).form())
    assert "Nothing was different" in owner.get(PAGE).banners[0]
    assert sql.execute("SELECT count(*) FROM marketing_setting").fetchone() == (0,)
    owner.post(PAGE, GOOD)
    owner.post(PAGE, GOOD | {"lead_months": "12"})
    assert sql.execute("SELECT count(*) FROM marketing_setting").fetchone() == (1,)
    assert sql.execute("SELECT lead_months FROM school WHERE id = 1").fetchone() == (12,)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reply_to": "nobody"}, "Enter an email address in the form name@example.com"),
        ({"sender_name": "x" * 121}, "Too long: at most 120 characters"),
        ({"owner_id": "01890000-0000-7000-8000-000000000000"}, "Choose somebody of the staff"),
        ({"utm_source": "a b"}, "Use letters, digits, dots, hyphens and underscores, such as open-day"),
        ({"utm_campaign": "<script>"}, "Use letters, digits, dots, hyphens and underscores, such as open-day"),
        ({"lead_months": "0"}, "Enter a number of months from 1 to 120"),
        ({"lead_months": "soon"}, "Enter a number of months from 1 to 120"),
        ({"lead_months": ""}, "Enter a number of months from 1 to 120"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(sql, owner, changes, problem):
    page = owner.post(PAGE, GOOD | changes)
    assert (page.status, page.problems) == (422, [problem])
    assert sql.execute("SELECT count(*) FROM marketing_setting").fetchone() == (0,)


def test_a_guardian_cannot_look_after_leads(cast, owner):
    page = owner.post(PAGE, GOOD | {"owner_id": str(cast.thaba.guardian.person_id)})
    assert page.problems == ["Choose somebody of the staff"]


def test_what_links_say_stands_on_the_posters(cast, owner):
    owner.post(PAGE, GOOD)
    with outside(), acting_for(1):
        link = link_of(Design("poster", "Open day", "lead", "fynbos", {}), around(), "en")
    assert "utm_source=poster&utm_medium=print&utm_campaign=open-day-2027&utm_content=en" in link
