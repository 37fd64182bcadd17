"""/operator/schools/<id>/settings: what the platform may change about a school."""

import pytest

from app.tenancy import counting
from tests.pages import words
from tests.schools.arranged import events

PAGE = "/operator/schools/1/settings"
ACTION = "schools.change_settings"


def filled(operator, **changes):
    return {**operator.get(PAGE).form(PAGE), **changes}


def stored(sql, column):
    (value,) = sql.execute(f"SELECT {column} FROM school WHERE id = 1").fetchone()
    return value


def test_the_form_shows_what_is_so(operator):
    form = operator.get(PAGE).form(PAGE)
    assert form["name"] == "Thaba Nkulu Primary"
    assert (form["timezone"], form["close_time"], form["language"]) == ("Africa/Johannesburg", "17:00", "zu")
    assert form["contact_email"] == "kantoor@thaba.example.com"


def test_a_change_is_saved_and_stands_in_both_logs(operator, cast, sql):
    answer = operator.post(PAGE, filled(operator, name="Thaba Nkulu College", timezone="Africa/Maputo", close_time="15:30"))
    assert answer.status == 303
    assert "The settings are saved." in operator.get(PAGE).banners
    now = [stored(sql, column) for column in ("name", "name_key", "timezone")]
    assert now == ["Thaba Nkulu College", "thabankulucollege", "Africa/Maputo"]
    assert str(stored(sql, "close_time")) == "15:30:00"
    assert events(sql, ACTION) == (1, 1)
    values = dict(sql.execute("SELECT field, value FROM audit_value").fetchall())
    assert values["name:before"] == '"Thaba Nkulu Primary"'
    assert values["name:after"] == '"Thaba Nkulu College"'
    assert values["actor"] == cast.operator.name
    assert not [field for field in values if field.startswith("language")], "only what changed"


def test_the_school_reads_it_in_its_own_log(operator, browser, cast):
    operator.post(PAGE, filled(operator, contact_phone="+27 36 555 0199"))
    assert "Olive Operator" in browser.as_(cast.thaba.owner).get("/audit/").main
    assert "Olive Operator" not in browser.as_(cast.karoo.owner).get("/audit/").main


def test_nothing_different_is_nothing_saved(operator, sql):
    assert operator.post(PAGE, filled(operator)).status == 303
    assert "Nothing was different, so nothing was saved." in operator.get(PAGE).banners
    assert events(sql, ACTION) == (0, 0)


@pytest.mark.parametrize("name", ["Laerskool Karoo", "  LAERSKOOL  karoo ", "Läerskool-Karoo"])
def test_the_name_of_another_school_is_refused_and_leads_to_it(operator, sql, name):
    page = operator.post(PAGE, filled(operator, name=name))
    assert page.status == 422
    assert page.problems == ["There is a school of this name already. Add the town, for example."]
    assert page.links()["Laerskool Karoo"] == "/operator/schools/2"
    assert page.one("input", name="name").get("value") == " ".join(name.split()), "nothing that was typed is lost"
    assert stored(sql, "name") == "Thaba Nkulu Primary"
    assert events(sql, ACTION) == (0, 0)


def test_its_own_name_in_another_spelling_is_allowed(operator, sql):
    assert operator.post(PAGE, filled(operator, name="THABA NKULU primary")).status == 303
    assert stored(sql, "name") == "THABA NKULU primary"


def test_what_is_wrong_is_said_field_by_field(operator):
    page = operator.post(
        PAGE, filled(operator, name="—", timezone="Mars/Olympus", close_time="25:00", language="xx", contact_email="nobody")
    )
    assert page.status == 422
    assert page.problems == [
        "Enter a name with letters or digits", "Choose a time zone from the list", "Enter when the campus closes, like 17:00",
        "Choose a language", "Enter an email address in the form name@example.com",
    ]  # fmt: skip


def test_an_empty_form_says_what_is_needed(operator):
    page = operator.post(PAGE, dict.fromkeys(filled(operator), "") | {"csrf_token": operator.token()})
    assert page.status == 422
    assert page.problems == [
        "Enter the name of the school", "Choose a time zone from the list", "Enter when the campus closes, like 17:00",
        "Choose a language",
    ]  # fmt: skip


def test_a_contact_can_be_taken_away(operator, sql):
    operator.post(PAGE, filled(operator, contact_email="", contact_phone="", contact_address=""))
    assert stored(sql, "contact_email") is None


def test_channels_and_money_are_shown_and_not_changed(operator, sql):
    sql.execute("UPDATE school SET quiet_from = '21:00', quiet_until = '05:30' WHERE id = 1")
    sql.execute(
        "INSERT INTO gateway (school_id, id, channel, url, key, condition, checked_at)"
        " VALUES (1, uuid7(), 'sms', 'https://x', 'k', 'degraded', now()), (2, uuid7(), 'whatsapp', 'https://x', 'k', 'ready', now())"
    )
    page = operator.get(PAGE)
    assert "21:00 until 05:30" in page.main
    assert "ZAR" in page.main
    rows = {words(tr.find("{*}th")): words(tr) for tr in page.all("tr") if tr.find("{*}td") is not None}
    assert "Degraded" in next(text for name, text in rows.items() if name.startswith("SMS"))
    others = next(text for name, text in rows.items() if name.startswith("WhatsApp"))
    assert "Not configured" in others, "the one that is connected is another school's"
    assert not {"quiet_from", "currency", "money"} & set(page.form(PAGE))


def test_an_admin_of_the_school_cannot_change_them_here(browser, cast, sql):
    assert browser.as_(cast.thaba.admin).post(PAGE, {"name": "Mine"}).status == 403
    assert stored(sql, "name") == "Thaba Nkulu Primary"


def test_the_page_asks_twelve_times_at_most(operator):
    operator.client.get(PAGE)
    assert counting.total() <= 12
