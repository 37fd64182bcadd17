"""Failed deliveries and mended addresses as a browser shows them: nothing spills, everything can be pressed, once."""

from __future__ import annotations

import pytest

from tests.browser.conftest import fits, past_its_card, violations
from tests.cast import add_person
from tests.deliveries.failing import FULL, NOBODY, add_failed, state_of

LIST = "/schedule-notices/dead-letters/"
LOOKED_AT = {(320, "dark"), (833, "light"), (1440, "dark")}  # the rest with --full
REASON = f"{LIST}reasons/the-mailbox-is-full"
PEOPLE = "/schedule-notices/unreachable"
LONG = ("permanent", 550, "5.1.1 <a-very-long-address-of-somebody@a-very-long-name-of-a-school.example.com>: recipient unknown")


@pytest.fixture
def failing(cast, sql):
    """Failures with long words, one of an address that does not work; its delivery, and the person who has it."""
    sql.execute("UPDATE app_user SET language = 'en'")
    add_failed(sql, cast.thaba, "An interruption of the water on Wednesday", dead=3, why=FULL)
    add_failed(sql, cast.thaba, "Athletics in the winter", why=NOBODY)
    (flagged,) = add_failed(sql, cast.thaba, "Sports day", why=LONG)
    (person,) = sql.execute("SELECT person_id FROM delivery WHERE id = %s", (flagged,)).fetchone()
    sql.execute(
        "UPDATE person SET name = 'Nokuthula Bhekisisa van der Westhuizen-Mthembu', email_flagged_at = now(),"
        " email = 'nokuthula.van.der.westhuizen.mthembu@mail.example.com' WHERE id = %s",
        (person,),
    )
    add_person(sql, 1, "Abel Nobody", "guardian", None)
    return flagged, person


@pytest.mark.parametrize(
    ("width", "mode"),
    [
        (width, mode) if (width, mode) in LOOKED_AT else pytest.param(width, mode, marks=pytest.mark.full)
        for width in (320, 390, 833, 1024, 1440)
        for mode in ("light", "dark")
    ],
)
def test_no_page_spills_or_shuts_anybody_out(revisit, axe, cast, failing, width, mode):
    flagged, person = failing
    for address in (LIST, f"{LIST}{flagged}/discard", f"{REASON}/retry", f"{REASON}/discard", PEOPLE, f"{PEOPLE}/{person}"):
        page = revisit(cast.thaba.admin, address, width=width, mode=mode)
        page.evaluate("document.querySelectorAll('details.tries').forEach((each) => { each.open = true })")
        assert fits(page), address
        if page.locator("main table").count():
            assert max(past_its_card(page)) <= 0, address
        assert violations(axe, page) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_tried_opens_and_one_goes_again_with_or_without_the_script(visit, cast, sql, failing, scripts):
    page = visit(cast.thaba.admin, f"{LIST}?reason=the-mailbox-is-full", width=390, scripts=scripts)
    page.locator("details.tries summary").first.click()
    assert page.locator("details.tries li").first.is_visible()
    page.get_by_role("button", name="Try again").first.click()
    page.wait_for_url("**/dead-letters/?reason=*")
    assert "1 message is on its way again." in page.locator("main").inner_text()
    assert page.locator("main tbody tr").count() == 2
    assert sorted(state for (state,) in sql.execute("SELECT state FROM delivery")) == ["dead"] * 4 + ["queued"]


def test_an_address_is_mended_by_keyboard_and_its_message_offered_again(visit, cast, sql, failing):
    flagged, person = failing
    page = visit(cast.thaba.admin, f"{PEOPLE}/{person}")
    page.get_by_label("Email address").fill("nokuthula@example.com")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("1 message is on its way again.").wait_for()
    assert state_of(sql, flagged) == "queued"


def test_a_discard_without_a_reason_brings_the_eye_to_what_is_missing(visit, cast, sql, failing):
    flagged, _ = failing
    page = visit(cast.thaba.admin, f"{LIST}{flagged}/discard")
    page.get_by_role("button", name="Discard 1 message").click()
    assert page.locator(".errsum").evaluate("(it) => it === document.activeElement")
    assert state_of(sql, flagged) == "dead"
