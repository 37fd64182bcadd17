"""/settings/school and /settings/school/details: what the school is, and what a change does before it is saved."""

from __future__ import annotations

import pytest

from tests.conftest import Browser
from tests.delivery.sending import only, send

OVERVIEW, PATH = "/settings/school", "/settings/school/details"
pytestmark = pytest.mark.usefixtures("stepped_up")


@pytest.fixture
def admin(browser, cast) -> Browser:
    return browser.as_(cast.multi, language="en")


def typed(admin, **changes):
    """The form as it is, with some fields changed; None leaves one out."""
    form = {**admin.get(PATH).form(PATH), **changes}
    return {name: value for name, value in form.items() if value is not None}


def save(admin, **changes):
    """Change something, look at what it does, and save it."""
    page = admin.post(PATH, typed(admin, **changes))
    return admin.post(PATH, page.form(PATH) | {"sure": "y"}, follow_redirects=True) if page.status == 200 else page


def stored(sql, *columns, school=1):
    return sql.execute(f"SELECT {', '.join(columns)} FROM school WHERE id = %s", (school,)).fetchone()


def last_event(sql):
    event, action = sql.execute("SELECT id, action FROM audit_event WHERE school_id = 1 ORDER BY seq DESC LIMIT 1").fetchone()
    return action, dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", (event,)).fetchall())


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_those_who_manage_the_school_open_it(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    page = someone.get(OVERVIEW)
    assert page.status == someone.get(PATH).status == 200
    assert [a for nav in page.all("nav") for a in nav.iter() if a.get("href") == OVERVIEW]


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_does(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    assert someone.get(OVERVIEW).status == someone.get(PATH).status == someone.post(PATH, {}).status == 403


def test_the_overview_leads_to_everything(admin, browser, cast):
    links = admin.get(OVERVIEW).links().values()
    for path in (
        PATH,
        "/settings/school/logo",
        "/settings/school/messages",
        "/settings/people",
        "/attendance/settings",
        "/gate/settings",
    ):
        assert path in links, path
    assert "/people/medical/readers" not in links, "whom the owner names, the owner names"
    assert "/people/medical/readers" in browser.as_(cast.thaba.owner).get(OVERVIEW).links().values()


def test_changing_it_asks_anew_who_it_is(admin, sql):
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    for answer in (admin.get(PATH), admin.post(PATH, {"name": "Another"})):
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/settings/confirm")
    assert stored(sql, "name") == ("Thaba Nkulu Primary",)


def test_a_change_that_matters_is_shown_before_it_is_saved(admin, sql, cast):
    page = admin.post(PATH, typed(admin, timezone="Africa/Nairobi", close_time="16:30"))
    assert (page.status, page.h1) == (200, "Save these changes?")
    assert "Africa/Johannesburg Africa/Nairobi" in page.main
    assert "17:00 16:30" in page.main
    assert "by the new clock it is" in page.main
    assert "From 16:30 on, every day, learners who are still on site are taken to have left." in page.main
    assert stored(sql, "timezone", "close_time::text") == ("Africa/Johannesburg", "17:00:00")
    back = admin.post(PATH, page.form(PATH) | {"again": "y"})
    assert (back.h1, back.form(PATH)["close_time"]) == ("School", "16:30")
    done = admin.post(PATH, page.form(PATH) | {"sure": "y"}, follow_redirects=True)
    assert done.banners == ["The settings are saved."]
    assert stored(sql, "timezone", "close_time::text") == ("Africa/Nairobi", "16:30:00")
    assert stored(sql, "timezone", school=2) == ("Africa/Johannesburg",)
    action, values = last_event(sql)
    assert action == "settings.change_school"
    assert (values["timezone:before"], values["timezone:after"]) == ('"Africa/Johannesburg"', '"Africa/Nairobi"')
    assert not [name for name in values if name.startswith("name")], "what is as it was is not told"


def test_learners_whom_a_new_close_time_sends_home_are_counted(admin, sql, cast):
    sql.execute("UPDATE school SET close_time = '23:59', timezone = 'UTC' WHERE id = 1")
    here = sql.execute("SELECT (now() AT TIME ZONE 'UTC')::date").fetchone()[0]
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, on_date, since) VALUES (1, %s, true, %s, now())",
        (cast.thaba.student.person_id, here),
    )
    page = admin.post(PATH, typed(admin, close_time="00:00"))
    assert "1 learner who is on site now is taken to have left at once." in page.main


