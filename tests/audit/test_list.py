"""/audit/: a school's events, newest first."""

import csv
import io
import logging
from uuid import uuid4

import pytest

from app.access.actor import Actor
from app.audit.record import Target, record
from app.tenancy.doors import acting_for
from blueprints.audit import queries
from blueprints.audit.words import ACTIONS, PAGES
from tests.audit.sealed import seal
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


def test_the_filter_shows_one_action_or_those_of_an_area(browser, cast, note):
    note(cast.thaba, "notices.edit", "notices.remove", "people.edit")
    admin = browser.as_(cast.thaba.admin)
    assert [row[1] for row in cells(admin.get(f"{LOG}?action=notices.edit"))] == ["Edited a notice"]
    assert [row[1] for row in cells(admin.get(f"{LOG}?action=notices"))] == ["Removed a notice", "Edited a notice"]


def test_the_filter_shows_who_did_it_by_name_or_by_their_account(browser, cast, note):
    note(cast.thaba, "notices.edit", by=Actor("user", cast.thaba.owner.user_id, "Nomvula Khumalo"))
    note(cast.thaba, "notices.remove", by=Actor("user", cast.thaba.admin.user_id, "Naledi Mokoena"))
    admin = browser.as_(cast.thaba.admin)
    for typed in ("nom khu", "Nomvula", str(cast.thaba.owner.user_id)):
        assert [row[1] for row in cells(admin.get(LOG, query_string={"actor": typed}))] == ["Edited a notice"]
    assert "Nobody is called" in admin.get(f"{LOG}?actor=pieter").main, "somebody of another school"


def test_people_of_one_name_are_told_apart(browser, cast, note):
    page = browser.as_(cast.thaba.admin).get(f"{LOG}?actor=n")
    assert "people are called like that" in page.main
    assert page.links()["Naledi Mokoena"] == f"?actor={cast.thaba.admin.user_id}"


def test_the_filter_shows_what_it_was_about(browser, cast, note):
    person = cast.thaba.student.person_id
    note(cast.thaba, "people.edit", target=Target("person", person))
    note(cast.thaba, "gate.new_card", target=Target("learner", person))
    note(cast.thaba, "notices.edit")
    admin = browser.as_(cast.thaba.admin)
    assert [row[1] for row in cells(admin.get(f"{LOG}?kind=person"))] == ["Changed somebody’s details"]
    about = admin.get(f"{LOG}?about={person}")
    assert [row[1] for row in cells(about)] == ["Gave a learner’s card a new code", "Changed somebody’s details"]
    assert about.links()["Show the rest too"] == "?"


def test_the_filter_shows_one_request_and_days_of_the_schools_clock(browser, cast, note, sql):
    note(cast.thaba, "notices.edit", "notices.remove", "notices.send")
    for table in ("audit_event",):
        sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        sql.execute("UPDATE audit_event SET at = '2026-03-01 23:30+02', request_id = 'abc' WHERE action = 'notices.edit'")
        sql.execute("UPDATE audit_event SET at = '2026-03-02 00:30+02' WHERE action = 'notices.remove'")
        sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    admin = browser.as_(cast.thaba.admin)
    assert [row[1] for row in cells(admin.get(f"{LOG}?since=2026-03-01&until=2026-03-01"))] == ["Edited a notice"]
    assert [row[1] for row in cells(admin.get(f"{LOG}?until=2026-03-02"))] == ["Removed a notice", "Edited a notice"]
    assert [row[1] for row in cells(admin.get(f"{LOG}?request=abc"))] == ["Edited a notice"]


def test_words_are_found_in_names_and_titles_and_nowhere_else(browser, cast, note):
    note(cast.thaba, "notices.edit", label="Sports day 100%")
    note(cast.thaba, "notices.remove", label="Fees", by=Actor("user", None, "Sipho Sportman"))
    note(cast.thaba, "notices.send", label="Water")
    admin = browser.as_(cast.thaba.admin)
    assert [row[1] for row in cells(admin.get(f"{LOG}?q=sport"))] == ["Removed a notice", "Edited a notice"]
    assert [row[1] for row in cells(admin.get(LOG, query_string={"q": "100%"}))] == ["Edited a notice"]
    assert cells(admin.get(f"{LOG}?q=notices")) == []


def test_a_search_says_how_far_back_it_looked_and_goes_on_from_there(browser, cast, note, monkeypatch):
    monkeypatch.setattr(queries, "WINDOW", 5)
    queries._page.cache_clear()
    queries._end.cache_clear()
    note(cast.thaba, "notices.send", label="Long ago")
    note(cast.thaba, *["notices.edit"] * 5)
    admin = browser.as_(cast.thaba.admin)
    page = admin.get(f"{LOG}?q=long")
    assert cells(page) == []
    assert "The words were looked for in 5 events." in page.main
    assert [row[2] for row in cells(admin.get(LOG + page.links()["Look further back"]))] == ["Long ago"]
    monkeypatch.undo()
    queries._page.cache_clear()
    queries._end.cache_clear()


@pytest.mark.parametrize(
    "asked", ["action=nonsense", "kind=%3Cb%3E", "about=a b", "since=x", "until=2026-02-30", "request=ä", "after=x"]
)
def test_a_filter_that_is_none_is_404(browser, cast, asked):
    assert browser.as_(cast.thaba.admin).get(f"{LOG}?{asked}").status == 404


def test_a_line_says_whether_it_is_sealed(browser, cast, note):
    note(cast.thaba, "notices.edit")
    seal()
    note(cast.thaba, "notices.remove")
    page = browser.as_(cast.thaba.admin).get(LOG)
    assert [(row[1], row[4]) for row in cells(page)] == [("Removed a notice", "Waiting"), ("Edited a notice", "Sealed")]


def test_what_is_shown_is_taken_along_with_the_same_filters_and_no_formula(browser, cast, note, sql):
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    note(cast.thaba, "notices.edit", label='=HYPERLINK("http://evil.example")')
    note(cast.thaba, "notices.remove")
    admin = browser.as_(cast.thaba.admin)
    address = admin.get(f"{LOG}?action=notices.edit").links()["Download as CSV"]
    (row,) = csv.DictReader(io.StringIO(admin.get(address).text))
    assert (row["Who"], row["Action"], row["On what"]) == (
        "Naledi Mokoena",
        "Edited a notice",
        '\'=HYPERLINK("http://evil.example")',
    )
    assert row["Seal"] == "Waiting"
    assert admin.get("/exports/audit.csv?action=nonsense").status == 404


def test_an_empty_log_says_what_will_stand_in_it(browser, cast, note):
    admin = browser.as_(cast.thaba.admin)
    assert "Nothing has happened yet" in admin.get(LOG).main
    note(cast.thaba, "notices.edit")
    assert "No events match" in admin.get(f"{LOG}?action=people").main


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


@pytest.mark.parametrize("after", ["x", "0", "1~2", "2026-03-01T00:00:00~0"])
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
