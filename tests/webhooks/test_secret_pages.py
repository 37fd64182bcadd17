"""/operator/webhooks/secrets."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.pages import words
from tests.webhooks.arranged import PROVIDER

URL = "/operator/webhooks/secrets"


@pytest.fixture
def operator(browser, cast, shared, stepped_up):
    return browser.as_(cast.operator)


def test_a_secret_that_is_made_is_shown_once(sql, operator, tell):
    page = operator.post(f"{URL}/new", {"provider": "payfast", "secret": ""})
    text = words(page.one("code", id="secret"))
    assert page.h1 == "The secret of payfast holds now"
    assert "/webhooks/payfast" in page.main
    assert tell(provider="payfast", secret=text).status_code == 200
    listed = operator.get(URL)
    assert text not in listed.text
    assert sql.execute("SELECT fingerprint FROM webhook_secret").fetchone()[0] in listed.text


def test_one_that_the_provider_gave_is_shown_to_nobody(operator):
    page = operator.post(f"{URL}/new", {"provider": "payfast", "secret": "whsec_given by the provider"})
    assert page.status == 200
    assert "whsec_given" not in page.text


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"provider": ""}, "Enter the name of the provider"),
        ({"provider": "Mail!"}, "Use small letters, digits and hyphens, for example ‘payfast’. ‘mail’ is taken."),
        ({"provider": "mail"}, "Use small letters, digits and hyphens, for example ‘payfast’. ‘mail’ is taken."),
        ({"provider": "payfast", "secret": "short"}, "A secret has at least 24 characters."),
    ],
)
def test_what_cannot_be_one_is_said(operator, data, problem):
    page = operator.post(f"{URL}/new", data)
    assert (page.status, page.problems) == (422, [problem])


def test_it_rolls_over_with_a_date(sql, operator):
    operator.post(f"{URL}/new", {"provider": PROVIDER, "secret": "the old one of the provider"})
    old = sql.execute("SELECT id FROM webhook_secret").fetchone()[0]
    page = operator.get(f"{URL}/{old}/roll")
    form = page.form()
    assert operator.post(f"{URL}/{old}/roll", form | {"retires_at": "2020-01-01T10:00"}).status == 422
    assert operator.post(f"{URL}/{old}/roll", form).status == 200
    rows = sql.execute("SELECT retires_at FROM webhook_secret ORDER BY id").fetchall()
    assert rows[0][0] > dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    assert rows[1] == (None,)
    assert "Rolling over" in operator.get(URL).main


def test_retiring_the_last_one_warns_and_is_done_once(sql, operator):
    operator.post(f"{URL}/new", {"provider": "payfast", "secret": ""})
    secret = sql.execute("SELECT id FROM webhook_secret").fetchone()[0]
    assert "It is the only secret of this provider" in operator.get(f"{URL}/{secret}/retire").main
    assert operator.post(f"{URL}/{secret}/retire").status == 303
    assert "Retired" in operator.get(URL).main
    operator.post(f"{URL}/{secret}/retire")
    assert operator.get(URL).banners == ["This secret holds no more."]


def test_each_deed_asks_for_a_step_up(sql, browser, cast, shared):
    operator = browser.as_(cast.operator)
    for path in ("/new",):
        for answer in (operator.get(URL + path), operator.post(URL + path, {"provider": "payfast"})):
            assert answer.status == 303
            assert answer.location.startswith("/confirm") or "confirm" in answer.location
    assert sql.execute("SELECT count(*) FROM webhook_secret").fetchone() == (0,)


def test_nobody_of_a_school_opens_it(browser, cast):
    for someone in (cast.thaba.owner, cast.thaba.admin, cast.multi):
        assert browser.as_(someone).get(URL).status == 403
