"""What the audit hears by itself: people who were turned away, and crossings."""

import pytest

from app.tenancy.doors import across_schools, acting_for, crossed
from app.tenancy.scope import WrongSchool


def _events(sql):
    rows = sql.execute(
        "SELECT e.action, e.actor_kind, e.actor_id, e.target_id, v.value FROM platform_event e"
        " JOIN platform_value v ON v.event_id = e.id AND v.field = 'label' ORDER BY e.seq"
    )
    return rows.fetchall()


def test_a_school_role_that_opens_the_console_is_turned_away_and_noted(browser, cast, sql):
    page = browser.as_(cast.thaba.admin).get("/operator")
    assert page.status == 403
    ((action, kind, who, endpoint, path),) = _events(sql)
    assert (action, kind, who, path) == ("access.turned_away", "user", cast.thaba.admin.user_id, "/operator")
    assert endpoint.startswith("operator.")
    lacking = dict(sql.execute("SELECT field, value FROM platform_value WHERE field LIKE '%:after'").fetchall())
    assert lacking == {"permission:after": '"platform.operate"', "role:after": '"admin"', "school:after": "1"}


def test_a_stranger_who_is_led_to_the_door_is_not_noted(browser, sql):
    assert browser.get("/operator").status == 302
    assert _events(sql) == []


def test_a_crossing_is_noted_with_its_reason_even_if_the_block_fails(app, sql):
    with pytest.raises(ZeroDivisionError), across_schools("to divide by zero"):
        raise ZeroDivisionError
    assert _events(sql) == [("tenancy.crossed", "system", None, None, "to divide by zero")]


def test_a_routine_crossing_is_not_noted_and_the_note_itself_is_one(app, sql):
    heard = []
    with crossed.connected_to(heard.append), across_schools("the relay", routine=True):
        pass
    assert heard == _events(sql) == []


def test_who_may_not_cross_is_refused_before_it_is_noted(app, cast, sql):
    with acting_for(cast.thaba.id), pytest.raises(WrongSchool), across_schools("from inside a school"):
        pass
    assert _events(sql) == []
