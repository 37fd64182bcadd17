"""/operator/audit: the platform's log and every school's in one feed, narrowed, paged, and who reads it stands in it."""

import datetime as dt
import re
from uuid import uuid4

import pytest

from app.access.actor import Actor
from app.audit.record import Target, record, record_platform
from app.tenancy.doors import across_schools, acting_for
from blueprints.audit import feed
from blueprints.audit.words import ACTIONS
from tests.access.sweeping import NEVER
from tests.pages import XHTML, words

LOG = "/operator/audit"
HOSTILE = '"><img src=x onerror=alert(1)>'
A_NOTICE = Target("notice", uuid4())


@pytest.fixture
def operator(browser, cast, sql):
    """An operator, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.operator, language="en")


@pytest.fixture
def note(app, cast):
    """Record events of a school, or of the platform where the school is None."""

    def note(school, *actions, label="Sports day", target=A_NOTICE, by=None):
        by = by or Actor("user", cast.thaba.admin.user_id, "Naledi Mokoena")
        for action in actions:
            if school is None:
                record_platform(action, target, label=label, by=by)
            else:
                with acting_for(school.id) as session:
                    record(action, target, label=label, by=by)
                    session.commit()

    return note


@pytest.fixture
def backdate(sql):
    """Give all events of an action another moment: only a superuser without the triggers can."""

    def backdate(moment, action="%"):
        for table in ("audit_event", "platform_event"):
            sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            sql.execute(f"UPDATE {table} SET at = %s WHERE action LIKE %s", (moment, action))
            sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")

    return backdate


def rows(page):
    return [[words(cell) for cell in row if cell.tag in (f"{XHTML}td", f"{XHTML}th")] for row in page.all("tr")[1:]]


def deeds(page):
    """Who, what, on what, where; without that the page was read."""
    return [tuple(row[:4]) for row in rows(page) if row[1] != "Looked across all schools"]


def test_all_logs_are_one_feed_newest_first(operator, cast, note):
    note(cast.thaba, "notices.schedule")
    note(None, "operator.add", label="x@example.com")
    note(cast.karoo, "notices.remove", label="Sportdag")
    page = operator.get(LOG)
    assert page.h1 == "Audit of the platform"
    assert deeds(page) == [
        ("Naledi Mokoena", "Removed a notice", "Sportdag", "Laerskool Karoo"),
        ("Naledi Mokoena", "Made somebody an operator", "x@example.com", "Platform"),
        ("Naledi Mokoena", "Scheduled a notice", "Sports day", "Thaba Nkulu Primary"),
    ]


def test_who_reads_it_stands_in_it_once_and_not_for_each_page(operator, cast, note, sql):
    note(cast.thaba, *["notices.edit"] * 60)
    page = operator.get(f"{LOG}?looks=shown")
    operator.get(LOG + page.links()["Older"])
    crossed = sql.execute("SELECT actor_id FROM platform_event WHERE action = 'tenancy.crossed'").fetchall()
    assert crossed == [(cast.operator.user_id,)]
    assert rows(page)[0][:3] == ["Olive Operator", "Looked across all schools", "Audit of the platform"]


def test_looks_across_schools_are_left_out_until_somebody_asks_for_them(operator, cast, note):
    note(cast.thaba, *["notices.edit"] * 60)
    for _ in range(3):
        operator.get("/operator/schools")
    page = operator.get(LOG)
    assert {row[1] for row in rows(page)} == {"Edited a notice"}
    assert "That operators looked across schools is left out, here and in the download." in page.main
    assert [len(rows(operator.get(LOG + page.links()["Older"])))] == [10]
    shown = operator.get(LOG + page.links()["Show that too"])
    assert [row[1] for row in rows(shown)][:5] == ["Looked across all schools"] * 5
    assert shown.one("input", name="looks").get("value") == "shown", "the search goes on with them"
    assert "looks=shown" in shown.links()["Older"]
    assert shown.links()["Leave that out"] == "?"


@pytest.mark.parametrize("asked_for", ["?action=tenancy.crossed", "?action=tenancy", "?looks=shown&actor=olive"])
def test_who_asks_for_looks_in_any_way_sees_them(operator, asked_for):
    assert {row[1] for row in rows(operator.get(LOG + asked_for))} == {"Looked across all schools"}


@pytest.mark.parametrize("asked_for", ["?stream=schools", "?school=1", "?action=notices", "?request=0"])
def test_where_none_is_left_out_the_page_does_not_say_so(operator, asked_for):
    assert "left out" not in operator.get(LOG + asked_for).main


@pytest.mark.parametrize(
    ("stream", "found"), [("platform", ["Platform"]), ("schools", ["Laerskool Karoo", "Thaba Nkulu Primary"])]
)
def test_it_is_narrowed_to_one_kind_of_log(operator, cast, note, stream, found):
    note(cast.thaba, "notices.edit")
    note(None, "operator.add")
    note(cast.karoo, "notices.edit")
    assert [row[3] for row in deeds(operator.get(f"{LOG}?stream={stream}"))] == found


@pytest.mark.parametrize("typed", ["2", "Laerskool Karoo", "karoo"])
def test_it_is_narrowed_to_a_school_however_that_is_called(operator, cast, note, typed):
    note(cast.thaba, "notices.edit")
    note(cast.karoo, "notices.edit")
    note(None, "operator.add")
    page = operator.get(LOG, query_string={"school": typed})
    assert [row[3] for row in rows(page)] == ["Laerskool Karoo"]


def test_where_several_schools_are_meant_one_is_chosen(operator, cast, note):
    note(cast.thaba, "notices.edit")
    page = operator.get(f"{LOG}?school=a")
    assert "Which school?" in page.main
    assert rows(page) == []
    assert page.links()["Laerskool Karoo"] == "?school=2"


@pytest.mark.parametrize("typed", ["naledi", "Naledi Mokoena", "admin@thaba.example.com", "ADMIN@thaba.example.com", "id"])
def test_it_is_narrowed_to_who_did_it(operator, cast, note, typed):
    note(cast.thaba, "notices.edit")
    note(cast.karoo, "notices.edit", by=Actor("user", cast.karoo.admin.user_id, "Riaan O'Reilly"))
    note(cast.karoo, "notices.send", by=Actor("job", None, "notices.send"))
    typed = str(cast.thaba.admin.user_id) if typed == "id" else typed
    page = operator.get(LOG, query_string={"actor": typed})
    assert [row[0] for row in rows(page)] == ["Naledi Mokoena"]


def test_people_of_one_name_are_all_shown_and_can_be_told_apart(operator, cast, note, sql):
    sql.execute("UPDATE app_user SET name = 'Naledi Nel' WHERE id = %s", (cast.karoo.admin.user_id,))
    note(cast.thaba, "notices.edit")
    note(cast.karoo, "notices.edit", by=Actor("user", cast.karoo.admin.user_id, "Naledi Nel"))
    page = operator.get(f"{LOG}?actor=nal")
    assert [row[0] for row in rows(page)] == ["Naledi Nel", "Naledi Mokoena"]
    assert "2 people are called like that" in page.main
    assert [row[0] for row in rows(operator.get(f"{LOG}?actor={cast.karoo.admin.user_id}"))] == ["Naledi Nel"]


@pytest.mark.parametrize("typed", ["nobody at all", "x@example.org", str(NEVER), "%", "_", "\\"])
def test_somebody_whom_nobody_knows_has_done_nothing(operator, cast, note, typed):
    note(cast.thaba, "notices.edit")
    page = operator.get(LOG, query_string={"actor": typed})
    assert rows(page) == []
    assert "Nothing is called" in page.main


def test_it_is_narrowed_to_an_action_or_a_part_of_the_product(operator, cast, note):
    note(cast.thaba, "notices.edit", "notices.remove", "settings.change")
    note(None, "account.sign_in_failed")
    assert [row[1] for row in rows(operator.get(f"{LOG}?action=notices.remove"))] == ["Removed a notice"]
    assert [row[1] for row in rows(operator.get(f"{LOG}?action=notices"))] == ["Removed a notice", "Edited a notice"]
    assert [row[1] for row in rows(operator.get(f"{LOG}?action=account"))] == ["Failed to sign in"]


def test_the_filter_offers_every_action_in_its_part(operator):
    select = operator.get(LOG).one("select", name="action")
    offered = {option.get("value") for option in select.iter(f"{XHTML}option")}
    assert ACTIONS.keys() <= offered


def test_it_is_narrowed_to_days_of_the_readers_clock(operator, cast, note, backdate):
    note(cast.thaba, "notices.edit", "notices.remove")
    backdate("2026-03-01 23:30+02", "notices.edit")
    backdate("2026-03-02 00:30+02", "notices.remove")
    assert [row[1] for row in deeds(operator.get(f"{LOG}?since=2026-03-01&until=2026-03-01"))] == ["Edited a notice"]
    assert [row[1] for row in deeds(operator.get(f"{LOG}?since=2026-03-02&until=2026-03-02"))] == ["Removed a notice"]
    assert len(deeds(operator.get(f"{LOG}?since=2026-03-01&until=2026-03-02"))) == 2
    assert deeds(operator.get(f"{LOG}?since=2026-03-02&until=2026-03-01")) == []


@pytest.mark.parametrize(("within", "found"), [("1h", 1), ("1d", 2), ("7d", 3)])
def test_it_is_narrowed_to_the_last_hour_day_or_week(operator, cast, note, backdate, within, found):
    note(None, "account.sign_in", "account.sign_out", "account.rename")
    now = dt.datetime.now(dt.UTC)
    backdate(now - dt.timedelta(hours=5), "account.sign_out")
    backdate(now - dt.timedelta(days=3), "account.rename")
    assert len(deeds(operator.get(f"{LOG}?action=account&within={within}"))) == found


def test_what_one_request_did_is_found_by_its_number(operator, browser, cast, sql):
    browser.as_(cast.thaba.admin).get(LOG)
    page = operator.get(LOG)
    (number,) = sql.execute("SELECT request_id FROM platform_event WHERE action = 'access.turned_away'").fetchone()
    assert f"?request={number}" in page.text
    assert [row[1] for row in rows(operator.get(f"{LOG}?request={number}"))] == ["Was turned away"]


def test_words_are_looked_for_in_names_and_titles_of_all_logs(operator, cast, note):
    note(cast.thaba, "notices.edit", label="Sports day 100%")
    note(cast.karoo, "notices.edit", label="Sportdag")
    note(None, "operator.add", label="sports@example.com")
    search = lambda q: [row[2] for row in deeds(operator.get(LOG, query_string={"q": q}))]  # noqa: E731
    assert search("SPORTS") == ["sports@example.com", "Sports day 100%"]
    assert search("0%") == ["Sports day 100%"]
    assert len(search("mokoena")) == 3
    assert search("nothing") == []


def test_a_search_looks_at_so_many_and_goes_on_behind_a_link(operator, cast, note, monkeypatch):
    monkeypatch.setattr(feed, "WINDOW", 5)
    note(cast.thaba, "notices.edit", label="The needle")
    note(cast.thaba, *["notices.edit"] * 8)
    seen, address = [], f"{LOG}?q=needle&stream=schools"
    for _ in range(4):
        page = operator.get(address)
        seen += [row[2] for row in rows(page)]
        if "Look further back" not in page.links():
            break
        assert "The words were looked for in 5 events." in page.main
        address = LOG + page.links()["Look further back"]
    assert seen == ["The needle"]


def test_the_filters_hold_together(operator, cast, note):
    note(cast.thaba, "notices.edit", "notices.remove", label="Water")
    note(cast.karoo, "notices.remove", label="Water")
    page = operator.get(f"{LOG}?school=1&actor=naledi&action=notices&q=water&within=1h&stream=schools")
    assert [row[1] for row in rows(page)] == ["Removed a notice", "Edited a notice"]
    assert "No events match" in operator.get(f"{LOG}?school=1&action=settings").main


def test_fifty_a_page_and_none_twice_even_where_all_happened_at_one_moment(operator, cast, note, backdate, sql):
    note(cast.thaba, *["notices.edit"] * 40)
    note(cast.karoo, *["notices.edit"] * 35)
    note(None, *["operator.add"] * 35)
    backdate("2026-03-01 08:00+02")
    seen = []
    for narrowed in ("?until=2026-03-02", "?action=notices", "?actor=naledi"):
        address, total = LOG + narrowed, 0
        while address:
            page = operator.get(address)
            total += len(rows(page))
            older = page.links().get("Older")
            address = LOG + older if older else None
        seen.append(total)
    assert seen == [110, 75, 110]


@pytest.mark.parametrize(
    "wrong",
    ["stream=x", "looks=1", "within=1y", "action=nothing", "action=notices.never", "school=99", "since=yesterday", "until=2026-02-30",
     "request=a%20b", "request=%3Cb%3E", "after=x", "after=2026-01-01T00:00:00~x", "stream=platform&school=1", "since=0001-01-01"],
)  # fmt: skip
def test_what_cannot_be_is_404(operator, wrong):
    assert operator.get(f"{LOG}?{wrong}").status == 404
    assert operator.get(f"{LOG}/events.csv?{wrong}").status == 404


def test_failed_sign_ins_and_who_was_turned_away_have_links_of_their_own(operator, browser, cast):
    browser.post("/login", {"email": "stranger@example.com", "password": "wrong"})
    browser.as_(cast.thaba.teacher).get("/operator")
    links = operator.get(LOG).links()
    assert [row[2] for row in rows(operator.get(links["Failed sign-ins of the last hour"]))] == ["stranger@example.com"]
    turned_away = rows(operator.get(links["Who was turned away this week"]))
    assert [row[:3] for row in turned_away] == [["Lerato Dlamini", "Was turned away", "/operator"]]
    assert operator.get(links["Support visits of this week"]).status == 200
    assert len(rows(operator.get(links["Who looked across schools today"]))) >= 1


def test_hostile_words_are_words(operator, cast, note, sql):
    note(cast.thaba, "notices.edit", HOSTILE, label=HOSTILE, by=Actor("user", cast.thaba.admin.user_id, HOSTILE))
    sql.execute("UPDATE school SET name = %s WHERE id = 1", (HOSTILE,))
    page = operator.get(LOG)
    assert HOSTILE in page.main
    assert "<img" not in page.text
    for name in ("q", "school", "actor"):
        assert "<img" not in operator.get(LOG, query_string={name: HOSTILE}).text


def test_an_erased_name_is_said_to_be_erased(operator, cast, note, sql):
    note(cast.thaba, "notices.edit")
    sql.execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = 'x'")
    assert [row[:3] for row in rows(operator.get(f"{LOG}?school=1"))] == [["Name erased", "Edited a notice", "Name erased"]]


def test_an_action_that_nobody_knows_any_more_is_shown_as_it_is(operator, cast, note):
    note(cast.thaba, "yoga.stretch")
    assert [row[1] for row in deeds(operator.get(LOG))] == ["yoga.stretch"]


def test_a_line_leads_to_what_it_is_about(operator, cast, note):
    delivery = uuid4()
    note(cast.thaba, "deliveries.retry", target=Target("delivery", delivery), label="Somebody")
    note(None, "account.rename", target=Target("app_user", cast.thaba.admin.user_id), label="Naledi")
    note(None, "lifecycle.suspend", target=Target("school", 2), label="Karoo suspended")
    links = operator.get(LOG).links()
    assert links["Somebody"] == f"/operator/dead-letters/1/{delivery}"
    assert links["Naledi"] == f"{LOG}?actor={cast.thaba.admin.user_id}"
    assert links["Karoo suspended"] == "/operator/schools/2"


def test_the_same_event_in_both_logs_keeps_the_words_of_each(operator, cast, sql):
    """What an operator does in a visit has one id in both."""
    shared = uuid4()
    sql.execute(
        "INSERT INTO platform_event (id, action, actor_kind, target_kind, changes) VALUES (%s, 'notices.edit', 'user', 'school', '{}')",
        (shared,),
    )
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, target_kind, changes) VALUES (1, %s, 'notices.edit', 'user', 'notice', '{}')",
        (shared,),
    )
    for table, extra in (("platform_value", ""), ("audit_value", "school_id, ")):
        sql.execute(
            f"INSERT INTO {table} ({extra}id, event_id, field, value) VALUES ({'1, ' if extra else ''}gen_random_uuid(), %s, 'label', %s)",
            (shared, table),
        )
    assert [row[2] for row in deeds(operator.get(LOG))] == ["audit_value", "platform_value"]


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer", "guardian", "student"])
def test_a_role_of_a_school_is_turned_away_and_that_is_on_record(browser, cast, sql, role):
    someone = browser.as_(getattr(cast.thaba, role))
    for path in (LOG, f"{LOG}/events.csv"):
        assert someone.get(path).status == 403
    turned = sql.execute("SELECT target_id FROM platform_event WHERE action = 'access.turned_away' ORDER BY seq").fetchall()
    assert turned == [("platform_audit.list_events",), ("platform_audit.download",)]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_speaks_each_language(browser, cast, note, sql, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    note(cast.thaba, *ACTIONS)
    browser.as_(cast.operator, language=language).get(LOG)


def test_a_page_costs_the_same_few_queries_however_many_events(operator, cast, note, caplog):
    note(cast.thaba, *["notices.edit"] * 30)
    note(None, *["operator.add"] * 30)
    operator.get(LOG)
    with caplog.at_level("INFO", "umthi.request"):
        operator.get(LOG)
    assert caplog.records[-1].fields["queries"] <= 8


def test_the_log_of_the_platform_needs_no_school(operator, sql):
    with across_schools("test") as session:
        assert feed.newest(session, feed.Sought(stream="platform", school=1), None).rows == []
    assert re.search("Audit of the platform", operator.get(f"{LOG}?stream=platform").main)
