"""/settings/school/messages: when and how a school writes to its people, and how its channels are."""

from __future__ import annotations

import pytest

from tests.delivery.sending import only, send
from tests.gateway import GatewayServer, connect

PATH = "/settings/school/messages"
CAPTION = (
    "App notifications and email are the live channels. WhatsApp and SMS are in preview and switch on per school once a provider "
    "is connected."
)


def stored(sql, school: int = 1) -> tuple:
    return sql.execute(
        "SELECT quiet_from::text, quiet_until::text, names_on_push, writes_to_students FROM school WHERE id = %s", (school,)
    ).fetchone()


def ways(page) -> dict[str, list[str]]:
    """The rows of the table of channels: name to what stands below it and the cells."""
    rows = list(page.one("tbody"))
    return {row[0].text: [_words(cell) for cell in (*row[0], *row[1:])] for row in rows}


def _words(element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_those_who_manage_the_school_open_it(browser, cast, role) -> None:
    page = browser.as_(getattr(cast.thaba, role)).get(PATH)
    assert page.status == 200
    assert [a for nav in page.all("nav") for a in nav.iter() if a.get("href") == PATH]


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_does(browser, cast, role) -> None:
    assert browser.as_(getattr(cast.thaba, role)).get(PATH).status == 403


def test_a_new_school_has_no_quiet_hours_and_writes_to_learners(browser, cast) -> None:
    form = browser.as_(cast.thaba.admin).get(PATH).form()
    assert form["quiet_from"] == form["quiet_until"] == ""
    assert "names_on_push" not in form
    assert form["writes_to_students"] == "y"


def test_what_is_saved_holds_for_this_school_alone_and_is_audited(browser, cast, sql) -> None:
    admin = browser.as_(cast.multi, language="en")
    page = admin.post(PATH, {"quiet_from": "21:00", "quiet_until": "6:30", "names_on_push": "y"}, follow_redirects=True)
    assert page.banners == ["The settings are saved."]
    assert stored(sql) == ("21:00:00", "06:30:00", True, False)
    assert stored(sql, 2) == (None, None, False, True)
    assert page.form()["quiet_from"] == "21:00"
    values = dict(sql.execute(
        "SELECT field, value FROM audit_value v JOIN audit_event e ON e.school_id = v.school_id AND e.id = v.event_id"
        " WHERE e.action = 'settings.change' AND e.school_id = 1"
    ).fetchall())  # fmt: skip
    assert values["quiet_from:after"] == '"21:00:00"'
    assert values["names_on_push:before"] == "false"
    assert values["label"] == "Thaba Nkulu Primary"
    assert "Changed the settings of the school" in admin.get("/audit/").main


def test_saving_what_there_is_changes_nothing(browser, cast, sql) -> None:
    page = browser.as_(cast.multi, language="en").post(PATH, {"writes_to_students": "y"}, follow_redirects=True)
    assert page.banners == ["Nothing was different, so nothing was saved."]
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"quiet_from": "21:00", "quiet_until": ""}, "Enter when the quiet hours end, or leave both empty"),
        ({"quiet_from": "", "quiet_until": "06:00"}, "Enter when the quiet hours begin, or leave both empty"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "The quiet hours end when they begin. Enter another time, or leave both empty"),
        ({"quiet_from": "late", "quiet_until": "06:00"}, "Enter a time of day, like 21:30"),
        ({"quiet_from": "25:00", "quiet_until": "06:00"}, "Enter a time of day, like 21:30"),
    ],
)  # fmt: skip
def test_quiet_hours_are_two_different_times_or_none(browser, cast, sql, typed, problem) -> None:
    page = browser.as_(cast.multi, language="en").post(PATH, typed | {"names_on_push": "y"})
    assert (page.status, page.problems) == (422, [problem])
    form = page.form()
    assert {name: form[name] for name in typed} == typed
    assert form["names_on_push"] == "y"
    assert "writes_to_students" not in form
    assert stored(sql) == (None, None, False, True)


def test_the_caption_is_honest_word_for_word(browser, cast) -> None:
    assert CAPTION in browser.as_(cast.multi, language="en").get(PATH).main


def test_every_channel_shows_how_it_is(browser, cast, sql) -> None:
    sql.execute(
        "UPDATE provider SET checked_at = '2026-03-02T10:00Z', condition = 'ready', last_success_at = '2026-03-02T09:30Z' WHERE name = 'email'"
    )
    sql.execute(
        "UPDATE provider SET checked_at = '2026-03-02T10:00Z', condition = 'unproven', detail = 'no_receipt' WHERE name = 'push'"
    )
    found = ways(browser.as_(cast.multi, language="en").get(PATH))
    assert list(found) == ["Email", "App notification", "SMS", "WhatsApp"]
    assert found["Email"][:4] == ["Ready", "2 Mar 2026, 11:30", "Never", "2 Mar 2026, 12:00"]
    assert found["App notification"][:2] == ["No device has told us yet that a notification arrived.", "Keys made, not proven"]
    assert found["SMS"] == ["No gateway is connected.", "Not configured", "Never", "Never", "Never", "Connect SMS"]


def test_check_now_lets_a_worker_look(browser, cast, sql, mailserver, work_off, gateway: GatewayServer) -> None:
    connect(1, gateway)
    sql.execute("DELETE FROM outbox")
    admin = browser.as_(cast.multi, language="en")
    page = admin.post("/settings/school/check", follow_redirects=True)
    assert page.banners == ["The providers are being checked. Reload this page in a moment to see what was found."]
    assert sql.execute("SELECT job, queue, school_id FROM outbox").fetchall() == [("providers.check_school", "default", 1)]
    work_off()
    found = ways(admin.get(PATH))
    assert found["Email"][0] == found["SMS"][0] == "Ready"
    assert found["SMS"][4] == "Edit SMS"
    assert sql.execute("SELECT action FROM audit_event ORDER BY seq DESC LIMIT 1").fetchone() == ("settings.check_providers",)


def test_a_notice_waits_for_the_end_of_the_schools_quiet_hours(browser, cast, sql, mailserver, work_off) -> None:
    only(sql, 1, "a@x.example")
    now = sql.execute("SELECT (now() AT TIME ZONE 'Africa/Johannesburg')::time").fetchone()[0]
    start, end = f"{(now.hour - 1) % 24:02}:00", f"{(now.hour + 2) % 24:02}:00"
    browser.as_(cast.thaba.admin).post(PATH, {"quiet_from": start, "quiet_until": end, "writes_to_students": "y"})
    send(1)
    work_off()
    assert mailserver.mails == []
    send(1, urgent=True)
    work_off()
    assert len(mailserver.mails) == 1
