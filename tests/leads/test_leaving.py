"""/leads/leave/…: two steps, no login, only by a link that we made, and never for a lead of another link."""

import pytest

from app.delivery.lead_leaving import leave_link, token_of
from app.ids import uuid7


@pytest.fixture
def link(settings, lead):
    def make(made=None, school=1):
        return leave_link(settings, school, made or lead()).removeprefix("http://localhost")

    return make


def test_a_link_asks_first_and_then_ends_it(browser, lead, link, row, events):
    made = lead(language="af")
    address = link(made)
    page = browser.get(f"{address}?language=en")
    assert "p***@example.org" in page.main
    assert "Palesa" not in page.text
    assert row(made)["unsubscribed_at"] is None, "opening it changes nothing: mail programs open links"
    page = browser.post(f"{address}?language=en", page.form())
    assert page.h1 == "You are unsubscribed"
    assert row(made)["unsubscribed_at"] is not None
    assert events(made)[-1] == ("unsubscribed", {"how": "link"})
    first = row(made)["unsubscribed_at"]
    browser.post(address, token=False)
    assert row(made)["unsubscribed_at"] == first


def test_a_mail_program_leaves_with_one_post_and_no_cookie(app, lead, link, row):
    made = lead()
    answer = app.test_client().post(link(made), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert row(made)["unsubscribed_at"] is not None


def test_they_may_come_back(browser, lead, link, row, events):
    made = lead()
    address = link(made)
    page = browser.post(f"{address}?language=en", token=False)
    answer = browser.post(f"{address}/undo?language=en", page.form(f"{address}/undo?language=en"))
    assert answer.location.startswith(address)
    assert row(made)["unsubscribed_at"] is None
    assert events(made)[-1][0] == "consent"


def test_who_leaves_has_left_with_each_of_their_enquiries(browser, lead, link, row):
    one, other, somebody = lead(), lead(name="P. Mahlangu"), lead(email="else@example.org")
    address = link(one)
    browser.post(f"{address}?language=en", token=False)
    assert [row(each)["unsubscribed_at"] is not None for each in (one, other, somebody)] == [True, True, False]
    page = browser.get(f"{address}?language=en")
    browser.post(f"{address}/undo?language=en", page.form(f"{address}/undo?language=en"))
    assert [row(each)["unsubscribed_at"] for each in (one, other)] == [None, None]


def test_the_link_of_a_merged_lead_ends_it_for_the_one_that_stays(browser, lead, link, row):
    kept = lead()
    other = lead(merged_into=kept)
    browser.post(link(other), token=False)
    assert row(kept)["unsubscribed_at"] is not None


@pytest.mark.parametrize("wrong", ["never", "another school", "cut", "erased"])
def test_a_link_that_we_did_not_make_leads_nowhere(browser, lead, settings, sql, wrong):
    made = lead()
    token = {
        "never": token_of(settings, 1, uuid7()), "another school": token_of(settings, 2, made), "cut": token_of(settings, 1, made)[:-2],
        "erased": token_of(settings, 1, made),
    }[wrong]  # fmt: skip
    if wrong == "erased":
        sql.execute("UPDATE lead SET erased_at = now() WHERE id = %s", (made,))
    assert browser.get(f"/leads/leave/{token}").status == 404
    assert browser.post(f"/leads/leave/{token}", token=False).status == 404
    assert sql.execute("SELECT count(*) FROM lead WHERE unsubscribed_at IS NOT NULL").fetchone() == (0,)


def test_of_a_closed_school_one_leaves_and_does_not_come_back(browser, lead, link, row, sql):
    made = lead()
    address = link(made)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    page = browser.post(f"{address}?language=en", token=False)
    assert "This school is suspended at the moment" in page.main
    assert row(made)["unsubscribed_at"] is not None
    assert browser.post(f"{address}/undo").status == 403
    assert row(made)["unsubscribed_at"] is not None


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_speaks_the_language_of_the_lead(browser, lead, link, language):
    assert f'lang="{language}"' in browser.get(link(lead(language=language))).text
