"""/operator/plans: plans, and prices that never change."""

from __future__ import annotations

import datetime as dt

from app.domain.billing import standing
from tests.billing_domain.arranged import add_price

URL = "/operator/plans"
NAMES = {"en": "Standard", "af": "Standaard", "zu": "Okujwayelekile"}


def test_a_plan_needs_a_name_in_every_language(sql, operator):
    page = operator.post(URL + "/new", operator.get(URL + "/new").form() | {"code": "Stan dard"})
    assert len(page.problems) == 4
    assert operator.post(URL + "/new", {"code": "standard", **NAMES}).status == 303
    assert sql.execute("SELECT code, name, is_offered FROM plan").fetchall() == [("standard", NAMES, True)]
    assert operator.post(URL + "/new", {"code": "standard", **NAMES}).problems == ["There is a plan with this code already."]
    assert "No price yet" in operator.get(URL).main


def test_a_price_is_added_from_a_day_on_and_never_changed(sql, app, operator):
    add_price(1_200)
    (plan,) = sql.execute("SELECT id FROM plan").fetchone()
    url, tomorrow = f"{URL}/{plan}/prices/new", standing.today() + dt.timedelta(days=1)
    form = operator.get(url).form() | {"interval": "month", "amount": "14,50", "since": tomorrow.isoformat(), "tax": "standard"}
    assert operator.post(url, form | {"since": "2020-01-02"}).status == 422
    assert operator.post(url, form).status == 303
    assert "never changes" in operator.post(url, form | {"amount": "1"}).problems[0]
    assert sql.execute("SELECT amount FROM plan_price ORDER BY effective_from").fetchall() == [(1_200,), (1_450,)]
    page = operator.get(URL).main
    assert "Holds today" in page
    assert "To come" in page


def test_a_plan_is_offered_no_more_and_again(sql, app, operator):
    add_price()
    (plan,) = sql.execute("SELECT id FROM plan").fetchone()
    operator.post(f"{URL}/{plan}/offer", {"offered": "no"})
    assert operator.get(URL).banners == ["The plan is offered no more. Schools that have it keep it."]
    operator.post(f"{URL}/{plan}/offer", {"offered": "no"})
    assert operator.get(URL).banners == ["It was so already."]
    operator.post(f"{URL}/{plan}/offer", {"offered": "yes"})
    assert sql.execute("SELECT is_offered FROM plan").fetchone() == (True,)
    assert "Nobody has this plan" in operator.get(f"{URL}/{plan}/schools").main


def test_a_price_asks_for_a_step_up(sql, app, browser, cast):
    add_price()
    (plan,) = sql.execute("SELECT id FROM plan").fetchone()
    answer = browser.as_(cast.operator).post(f"{URL}/{plan}/prices/new", {"amount": "1"})
    assert (answer.status, "confirm" in answer.location) == (303, True)