def test_what_matters_to_nobody_else_is_saved_at_once(admin, sql):
    page = admin.post(PATH, typed(admin, contact_phone="+27 36 555 0199"), follow_redirects=True)
    assert page.banners == ["The settings are saved."]
    assert stored(sql, "contact_phone") == ("+27 36 555 0199",)


def test_saving_what_there_is_changes_nothing(admin, sql):
    page = admin.post(PATH, typed(admin), follow_redirects=True)
    assert page.banners == ["Nothing was different, so nothing was saved."]
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_a_name_that_another_school_has_is_refused(admin, sql):
    page = save(admin, name="LAERSKOOL  karoo")
    assert (page.status, page.problems) == (422, ["There is a school of this name already. Add the town, for example."])
    assert page.form(PATH)["name"] == "LAERSKOOL karoo"
    assert stored(sql, "name", "name_key") == ("Thaba Nkulu Primary", "thabankuluprimary")
    assert save(admin, name="Thaba Nkulu High").banners == ["The settings are saved."]
    assert stored(sql, "name", "name_key", "slug") == ("Thaba Nkulu High", "thabankuluhigh", "thaba")


def test_notices_ask_for_the_languages_of_the_school(admin, sql):
    page = admin.post(PATH, typed(admin, writes_af=None))
    assert "Forms for notices no longer ask for texts in Afrikaans." in page.main
    admin.post(PATH, page.form(PATH) | {"sure": "y"})
    assert stored(sql, "languages") == (["en", "zu"],)
    new = admin.get("/schedule-notices/new")
    assert [e.get("name") for e in new.all("input") if (e.get("name") or "").startswith("title_")] == ["title_zu", "title_en"]


def test_the_default_language_is_one_of_them(admin, sql):
    page = admin.post(PATH, typed(admin, language="af", writes_af=None))
    assert page.problems == ["The default language is one of those that the school writes in. Tick it, or choose another"]
    page = admin.post(PATH, typed(admin, language="af"))
    assert "people who have not chosen a language are written to in Afrikaans from now on." in page.main
    admin.post(PATH, page.form(PATH) | {"sure": "y"})
    assert stored(sql, "language") == ("af",)


def test_the_database_knows_the_rule_too(sql):
    with pytest.raises(Exception, match="school_writes_its_language"):
        sql.execute("UPDATE school SET languages = '{en}' WHERE id = 1")


def test_answers_to_the_schools_mail_go_where_it_says(admin, sql, mailserver, work_off):
    only(sql, 1, "a@x.example")
    send(1)
    work_off()
    page = admin.post(PATH, typed(admin, reply_to="Answers@Thaba.example.com"))
    assert "Answers to the school’s mail go to answers@thaba.example.com from now on." in page.main
    admin.post(PATH, page.form(PATH) | {"sure": "y"})
    send(1)
    work_off()
    assert [mail.parsed["Reply-To"] for mail in mailserver.mails] == ["kantoor@thaba.example.com", "answers@thaba.example.com"]
    assert len({mail.sender for mail in mailserver.mails}) == 1, "the platform’s address stays"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": ""}, "Enter the name of the school"),
        ({"name": "–––"}, "Enter a name with letters or digits"),
        ({"timezone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"close_time": "late"}, "Enter when the campus closes, like 17:00"),
        ({"reply_to": "nonsense"}, "Enter an email address in the form name@example.com"),
        ({"reply_to": "a@b.example\r\nBcc: c@d.example"}, "Enter an email address in the form name@example.com"),
        ({"reply_to": "één@skool.example"}, "Enter an address that every mail program can answer: letters, digits and signs without accents"),
        ({"contact_email": "x" * 300 + "@example.com"}, "Too long: at most 254 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_lost(admin, sql, changes, problem):
    page = admin.post(PATH, typed(admin, contact_phone="+27 36 555 0199", **changes))
    assert page.status == 422
    assert problem in page.problems
    assert page.form(PATH)["contact_phone"] == "+27 36 555 0199"
    assert stored(sql, "contact_phone", "reply_to") == ("+27 36 555 0101", None)


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_speak_the_language_of_their_reader(browser, sql, cast, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    someone = browser.as_(cast.thaba.admin, language=language)
    for path in (OVERVIEW, PATH, "/settings/school/logo", "/settings/school/messages"):
        assert someone.get(path).status == 200
