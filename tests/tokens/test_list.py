"""The tokens of a school: what each may do, when it was last used, and how it stands."""

from __future__ import annotations

import pytest

from tests.api.arranged import Program, add_token

LIST = "/settings/tokens"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_a_school_without_tokens_is_told_so(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    page = browser.as_(cast.thaba.admin, language=language).get(LIST)
    assert page.status == 200
    assert not page.all("table")


def test_each_stands_with_its_state_and_its_use(app, browser, cast, sql):
    token, _ = add_token(sql, cast.thaba.admin, ["gate.read", "gate.write", "staff.read", "audit.read"], name="Turnstile")
    add_token(sql, cast.thaba.owner, name="Old", days=-1)
    add_token(sql, cast.thaba.owner, name="Lost", revoked=True)
    add_token(sql, cast.thaba.teacher, name="Left")
    sql.execute("UPDATE membership SET ended_at = now() WHERE user_id = %s", (cast.thaba.teacher.user_id,))
    Program(app, token).get("gate-scans", environ_base={"REMOTE_ADDR": "196.25.1.77"})
    page = browser.as_(cast.thaba.owner, language="en").get(LIST)
    for word in ("Turnstile", "Active", "196.25.1.0/24", "Old", "Expired", "Lost", "Revoked", "Left", "Without a maker", "+1"):
        assert word in page.main, word
    assert "196.25.1.77" not in page.text
    assert cast.thaba.admin.name in page.main


@pytest.mark.parametrize(("state", "name"), [("active", "New"), ("expired", "Old"), ("revoked", "Lost"), ("orphaned", "Left")])
def test_one_state_at_a_time(browser, cast, sql, state, name):
    test = {"New": {}, "Old": {"days": -1}, "Lost": {"revoked": True}, "Left": {}}
    for each, options in test.items():
        add_token(sql, cast.thaba.teacher if each == "Left" else cast.thaba.admin, name=each, **options)
    sql.execute("UPDATE membership SET ended_at = now() WHERE user_id = %s", (cast.thaba.teacher.user_id,))
    page = browser.as_(cast.thaba.admin, language="en").get(f"{LIST}?state={state}")
    assert [each for each in test if each in page.links()] == [name]


def test_another_schools_tokens_are_not_there(browser, cast, sql):
    add_token(sql, cast.karoo.admin, name="Theirs")
    assert "Theirs" not in browser.as_(cast.thaba.admin).get(LIST).text


def test_a_long_list_goes_on(browser, cast, sql):
    for number in range(52):
        add_token(sql, cast.thaba.admin, name=f"Program {number}", days=-1)
    person = browser.as_(cast.thaba.admin, language="en")
    first = person.get(LIST)
    (onward,) = [link.get("href") for link in first.all("a", rel="next")]
    second = person.get(LIST + onward)
    assert "Program 51" in first.main
    assert "Program 0" in second.links()
