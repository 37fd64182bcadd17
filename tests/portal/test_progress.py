"""The status bar: on every page of the one who waits, on nobody else's, and free of charge for who waits for nothing."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.pages import XHTML, words

FRAGMENT = {"X-Fragment": "1"}
PAGES = ["/dashboard/", "/schedule-notices/", "/settings/profile", "/portal/select-school/", "/nowhere"]


@pytest.fixture
def add(sql, cast):
    """A job that somebody waits for; returns its id."""

    def add_progress(someone=None, **columns):
        someone = someone or cast.thaba.admin
        row = {
            "school_id": someone.school, "id": uuid7(), "person_id": someone.person_id, "kind": "send", "subject": uuid7(),
            "label": "Sports day", "url": "/schedule-notices/", "done": 40, "total": 1200, **columns,
        }  # fmt: skip
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        sql.execute(f"INSERT INTO progress ({names}) VALUES ({marks})", list(row.values()))
        if row.get("state") in ("done", "failed"):
            sql.execute("UPDATE progress SET ended_at = now() WHERE id = %s", (row["id"],))
        return row["id"]

    return add_progress


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.admin.user_id,))
    return browser.as_(cast.thaba.admin)


def jobs(page):
    """What the bar of a page says, a line a job."""
    return [words(section) for section in page.all("section", class_="job")]


def ask(browser, **headers):
    """The fragment, as the script asks for it."""
    return browser.client.get("/progress", headers={**FRAGMENT, **headers})


def test_it_says_what_runs_how_far_it_is_and_leads_there(admin, add):
    id = add(url="/schedule-notices/7")
    page = admin.get("/dashboard/")
    assert jobs(page) == ["Sending “Sports day” 40 of 1 200 View: Sports day Hide: Sports day"]
    bar = page.one("progress")
    assert (bar.get("aria-label"), bar.get("max"), bar.get("value")) == ("Sending “Sports day”", "1200", "40")
    (section,) = page.all("section", class_="job")
    assert section.find(f"{XHTML}a").get("href") == "/schedule-notices/7"
    assert section.find(f"{XHTML}button").get("formaction") == f"/progress/{id}/seen"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"total": 0, "done": 0}, "Sending “Sports day” Under way View"),
        ({"state": "done", "done": 1200}, "Finished sending “Sports day” 1 200 of 1 200 See the result"),
        ({"state": "failed", "kind": "import", "message": "No header."}, "“Sports day” could not be imported No header. See"),
        ({"kind": "report", "state": "done", "total": 0}, "The report “Sports day” is ready See the result"),
        ({"label": "<b>&</b>"}, "Sending “<b>&</b>” 40 of 1 200 View"),
    ],
)
def test_it_says_how_it_stands(admin, add, columns, said):
    add(**columns)
    (job,) = jobs(admin.get("/dashboard/"))
    assert job.startswith(said)


def test_what_is_not_known_has_no_value(admin, add):
    add(total=0, done=0)
    assert admin.get("/dashboard/").one("progress").get("value") is None


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_it(browser, cast, add, path):
    add(cast.multi)
    page = browser.as_(cast.multi).get(path)
    assert len(jobs(page)) == 1, page.title


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_is_a_good_part_of_a_page_in_every_language(browser, cast, sql, add, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    for columns in ({}, {"state": "done"}, {"state": "failed", "message": "x"}, {"kind": "export"}):
        add(**columns)
    assert len(jobs(browser.as_(cast.thaba.admin, language=language).get("/dashboard/"))) == 4


def test_nobody_else_sees_it(browser, cast, add):
    add(cast.thaba.admin)
    for someone in (cast.thaba.owner, cast.karoo.admin, cast.operator, cast.nobody, cast.multi):
        reader = browser.as_(someone)
        assert jobs(reader.get("/settings/profile")) == []
        assert b"Sports day" not in ask(reader).get_data()


def test_it_belongs_to_the_school_where_the_person_acts(browser, cast, sql, add):
    there = sql.execute(
        "SELECT person_id FROM membership WHERE school_id = 2 AND user_id = %s", (cast.multi.user_id,)
    ).fetchone()[0]
    add(cast.multi, school_id=2, person_id=there)
    reader = browser.as_(cast.multi)
    assert jobs(reader.get("/dashboard/")) == []
    reader.post("/portal/select-school/", {"school": "2"})
    assert len(jobs(reader.get("/dashboard/"))) == 1


def test_who_waits_for_nothing_pays_nothing(admin, cast, add, caplog):
    def queries(path):
        admin.get(path)
        return caplog.records[-1].fields["queries"]

    with caplog.at_level("INFO", "umthi.request"):
        free = {path: queries(path) for path in PAGES}
        add(cast.thaba.owner)
        add(state="done", seen_at="2026-01-01T00:00Z")
        assert {path: queries(path) for path in PAGES} == free
        add()
        assert {path: queries(path) for path in PAGES} == {path: number + 1 for path, number in free.items()}


def test_the_page_of_who_waits_for_nothing_has_not_a_byte_of_it(admin):
    page = admin.get("/dashboard/").text
    assert "data-poll" not in page
    assert "running" not in page


def test_the_fragment_is_small_and_is_sent_once(admin, add, sql):
    id = add(label="The parents’ evening is on Thursday", url=f"/schedule-notices/{uuid7()}")
    first = ask(admin)
    assert first.status_code == 200
    assert len(first.get_data()) <= 1000
    assert "csrf_token" not in first.get_data(as_text=True)
    again = ask(admin, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    sql.execute("UPDATE progress SET done = done + 1 WHERE id = %s", (id,))
    moved = ask(admin, **{"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    assert "41 of" in moved.get_data(as_text=True)


def test_the_page_holds_what_the_fragment_says(admin, add):
    add()
    fragment = ask(admin).get_data(as_text=True)
    assert fragment.strip() in admin.get("/dashboard/").text


def test_the_fragment_says_when_it_is_the_last(admin, add, sql):
    add()
    assert "data-poll-stop" not in ask(admin).get_data(as_text=True)
    sql.execute("UPDATE progress SET state = 'done', ended_at = now()")
    assert "data-poll-stop" in ask(admin).get_data(as_text=True)
    sql.execute("UPDATE progress SET seen_at = now()")
    assert ask(admin).get_data(as_text=True).split() == ["<i", "data-poll-stop", "hidden></i>"]


def test_whoever_opens_the_fragment_as_a_page_gets_a_page(admin, browser):
    assert admin.get("/progress").location == "/dashboard/"
    assert browser.get("/progress").location.startswith("/login")


def test_waving_it_away_leads_back_to_where_one_was(admin, add, sql):
    page = admin.post(f"/progress/{add()}/seen", headers={"Referer": "http://localhost/schedule-notices/?state=past"})
    assert (page.status, page.location) == (303, "/schedule-notices/?state=past")
    assert jobs(admin.get("/dashboard/")) == []
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,), "it is no deed"


@pytest.mark.parametrize(
    "came_from", [None, "http://localhost/nowhere", "https://evil.example.com/x", "http://localhost//evil.com"]
)
def test_it_never_leads_off_the_site(admin, add, came_from):
    headers = {"Referer": came_from} if came_from else {}
    assert admin.post(f"/progress/{add()}/seen", headers=headers).location == "/dashboard/"


def test_the_script_gets_what_is_left_of_the_fragment(admin, add):
    first, second = add(label="First"), add(label="Second")
    page = admin.post(f"/progress/{first}/seen", headers=FRAGMENT, check=False)
    assert page.status == 200
    assert "Second" in page.text
    assert "First" not in page.text
    assert len(jobs(admin.get("/dashboard/"))) == 1
    assert admin.post(f"/progress/{second}/seen", headers=FRAGMENT, check=False).text.split()[0] == "<i"


def test_only_its_owner_waves_it_away(browser, cast, add, sql):
    id = add(cast.thaba.admin)
    for someone in (cast.thaba.owner, cast.karoo.admin, cast.nobody):
        assert browser.as_(someone).post(f"/progress/{id}/seen").status == 404
    assert browser.as_(cast.thaba.admin).post(f"/progress/{uuid7()}/seen").status == 404
    assert browser.as_(cast.thaba.admin).post(f"/progress/{id}/seen", token=False).status == 400
    assert sql.execute("SELECT seen_at FROM progress").fetchone() == (None,)


def test_a_button_of_another_schools_page_changes_nothing(browser, cast, add, sql):
    page = browser.as_(cast.multi).post(f"/progress/{add(cast.multi)}/seen", {"_school": "2"})
    assert page.status == 409
    assert sql.execute("SELECT seen_at FROM progress").fetchone() == (None,)


def test_what_is_over_goes_away_once_its_result_was_opened(admin, browser, cast, add, sql):
    add(state="done", url="/schedule-notices/?state=past#first")
    assert len(jobs(admin.get("/dashboard/"))) == 1
    assert browser.as_(cast.thaba.owner).get("/schedule-notices/").status == 200
    assert len(jobs(admin.get("/dashboard/"))) == 1, "somebody else looked"
    assert jobs(admin.get("/schedule-notices/")) == []
    assert sql.execute("SELECT seen_at IS NOT NULL FROM progress").fetchone() == (True,)
    assert jobs(admin.get("/dashboard/")) == []


def test_what_still_runs_stays_on_the_page_of_its_result(admin, add):
    add()
    for _ in range(2):
        assert len(jobs(admin.get("/schedule-notices/"))) == 1


def test_a_result_that_did_not_open_was_not_seen(admin, add, sql):
    add(state="done", url="/nowhere")
    assert admin.get("/nowhere").status == 404
    assert sql.execute("SELECT seen_at FROM progress").fetchone() == (None,)


def test_a_page_is_worth_more_than_the_note_that_it_was_opened(admin, add, sql, caplog):
    add(state="done")
    sql.execute("REVOKE UPDATE ON progress FROM umthi_app")
    assert admin.get("/schedule-notices/").status == 200
    assert "could not note that a result was opened" in caplog.text


def test_a_view_that_reads_commits_nothing_when_its_result_is_noted(admin, add, sql, app):
    """The note is written in a transaction of its own, past whatever the view has in its hands."""
    add(state="done")
    before = sql.execute("SELECT count(*) FROM audit_event").fetchone()
    admin.get("/schedule-notices/")
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == before


def test_a_send_is_in_the_bar_of_its_author_until_it_is_done(admin, cast, work_off, mailserver):
    form = {
        "title_en": "Sports day", "message_en": "Come.", "starts_at": "2026-01-01T08:00", "audience": "guardians",
    }  # fmt: skip
    assert admin.post("/schedule-notices/new", form).status == 302
    work_off()
    (job,) = jobs(admin.get("/dashboard/"))
    assert job.startswith("Finished sending “Sports day” 1 of 1")
