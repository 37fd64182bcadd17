"""/audit/: a school's events, newest first."""

import logging
from uuid import uuid4

import pytest

from app.access.actor import Actor
from app.audit.record import Target, record
from app.tenancy.doors import acting_for
from blueprints.audit.words import ACTIONS, PAGES
from tests.pages import XHTML, words

LOG = "/audit/"
A_NOTICE = Target("notice", uuid4())
NALEDI = Actor("user", None, "Naledi Mokoena")


@pytest.fixture(autouse=True)
def _in_english(sql):
    """The readers of these tests prefer English, whatever their school speaks."""
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def note(app):
    """Record events in a school."""

    def note(school, *actions, label="Sports day", target=A_NOTICE, by=NALEDI):
        with acting_for(school.id) as session:
            for action in actions:
                record(action, target, label=label, by=by)
                session.commit()

    return note


def cells(page):
    return [[words(cell) for cell in row if cell.tag in (f"{XHTML}td", f"{XHTML}th")] for row in page.all("tr")[1:]]


def test_a_school_sees_its_own_events_newest_first(browser, cast, note):
    note(cast.thaba, "notices.schedule", "notices.remove")
    note(cast.karoo, "notices.edit")
    page = browser.as_(cast.thaba.admin).get(LOG)
    assert [row[:3] for row in cells(page)] == [
        ["Naledi Mokoena", "Removed a notice", "Sports day"],
        ["Naledi Mokoena", "Scheduled a notice", "Sports day"],
    ]
    assert page.h1 == "Audit log"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_speaks_each_language(browser, cast, note, sql, language):
    sql.execute("UPDATE app_user SET language = %s", [language])
    note(cast.thaba, *ACTIONS)
    owner, number, address = browser.as_(cast.thaba.owner, language=language), 0, LOG
    while address:
        page = owner.get(address)
        number += len(cells(page))
        (older,) = [a.get("href") for a in page.all("a", rel="next")] or [None]
        address = LOG + older if older else None
    assert number == len(ACTIONS)


def test_nobody_signs_with_a_name_of_their_own_choosing(browser, cast):
    admin = browser.as_(cast.thaba.admin)
    admin.post("/settings/profile", {"name": cast.thaba.owner.name})
    notice = {"title_zu": "Usuku", "message_zu": "Woza.", "starts_at": "2099-03-31T07:30", "audience": "everyone"}
    assert admin.post("/schedule-notices/new", notice).status in (302, 303)
    admin.post("/settings/profile", {"name": cast.thaba.admin.name})
    assert cells(admin.get(LOG))[0][:2] == [cast.thaba.admin.name, "Scheduled a notice"]


def test_a_target_with_a_page_is_a_link_and_one_without_is_not(browser, cast, note):
    key = uuid4()
    note(cast.thaba, "notices.edit", target=Target("notice", key))
    note(cast.thaba, "invitations.invite", target=Target("invitation", key), label="Sipho")
    links = browser.as_(cast.thaba.admin).get(LOG).links()
    assert links["Sports day"] == f"/schedule-notices/{key}"
    assert "Sipho" not in links


def test_every_page_of_a_target_exists(app):
    assert set(PAGES.values()) <= set(app.view_functions)


def test_an_unknown_action_is_shown_as_its_code(browser, cast, note):
    note(cast.thaba, "people.merge_twins")
    assert cells(browser.as_(cast.thaba.admin).get(LOG))[0][1] == "people.merge_twins"


def test_names_are_escaped(browser, cast, note):
    note(cast.thaba, "notices.edit", label="<script>alert(1)</script>", by=Actor("user", None, "<b>x</b>"))
    assert "<script>alert" not in browser.as_(cast.thaba.admin).get(LOG).text


def test_an_erased_name_is_said_to_be_erased(browser, cast, note, sql):
    note(cast.thaba, "notices.edit")
    sql.execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = 'certificate 7'")
    assert cells(browser.as_(cast.thaba.admin).get(LOG))[0][:3] == ["Name erased", "Edited a notice", "Name erased"]


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("job", "notices.send", "Umthi, by itself"), ("job", "", "Umthi, by itself"), ("system", "relay", "Umthi, by itself"),
        ("command", "seed baseline", "An operator, from the command line"), ("visitor", "", "Somebody who was not signed in"),
    ],
)  # fmt: skip
def test_who_is_nobody_is_described_whatever_the_program_calls_it(browser, cast, note, kind, name, shown):
    note(cast.thaba, "notices.send", by=Actor(kind, None, name))
    page = browser.as_(cast.thaba.admin).get(LOG)
    assert cells(page)[0][0] == shown
    assert not name or name not in page.main


def test_the_filter_shows_one_area_or_the_rest(browser, cast, note):
    note(cast.thaba, "notices.edit", "people.never")
    admin = browser.as_(cast.thaba.admin)
    assert [row[1] for row in cells(admin.get(f"{LOG}?area=notices"))] == ["Edited a notice"]
    assert [row[1] for row in cells(admin.get(f"{LOG}?area=other"))] == ["people.never"]
    assert admin.get(f"{LOG}?area=nonsense").status == 404


def test_an_empty_log_says_what_will_stand_in_it(browser, cast, note):
    admin = browser.as_(cast.thaba.admin)
    assert "Nothing has happened yet" in admin.get(LOG).main
    note(cast.thaba, "notices.edit")
    assert "No events match" in admin.get(f"{LOG}?area=other").main


def test_fifty_a_page_and_the_older_ones_behind_a_link(browser, cast, note):
    note(cast.thaba, *["notices.edit"] * 50, "notices.remove")
    admin = browser.as_(cast.thaba.admin)
    first = admin.get(LOG)
    assert len(cells(first)) == 50
    assert cells(first)[0][1] == "Removed a notice"
    second = admin.get(LOG + first.links()["Older"])
    assert [row[1] for row in cells(second)] == ["Edited a notice"]
    assert "Older" not in second.links()
    assert second.links()["Newest"] in ("?", LOG)


@pytest.mark.parametrize("after", ["x", "0", "-1", str(2**63), "1~2"])
def test_a_place_that_is_none_is_404(browser, cast, after):
    assert browser.as_(cast.thaba.admin).get(f"{LOG}?after={after}").status == 404


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_it_is_for_owner_and_admin(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(LOG).status == 403
    assert browser.as_(cast.thaba.owner).get(LOG).status == 200


def test_the_log_costs_two_queries_however_long(browser, cast, note, caplog):
    note(cast.thaba, *["notices.edit"] * 30)
    admin = browser.as_(cast.thaba.admin)
    admin.get(LOG)
    with caplog.at_level(logging.INFO, "umthi.request"):
        admin.get(LOG)
    assert caplog.records[-1].fields["queries"] <= 2
